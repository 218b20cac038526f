"""Remembers what walks and sweeps show, and when all of a space was seen: the inventory, and the rows that tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable

from tap_confluence.api.query import Record
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import TYPES
from tap_confluence.sync.planning.plan import Group
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.keys import row_of
from tap_confluence.sync.sweep.buffer import RowBuffer
from tap_confluence.sync.sweep.schedule import Conditions, Schedule
from tap_confluence.sync.walks.reading import Finished


class Recorder:
    """What this run has seen and written (``Listener`` of the walks)."""

    def __init__(self, context: RunContext, conditions: Conditions, schedule: Schedule) -> None:
        """Take what the run shares, under which conditions it sweeps, and what counts as swept."""
        self._scope = context.scope
        self._settings = context.settings
        self._conditions = conditions
        self._schedule = schedule
        self._swept_before: dict[str, str] = {}
        self._begun: set[Group] = set()
        self._begun_now: set[tuple[str, str]] = set()
        """Spaces and types whose sweep, or first walk, this run began: no clock tells, two runs may share a second."""
        self.late: set[tuple[str, str]] = set()
        """Those whose sweep, or first walk, this run ended, and an earlier one began."""
        self.inventory = context.memories.inventory
        self.seen: defaultdict[str, RowBuffer] = defaultdict(RowBuffer)
        """By space, what lists showed, as ``content_inventory`` tells it."""
        self.written: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """By type and id, in which space changes were written."""

    def wrote(self, group: Group, rows: Iterable[Record], unwanted: Iterable[Record]) -> None:
        """Rows were written, or passed over because they are older than ``start_date``; whole records, as they came."""
        if not self._conditions.enabled:
            return
        self._begin(group)
        for wanted, records in ((True, rows), (False, unwanted)):
            for record in records:
                self.inventory.note(record, wanted=wanted)
                if group.since is None:
                    self.seen[record["space_id"]].put(row_of(record))
                else:
                    self.written[TYPES[group.stream]][record["id"]] = record["space_id"]

    def left_unnamed(self, group: Group) -> None:
        """A walk was shown a row without its id: nobody can ask for it, so its spaces are to be swept."""
        if self._conditions.enabled:
            self.inventory.doubt(group.space_ids, TYPES[group.stream])

    def walked(self, group: Group, finished: Finished) -> None:
        """A walk is through: a first one is its spaces' first sweep, also when it took several runs.

        Not of spaces in which it could not name each row.
        """
        if not self._conditions.enabled or group.since is not None:
            return
        self._begin(group)
        if finished.proof is not None and finished.proof.whole and finished.proof.to_the_end:
            kind = TYPES[group.stream]
            self.finish(kind, [each for each in group.space_ids if not self.inventory.is_doubted(each, kind)])

    def _begin(self, group: Group) -> None:
        """A first walk begins, unless it goes on from an earlier run."""
        if group.since is not None or group in self._begun:
            return
        self._begun.add(group)
        kind = TYPES[group.stream]
        for space_id in group.space_ids:
            if group.resume is None or self.inventory.began(space_id, kind) is None:
                self.begin(space_id, kind, self._scope.observed_at)

    def begin(self, space_id: str, kind: str, at: str) -> None:
        """A sweep of a space begins, or a first walk."""
        self.inventory.begin(space_id, kind, at)
        self._begun_now.add((space_id, kind))

    def finish(self, kind: str, space_ids: Iterable[str]) -> None:
        """A sweep is through, in all these spaces; one that an earlier run began is none of this run.

        What was removed since then may have been removed behind it.
        """
        forget = "current" not in self._settings.content_statuses and kind not in ("page", "blogpost")
        for space_id in space_ids:
            if self._scope.key(space_id) is None or self.inventory.began(space_id, kind) is None:
                continue
            self._swept_before.setdefault(space_id, self._schedule.swept_through(space_id))
            self.inventory.finish(space_id, kind, self.written[kind], bury=self._conditions.may_bury, forget=forget)
            if (space_id, kind) in self._begun_now:
                self._schedule.swept.add((space_id, kind))
            else:
                self.late.add((space_id, kind))

    def rows(self) -> Generator[Rows, None, None]:
        """Rows of ``content_inventory``: what sweeps saw in this run; one more for each space that is swept through."""
        for space_id in self._scope.space_ids:
            yield from self.seen.pop(space_id, RowBuffer()).lists()
            seen_at = self._schedule.swept_through(space_id)
            whole = all((space_id, TYPES[part]) in self._schedule.swept for part in self._conditions.parts)
            if whole or seen_at > self._swept_before.get(space_id, seen_at):
                row = dict.fromkeys(("status", "title", "parent_id", "position", "version"))
                last = {"type": "sweep", "id": space_id, "space_id": space_id, **row, "seen_at": seen_at}
                yield [{**last, "count": self.inventory.count_present(space_id)}]
