"""When spaces are swept, in which order, and how much of the run's requests that may take (law 15). Asks nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tap_confluence.api.query import BY_ID, Query
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import TYPES
from tap_confluence.sync.sweep.sweep import Sweep, resumed, sweep_of
from tap_confluence.sync.timestamps import days_between

_BEHIND = 8
"""How many sweeps a later part is worth that is behind, where requests are few."""

_FOR_OTHERS = 2
"""Requests that sweeps leave to people and sets."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions a run sweeps.

    Attributes:
        parts: The selected parts of the content.
        enabled: Whether anything is remembered and swept at all.
        may_bury: Whether anything may be called gone: not when another account reads (law 9), nor when nobody listens.
    """

    parts: tuple[str, ...]
    enabled: bool
    may_bury: bool


class Schedule:
    """What is to be swept in one run."""

    def __init__(self, context: RunContext, parts: tuple[str, ...]) -> None:
        """Take what the run shares, and the selected parts."""
        self._api = context.api
        self._scope = context.scope
        self._settings = context.settings
        self._memories = context.memories
        self._inventory = context.memories.inventory
        self._limits = context.selection.limits
        self._parts = parts
        self.swept: set[tuple[str, str]] = set()
        """The spaces and types that were swept in this run."""

    def swept_through(self, space_id: str) -> str:
        """Since when a space is swept in all kinds that are wanted."""
        return min((self._inventory.swept(space_id, TYPES[part]) or "" for part in self._parts), default="")

    def is_due(self, space_id: str, kind: str) -> bool:
        """Whether the last sweep of a type is long ago, was made under other filters, or left a row unnamed since."""
        swept_at = self._inventory.swept(space_id, kind)
        if swept_at is None or self._inventory.is_refiltered(space_id, kind):
            return True
        if self._inventory.is_doubted(space_id, kind):
            return True
        if self._settings.deletion_detection == "every_sync":
            return True
        return days_between(swept_at, self._scope.observed_at) >= self._settings.reconciliation_interval_days

    def _ready(self, part: str) -> list[str]:
        """The spaces whose first walk is finished."""
        bookmarks = self._memories.part(part)
        return [space_id for space_id in self._scope.space_ids if bookmarks.value(space_id)]

    def due(self, part: str) -> list[str]:
        """The spaces to be swept now, those whose last sweep is longest ago first."""
        kind = TYPES[part]
        found = [
            space_id
            for space_id in self._ready(part)
            if (space_id, kind) not in self.swept and self.is_due(space_id, kind)
        ]
        return sorted(found, key=lambda space_id: self._inventory.swept(space_id, kind) or "")

    def planned(self, query: Query) -> list[Sweep]:
        """The sweeps of one part: those that earlier runs left unfinished, then what is due."""
        part, kind, whole = query.kind, TYPES[query.kind], _whole(query)
        unfinished = self._inventory.unfinished(part)
        sweeps = [sweep for entry in unfinished if (sweep := resumed(kind, whole, entry)) is not None]
        for entry in unfinished:
            if all(list(sweep.space_ids) != entry["space_ids"] for sweep in sweeps):
                self._inventory.suspend(part, entry["space_ids"], None, None)
        covered = {space_id for sweep in sweeps for space_id in sweep.space_ids}
        return [*sweeps, *self._from_the_start(query, self.due(part), covered)]

    def anew(self, query: Query, late: Collection[tuple[str, str]]) -> list[Sweep]:
        """The sweeps, from the start, of spaces whose last is through and began in an earlier run, where they are due.

        Args:
            query: What the part is asked for.
            late: These spaces, and types of content.
        """
        due = [space_id for space_id in self.due(query.kind) if (space_id, TYPES[query.kind]) in late]
        return self._from_the_start(query, due, set(self._scope.space_ids) - set(due))

    def _from_the_start(self, query: Query, due: Sequence[str], covered: Collection[str]) -> list[Sweep]:
        part = query.kind
        due = [space_id for space_id in due if space_id not in covered]
        listings = self._limits(part).listings(due)
        if listings and not listings[0][1]:  # the list of the whole site shows them all
            due = [space_id for space_id in self._ready(part) if space_id not in covered]
            listings = [(tuple(due), False)]
        return [sweep_of(TYPES[part], spaces, _whole(query), named=named) for spaces, named in listings]

    def share(self, part: str) -> int | None:
        """Requests that the sweeps of one part may take of what ``max_requests`` leaves; None for any.

        The others are for later parts, so that none starves: those in their first walks need most, then those whose
        last sweep is longer ago.
        """
        if self._settings.max_requests is None:
            return None
        left = self._settings.max_requests - self._api.totals.requests
        if self._settings.deletion_detection == "every_sync":
            left -= _FOR_OTHERS  # there is no run without sweeps, in which other streams had their turn
        later = self._parts[self._parts.index(part) + 1 :] if part in self._parts else ()
        first = sum(len(self._ready(each)) < len(self._scope.space_ids) for each in later)
        own = self._oldest(part)
        others = [oldest for each in later if (oldest := self._oldest(each)) is not None]
        older = sum(oldest < (own or "") for oldest in others)
        return max(0, left // (1 + len(others) + _BEHIND * (first + older)))

    def _oldest(self, part: str) -> str | None:
        """When what is due of a part was swept last, at the earliest; None if nothing is."""
        due = self.due(part)
        return (self._inventory.swept(due[0], TYPES[part]) or "") if due else None


def _whole(query: Query) -> Query:
    """A list of everything of a part, without bodies where rows can be read by id."""
    return replace(query, space_ids=(), body_format=None if query.kind in BY_ID else query.body_format)
