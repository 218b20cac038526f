"""What DuckDB and PostgreSQL share: one transaction a batch, and tables that make and migrate themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib.metadata import version as package_version
from typing import Any

from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines import statements
from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.engines.statements import Dialect, named, quoted
from target_cdm_docs.stores.errors import StoreConfigError
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.views import VIEWS
from target_cdm_docs.stores.writing.news import News
from target_cdm_docs.stores.writing.reduce import Reducer
from target_cdm_docs.stores.writing.writer import write, write_run


class Database(ABC):
    """A store in a database.

    Args:
        dialect: How the database writes what differs.
        schema: Schema for the tables, made if missing; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.
    """

    def __init__(self, dialect: Dialect, *, schema: str | None, hard_delete: bool) -> None:
        self.dialect = dialect
        self.schema = schema or ""
        self._hard_delete = hard_delete
        self._reducer = Reducer()

    def apply(self, batch: Batch, run: Run) -> None:
        """Write a batch and the run's row in one transaction (``Store.apply``)."""
        news = self._reducer.reduce(batch)
        self.transaction(lambda session: self._write(session, news, run))

    def _write(self, session: Session, news: News, run: Run) -> None:
        write(session, news, hard_delete=self._hard_delete)
        write_run(session, self._run_row(run))

    def _run_row(self, run: Run) -> tuple[Any, ...]:
        clean = self._reducer.cleaner
        return (
            run.run_id,
            run.started_at,
            run.finished_at,
            run.status,
            clean.json(run.scope),
            run.total,
            run.progress_counter,
            run.failed_counter,
            clean.json(run.counts),
            clean.json(run.error_msgs),
            clean.replaced,
        )

    def close(self, run: Run) -> None:
        """Write the run's last row and let go of the connection (``Store.close``)."""
        try:
            self.transaction(lambda session: write_run(session, self._run_row(run)))
        finally:
            self.disconnect()

    @abstractmethod
    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work in a transaction of its own, while no other writer of these tables does.

        Raises:
            StoreError: Nothing was written.
        """

    @abstractmethod
    def disconnect(self) -> None:
        """Let go of the connection."""

    def migrate(self, execute: Callable[[str], Any]) -> None:
        """Make the schema and the tables, or add what older ones have not. In one transaction of the caller's.

        Args:
            execute: Runs a statement and answers its rows, if it has any.

        Raises:
            StoreConfigError: The tables were made by a newer version.
        """
        # Asked first: who may not make schemas may not say IF NOT EXISTS either.
        if not execute(statements.find_schema(self.schema)):
            execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
        execute(statements.create_table(self.dialect, self.schema, tables.VERSION))
        version = named(self.schema, tables.VERSION)
        known = execute(f"SELECT max(version) FROM {version}")[0][0]
        if known == tables.SCHEMA_VERSION:
            return
        if known is not None and known > tables.SCHEMA_VERSION:
            message = (
                f"The tables in schema {self.schema!r} are of version {known}, this target-cdm-docs knows version "
                f"{tables.SCHEMA_VERSION}: update target-cdm-docs, or set 'schema' to another name"
            )
            raise StoreConfigError(message)
        script = [f"DROP VIEW IF EXISTS {quoted(self.schema)}.{quoted(name)}" for name in reversed(VIEWS)]
        for table in tables.TABLES:
            script += self._makes(table)
        for name, (query, comment) in VIEWS.items():
            view = f"{quoted(self.schema)}.{quoted(name)}"
            script.append(f"CREATE VIEW {view} AS {query.replace('{s}', quoted(self.schema))}")
            script.append(f"COMMENT ON VIEW {view} IS {statements.text_literal(comment)}")
        execute(";\n".join(script))  # at once: hundreds of statements, one by one, are hundreds of round trips
        package = statements.text_literal(package_version("target-cdm-docs"))
        execute(f"INSERT INTO {version} (version, package_version) VALUES ({tables.SCHEMA_VERSION}, {package})")

    def _makes(self, table: tables.Table) -> list[str]:
        indexes = statements.create_indexes(self.schema, table) if self.dialect.indexes else []
        return [
            statements.create_table(self.dialect, self.schema, table),
            *statements.add_columns(self.dialect, self.schema, table),
            *indexes,
            *statements.comments(self.schema, table),
        ]
