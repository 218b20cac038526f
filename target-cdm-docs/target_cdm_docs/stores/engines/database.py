"""What DuckDB and PostgreSQL share: one transaction a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.engines.statements import Dialect
from target_cdm_docs.stores.writing.hashes import read_hashes, write_hashes
from target_cdm_docs.stores.writing.killed import tell_killed
from target_cdm_docs.stores.writing.newest import Newest
from target_cdm_docs.stores.writing.reduce import Reducer
from target_cdm_docs.stores.writing.retold import step_back
from target_cdm_docs.stores.writing.writer import write, write_run

Found = TypeVar("Found")


class Database(ABC):
    """A store in a database.

    Args:
        dialect: How the database writes what differs.
        schema: Schema for the tables, made if missing; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.
    """

    place: str

    longest_run: ClassVar[timedelta]
    """A run in progress that began longer ago was killed, as long as it does not write again."""

    def __init__(self, dialect: Dialect, *, schema: str | None, hard_delete: bool) -> None:
        self.dialect = dialect
        self.schema = schema or ""
        self._hard_delete = hard_delete
        self._reducer = Reducer()
        self._told_killed = False

    def apply(self, batch: Batch, run: Run) -> None:
        """Write a batch and the run's row in one transaction (``Store.apply``)."""
        newest = self._reducer.reduce(batch)
        self.transaction(lambda session: self._write(session, newest, batch, run))
        self._told_killed = True

    def known_hashes(self, keys: Collection[int]) -> Mapping[int, str]:
        """Return the hashes that are kept under some keys (``Store.known_hashes``)."""
        return self.read(lambda session: read_hashes(session, keys))

    def _write(self, session: Session, newest: Newest, batch: Batch, run: Run) -> None:
        session.run_id = run.run_id
        if batch.retold:
            step_back(session, self._reducer.reduce(Batch(batch.retold)))
        write(session, newest, hard_delete=self._hard_delete)
        write_hashes(session, batch.hashes)
        self._write_run(session, run)

    def _write_run(self, session: Session, run: Run) -> None:
        if not self._told_killed:
            moment = datetime.fromisoformat(run.started_at.replace("Z", "+00:00")) - self.longest_run
            tell_killed(session, moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
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

    def close(self, run: Run, *, revisions_keep: int | None = None) -> None:
        """Write the run's last row and let go of the connection (``Store.close``)."""

        def end(session: Session) -> None:
            if revisions_keep is not None:
                session.delete_revisions(revisions_keep)
            self._write_run(session, run)

        try:
            self.transaction(end)
        finally:
            self.disconnect()

    @abstractmethod
    def transaction(self, work: Callable[[Session], None]) -> None:
        """Do work in a transaction of its own, while no other writer of these tables does.

        Raises:
            StoreError: Nothing was written.
        """

    @abstractmethod
    def read(self, work: Callable[[Session], Found]) -> Found:
        """Do work that only reads, and waits for no writer.

        Raises:
            StoreError: It cannot be done.
        """

    @abstractmethod
    def disconnect(self) -> None:
        """Let go of the connection."""
