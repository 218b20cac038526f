"""Nodes as Markdown (CommonMark, with GitHub's tables, tasks and strikethrough). Pure.

Markdown has no word for some things; they are written so: a panel is a quotation that begins with its kind, an expand
is its title after ``▸`` and its content, and a table's cell holds its blocks on one line, parted by ``<br>``.
"""

from __future__ import annotations

import re

from target_cdm_docs.content.markdown_cells import cell_of
from target_cdm_docs.content.markdown_lines import escape_heading, flat_line, line_of
from target_cdm_docs.content.nodes import (
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
    Styled,
    Table,
)
from target_cdm_docs.content.tables import grid
from target_cdm_docs.content.tidy import tidy

_LINE_WITH_TEXT = re.compile(r"\n(?=[^\n])")
_TICKS = re.compile("`{3,}")
_LIKE_A_TASK = re.compile(r"\[[ xX]\](?=\s|$)")
_UNFIT_LANGUAGE = re.compile(r"[^\w+#.-]+")


def to_markdown(blocks: list[Block]) -> str:
    """Return blocks as Markdown, without a line end at the end."""
    return "\n\n".join(_each(blocks))


def _each(blocks: list[Block]) -> list[str]:
    out: list[str] = []
    before: tuple[bool, int] | None = None
    for block in blocks:
        if isinstance(block, ItemList):
            # Two lists of one kind with nothing between them are one, unless their marks differ.
            ordered = block.start is not None
            turn = 1 - before[1] if before is not None and before[0] == ordered else 0
            text = _list(block, "-*"[turn], ".)"[turn])
            before = (ordered, turn) if text else before
        else:
            text = _block(block)
            before = None if text else before
        if text:
            out.append(text)
    return out


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return line_of(block.children)
    if isinstance(block, Heading):
        text = flat_line(block.children)
        return f"{'#' * block.level} {escape_heading(text)}" if text else ""
    if isinstance(block, CodeBlock):
        return _code(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Quote):
        return _quoted(to_markdown(block.blocks))
    if isinstance(block, Panel):
        return _quoted(to_markdown(labelled(block)))
    if isinstance(block, Expand):
        return to_markdown(unfolded(block))
    return "---"


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


def _code(block: CodeBlock) -> str:
    text = block.text.strip("\n").rstrip()
    longest = max((len(run) for run in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    language = _UNFIT_LANGUAGE.sub("-", block.language or "").strip("-")
    title = flat_line([Styled("strong", block.title)])
    return f"{title}\n\n{fence}{language}\n{text}\n{fence}" if title else f"{fence}{language}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    return "> " + text.replace("\n", "\n> ").replace("\n> \n", "\n>\n") if text else ""


def _list(block: ItemList, bullet: str, dot: str) -> str:
    out = []
    for number, item in enumerate(block.items, block.start or 0):
        mark = f"{bullet} " if block.start is None else f"{number}{dot} "
        text = _item(item)
        indented = _LINE_WITH_TEXT.sub("\n" + " " * len(mark), text)
        out.append(f"{mark}{indented}" if text else mark.rstrip())
    return "\n".join(out)


def _item(item: Item) -> str:
    parts = _each(item.blocks)
    if parts and parts[0] == "---":
        parts[0] = "***"
    if parts and _LIKE_A_TASK.match(parts[0]):
        parts[0] = f"\\{parts[0]}"
    if item.done is not None:
        box = "[x]" if item.done else "[ ]"
        begins_with_text = item.blocks and isinstance(item.blocks[0], Paragraph)
        parts = [f"{box} {parts[0]}", *parts[1:]] if parts and begins_with_text else [box, *parts]
    text = ""
    for part in parts:
        text += f"{_gap(text, part)}{part}"
    return text


def _gap(text: str, part: str) -> str:
    """Return what parts two blocks of an item; a list may follow a line at once if it can interrupt a paragraph."""
    if not text:
        return ""
    return "\n" if "\n" not in text and part.startswith(("- ", "* ", "1. ", "1) ")) else "\n\n"


def _table(table: Table) -> str:
    rows = [["" if cell is None else cell_of(cell.blocks) for cell in row] for row in grid(table)]
    width = max((len(row) for row in rows), default=0)
    if not any(any(row) for row in rows):
        return ""
    headed = all(cell.header for cell in table.rows[0])
    header = rows[0] if headed else []
    body = rows[1:] if headed else rows
    lines = [[*header, *[""] * (width - len(header))], ["---"] * width, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
