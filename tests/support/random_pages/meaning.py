"""What the words and the blocks of random pages are meant to look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin

from support.random_pages.nodes import SILENT, STYLES, Node

Meant = tuple[str, frozenset[str], str | None]
"""A word, its styles (``code`` is one), and where it links to."""
SITE = "https://acme.atlassian.net/wiki/"
WORD = re.compile(r"w\d+z")
_CODES = {"code", "code block", "status", "formula"}
_TITLED = {"app", "app line", "bodied app"}


def words(nodes: Iterable[Node], *, styles: frozenset[str] = frozenset(), in_cell: bool = False) -> list[Meant]:
    """Return every word with what a reader is to see it in."""
    out: list[Meant] = []
    for node in nodes:
        around = styles | ({"strong"} if node.kind == "heading" and in_cell else set())
        if node.kind == "table":
            for cell in _places(node):
                out += words(cell.inside, styles=around, in_cell=True)
            continue
        out += _own(node, around)
        if node.kind == "picture":
            around |= {"em"}
        out += words(node.inside, styles=around, in_cell=in_cell)
    return out


def _own(node: Node, around: frozenset[str]) -> list[Meant]:
    """Return the words of a node itself."""
    if node.kind == "text":
        own = {STYLES[style] for style in node.value[0] if style not in SILENT}
        return _found(node.text, around | own, urljoin(SITE, node.value[1]) if node.value[1] else None)
    if node.kind in ("card", "block card"):
        return _found(node.text, around, node.text)
    if node.kind in ("app", "app line", "bodied app", "macro", "macro line", "tooltip"):
        told = node.value or []
        lines, codes = ([value for _, value in told if ("\n" in value) == is_code] for is_code in (False, True))
        title = _found(node.text if node.kind != "macro" else "", around, None)
        if node.kind == "macro" and node.text != "mystery":
            return []
        in_code = [word for code in codes for word in _found(code, around | {"code"}, None)]
        return [*title, *(word for line in lines for word in _found(line, around, None)), *in_code]
    if node.kind == "expand":
        return _found(node.text, around | {"strong"}, None)
    return _found(node.text, around | {"code"} if node.kind in _CODES else around, None)


def _found(text: str, styles: Iterable[str], url: str | None) -> list[Meant]:
    return [(word, frozenset(styles), url) for word in WORD.findall(text)]


def _places(table: Node) -> Iterator[Node]:
    """Yield the cell at each place of a table, a merged one at every place that it covers."""
    grid: dict[tuple[int, int], Node] = {}
    for row, each in enumerate(table.inside):
        column = 0
        for cell in each.inside:
            while (row, column) in grid:
                column += 1
            spans = range(cell.value.rows), range(cell.value.columns)
            grid.update({(row + down, column + right): cell for down in spans[0] for right in spans[1]})
    yield from (grid[place] for place in sorted(grid))


def shapes(nodes: Iterable[Node]) -> list[tuple[Any, ...]]:
    """Return the blocks that Markdown has a word for, in their order; a table's cells have none inside."""
    out: list[tuple[Any, ...]] = []
    for node in nodes:
        if node.kind == "table":
            headed = all(cell.value.header for cell in node.inside[0].inside)
            out.append(("table", len(node.inside) + (not headed), node.value))
            continue
        if node.kind == "app":
            out += [("pre", None, code.rstrip()) for _, code in node.value if "\n" in code]
        named: dict[str, tuple[Any, ...]] = {
            "heading": ("h", node.value),
            "rule": ("hr",),
            "code block": ("pre", node.value, node.text.rstrip()),
            **dict.fromkeys(("bullets", "tasks", "decisions"), ("ul", len(node.inside))),
            "numbers": ("ol", node.value, len(node.inside)),
            **dict.fromkeys(("quote", "panel", "new panel"), ("blockquote",)),
        }
        out += [named[node.kind]] if node.kind in named else []
        out += shapes(node.inside)
    return out
