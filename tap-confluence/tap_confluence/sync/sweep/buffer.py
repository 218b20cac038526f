"""Rows that wait for the end of a run, packed: a site's worth of them would weigh more than all the rest."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from tap_confluence.api.query import Record

PACK = 500
"""Rows that are packed together, column by column: 15 bytes a row then, instead of a kilobyte."""


class RowBuffer:
    """Rows of one form in the order in which they were put here."""

    def __init__(self) -> None:
        """Begin empty."""
        self._packs: list[bytes] = []
        self._loose: list[Record] = []

    def put(self, row: Record) -> None:
        """Keep a row; it must be plain JSON, with the fields of all others."""
        self._loose.append(row)
        if len(self._loose) == PACK:
            columns = {name: [each[name] for each in self._loose] for name in row}
            self._packs.append(zlib.compress(json.dumps(columns).encode("ascii"), 1))
            self._loose = []

    def lists(self) -> Iterator[list[Record]]:
        """The rows, a list at a time; they are not kept any more."""
        packs, loose = self._packs[::-1], self._loose
        self._packs, self._loose = [], []
        while packs:
            columns = json.loads(zlib.decompress(packs.pop()))
            yield [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        if loose:
            yield loose
