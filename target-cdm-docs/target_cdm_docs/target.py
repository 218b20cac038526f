"""target-cdm-docs: the Singer plugin.

Not the SDK's ``Target``, whose work are sinks: each is drained on its own, and here a transaction spans all streams and
tables (CONTRACT 2.4, law 3).
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version as package_version
from types import FrameType
from typing import IO, Any, ClassVar, cast

import click

from target_cdm_docs.composition import mapping_options
from target_cdm_docs.ingest import Ingest, Limits, new_run
from target_cdm_docs.intake import Intake, Message, UnmappedStreamError
from target_cdm_docs.settings import Settings, config_schema, read_settings
from target_cdm_docs.singer.command import CommandLine, one_line
from target_cdm_docs.singer.reader import LineReader
from target_cdm_docs.singer.termination import Terminated, Termination
from target_cdm_docs.singer.writer import write_whole
from target_cdm_docs.stores import keeps_runs_apart, open_store
from target_cdm_docs.stores.errors import StoreConnectionError, StoreError
from target_cdm_docs.workers.pool import Pool, pool_for


class TargetCdmDocs(CommandLine):
    """Maps Confluence records into documents of a common data model, in DuckDB, PostgreSQL or NDJSON files."""

    name = "target-cdm-docs"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(Settings)
    settings_class = Settings
    problems = (*CommandLine.problems, StoreError, UnmappedStreamError)

    @cached_property
    def settings(self) -> Settings:
        """The configuration, checked."""
        return read_settings(Settings, self._config)

    @cached_property
    def termination(self) -> Termination:
        """Whether the process was told to stop."""
        return Termination()

    @cached_property
    def ingest(self) -> Ingest:
        """This run, with its store open.

        Raises:
            StoreError: The destination cannot be used.
        """
        settings = self.settings
        store = open_store(
            settings.destination,
            schema=settings.schema,
            hard_delete=settings.hard_delete,
            duckdb_memory_limit=settings.duckdb_memory_limit,
        )
        store.open()
        version = package_version("target-cdm-docs")
        run = new_run({"mode": settings.mode, "source_system": settings.source_system, "version": version})
        limits = Limits(
            settings.batch_size_rows, settings.batch_size_bytes, settings.batch_seconds, settings.max_failures
        )
        return Ingest(
            store,
            run,
            limits,
            emit_state=write_state,
            revisions_keep=settings.revisions_keep,
            workers=self.workers,
        )

    @cached_property
    def workers(self) -> Pool | None:
        """Who map documents beside this process, if any."""
        return pool_for(self.settings)

    @cached_property
    def intake(self) -> Intake:
        """What takes the messages."""
        options = mapping_options(self.settings)
        return Intake(self.settings, options, self._reader, self.ingest)

    @property
    def _reader(self) -> LineReader:
        return cast("LineReader", self.message_reader)

    def _process_schema_message(self, message_dict: Message) -> None:
        self.intake.schema(message_dict)

    def _process_record_message(self, message_dict: Message) -> None:
        with self.termination.held():  # records that wait, and what goes to a worker, must not be torn either
            self.intake.record(message_dict)
            self._commit_if_full()

    def _process_state_message(self, message_dict: Message) -> None:
        self.intake.state(message_dict)
        self._commit_if_full()

    def _process_activate_version_message(self, message_dict: Message) -> None:
        self.intake.activate_version(message_dict)

    def _process_batch_message(self, message_dict: Message) -> None:
        self.intake.batch(message_dict)

    def _commit_if_full(self) -> None:
        if not self.ingest.is_full:
            return
        with self.termination.held():
            self.ingest.end_batch()
        self.ingest.tell_progress()

    def process_endofpipe(self) -> None:
        """Write what is left, and the run's last word."""
        with self.termination.held():
            self.ingest.commit(at_the_end=True)
            self.ingest.complete()

    def run_to_the_end(self, file_input: IO[Any] | None) -> int:
        """Read all input, whatever happens leave the run's row with its outcome; returns the exit code."""
        ingest = self.ingest
        try:
            stopped = self._listen_until_told(file_input)
        except BaseException as error:
            self._give_up(error)
            raise
        finally:
            if self.workers is not None:
                self.workers.close()
        if stopped is None:
            words = (ingest.run.status, ingest.summary(), ingest.store.place, ingest.seconds())
            self.logger.info("%s: %s; into %s in %s", *words)
            return 0
        self.logger.warning("%s: committed what came before, %s", stopped, ingest.summary())
        return 128 + stopped.signum

    def _listen_until_told(self, file_input: IO[Any] | None) -> Terminated | None:
        ingest, reader = self.ingest, self._reader
        reader.patience, reader.when_idle = min(1.0, ingest.limits.seconds), self._commit_if_full
        try:
            self.listen(file_input)
        except Terminated as stopped:
            if ingest.run.finished_at is None:  # else it came while the last word was written
                ingest.commit()
                ingest.finish("TERMINATED")
                return stopped
        return None

    def _give_up(self, error: BaseException) -> None:
        """Leave the run's row as failed, unless the destination is what failed: that was tried long enough."""
        if isinstance(error, StoreConnectionError):
            self.ingest.store.disconnect()
            return
        with suppress(StoreError):  # the first error is the one to tell
            self.ingest.fail(one_line(error))

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop at the next moment at which nothing is torn."""
        del frame
        self.termination.ask(signum)

    def say_goodbye(self) -> None:
        """Name the run where each has a folder of its own."""
        if "ingest" in self.__dict__ and keeps_runs_apart(self.settings.destination):
            click.echo(self.ingest.run.run_id, err=True)


def write_state(state: dict[str, Any]) -> None:
    """Write a STATE's value on a line of its own, at once.

    Raises:
        OutputError: Standard output takes no more.
    """
    write_whole(json.dumps(state).encode() + b"\n", flush=True)
