"""Blocks without the URLs of their links and images, which are rows of their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from cdm_docs.content.nodes import (
    Block,
    Cell,
    CodeBlock,
    Expand,
    Heading,
    Image,
    Inline,
    Item,
    ItemList,
    Link,
    Panel,
    Paragraph,
    Quote,
    Styled,
    Table,
)


def without_urls(blocks: Sequence[Block]) -> list[Block]:
    """Return the same blocks with links as their text and images as their description.

    A link that shows nothing but its URL is the URL's host and last part.
    """
    return [_block(block) for block in blocks]


def _block(block: Block) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(_line(block.children))
    if isinstance(block, Heading):
        return Heading(block.level, _line(block.children))
    if isinstance(block, ItemList):
        return ItemList([Item(without_urls(item.blocks), item.done) for item in block.items], block.start)
    if isinstance(block, Table):
        return Table([[_cell(cell) for cell in row] for row in block.rows])
    if isinstance(block, CodeBlock):
        return CodeBlock(block.text, block.language, _line(block.title)) if block.title else block
    if isinstance(block, Quote):
        return Quote(without_urls(block.blocks))
    if isinstance(block, Panel):
        return Panel(block.kind, _line(block.title), without_urls(block.blocks))
    return Expand(_line(block.title), without_urls(block.blocks)) if isinstance(block, Expand) else block


def _cell(cell: Cell) -> Cell:
    return Cell(without_urls(cell.blocks), cell.header, cell.columns, cell.rows)


def _line(line: list[Inline]) -> list[Inline]:
    if all(isinstance(part, str) for part in line):
        return line
    out: list[Inline] = []
    for part in line:
        if isinstance(part, Link):
            out += [_short(part.url)] if part.url and part.children == [part.url] else _line(part.children)
        elif isinstance(part, Image):
            out.append(part.alt)
        else:
            out.append(Styled(part.style, _line(part.children)) if isinstance(part, Styled) else part)
    return out


def _short(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host, path = parts.hostname or "", [each for each in parts.path.split("/") if each]
    if not host or not path:
        return host or url
    return f"{host}{'/…' if len(path) > 1 else ''}/{unquote(path[-1])}"
