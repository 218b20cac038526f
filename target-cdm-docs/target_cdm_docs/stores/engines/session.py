"""What a database must be able to do for ``writer``: a few verbs on whole lists of rows, inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol

from target_cdm_docs.stores.tables.tables import Table

Values = Sequence[Any]

SLICE = 8_000_000
"""Bytes, about, of rows that are handed to a database at once: a driver needs several times as much to pass them on."""

_VALUE = 60
"""Bytes of a value beside its text."""


def sliced(rows: Iterable[Values]) -> Iterator[list[Values]]:
    """Cut rows into parts of which each is one statement's worth, however many a single page has brought."""
    part: list[Values] = []
    size = 0
    for row in rows:
        part.append(row)
        size += _VALUE * len(row) + sum([len(value) for value in row if isinstance(value, str)])
        if size >= SLICE:
            yield part
            part, size = [], 0
    if part:
        yield part


class Session(Protocol):
    """A transaction that is under way. Keys are tuples with a value for each column of ``by``.

    Computed columns (``tables.computed``) are written with their sources.

    Attributes:
        run_id: The run that rows which are new or changed are of.
    """

    run_id: str | None

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        """The rows with these keys, as tuples; JSON columns as canonical JSON text."""

    def fetch_all(self, table: Table, columns: Sequence[str]) -> list[Any]:
        """Every row of a table that is small by nature."""

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Add rows whose keys are not there yet."""

    def update(
        self, table: Table, by: Sequence[str], columns: Sequence[str], rows: Sequence[Values], *, changed: bool
    ) -> None:
        """Set columns of rows that are there; a row is its key's values followed by the columns'.

        ``synced_at`` becomes now, and with ``changed`` also ``changed_at``, and ``run_id`` the run.
        """

    def touch(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Say that rows were seen: ``synced_at`` becomes now."""

    def delete(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Remove rows."""

    def delete_before(self, table: Table, by: str, moment: str, keys: Collection[Values]) -> None:
        """Remove rows of which a column of moments is less than a key's: keys are pairs (``by``, moment)."""

    def delete_revisions(self, keep: int) -> None:
        """Remove revisions whose number is ``keep`` or more below that of their item's newest one.

        What an item that is not there had stays. The number of an item's newest revision never goes down, so that what
        is left does not depend on when, and how often, this is done.
        """
