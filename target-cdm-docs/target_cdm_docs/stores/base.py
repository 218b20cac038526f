"""What a destination can do. The target decides WHEN and WHAT; a store decides HOW."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cdm_docs.model.rows import CdmRows

DUCKDB_MEMORY_LIMIT = "1GB"
"""DuckDB's own default is most of the machine's memory; a batch needs a fraction of this."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record passed through unmapped (``mode: raw``, or ``unmapped_streams: raw``).

    Attributes:
        stream: Its stream.
        record_key: Its key in the stream.
        source_system: Where it comes from.
        space_key: What it says about its space, if anything.
        updated_at: When it says it changed, if it does.
        record: The record itself.
        version: Decides between records of one key, the greater one wins: a source's own version, or when it arrived.
        observed_at: Decides between those of one version, likewise.
    """

    stream: str
    record_key: str
    source_system: str
    space_key: str | None
    updated_at: str | None
    record: dict[str, Any]
    version: int = field(default=0, metadata={"column": False})
    observed_at: str = field(default="", metadata={"column": False})


@dataclass(slots=True)
class Run:
    """The ingest run as it stands; written with every batch so that a person watching sees progress."""

    run_id: str
    started_at: str
    status: str
    finished_at: str | None = None
    scope: dict[str, Any] = field(default_factory=dict)
    total: int | None = None
    progress_counter: int = 0
    failed_counter: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    error_msgs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction carries: rows in the order in which their records came, over all streams and tables."""

    rows: Sequence[CdmRows] = ()
    raw: Sequence[RawRecord] = ()
    hashes: Mapping[int, str] = field(default_factory=dict)
    """Of the records that these are rows of: the hash of the newest by key (``Store.known_hashes``)."""
    retold: Sequence[CdmRows] = ()
    """Of the rows those of records that were written before and read in another way: they count, at equal clocks."""


class Store(Protocol):
    """A destination.

    Attributes:
        place: Where it is, for a person; no secret stands in it.
    """

    place: str

    def open(self) -> None:
        """Connect; make folders, schema and tables; migrate them additively.

        Raises:
            StoreError: The destination cannot be used; the message names it without credentials and says what to do.
        """

    def known_hashes(self, keys: Collection[int]) -> Mapping[int, str]:
        """Return what was kept of ``Batch.hashes`` for some keys: with an equal one a record changes nothing.

        Raises:
            StoreError: The destination cannot be read.
        """

    def apply(self, batch: Batch, run: Run) -> None:
        """Write a batch and the run's row in ONE transaction over all tables: all of it or nothing.

        Idempotent and independent of order: applying the same rows again, in parts or in another order ends in the
        same tables.

        Raises:
            StoreError: Nothing of the batch was written.
        """

    def close(self, run: Run, *, revisions_keep: int | None = None) -> None:
        """Write the run's last row and let go of everything.

        Args:
            run: The run.
            revisions_keep: Remove revisions before, but for so many of the newest of each item; None: remove none.
        """

    def disconnect(self) -> None:
        """Let go of everything and write nothing."""
