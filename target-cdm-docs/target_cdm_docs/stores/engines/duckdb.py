"""The data model in a DuckDB file: the embedded default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from target_cdm_docs.stores.engines import migrations, statements
from target_cdm_docs.stores.engines.database import Database, Found
from target_cdm_docs.stores.engines.session import Session, Values, sliced
from target_cdm_docs.stores.engines.statements import Dialect, quoted
from target_cdm_docs.stores.errors import StoreConnectionError, StoreError, StoreWriteError, one_line
from target_cdm_docs.stores.tables.tables import Table

STORAGE = "v1.2.0"
"""The oldest DuckDB that can read a file made here: who has dbt, DBeaver or Metabase often has no newer one."""

LARGEST_LOG = 64_000_000
"""Bytes of the write-ahead log at which it goes into the file, or a sixteenth of the file if that is more.

DuckDB's own estimate of the log grows with the table: from 200,000 items on it rewrote indexes after every batch, which
took 0.9 of the 1.2 CPU seconds of a batch of 100 edits. A killed run leaves a log that the next one replays.
"""

LOOKUPS = 500
"""Keys of a join that are looked up in a primary key's index, 0.03 ms each; of more, or by other columns, all are read.

DuckDB's own bound is 50. A column of two million keys is read in 50 ms.
"""

SETTINGS = f"""
SET preserve_insertion_order = false;
SET checkpoint_threshold = '1TB';
SET dynamic_or_filter_threshold = {LOOKUPS};
"""

MAGIC = slice(8, 12)
"""Where a DuckDB file says that it is one."""
HEADERS = 3 * 4096
"""Bytes at the beginning of every DuckDB file."""

# DuckDB scans a column of a million keys in milliseconds, and its index makes updates into deletions and insertions.
DIALECT = Dialect(
    types={"text": "VARCHAR", "bigint": "BIGINT", "json": "JSON", "timestamptz": "TIMESTAMPTZ"},
    parameter="${n}",
    indexes=False,
    forms={"texts": "CAST({} AS VARCHAR[])", "elements": "TRY_CAST({} AS JSON[])"},
    function="CREATE OR REPLACE MACRO {name}({parameters}) AS TABLE {query}",
    argument="{name}",
    kind_of_function="MACRO TABLE",
)


class DuckSession:
    """A transaction in DuckDB (``session.Session``).

    Rows travel as lists, one a column: executemany is ten times slower.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self.run_id: str | None = None

    def _execute(self, statement: str, rows: Collection[Values]) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(statement, [list(column) for column in zip(*rows, strict=True)])

    def _execute_all(self, statement: str, rows: Collection[Values]) -> None:
        for part in sliced(rows):
            self._execute(statement, part)

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        """Return the rows with these keys."""
        query = statements.fetch(DIALECT, self._schema, table, columns, by)
        return [row for part in sliced(keys) for row in self._execute(query, part).fetchall()]

    def fetch_all(self, table: Table, columns: Sequence[str]) -> list[Any]:
        """Return every row."""
        return self._connection.execute(statements.fetch_all(self._schema, table, columns)).fetchall()

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Add rows."""
        for part in sliced(rows):
            names, whole = table.with_computed(columns, part, run_id=self.run_id)
            source = statements.lists(DIALECT, table, names)
            self._execute(statements.insert(DIALECT, self._schema, table, names, source), whole)

    def update(
        self, table: Table, by: Sequence[str], columns: Sequence[str], rows: Sequence[Values], *, changed: bool
    ) -> None:
        """Set columns of rows that are there."""
        for part in sliced(rows):
            names, whole = table.with_computed(columns, part, before=len(by))
            source = statements.lists(DIALECT, table, (*by, *names))
            statement = statements.update(
                DIALECT, self._schema, table, by, names, rows=source, changed=changed, run_id=self.run_id
            )
            self._execute(statement, whole)

    def touch(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Say that rows were seen."""
        self._execute_all(statements.touch(DIALECT, self._schema, table, by), keys)

    def delete(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Remove rows."""
        self._execute_all(statements.delete(DIALECT, self._schema, table, by), keys)

    def delete_before(self, table: Table, by: str, moment: str, keys: Collection[Values]) -> None:
        """Remove rows that are older than the moments given."""
        self._execute_all(statements.delete_before(DIALECT, self._schema, table, by, moment), keys)

    def delete_revisions(self, keep: int) -> None:
        """Remove all but the newest revisions."""
        self._connection.execute(statements.delete_revisions(self._schema, keep))


class DuckDBStore(Database):
    """The data model in a DuckDB file.

    Args:
        path: The file; folders on the way to it are made.
        schema: Schema for the tables; None: ``main``.
        hard_delete: Remove rows instead of stamping ``deleted_at``.
        memory_limit: What DuckDB may use.
    """

    longest_run = timedelta(0)  # the file belongs to one process: who is in progress there is gone

    def __init__(self, path: Path, *, schema: str | None, hard_delete: bool, memory_limit: str) -> None:
        super().__init__(DIALECT, schema=schema or "main", hard_delete=hard_delete)
        self._path = path
        self.place = str(path)
        self._memory_limit = memory_limit
        self._connection: duckdb.DuckDBPyConnection | None = None

    def open(self) -> None:
        """Open the file and bring the tables up to date (``Store.open``)."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._is_foreign():
                message = f"destination: {self._path} is no DuckDB file and is left as it is; name another"
                raise StoreConnectionError(message)
            self._connection = duckdb.connect(
                str(self._path),
                config={"memory_limit": self._memory_limit, "storage_compatibility_version": STORAGE},
            )
            self._connection.execute(SETTINGS)
        except OSError as error:
            message = f"destination: cannot use {self._path}: {error.strerror}; choose a folder you can write to"
            raise StoreConnectionError(message) from error
        except duckdb.Error as error:
            message = f"destination: cannot open the DuckDB file {self._path}: {one_line(error)}. {self._advice()}"
            raise StoreConnectionError(message) from error
        try:
            with self._committed("make the tables") as connection:
                migrations.migrate(
                    lambda statement: _rows(connection.execute(statement)), DIALECT, self.schema, self._replace_views
                )
        except StoreError:
            self.disconnect()
            raise

    def _replace_views(self, views: dict[str, str]) -> None:
        if self._connection is not None:
            for name, query in views.items():
                self._connection.execute(f"CREATE OR REPLACE VIEW {quoted(self.schema)}.{quoted(name)} AS {query}")

    def _is_foreign(self) -> bool:
        """Whether another program made the file: DuckDB would open a JSON or CSV one in memory, and lose every row."""
        if not self._path.exists():
            return False
        with self._path.open("rb") as file:
            head = file.read(MAGIC.stop)
        return any(head) and head[MAGIC] != b"DUCK"

    def _advice(self) -> str:
        if self._path.is_file() and 0 < self._path.stat().st_size < HEADERS:
            return "It is no whole DuckDB file (torn when it was made?): remove it, or name another"
        return "Only one process can write to it at a time, and its folder must be writable"

    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work in a transaction; the file belongs to this process alone (``Database.transaction``)."""
        with self._committed("write a batch") as connection:
            work(DuckSession(connection, self.schema))
        self._checkpoint()

    def read(self, work: Callable[[Session], Found]) -> Found:
        """Do work that only reads (``Database.read``)."""
        with self._committed("read") as connection:
            return work(DuckSession(connection, self.schema))

    def _checkpoint(self) -> None:
        log = self._path.with_name(f"{self._path.name}.wal")
        if self._connection is None or not log.exists():
            return
        if log.stat().st_size > max(LARGEST_LOG, self._path.stat().st_size // 16):
            with suppress(duckdb.Error):  # the batch is written; what is wrong with the file the next one tells
                self._connection.execute("CHECKPOINT")

    @contextmanager
    def _committed(self, what: str) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connection
        if connection is None:
            message = f"The DuckDB file {self._path} is not open"
            raise StoreConnectionError(message)
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except duckdb.Error as error:
            self._roll_back()
            cure = "; raise 'duckdb_memory_limit'" if isinstance(error, duckdb.OutOfMemoryException) else ""
            message = (
                f"destination: could not {what} in {self._path}: {one_line(error)}; nothing of it was written{cure}"
            )
            raise StoreWriteError(message) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            if self._connection is not None:
                self._connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # the failed COMMIT or a dead connection has ended the transaction

    def disconnect(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _rows(result: duckdb.DuckDBPyConnection) -> list[Any]:
    return result.fetchall() if result.description else []
