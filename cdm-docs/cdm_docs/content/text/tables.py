"""A table's cells laid out in a grid: a merged cell stands in every place that it covers. Pure."""

from __future__ import annotations

from collections.abc import Callable

from cdm_docs.content.nodes import Block, Table

_MOST_COVERED = 100_000
"""Places that the merged cells of a table may cover: spans that ask for more are those of an attack."""
_MOST_REPEATED = 50_000
"""Characters that the merged cells of a table may repeat, for the same reason."""
_LONGEST_REPEATED = 200
"""Characters of a cell that is repeated: a longer one is no value that its rows share."""


def texts(table: Table, text_of: Callable[[list[Block]], str]) -> list[list[str]]:
    """Return the text of every place of a table, all rows of one width.

    Args:
        table: The table.
        text_of: Renders what a cell holds.
    """
    if all(cell.columns == 1 == cell.rows for cells in table.rows for cell in cells):
        return _even([[text_of(cell.blocks) for cell in cells] for cells in table.rows])
    places, characters = _MOST_COVERED, _MOST_REPEATED
    reaching: dict[int, tuple[int, str]] = {}
    rows: list[list[str]] = []
    for cells in table.rows:
        row: list[str] = []
        below = {column: (left - 1, text) for column, (left, text) in reaching.items() if left > 1}
        for cell in cells:
            _cover(row, reaching)
            text = text_of(cell.blocks)
            covered = cell.columns * cell.rows - 1
            wide, tall = (cell.columns, cell.rows) if covered <= places else (1, 1)
            places -= wide * tall - 1
            repeats = covered and len(text) <= _LONGEST_REPEATED and covered * len(text) <= characters
            characters -= covered * len(text) if repeats else 0
            again = text if repeats else ""
            if tall > 1:
                below.update(dict.fromkeys(range(len(row), len(row) + wide), (tall - 1, again)))
            row += [text, *[again] * (wide - 1)]
        _cover(row, reaching)
        rows.append(row)
        reaching = below
    return _even(rows)


def _even(rows: list[list[str]]) -> list[list[str]]:
    """Return rows filled up to the length of the longest."""
    width = max(map(len, rows), default=0)
    return [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows]


def _cover(row: list[str], reaching: dict[int, tuple[int, str]]) -> None:
    """Fill the next places of a row that cells of the rows above reach into."""
    while len(row) in reaching:
        row.append(reaching[len(row)][1])
