"""Under which terms a run reconciles, and whom it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tap_confluence.api.base import ItemFailure, Record


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a run reconciles.

    Attributes:
        streams: The selected content streams.
        enabled: Whether anything is remembered and swept at all.
        forced: The filters changed: sweep all spaces, and bury nothing that may have left by configuration (law 9).
        may_bury: Whether tombstones may be written: not when another account reads (law 9).
        now: The server's clock.
        allows: Whether a row passes the filters by label.
    """

    streams: tuple[str, ...]
    enabled: bool
    forced: bool
    may_bury: bool
    now: str
    allows: Callable[[Record], bool]


@dataclass(frozen=True, slots=True)
class SweepHooks:
    """Who is told what.

    Attributes:
        forget: Drops a removed space from all memory.
        failures: Rows that could not be read.
        failed: A sweep was not finished: its stream, its spaces and why.
    """

    forget: Callable[[str], None]
    failures: Callable[[Iterable[ItemFailure], str], None]
    failed: Callable[[str, Sequence[str], Exception], None]
