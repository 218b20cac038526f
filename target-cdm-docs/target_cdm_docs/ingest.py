"""When things are written: one batch over all streams, one transaction each, STATE after it (CONTRACT 2.4, law 3)."""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cdm_docs.model.rows import CdmRows

from target_cdm_docs.at_hand import AtHand, Part, Waiting, Workers
from target_cdm_docs.hashes import is_read_otherwise, is_same_record, unread
from target_cdm_docs.losses import Losses, shown
from target_cdm_docs.stores.base import Batch, RawRecord, Run, Store

logger = logging.getLogger("target-cdm-docs")

MOST_ERRORS_KEPT = 1000
"""Entries in a run's ``error_msgs``; all are counted."""

MOST_NAMES_KEPT = 1000
"""Streams and keys of spaces in a run's ``scope``."""

FIGURES: dict[str, dict[str, type]] = {
    "scope": {"site": str, "account_id": str, "filters": str},
    "run": dict.fromkeys(("requests", "retries", "points", "bytes", "seconds_waited", "failures"), int)
    | {"stopped": str},
}
"""What ``tap-confluence`` tells of a run in its STATE, and the ledger keeps in the run's ``scope``."""

IN_EVERY_RUN = frozenset({"spaces", "users", "content_inventory", "sync_errors"})
"""Streams of which a run has records where no content changed too."""

PROGRESS_EVERY = 5.0
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
    """When a batch is full (records, bytes of input, seconds since its first record), and what a run may lose."""

    rows: int
    size: int
    seconds: float
    failures: int


WAITING_RECORDS, WAITING_BYTES = 1000, 4_000_000
"""Records, and bytes of input, that wait until they are asked for at once whether they are known."""


