"""What DuckDB and PostgreSQL share: one transaction a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.engines.statements import Dialect
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
        session.run_id = run.run_id
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
