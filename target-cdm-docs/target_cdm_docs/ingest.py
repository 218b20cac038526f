"""When things are written: one batch over all streams, one transaction each, STATE after it (CONTRACT 2.4, law 3)."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cdm_docs.model.rows import CdmRows

from target_cdm_docs.stores.base import Batch, RawRecord, Run, Store

logger = logging.getLogger("target-cdm-docs")

MOST_ERRORS_KEPT = 1000
"""Entries in a run's ``error_msgs``; all are counted."""

TOLD_EVERY = 5.0
"""Seconds between two lines about progress."""


def now() -> str:
    """Return the present moment, RFC 3339 UTC with milliseconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def new_run(scope: dict[str, Any]) -> Run:
    """Return a run that begins now; its id sorts by time."""
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")[:-3]
    return Run(f"{moment}Z-{secrets.token_hex(4)}", now(), "IN_PROGRESS", scope=scope)


@dataclass(slots=True)
class Limits:
    """When a batch is full: records, bytes of input, seconds since its first record."""

    rows: int
    size: int
    seconds: float


@dataclass(slots=True)
class Ingest:
    """A run's batch at hand.

    Attributes:
        store: Where it goes.
        run: The run.
        limits: When a batch is full.
        emit_state: Called with the last STATE inside a batch once the batch is committed.
        committed: Whether anything was written yet.
    """

    store: Store
    run: Run
    limits: Limits
    emit_state: Callable[[dict[str, Any]], None]
    committed: bool = False
    _rows: list[CdmRows] = field(default_factory=list)
    _raw: list[RawRecord] = field(default_factory=list)
    _size: int = 0
    _since: float | None = None
    _state: dict[str, Any] | None = None
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def add(self, stream: str, rows: CdmRows, size: int) -> None:
        """Take what a record says; ``size`` is its line's length in bytes."""
        self._rows.append(rows)
        for failure in rows.failures:
            self.fail(failure)
        self._count(stream, size)

    def add_raw(self, stream: str, record: RawRecord, size: int) -> None:
        """Take an unmapped record."""
        self._raw.append(record)
        self._count(stream, size)

    def skip(self, stream: str) -> None:
        """Count a record that goes nowhere."""
        self._count(stream, 0)

    def _count(self, stream: str, size: int) -> None:
        self.run.counts[stream] = self.run.counts.get(stream, 0) + 1
        self.run.progress_counter += 1
        self._size += size
        if self._since is None:
            self._since = time.monotonic()

    def fail(self, entry: dict[str, Any]) -> None:
        """Keep what could not be taken."""
        self.run.failed_counter += 1
        if len(self.run.error_msgs) < MOST_ERRORS_KEPT:
            self.run.error_msgs.append(entry)

    def state(self, value: dict[str, Any]) -> None:
        """Remember a STATE: it leaves after what came before it."""
        self._state = value
        if self._since is None:
            self._since = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether the transaction should end."""
        limits = self.limits
        return (
            len(self._rows) + len(self._raw) >= limits.rows
            or self._size >= limits.size
            or (self._since is not None and time.monotonic() - self._since >= limits.seconds)
        )

    def commit(self) -> None:
        """Write the batch, then its last STATE.

        Raises:
            StoreError: Nothing of the batch was written, and its STATE stays here.
        """
        if self._rows or self._raw:
            self.store.apply(Batch(self._rows, self._raw), self.run)
            self.committed = True
        self._rows, self._raw = [], []
        self._size, self._since = 0, None
        if self._state is not None:
            state, self._state = self._state, None
            self.emit_state(state)

    def tell_progress(self) -> None:
        """Log what was written so far, unless that was done a moment ago."""
        if time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            logger.info("written so far: %s", self.summary())

    def summary(self) -> str:
        """What came, for a person."""
        counts = ", ".join(f"{count:,} {_shown(stream)}" for stream, count in sorted(self.run.counts.items()))
        failed = f"; {self.run.failed_counter:,} failed (see error_msgs in cdm_ingest_run)"
        return (counts or "no records") + (failed if self.run.failed_counter else "")

    def seconds(self) -> str:
        """How long it has taken, for a person."""
        return f"{time.monotonic() - self._began:.1f} s"

    def finish(self, status: str) -> None:
        """Write the run's last row and let go of the store.

        A run that failed before anything was written leaves nothing behind.
        """
        self.run.status = status
        self.run.finished_at = now()
        if status == "FAILED" and not self.committed:
            self.store.disconnect()
        else:
            self.store.close(self.run)


def _shown(name: str) -> str:
    """A name from the input as any terminal and log can show it."""
    return name.encode("utf-8", "backslashreplace").decode()
