"""A table's cells laid out in a grid: merged cells get empty ones beside and below them. Pure."""

from __future__ import annotations

from cdm_docs.content.nodes import Cell, Table

_MOST_FILLERS = 100_000
"""Empty cells a table may get: spans that ask for more are those of an attack."""


def grid(table: Table) -> list[list[Cell | None]]:
    """Return the rows of a table with None where a merged cell reaches; rows may differ in length."""
    fillers = _MOST_FILLERS
    reaching: dict[int, int] = {}
    rows: list[list[Cell | None]] = []
    for cells in table.rows:
        row: list[Cell | None] = []
        below: dict[int, int] = {column: rows_left - 1 for column, rows_left in reaching.items() if rows_left > 1}
        for cell in cells:
            while len(row) in reaching:
                row.append(None)
            wide, tall = (cell.columns, cell.rows) if cell.columns * cell.rows <= fillers else (1, 1)
            fillers -= wide * tall - 1
            if tall > 1:
                below.update(dict.fromkeys(range(len(row), len(row) + wide), tall - 1))
            row += [cell, *[None] * (wide - 1)]
        rows.append(row)
        reaching = below
    return rows
