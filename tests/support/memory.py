"""A destination of dictionaries under the real reducer and writer: a history in milliseconds.

It refuses what a database would refuse or leave to chance: a key inserted twice, and a row that one statement would
update twice. ``test_store_memory.py`` holds it equal to DuckDB and PostgreSQL in every column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from cdm_docs.model.rows import CdmRows
from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines.database import Database, Found
from target_cdm_docs.stores.engines.duckdb import DIALECT
from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables.tables import ITEM, REVISION, TABLES, Table

Key = tuple[Any, ...]
Row = dict[str, Any]
Contents = dict[str, dict[Key, Row]]


class MemorySession:
    """A transaction on dictionaries (``session.Session``); ``now`` is its number."""

    def __init__(self, tables: Contents, now: int) -> None:
        self.tables = tables
        self.now = now
        self.run_id: str | None = None

    def _found(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> list[tuple[Key, Row]]:
        rows = self.tables[table.name]
        if tuple(by) == table.key:
            return [(key, rows[key]) for key in map(tuple, keys) if key in rows]
        wanted = {tuple(key) for key in keys}
        return [(key, row) for key, row in rows.items() if tuple(row[name] for name in by) in wanted]

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        """The rows with these keys."""
        return [tuple(row[name] for name in columns) for _, row in self._found(table, by, keys)]

    def fetch_all(self, table: Table, columns: Sequence[str]) -> list[Any]:
        """Every row."""
        return [tuple(row[name] for name in columns) for row in self.tables[table.name].values()]

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Add rows whose keys are not there."""
        columns, rows = table.with_computed(columns, rows, run_id=self.run_id)
        stamps = {column.name: self.now if column.default else None for column in table.stamps}
        empty = dict.fromkeys(column.name for column in table.everything)
        for values in rows:
            row = {**empty, **stamps, **dict(zip(columns, values, strict=True))}
            key = tuple(row[name] for name in table.key)
            assert key not in self.tables[table.name], f"{table.name} {key} is inserted twice"
            self.tables[table.name][key] = row

    def update(
        self, table: Table, by: Sequence[str], columns: Sequence[str], rows: Sequence[Values], *, changed: bool
    ) -> None:
        """Set columns of rows that are there, each once."""
        width = len(by)
        columns, rows = table.with_computed(columns, rows, before=width)
        keys = [tuple(values[:width]) for values in rows]
        assert len(keys) == len(set(keys)), f"{table.name} is updated twice by one statement"
        stamps: Row = {"synced_at": self.now} | ({"changed_at": self.now} if changed else {})
        if changed and table.is_of_runs:
            stamps["run_id"] = self.run_id
        for values in rows:
            for key, row in self._found(table, by, [values[:width]]):
                after = {**row, **dict(zip(columns, values[width:], strict=True)), **stamps}
                after |= {s.name: self.now for s in table.stamps if s.follows and after[s.follows] != row[s.follows]}
                self.tables[table.name][key] = after

    def touch(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Say that rows were seen."""
        for key, row in self._found(table, by, keys):
            self.tables[table.name][key] = {**row, "synced_at": self.now}

    def delete(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Remove rows."""
        for key, _ in self._found(table, by, keys):
            del self.tables[table.name][key]

    def delete_before(self, table: Table, by: str, moment: str, keys: Collection[Values]) -> None:
        """Remove rows that are older than the moments given."""
        before = {key: at for key, at in keys}  # noqa: C416 - pairs
        for key, row in list(self.tables[table.name].items()):
            if row[moment] is not None and row[moment] < before.get(row[by], ""):
                del self.tables[table.name][key]

    def delete_revisions(self, keep: int) -> None:
        """Remove all but the newest revisions."""
        newest = {row["cdm_id"]: row["version_number"] for row in self.tables[ITEM.name].values()}
        for key, row in list(self.tables[REVISION.name].items()):
            number, last = row["revision_number"], newest.get(row["item_cdm_id"])
            if number is not None and last is not None and number <= last - keep:
                del self.tables[REVISION.name][key]


class MemoryStore(Database):
    """The data model in dictionaries."""

    longest_run = timedelta(0)

    def __init__(self, *, hard_delete: bool = False) -> None:
        super().__init__(DIALECT, schema=None, hard_delete=hard_delete)
        self.tables: Contents = {table.name: {} for table in TABLES}
        self._count = itertools.count(1)

    def open(self) -> None:
        """Nothing is to be opened."""

    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work on a copy, which counts when nothing went wrong."""
        session = MemorySession({name: dict(rows) for name, rows in self.tables.items()}, next(self._count))
        work(session)
        self.tables = session.tables

    def read(self, work: Callable[[Session], Found]) -> Found:
        """Do work on what is there."""
        return work(MemorySession(self.tables, 0))

    def disconnect(self) -> None:
        """Nothing is held."""


def load(
    *batches: list[CdmRows],
    hard_delete: bool = False,
    revisions_keep: int | None = None,
    into: MemoryStore | None = None,
) -> MemoryStore:
    """A store, or the one given, to which each batch was applied in its own transaction, in one run."""
    store = into or MemoryStore(hard_delete=hard_delete)
    run = Run(run_id="run", started_at="2026-01-01T00:00:00.000Z", status="IN_PROGRESS")
    for batch in batches:
        store.apply(Batch(rows=batch), run)
    store.close(run, revisions_keep=revisions_keep)
    return store
