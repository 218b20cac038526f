"""Records on their way: those that wait, those that workers have, and the batch that they will be written with."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cdm_docs.model.rows import CdmRows

from target_cdm_docs.stores.base import RawRecord
from target_cdm_docs.workers.wire import Job


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is mapped if it is news.

    Attributes:
        stream: Its stream.
        size: Its line's length in bytes.
        key: What tells it from others; None: it is always mapped.
        hash: Of all that its rows depend on.
        take: Hands in the rows that a worker made of it, or maps it itself if there are none, or rejects it; returns
            whether it has rows.
        job: What a worker needs to map it; None: that is not worth its way.
    """

    stream: str
    size: int
    key: int | None
    hash: str
    take: Callable[[CdmRows | None], bool]
    job: Job | None = None

    def is_news_to(self, known: Mapping[int, str]) -> bool:
        """Return whether it has to be mapped."""
        return self.key is None or known.get(self.key) != self.hash


class Answer(Protocol):
    """What workers make of a list of jobs, as soon as they have."""

    def result(self) -> Sequence[CdmRows | None]:
        """Wait for it: the rows of each job; None for one that they leave to the target."""


class Workers(Protocol):
    """Those who map records beside this process."""

    def submit(self, jobs: Sequence[Job]) -> Answer | None:
        """Have records mapped; None: they are left to the target."""


@dataclass(slots=True)
class Part:
    """Records that were asked for at once whether they are known, while workers map those that are not.

    Attributes:
        records: All of them.
        known: Hashes by key.
        news: How many of them are not known.
        places: Which of these workers map.
        answer: What they make of them.
    """

    records: deque[Waiting]
    known: dict[int, str]
    news: int
    places: Sequence[int]
    answer: Answer


@dataclass(slots=True)
class AtHand:
    """What one transaction will carry, as far as it came.

    Attributes:
        since: When its first record or STATE came.
        size: Bytes of its records.
        state: The last STATE in it.
        taken: How many of its records are taken: those with rows, known ones and rejected ones.
        parts: Those of its records that workers have.
        rows: What the others are.
        raw: Those that pass through unmapped.
        retold: Those rows that were read in another way before.
        hashes: Of those that were taken, the newest by key.
    """

    since: float | None = None
    size: int = 0
    state: dict[str, Any] | None = None
    taken: int = 0
    parts: list[Part] = field(default_factory=list)
    rows: list[CdmRows] = field(default_factory=list)
    raw: list[RawRecord] = field(default_factory=list)
    retold: list[CdmRows] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many records have rows in it, or may have."""
        return len(self.rows) + len(self.raw) + sum(part.news for part in self.parts)
