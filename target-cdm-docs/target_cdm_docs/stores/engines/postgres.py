"""The data model in PostgreSQL 14 to 18."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

from target_cdm_docs.stores.engines import statements
from target_cdm_docs.stores.engines.database import Database
from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.engines.statements import Dialect, named
from target_cdm_docs.stores.errors import StoreConnectionError, StoreError, StoreWriteError, redact, redact_text
from target_cdm_docs.stores.tables.tables import VERSION, Table
from target_cdm_docs.stores.writing.text import canonical

RETRIES = 5
"""How often a batch is begun again after its connection was lost."""

_FIRST_PAUSE = 1.0

DIALECT = Dialect(
    types={"text": "text", "bigint": "bigint", "json": "jsonb", "timestamptz": "timestamptz"},
    parameter="%s",
    indexes=True,
)


class PostgresSession:
    """A transaction in PostgreSQL (``session.Session``)."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._staged = 0

    def _execute(self, statement: str, keys: Collection[Values]) -> psycopg.Cursor[Any]:
        columns = [list(column) for column in zip(*keys, strict=True)]
        return self._connection.execute(statement.encode(), columns)

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        """Return the rows with these keys."""
        if not keys:
            return []
        query = statements.fetch(DIALECT, self._schema, table, columns, by)
        return _with_json_text(table, columns, self._execute(query, keys).fetchall())

    def fetch_all(self, table: Table, columns: Sequence[str]) -> list[Any]:
        """Return every row."""
        query = statements.fetch_all(self._schema, table, columns)
        return _with_json_text(table, columns, self._connection.execute(query.encode()).fetchall())

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Add rows."""
        if rows:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            target = sql.Identifier(self._schema, table.name)
            self._copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, listed), rows)

    def update(
        self, table: Table, by: Sequence[str], columns: Sequence[str], rows: Sequence[Values], *, changed: bool
    ) -> None:
        """Set columns of rows that are there: through a staging table, as COPY is the fastest way in."""
        if not rows:
            return
        self._staged += 1
        stage = f"cdm_stage_{self._staged}"
        types = [table.type_of(name) for name in (*by, *columns)]
        kinds = ["text" if kind == "json" else DIALECT.types[kind] for kind in types]
        defined = ", ".join(f"k{i} {kind}" for i, kind in enumerate(kinds))
        self._connection.execute(f"CREATE TEMPORARY TABLE {stage} ({defined}) ON COMMIT DROP".encode())
        self._copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(stage)), rows)
        source = f"SELECT * FROM {stage}"
        statement = statements.update(DIALECT, self._schema, table, by, columns, rows=source, changed=changed)
        self._connection.execute(statement.encode())

    def touch(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Say that rows were seen."""
        if keys:
            self._execute(statements.touch(DIALECT, self._schema, table, by), keys)

    def delete(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Remove rows."""
        if keys:
            self._execute(statements.delete(DIALECT, self._schema, table, by), keys)

    def _copy(self, statement: sql.Composed, rows: Sequence[Values]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _with_json_text(table: Table, columns: Sequence[str], rows: list[Any]) -> list[Any]:
    """Make JSON values the texts they were written as: jsonb orders and spaces them in its own way."""
    places = [i for i, name in enumerate(columns) if table.type_of(name) == "json"]
    if not places:
        return rows
    listed = [list(row) for row in rows]
    for row in listed:
        for i in places:
            row[i] = None if row[i] is None else canonical(row[i])
    return [tuple(row) for row in listed]


class PostgresStore(Database):
    """The data model in PostgreSQL.

    Args:
        url: ``postgresql://…``; libpq's environment variables fill its gaps.
        schema: Schema for the tables; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.
    """

    def __init__(self, url: str, *, schema: str | None, hard_delete: bool) -> None:
        super().__init__(DIALECT, schema=schema, hard_delete=hard_delete)
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def open(self) -> None:
        """Connect and bring the tables up to date (``Store.open``)."""
        with self._said("make the tables"):
            connection = self._connect()
            with connection.transaction():
                if not self.schema:
                    self.schema = self._default_schema(connection)
                # Two targets that start at once would make the same tables.
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"cdm_docs.{self.schema}"])
                self.migrate(lambda statement: _rows(connection.execute(statement.encode())))

    def _default_schema(self, connection: psycopg.Connection[Any]) -> str:
        row = connection.execute("SELECT current_schema()").fetchone()
        if row is None or row[0] is None:
            message = "schema: the connection has no default schema; set 'schema' to the one the tables should be in"
            raise StoreConnectionError(message)
        return str(row[0])

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            try:
                # Keepalives: a server that vanished without a word must not hold a batch for hours.
                connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    application_name="target-cdm-docs",
                    keepalives_idle=30,
                    keepalives_interval=10,
                    keepalives_count=3,
                )
            except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
                message = (
                    f"destination: cannot connect to {redact(self._url)}: {redact_text(str(error))}; "
                    "check host, database, user and password in 'destination'"
                )
                raise StoreConnectionError(message) from error
            with suppress(psycopg.Error):  # a server built without lz4 compresses bodies its own way
                connection.execute("SET default_toast_compression = 'lz4'")
            self._connection = connection
        return self._connection

    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work in a transaction, again from its start where the connection is lost (``Database.transaction``)."""
        for attempt in range(RETRIES + 1):
            try:
                self._transact(work)
            except (psycopg.OperationalError, psycopg.InterfaceError, StoreConnectionError) as error:  # noqa: PERF203 - to try again is what the loop is for
                lost = self._connection is None or self._connection.closed
                transient = isinstance(error, (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected))
                if attempt == RETRIES or not (lost or transient):
                    self._refuse(error)
                time.sleep(_FIRST_PAUSE * 2**attempt)
            except psycopg.Error as error:
                self._refuse(error)
            else:
                return

    def _transact(self, work: Callable[[Session], None]) -> None:
        connection = self._connect()
        with connection.transaction():
            # Writers take turns; readers are not held up.
            connection.execute(f"LOCK TABLE {named(self.schema, VERSION)} IN EXCLUSIVE MODE".encode())
            work(PostgresSession(connection, self.schema))

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, StoreConnectionError):
            raise error
        message = (
            f"destination: could not write a batch to {redact(self._url)}: {redact_text(str(error))}; "
            "nothing of it was written"
        )
        raise StoreWriteError(message) from error

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            self.disconnect()
            message = f"destination: could not {what} in {redact(self._url)}: {redact_text(str(error))}"
            raise StoreWriteError(message) from error
        except StoreError:
            self.disconnect()
            raise

    def disconnect(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _rows(cursor: psycopg.Cursor[Any]) -> list[Any]:
    return cursor.fetchall() if cursor.description else []
