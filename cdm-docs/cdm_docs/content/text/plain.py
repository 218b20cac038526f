"""Nodes as plain text: what a reader reads, without any markup. Pure.

Items keep their bullets, cells are parted by ``|``, headings and paragraphs by an empty line; URLs are left to the
links, and an image is its description.
"""

from __future__ import annotations

import re

from cdm_docs.content.nodes import (
    Block,
    Code,
    CodeBlock,
    Expand,
    Heading,
    Image,
    Inline,
    ItemList,
    Link,
    Panel,
    Paragraph,
    Person,
    Quote,
    Status,
    Styled,
    Table,
)
from cdm_docs.content.text.markdown import labelled, unfolded
from cdm_docs.content.text.markdown_lines import person
from cdm_docs.content.text.tables import texts
from cdm_docs.content.text.tidy import tidy

_LINE_WITH_TEXT = re.compile(r"\n(?=[^\n])")


def to_plain(blocks: list[Block]) -> str:
    """Return blocks as plain text, without a line end at the end."""
    return "\n\n".join(text for text in map(_block, blocks) if text)


def _block(block: Block) -> str:
    if type(block) is Paragraph or type(block) is Heading:
        return _line(block.children)
    if type(block) is ItemList:
        return _list(block)
    if type(block) is CodeBlock:
        title, text = _line(block.title), block.text.strip("\n").rstrip()
        return f"{title}\n\n{text}" if title else text
    if type(block) is Table:
        return "\n".join(" | ".join(row).strip() for row in texts(block, _cell) if any(row))
    if type(block) is Quote:
        return to_plain(block.blocks)
    if type(block) is Panel:
        return to_plain(labelled(block))
    return to_plain(unfolded(block)) if type(block) is Expand else ""


def _list(block: ItemList) -> str:
    out = []
    for number, item in enumerate(block.items, block.start or 0):
        mark = "- " if block.start is None else f"{number}. "
        if item.done is not None:
            mark += "[x] " if item.done else "[ ] "
        parts = [text for text in map(_block, item.blocks) if text]
        out.append(mark + _LINE_WITH_TEXT.sub("\n  ", "\n".join(parts)))
    return "\n".join(out)


def _cell(blocks: list[Block]) -> str:
    return " ".join(" ".join(text.split()) for text in map(_block, blocks) if text)


def _line(line: list[Inline]) -> str:
    return "".join(map(_part, tidy(line)))


def _part(part: Inline) -> str:
    if isinstance(part, str):
        return part
    if type(part) is Code or type(part) is Status:
        return part.text
    if type(part) is Styled or type(part) is Link:
        return "".join(map(_part, part.children))
    if type(part) is Person:
        return person(part)
    return part.alt if type(part) is Image else "\n"
