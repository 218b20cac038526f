"""The data model in PostgreSQL 14 to 18."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from target_cdm_docs.stores.engines import migrations, postgres_views, statements
from target_cdm_docs.stores.engines.database import Database, Found
from target_cdm_docs.stores.engines.postgres_address import CURE, read_address
from target_cdm_docs.stores.engines.session import Session, Values, sliced
from target_cdm_docs.stores.engines.statements import Dialect, named
from target_cdm_docs.stores.errors import StoreConnectionError, StoreError, StoreWriteError
from target_cdm_docs.stores.tables.tables import VERSION, Table
from target_cdm_docs.stores.values import canonical

RETRIES = 5
"""How often a batch is begun again after its connection was lost."""

_FIRST_PAUSE = 1.0

DIALECT = Dialect(
    types={"text": "text", "bigint": "bigint", "json": "jsonb", "timestamptz": "timestamptz"},
    parameter="%s",
    indexes=True,
    lock="LOCK TABLE {table} IN EXCLUSIVE MODE",
    # Seen again, all rows of a block get a new version in one batch: with less room for them replays are 1 to 98 % HOT.
    room="ALTER TABLE {table} SET (fillfactor = 45)",
    forms={
        "texts": "ARRAY(SELECT jsonb_array_elements_text({}))",
        "elements": "CASE WHEN jsonb_typeof({0}) = 'array' THEN ARRAY(SELECT jsonb_array_elements({0})) END",
    },
    function=(
        "CREATE OR REPLACE FUNCTION {name}({typed_parameters}) RETURNS TABLE ({columns}) "
        "LANGUAGE sql STABLE {settings} AS $query${query}$query$"
    ),
    settings=(
        # A few rows go up by the indexes: the planner takes what comes out of a recursion for many, and would read all.
        "SET enable_hashjoin = off SET enable_mergejoin = off",
        # All rows are hashed once, in memory: with the default of 4 MB it takes twice as long.
        "SET work_mem = '64MB' SET enable_nestloop = off SET enable_mergejoin = off",
    ),
    argument="${n}",
    kind_of_function="FUNCTION",
)

_BY_INDEX = "SET LOCAL random_page_cost = 1.1; "
"""A batch looks its rows up. With the default of 4, which is of turning disks, the planner reads all of a table of two
million links for the links of 10,000 pages: a replay of these takes three times as long."""

_SERVER = """
SELECT current_schema(), has_database_privilege(current_database(), 'TEMPORARY'),
       (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression')
"""
"""What a transaction must know: the default schema, whether it may stage rows, whether bodies can be packed fast."""


class PostgresSession:
    """A transaction in PostgreSQL (``session.Session``)."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str, *, can_stage: bool) -> None:
        self._connection = connection
        self._schema = schema
        self._can_stage = can_stage
        self.run_id: str | None = None
        self._staged = 0

    def _execute(self, statement: str, keys: Collection[Values]) -> psycopg.Cursor[Any]:
        columns = [_array(column) for column in zip(*keys, strict=True)]
        return self._connection.execute(statement.encode(), columns)

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        """Return the rows with these keys."""
        query = statements.fetch(DIALECT, self._schema, table, columns, by)
        found = [row for part in sliced(keys) for row in self._execute(query, part).fetchall()]
        return _with_json_text(table, columns, found)

    def fetch_all(self, table: Table, columns: Sequence[str]) -> list[Any]:
        """Return every row."""
        query = statements.fetch_all(self._schema, table, columns)
        return _with_json_text(table, columns, self._connection.execute(query.encode()).fetchall())

    def insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Add rows."""
        for part in sliced(rows):
            names, whole = table.with_computed(columns, part, run_id=self.run_id)
            listed = sql.SQL(", ").join(map(sql.Identifier, names))
            target = sql.Identifier(self._schema, table.name)
            self._copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, listed), whole)

    def update(
        self, table: Table, by: Sequence[str], columns: Sequence[str], rows: Sequence[Values], *, changed: bool
    ) -> None:
        """Set columns of rows that are there."""
        if not rows:
            return
        columns, rows = table.with_computed(columns, rows, before=len(by))
        types = [table.type_of(name) for name in (*by, *columns)]
        kinds = ["text" if kind == "json" else DIALECT.types[kind] for kind in types]
        defined = ", ".join(f"k{i} {kind}" for i, kind in enumerate(kinds))
        for part in [rows] if self._can_stage else sliced(rows):
            source, values = self._stage(defined, part) if self._can_stage else _as_json(defined, part)
            statement = statements.update(
                DIALECT, self._schema, table, by, columns, rows=source, changed=changed, run_id=self.run_id
            )
            self._connection.execute(statement.encode(), values)

    def _stage(self, defined: str, rows: Sequence[Values]) -> tuple[str, None]:
        """Bring rows into a temporary table: COPY is by far the fastest way in (four times as fast as JSON)."""
        self._staged += 1
        stage = f"cdm_stage_{self._staged}"
        self._connection.execute(f"CREATE TEMPORARY TABLE {stage} ({defined}) ON COMMIT DROP".encode())
        self._copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(stage)), rows)
        return f"SELECT * FROM {stage}", None

    def touch(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Say that rows were seen."""
        for part in sliced(keys):
            self._execute(statements.touch(DIALECT, self._schema, table, by), part)

    def delete(self, table: Table, by: Sequence[str], keys: Collection[Values]) -> None:
        """Remove rows."""
        for part in sliced(keys):
            self._execute(statements.delete(DIALECT, self._schema, table, by), part)

    def delete_before(self, table: Table, by: str, moment: str, keys: Collection[Values]) -> None:
        """Remove rows that are older than the moments given."""
        for part in sliced(keys):
            self._execute(statements.delete_before(DIALECT, self._schema, table, by, moment), part)

    def delete_revisions(self, keep: int) -> None:
        """Remove all but the newest revisions."""
        self._connection.execute(statements.delete_revisions(self._schema, keep).encode())

    def _copy(self, statement: sql.Composed, rows: Sequence[Values]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _array(values: Sequence[Any]) -> str:
    """Write keys as an array of PostgreSQL: the driver, which asks each for its type, takes forty times as long."""
    listed = '","'.join(map(str, values))
    if None in values or "\\" in listed or listed.count('"') > 2 * (len(values) - 1):
        return f"{{{','.join(map(_element, values))}}}"
    return f'{{"{listed}"}}'


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_json(defined: str, rows: Sequence[Values]) -> tuple[str, list[str]]:
    """Give rows as one parameter, for a role that may make no temporary tables."""
    listed = [{f"k{i}": value for i, value in enumerate(row)} for row in rows]
    source = f"SELECT * FROM json_to_recordset(%s::text::json) AS staged ({defined})"
    return source, [msgspec.json.encode(listed).decode()]


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
    """The data model in PostgreSQL, also behind a pooler that lends a server for one transaction at a time.

    So nothing is kept in a session: no prepared statement, no setting, no temporary table beyond its transaction.

    Args:
        url: ``postgresql://…``; libpq's environment variables fill its gaps.
        schema: Schema for the tables; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.

    Raises:
        StoreConfigError: The URL cannot be read.
    """

    longest_run = timedelta(days=2)  # others may write at the same time

    def __init__(self, url: str, *, schema: str | None, hard_delete: bool) -> None:
        super().__init__(DIALECT, schema=schema, hard_delete=hard_delete)
        self._address = read_address(url)
        self.place = self._address.shown
        self._connection: psycopg.Connection[Any] | None = None
        self._can_stage = True
        self._settings = ""

    def open(self) -> None:
        """Connect and bring the tables up to date (``Store.open``)."""
        try:
            self._again(self._make_tables, "make the tables", waits_for_the_server=False)
        except StoreError:
            self.disconnect()
            raise

    def _make_tables(self) -> None:
        connection = self._connect()

        def execute(statement: str) -> list[Any]:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

        with connection.transaction():
            if migrations.is_current(execute, self.schema):
                return
            # Two targets that start at once would make the same tables.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"cdm_docs.{self.schema}"])
            replace = postgres_views.replacer(connection, self.schema)
            migrations.migrate(execute, DIALECT, self.schema, replace)

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            try:
                # Keepalives: a server that vanished without a word must not hold a batch for hours.
                connection = psycopg.connect(
                    autocommit=True,
                    prepare_threshold=None,
                    **{
                        "application_name": "target-cdm-docs",
                        "keepalives_idle": 30,
                        "keepalives_interval": 10,
                        "keepalives_count": 3,
                        **self._address.parameters,
                    },
                )
            except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
                message = (
                    f"destination: cannot connect to {self._address.shown}: {self._address.said(error)}; "
                    f"check host, database, user and password in 'destination' ({CURE})"
                )
                raise StoreConnectionError(message) from None
            self._connection = connection
            self._learn_about(connection)
        return self._connection

    def _learn_about(self, connection: psycopg.Connection[Any]) -> None:
        schema, self._can_stage, has_lz4 = connection.execute(_SERVER).fetchone() or (None, False, False)
        packing = "SET LOCAL default_toast_compression = 'lz4'; " if has_lz4 else ""
        self._settings = f"{_BY_INDEX}{packing}"
        self.schema = self.schema or schema or ""
        if not self.schema:
            message = (
                "schema: the connection has no default schema (this user has the right USAGE on none in its "
                "search_path); set 'schema' to the one the tables should be in"
            )
            raise StoreConnectionError(message)

    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work in a transaction, again from its start where the connection is lost (``Database.transaction``)."""
        self._again(lambda: self._transact(work), "write a batch", waits_for_the_server=True)

    def read(self, work: Callable[[Session], Found]) -> Found:
        """Do work that only reads, without the lock that writers take (``Database.read``)."""

        def session() -> Session:
            return PostgresSession(self._connect(), self.schema, can_stage=self._can_stage)

        return self._again(lambda: work(session()), "read what is known", waits_for_the_server=True)

    def _again(self, work: Callable[[], Found], what: str, *, waits_for_the_server: bool) -> Found:
        """Do what a deadlock or, if wanted, a lost connection may undo, until it is done."""
        for attempt in range(RETRIES + 1):
            try:
                return work()
            except (psycopg.OperationalError, psycopg.InterfaceError, StoreConnectionError) as error:  # noqa: PERF203 - to try again is what the loop is for
                lost = waits_for_the_server and (self._connection is None or self._connection.closed)
                transient = isinstance(error, (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected))
                if attempt == RETRIES or not (lost or transient):
                    raise self._refusal(error, what) from None
                time.sleep(_FIRST_PAUSE * 2**attempt)
            except psycopg.Error as error:
                raise self._refusal(error, what) from None
        raise AssertionError("the last attempt returns or raises")

    def _transact(self, work: Callable[[Session], None]) -> None:
        connection = self._connect()
        with connection.transaction():
            # Writers take turns; readers are not held up.
            lock = DIALECT.lock.format(table=named(self.schema, VERSION))
            connection.execute(f"{self._settings}{lock}".encode())
            work(PostgresSession(connection, self.schema, can_stage=self._can_stage))

    def _refusal(self, error: Exception, what: str) -> StoreError:
        if isinstance(error, StoreError):
            return error
        rights = isinstance(error, psycopg.errors.InsufficientPrivilege) and what == "make the tables"
        cure = "; a user who owns the schema has to run this version once" if rights else ""
        message = f"destination: could not {what} in {self._address.shown}: {self._address.said(error)}{cure}"
        return StoreWriteError(f"{message}; nothing of it was written")

    def disconnect(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
