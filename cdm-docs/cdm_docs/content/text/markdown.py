"""Nodes as Markdown (CommonMark, with GitHub's tables, tasks and strikethrough). Pure.

Markdown has no word for some things; they are written so: a panel is one of GitHub's alerts (``> [!NOTE]``), inside of
lists and quotations a quotation that begins with its kind; an expand is its title after ``▸`` and its content; a cell
of a table holds its blocks on one line, parted by ``<br>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cdm_docs.content.nodes import (
    Block,
    CodeBlock,
    Expand,
    Heading,
    Inline,
    Item,
    ItemList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
)
from cdm_docs.content.text.markdown_cells import cell_of
from cdm_docs.content.text.markdown_lines import escape_heading, flat_line, line_of
from cdm_docs.content.text.tables import texts
from cdm_docs.content.text.tidy import tidy

_LINE_WITH_TEXT = re.compile(r"\n(?=[^\n])")
_INTERRUPTING = ("- ", "* ", "1. ", "1) ")
"""How a list begins that needs no empty line between itself and a paragraph."""
_DEEPEST = 20
"""Lists and quotations in each other; deeper ones are not moved further in, lest each level repeat its marks on every
line of a hostile body."""
_ALERTS = {"Info": "NOTE", "Tip": "TIP", "Note": "WARNING", "Warning": "CAUTION"}
"""GitHub's alerts of the same colours as the panels."""
_TICKS = re.compile("`{3,}")
_LIKE_A_TASK = re.compile(r"\[[ xX]\](?=\s|$)")
_UNFIT_LANGUAGE = re.compile(r"[^\w+#.-]+")


def to_markdown(blocks: list[Block]) -> str:
    """Return blocks as Markdown, without a line end at the end."""
    return "\n\n".join(_each(blocks, 0))


def _each(blocks: list[Block], level: int) -> list[str]:
    """Return each block that is not empty; ``level`` is the number of lists and quotations around them."""
    out: list[str] = []
    before: tuple[bool, int] | None = None
    for block in blocks:
        if type(block) is Paragraph:
            text = line_of(block.children)
        elif type(block) is ItemList:
            # Two lists of one kind with nothing between them are one, unless their marks differ.
            ordered = block.start is not None
            turn = 1 - before[1] if before is not None and before[0] == ordered else 0
            text = _list(block, "-*"[turn], ".)"[turn], level)
            if text:
                before = (ordered, turn)
                out.append(text)
            continue
        elif type(block) is Expand:
            return _each(_with_open_expands(blocks), level)
        else:
            text = _BLOCKS[type(block)](block, level)
        if text:
            before = None
            out.append(text)
    return out


def _with_open_expands(blocks: list[Block]) -> list[Block]:
    """Return blocks with what expands hold in their place: a list in one may stand beside a list behind it."""
    out: list[Block] = []
    for block in blocks:
        out += _with_open_expands(unfolded(block)) if isinstance(block, Expand) else [block]
    return out


def _heading(block: Heading, _level: int) -> str:
    text = flat_line(block.children)
    return f"{'#' * block.level} {escape_heading(text)}" if text else ""


def _panel(panel: Panel, level: int) -> str:
    """Return a panel as an alert of GitHub, which knows them at the outermost level alone."""
    alert = _ALERTS.get(panel.kind or "")
    if alert is None or level:
        return _quoted(labelled(panel), level)
    blocks = labelled(Panel(None, panel.title, panel.blocks))
    text = _quoted(blocks, level)
    if not text:
        return f"> [!{alert}]"
    gap = "" if isinstance(blocks[0], Paragraph) else ">\n"  # a paragraph may follow the mark at once
    return f"> [!{alert}]\n{gap}{text}"


def labelled(panel: Panel) -> list[Block]:
    """Return what a panel holds, beginning with its kind and its title."""
    label: list[Inline] = [panel.kind] if panel.kind else []
    if tidy(panel.title):
        label += [": ", *panel.title] if label else panel.title
        return [Paragraph([Styled("strong", label)]), *panel.blocks]
    if not label:
        return panel.blocks
    if panel.blocks and isinstance(panel.blocks[0], Paragraph):
        first = Paragraph([Styled("strong", [*label, ":"]), " ", *panel.blocks[0].children])
        return [first, *panel.blocks[1:]]
    return [Paragraph([Styled("strong", label)]), *panel.blocks]


def unfolded(expand: Expand) -> list[Block]:
    """Return what an expand holds, below its title."""
    return [*([Paragraph(["▸ ", Styled("strong", expand.title)])] if tidy(expand.title) else []), *expand.blocks]


def _code(block: CodeBlock, _level: int) -> str:
    text = block.text.strip("\n").rstrip()
    longest = max((len(run) for run in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    language = _UNFIT_LANGUAGE.sub("-", block.language or "").strip("-")
    title = flat_line([Styled("strong", block.title)])
    return f"{title}\n\n{fence}{language}\n{text}\n{fence}" if title else f"{fence}{language}\n{text}\n{fence}"


def _quoted(blocks: list[Block], level: int) -> str:
    text = "\n\n".join(_each(blocks, level + 1))
    if level >= _DEEPEST or not text:
        return text
    return "> " + text.replace("\n", "\n> ").replace("\n> \n", "\n>\n")


def _quote(block: Quote, level: int) -> str:
    return _quoted(block.blocks, level)


def _list(block: ItemList, bullet: str, dot: str, level: int) -> str:
    out = []
    for number, item in enumerate(block.items, block.start or 0):
        mark = f"{bullet} " if block.start is None else f"{number}{dot} "
        text = _item(item, level + 1)
        if bullet == "-" and text.startswith("---"):
            text = text.replace("---", "***", 1)  # a bullet before it would be one dash more
        if "\n" in text:
            indent = " " * len(mark) if level < _DEEPEST else ""
            text = _LINE_WITH_TEXT.sub(f"\n{indent}", text)
        out.append(mark + text if text else mark.rstrip())
    return "\n".join(out)


def _item(item: Item, level: int) -> str:
    parts = _each(item.blocks, level)
    if parts and _LIKE_A_TASK.match(parts[0]):
        parts[0] = f"\\{parts[0]}"
    if item.done is not None:
        box = "[x]" if item.done else "[ ]"
        begins_with_text = item.blocks and type(item.blocks[0]) is Paragraph
        parts = [f"{box} {parts[0]}", *parts[1:]] if parts and begins_with_text else [box, *parts]
    if not parts:
        return ""
    first, *rest = parts
    gap = "\n" if rest and "\n" not in first and rest[0].startswith(_INTERRUPTING) else "\n\n"
    return gap.join([first, "\n\n".join(rest)]) if rest else first


def _table(table: Table, _level: int) -> str:
    return "\n".join(table_lines(table))


def table_lines(table: Table) -> list[str]:
    """Return a table's lines: its header, the marks below that, and its rows; none for an empty table."""
    rows = texts(table, cell_of)
    if not any(any(row) for row in rows):
        return []
    width = len(rows[0])
    headed = all(cell.header for cell in table.rows[0])
    header, body = (rows[0], rows[1:]) if headed else ([""] * width, rows)
    lines = [header, ["---"] * width, *body]
    return [f"| {' | '.join(line)} |" for line in lines]


_BLOCKS: dict[type, Callable[[Any, int], str]] = {
    Heading: _heading,
    CodeBlock: _code,
    Table: _table,
    Quote: _quote,
    Panel: _panel,
    Rule: lambda _block, _level: "---",
}