@dataclass(slots=True)
class Ingest:
    """A run's batch at hand, and the one before it while workers map what is in it.

    Attributes:
        store: Where it goes.
        run: The run.
        limits: When a batch is full.
        emit_state: Called with the last STATE inside a batch once the batch is committed.
        revisions_keep: How many of the newest revisions of each item are kept when the run has come to its end.
        workers: Who map documents beside this process, if any.
    """

    store: Store
    run: Run
    limits: Limits
    emit_state: Callable[[dict[str, Any]], None]
    revisions_keep: int | None = None
    workers: Workers | None = None
    _committed: int = 0
    _batch: AtHand = field(default_factory=AtHand)
    _ended: deque[AtHand] = field(default_factory=deque)
    _waiting: deque[Waiting] = field(default_factory=deque)
    _waiting_size: int = 0
    _read_otherwise: set[str] = field(default_factory=set)
    _state: dict[str, Any] | None = None
    _has_last_word: bool = False
    _kept: set[tuple[str, str]] = field(default_factory=set)
    _losses: Losses = field(init=False)
    _left_out: set[str] = field(default_factory=set)
    _began: float = field(default_factory=time.monotonic)
    _progress_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Nothing is lost yet."""
        self._losses = Losses(self.limits.failures)

    def declare(self, stream: str) -> None:
        """Note that a stream was announced."""
        self._keep("streams", stream)

    def wait(self, record: Waiting) -> None:
        """Let a record wait until it is known whether it is news."""
        self._waiting.append(record)
        self._waiting_size += record.size
        self._begin()
        waiting, limits, batch = len(self._waiting), self.limits, self._batch
        if waiting >= min(WAITING_RECORDS, limits.rows - batch.count) or self._waiting_size >= min(
            WAITING_BYTES, limits.size - batch.size
        ):
            self._settle()

    def _settle(self) -> None:
        """Take the records that wait, or let workers map them."""
        if not self._waiting:
            return
        waiting, batch = self._waiting, self._batch
        keys = {record.key for record in waiting if record.key is not None} - batch.hashes.keys()
        known = {**self.store.known_hashes(keys), **batch.hashes}
        answer, news, places = None, 0, []
        if self.workers is not None:
            fresh = {place: each.job for place, each in enumerate(waiting) if each.is_news_to(known)}
            jobs = {place: job for place, job in fresh.items() if job is not None}
            answer, news, places = self.workers.submit(list(jobs.values())), len(fresh), list(jobs)
        if answer is None:
            self._take_all(waiting, known, {})
        else:
            batch.parts.append(Part(waiting, known, news, places, answer))
            self._waiting = deque()
        batch.size += self._waiting_size
        self._waiting_size = 0

    def _take_all(self, waiting: deque[Waiting], known: dict[int, str], mapped: Mapping[int, CdmRows | None]) -> None:
        """Take records in their order; of those that are known only that they came.

        Args:
            waiting: The records; each leaves once it is taken.
            known: Hashes by key.
            mapped: Rows by the places of their records.
        """
        for place in range(len(waiting)):
            record = waiting[0]
            before = None if record.key is None else known.get(record.key)
            if before == record.hash:
                self._take(record.stream)
            else:
                known |= self._news(record, before, mapped.get(place))
            waiting.popleft()

    def _news(self, record: Waiting, before: str | None, mapped: CdmRows | None) -> dict[int, str]:
        """Take a record that is not known, and return what is known by its key now.

        Where a stream was read in another way before, the records that come again count, as they are read now.
        """
        if before is not None and is_read_otherwise(before, record.hash):
            self._read_otherwise.add(record.stream)
        batch = self._batch
        place = len(batch.rows)
        if not record.take(mapped):
            return {}
        rows = batch.rows[place:]
        if record.stream in self._read_otherwise or (before is not None and is_same_record(before, record.hash)):
            batch.retold += rows
        if record.key is None:
            return {}
        failed = any(each.failures for each in rows)
        batch.hashes[record.key] = unread(record.hash) if failed else record.hash
        return {record.key: batch.hashes[record.key]}

    def add(self, stream: str, rows: CdmRows) -> None:
        """Take what a record says."""
        self._batch.rows.append(rows)
        for failure in rows.failures:
            self._note(failure)
        for _, space in rows.spaces:
            self.keep_space(space.key)
        self._take(stream)

    def add_raw(self, stream: str, record: RawRecord) -> None:
        """Take an unmapped record."""
        self._batch.raw.append(record)
        self._take(stream)

    def leave_out(self, stream: str) -> None:
        """Count a record that nobody wants."""
        self._begin()
        self._left_out.add(stream)
        self._count(stream)

    def reject(self, stream: str, entry: dict[str, Any]) -> None:
        """Leave a bad record out and keep why.

        Raises:
            LossError: It is one more than a run may lose.
        """
        self._count(stream)
        self._note({"stream": stream, **entry})
        self._losses.reject(stream, entry["message"])

    def _note(self, entry: dict[str, Any]) -> None:
        self.run.failed_counter += 1
        if len(self.run.error_msgs) < MOST_ERRORS_KEPT:
            self.run.error_msgs.append(entry)

    def _take(self, stream: str) -> None:
        self._losses.take(stream)
        self._count(stream)

    def _count(self, stream: str) -> None:
        self.run.counts[stream] = self.run.counts.get(stream, 0) + 1
        self.run.progress_counter += 1
        self._batch.taken += 1

    def _begin(self) -> None:
        """Note that something came: it waits for the end of the transaction, and is not covered by a STATE yet."""
        self._has_last_word = False
        if self._batch.since is None:
            self._batch.since = time.monotonic()

    def keep_space(self, key: Any) -> None:
        """Keep in the run's scope that it is about a space."""
        self._keep("spaces", key if isinstance(key, str) else None)

    def _keep(self, what: str, name: str | None) -> None:
        """Keep what the run is about in its scope, in the order in which it came."""
        if name is not None and (what, name) not in self._kept and len(self._kept) < MOST_NAMES_KEPT:
            self._kept.add((what, name))
            self.run.scope.setdefault(what, []).append(name)

    def state(self, value: dict[str, Any]) -> None:
        """Remember a STATE: it leaves after what came before it."""
        self._batch.state = value
        self._begin()
        spaces = _of_spaces(value)
        self._has_last_word = spaces.get("unfinished") is not True
        self._keep_figures(spaces)

    def _keep_figures(self, spaces: Mapping[str, Any]) -> None:
        """Keep in the scope whom the tap read as, and what the run came to."""
        whole: dict[str, Any] = {}
        for name, kinds in FIGURES.items():
            told = spaces.get(name)
            if isinstance(told, dict):
                whole |= {key: told[key] for key, kind in kinds.items() if type(told.get(key)) is kind}
        self.run.scope.update(whole)

    @property
    def is_full(self) -> bool:
        """Whether the transaction should end."""
        batch, limits = self._batch, self.limits
        return batch.count >= limits.rows or batch.size >= limits.size or self._is_late

    @property
    def _is_late(self) -> bool:
        since = self._ended[0].since if self._ended else self._batch.since
        return since is not None and time.monotonic() - since >= self.limits.seconds

    def end_batch(self) -> None:
        """Begin another batch. The one at hand is committed; if workers have some of it, the one before it.

        Raises:
            StoreError: As ``commit``.
            LossError: As ``commit``.
        """
        self._settle()
        if self._is_late or not self._batch.parts:
            self.commit()
            return
        self._ended.append(self._batch)
        self._batch = AtHand()
        while len(self._ended) > 1:
            self._commit_oldest()

    def commit(self, *, at_the_end: bool = False) -> None:
        """Write all that came and what failed, batch by batch, and after each its last STATE.

        A STATE waits while a stream has had bad records and no good one: at the end, that stream may be lost.

        Raises:
            StoreError: Nothing of a batch was written, and its STATE stays here.
            LossError: At the end, if a stream lost everything; one bad record alone costs itself (law 6).
        """
        self._settle()
        self._ended.append(self._batch)
        self._batch = AtHand()
        while self._ended:
            self._commit_oldest()
        if at_the_end:
            self._losses.end()
            self._tell_state()

    def _commit_oldest(self) -> None:
        at_hand, self._batch = self._batch, self._ended.popleft()
        batch = self._batch
        while batch.parts:
            part = batch.parts.pop(0)
            self._take_all(part.records, part.known, dict(zip(part.places, part.answer.result(), strict=True)))
        if batch.taken:
            self.store.apply(Batch(batch.rows, batch.raw, batch.hashes, batch.retold), self.run)
            self._committed += batch.taken
        if batch.state is not None:
            self._state = batch.state
        self._batch = at_hand
        if not self._losses.in_doubt:
            self._tell_state()

    def _tell_state(self) -> None:
        if self._state is not None:
            state, self._state = self._state, None
            self.emit_state(state)

    def tell_progress(self) -> None:
        """Log what was written so far, unless that was done a moment ago."""
        if time.monotonic() - self._progress_at >= PROGRESS_EVERY:
            self._progress_at = time.monotonic()
            logger.info("written so far: %s", self.summary())

    def summary(self) -> str:
        """What came, for a person."""
        quiet = "nothing changed: " if self.run.counts and self.run.counts.keys() <= IN_EVERY_RUN else ""
        counts = [
            f"{count:,} {shown(stream)}{' left out' if stream in self._left_out else ''}"
            for stream, count in sorted(self.run.counts.items())
        ]
        failed = f"; {self.run.failed_counter:,} failed (see error_msgs in cdm_ingest_run)"
        return quiet + (", ".join(counts) or "no records") + (failed if self.run.failed_counter else "")

    def seconds(self) -> str:
        """How long it has taken, for a person."""
        return f"{time.monotonic() - self._began:.1f} s"

    def complete(self) -> None:
        """Write the last row of a run whose input came to an end.

        ``INCOMPLETE`` without a tap's last word (law 12): a STATE after the last record that does not say that the tap
        has more to do, as those of ``tap-confluence`` do until its end.
        """
        if not self._has_last_word:
            logger.warning("the input ended without a STATE after its last record: did the tap fail?")
            self.finish("INCOMPLETE")
            return
        self.run.total = self.run.progress_counter
        self.finish("COMPLETED_WITH_ERRORS" if self.run.failed_counter else "COMPLETED", self.revisions_keep)

    def fail(self, reason: str) -> None:
        """Write the last row of a run that cannot go on, and why; none if there is nothing else to tell."""
        self.run.error_msgs.append({"stage": "run", "message": reason})
        if self._committed or self.run.failed_counter:
            self.finish("FAILED")
        else:
            self.store.disconnect()

    def finish(self, status: str, revisions_keep: int | None = None) -> None:
        """Write the run's last row and let go of the store."""
        self.run.status = status
        self.run.finished_at = now()
        self.store.close(self.run, revisions_keep=revisions_keep)


def _of_spaces(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where ``tap-confluence`` says in a STATE whether it had come to its end, and what the run cost."""
    bookmarks = state.get("bookmarks")
    spaces = bookmarks.get("spaces") if isinstance(bookmarks, dict) else None
    return spaces if isinstance(spaces, dict) else {}
