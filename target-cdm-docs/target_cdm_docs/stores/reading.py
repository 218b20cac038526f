"""Reading a database that the target filled, whichever it is; nothing is ever written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from target_cdm_docs.stores.errors import StoreConfigError, StoreConnectionError, one_line
from target_cdm_docs.stores.opening import duckdb_path

Row = dict[str, Any]
Query = Callable[[str], list[Row]]
"""From the text of a query to its rows."""


@contextmanager
def reading(destination: str, schema: str | None) -> Iterator[Query]:
    """Open a database to read it.

    Args:
        destination: As the target's setting: ``duckdb:///…`` or ``postgresql://…``.
        schema: As the target's setting; None: the connection's default.

    Yields:
        What answers queries in which tables are named without their schema.

    Raises:
        StoreConfigError: It is no such database.
        StoreConnectionError: It cannot be opened or does not answer a query; the message holds no secret.
    """
    scheme = destination.partition("://")[0].lower()
    if scheme == "duckdb":
        opened = _duckdb(duckdb_path(destination.partition("://")[2]), schema)
    elif scheme in {"postgresql", "postgres"}:
        opened = _postgres(destination, schema)
    else:
        raise StoreConfigError(
            "destination: a report is made of a database: duckdb:///file or postgresql://host/database"
        )
    with opened as query:
        yield query


@contextmanager
def _duckdb(path: Path, schema: str | None) -> Iterator[Query]:
    import duckdb  # noqa: PLC0415 - of the drivers only the one that is wanted is loaded

    if not path.exists():
        raise StoreConnectionError(f"destination: there is no file {path}: run the target first, or name another")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise StoreConnectionError(f"destination: cannot read {path}: {one_line(error)}") from error
    with closing(connection):

        def query(text: str) -> list[Row]:
            try:
                found = connection.execute(text)
                names = [column[0] for column in found.description or ()]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            except duckdb.Error as error:
                raise StoreConnectionError(f"destination: cannot read {path}: {one_line(error)}") from error

        query("SET TimeZone = 'UTC'")
        if schema:
            quoted = schema.replace("'", "''").replace('"', '""')
            query(f"SET search_path = '\"{quoted}\"'")
        yield query


@contextmanager
def _postgres(url: str, schema: str | None) -> Iterator[Query]:
    import psycopg  # noqa: PLC0415 - as above
    from psycopg import sql  # noqa: PLC0415
    from psycopg.rows import dict_row  # noqa: PLC0415

    from target_cdm_docs.stores.engines.postgres_address import read_address  # noqa: PLC0415

    address = read_address(url)
    try:
        with psycopg.connect(**address.parameters, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute("SET TimeZone = 'UTC'")
            if schema:
                connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))

            def query(text: str) -> list[Row]:
                with connection.cursor(row_factory=dict_row) as cursor:
                    return cursor.execute(text.encode()).fetchall()

            yield query
    except psycopg.Error as error:
        raise StoreConnectionError(f"destination: cannot read {address.shown}: {address.said(error)}") from None
