"""Blocks in pieces of which each can be read alone: tables with their header, code in its fence, lists with their lead.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cdm_docs.content.chunks.cutting import Cutting, Measure
from cdm_docs.content.chunks.prose import split
from cdm_docs.content.nodes import Block, CodeBlock, Expand, ItemList, Panel, Paragraph, Quote, Rule, Table
from cdm_docs.content.text.markdown import labelled, table_lines, to_markdown, unfolded

_ESCAPED = re.compile(r"(`+)(?:.*?)\1|\\([!-/:-@\[-{}~\n])", re.DOTALL)
"""Code as it stands, or what Markdown needs a backslash for: a character, but for the bars that part cells; a break."""
_LEADS = (":", "：")  # noqa: RUF001 - the colon of CJK
_LONGEST_LEAD = 4
"""A lead, or the name of a column, may take a part of this many of each chunk."""


def pieces_of(blocks: Sequence[Block], cutting: Cutting) -> Iterator[tuple[str, bool]]:
    """Yield blocks in pieces none of which is longer than wanted, and whether each is running text."""
    lead = ""
    for place, block in enumerate(blocks):
        follower = blocks[place + 1] if place + 1 < len(blocks) else None
        if isinstance(block, Paragraph) and isinstance(follower, (ItemList, Table, CodeBlock)):
            text = _rendered(block)
            if text.endswith(_LEADS) and cutting.measure(text) * _LONGEST_LEAD <= cutting.size:
                lead = text
                continue
        if not lead:
            yield from _pieces(block, cutting)
            continue
        shorter = replace(cutting, size=max(1, cutting.size - cutting.measure(lead) - 2))
        for piece, _ in _pieces(block, shorter):
            yield f"{lead}\n\n{piece}", False
        lead = ""


def pack(pieces: Iterable[str], size: int, between: str, measure: Measure) -> list[str]:
    """Return pieces joined as long as they stay within a size."""
    out: list[str] = []
    length = 0
    for piece in pieces:
        more = measure(piece) + len(between)
        if out and length + more <= size:
            out[-1] += between + piece
            length += more
        else:
            out.append(piece)
            length = more - len(between)
    return out


def _pieces(block: Block, cutting: Cutting) -> Iterator[tuple[str, bool]]:
    text = "" if isinstance(block, Rule) else _rendered(block)
    if not text:
        return
    if cutting.measure(text) <= cutting.size:
        yield text, isinstance(block, Paragraph)
    elif isinstance(block, CodeBlock):
        yield from ((piece, False) for piece in _code(block, cutting))
    elif isinstance(block, Table):
        yield from ((piece, False) for piece in _table(block, cutting))
    elif isinstance(block, ItemList):
        yield from ((piece, False) for piece in _list(block, cutting))
    elif isinstance(block, (Quote, Panel, Expand)):
        yield from pieces_of(inner_blocks(block), cutting)
    else:
        yield from ((piece, True) for piece in split(text, cutting))


def inner_blocks(block: Quote | Panel | Expand) -> list[Block]:
    """Return what a box holds, its label and title first."""
    if isinstance(block, Quote):
        return block.blocks
    return labelled(block) if isinstance(block, Panel) else unfolded(block)


def _rendered(block: Block) -> str:
    text = to_markdown([block])
    return text if isinstance(block, CodeBlock) or "\\" not in text else _ESCAPED.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    return match[2] or match[0]


def _code(block: CodeBlock, cutting: Cutting) -> Iterator[str]:
    around = cutting.measure(to_markdown([CodeBlock("", block.language, block.title)]))
    room = max(1, cutting.size - around - 1)
    lines = (
        line[start : start + room]
        for line in block.text.strip("\n").rstrip().split("\n")
        for start in range(0, max(len(line), 1), room)
    )
    for text in pack(lines, room, "\n", cutting.measure):
        yield to_markdown([CodeBlock(text, block.language, block.title)])


def _table(table: Table, cutting: Cutting) -> Iterator[str]:
    head, marks, *rows = table_lines(table)
    header = f"{head}\n{marks}\n"
    room = cutting.size - cutting.measure(header)
    measure = cutting.measure
    if room * 2 < cutting.size or any(measure(row) > room for row in rows):
        yield from _rows_as_prose(head, rows, header, cutting)
        return
    for group in pack(rows, room, "\n", measure):
        yield header + group


def _rows_as_prose(head: str, rows: list[str], header: str, cutting: Cutting) -> Iterator[str]:
    """Yield rows of which some are too long for a table: these as one line a cell, named by their column."""
    names = _cells(head)
    room = cutting.size - cutting.measure(header)
    if any(names) and not any(cutting.measure(row) <= room for row in rows):  # else it stands above such a row
        yield from split("\n".join(filter(None, names)).replace("<br>", "\n"), cutting)
    names = [name if cutting.measure(name) * _LONGEST_LEAD <= cutting.size else "" for name in names]
    group: list[str] = []
    for row in rows:
        if cutting.measure(row) <= room:
            group.append(row)
            continue
        yield from (header + piece for piece in pack(group, room, "\n", cutting.measure))
        group = []
        told = [f"{name}: {cell}" if name else cell for name, cell in zip(names, _cells(row), strict=False) if cell]
        yield from split("\n".join(told).replace("<br>", "\n"), cutting)
    yield from (header + piece for piece in pack(group, room, "\n", cutting.measure))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def _list(block: ItemList, cutting: Cutting) -> Iterator[str]:
    items: list[str] = []
    for number, item in enumerate(block.items):
        text = _rendered(ItemList([item], None if block.start is None else block.start + number))
        items += split(text, cutting)
    yield from pack(items, cutting.size, "\n", cutting.measure)
