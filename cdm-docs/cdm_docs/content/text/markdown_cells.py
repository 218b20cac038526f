"""The blocks of a table's cell as one line of Markdown. Pure."""

from __future__ import annotations

from cdm_docs.content.nodes import (
    Block,
    CodeBlock,
    Expand,
    Heading,
    Inline,
    ItemList,
    Panel,
    Paragraph,
    Quote,
    Styled,
    Table,
)
from cdm_docs.content.text.markdown_lines import code_span, flat_line, lone, part_line
from cdm_docs.content.text.tables import texts

_BREAK = "<br>"
_BULLETS = "•◦▪"


def cell_of(blocks: list[Block]) -> str:
    """Return blocks as one line, with the mark that ends a cell escaped."""
    first = blocks[0] if len(blocks) == 1 else None
    if type(first) is Paragraph:
        return flat_line(first.children, _BREAK).replace("|", "\\|")
    return lone(_BREAK.join(_lines(blocks, 0))).replace("|", "\\|")


def _lines(blocks: list[Block], depth: int) -> list[str]:
    out: list[str] = []
    for block in blocks:
        out += _block(block, depth)
    return [line for line in out if line]


def _block(block: Block, depth: int) -> list[str]:
    if type(block) is Paragraph:
        return [part_line(block.children, _BREAK)]
    if type(block) is Heading:
        return [_strong(block.children)]
    if type(block) is ItemList:
        return _list(block, depth)
    if type(block) is CodeBlock:
        lines = (line.expandtabs(4).rstrip() for line in block.text.strip("\n").rstrip().splitlines())
        return [_strong(block.title), *(code_span(line) if line else " " for line in lines)]
    if type(block) is Table:
        rows = texts(block, lambda blocks: _BREAK.join(_lines(blocks, depth)))
        return [" | ".join(row).strip() for row in rows if any(row)]
    if type(block) is Panel:
        label: list[Inline] = [f"{block.kind}: "] if block.kind else []
        return [_strong([*label, *block.title]), *_lines(block.blocks, depth)]
    if type(block) is Expand:
        return [_strong(["▸ ", *block.title]), *_lines(block.blocks, depth)]
    return _lines(block.blocks, depth) if type(block) is Quote else []


def _list(block: ItemList, depth: int) -> list[str]:
    out: list[str] = []
    for number, item in enumerate(block.items, block.start or 0):
        mark = _BULLETS[min(depth, 2)] if block.start is None else f"{number}\\."
        if item.done is not None:
            mark = "☑" if item.done else "☐"
        first, *rest = _lines(item.blocks, depth + 1) or [""]
        out += [f"{mark} {first}", *rest]
    return out


def _strong(line: list[Inline]) -> str:
    return part_line([Styled("strong", line)], " ")
