"""What finished sweeps missed: asked for by id, written where it is, told to be gone where it is not (law 18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence

from tap_confluence.api.query import BY_ID, Query
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import FULL_TABLE, TYPES
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.keys import COMMENT, COMMENT_KINDS, Key, key_of, type_of
from tap_confluence.sync.state.known_rows import LEFT, MISSING
from tap_confluence.sync.sweep.recorder import Recorder
from tap_confluence.sync.sweep.schedule import Conditions, Schedule
from tap_confluence.sync.sweep.tombstones import Tombstones
from tap_confluence.sync.sweep.verification import GONE, MOST_ASKED, CheckedRow, DeletionVerifier
from tap_confluence.sync.sweep.writer import SweepWriter

MOST_REQUESTS = 500
"""Requests by id that the missing rows of one kind may take in a run; the others wait for the next (law 18)."""
FOLLOW_UPS = 3
"""Requests that the answers about missing rows may call for: the pages and blog posts that they stand on, and whether
the credentials live; an answer to a comment calls for that comment besides."""


class MissingRows:
    """Follows up what is missing."""

    def __init__(
        self, context: RunContext, conditions: Conditions, schedule: Schedule, recorder: Recorder, writer: SweepWriter
    ) -> None:
        """Take what the run shares, whether anything may be buried, what it may cost, what was seen, and who writes."""
        self.inventory = context.memories.inventory
        self.left_over = False
        """Whether the budget left rows that are missing for later runs to ask for."""
        self.tombstones = Tombstones(context, DeletionVerifier(context), conditions.parts)
        self._may_bury = conditions.may_bury
        self._scope = context.scope
        self._schedule = schedule
        self._recorder = recorder
        self._writer = writer
        self._asked: defaultdict[str, set[str]] = defaultdict(set)

    def rows(self, query: Query) -> Generator[Rows, None, None]:
        """Ask for what finished sweeps missed: it is written where it is, or told to be gone."""
        kind = TYPES[query.kind]
        asked = self._asked[kind]
        missing = [
            (space_id, key)
            for space_id, key in self.inventory.missing(kind)
            if self._scope.key(space_id) is not None and key.id not in asked
        ]
        if not missing or not self._may_bury:
            return
        share = self._schedule.share(query.kind)
        if share is not None and (query.kind not in BY_ID or share < MOST_ASKED + FOLLOW_UPS):
            each = 2 if query.kind.endswith("_replies") else 1
            # An answer that cannot be followed up would be asked for in vain.
            within = max(0, share - FOLLOW_UPS) // each
            self.left_over |= len(missing) > within
            missing = missing[:within]
        asked.update(key.id for _, key in missing)
        moved = []
        most = MOST_REQUESTS if share is None else min(MOST_REQUESTS, share)
        for checked in self.tombstones.verifier.check_rows(kind, missing, most):
            known = self.inventory.get(checked.space_id, checked.key)
            if self._is_of_another_kind(checked):
                self.inventory.drop(checked.space_id, [checked.key])
            elif checked.reason is None and checked.record:
                if checked.record["space_id"] == checked.space_id:
                    self.inventory.see(checked.space_id, checked.key)
                else:
                    moved.append(checked)
            elif known is not None and known.marks & LEFT and checked.reason not in GONE:
                self.inventory.drop(checked.space_id, [checked.key])
            else:
                self.tombstones.add(checked)
        yield from self._followed(query, moved)
        self.inventory.settle_missing(kind)

    def _is_of_another_kind(self, checked: CheckedRow) -> bool:
        """Whether a comment is there as one of another kind: an answer whose thread is gone, or whose row was poor.

        A tombstone names it as a comment, whichever kind it was taken for, and would bury what is there.
        """
        if checked.record is not None and key_of(checked.record) != checked.key:
            return True
        if type_of(checked.key) != COMMENT:
            return False
        others = [Key(kind, checked.key.id) for kind in COMMENT_KINDS if kind != checked.key.type]
        found = [self.inventory.get(checked.space_id, key) for key in others]
        return any(known is not None and not known.marks & MISSING for known in found)

    def _followed(self, query: Query, moved: Sequence[CheckedRow]) -> Generator[Rows, None, None]:
        """Write what moved to another space of the run where it is now, unless it was written there by this run."""
        written = self._recorder.written[TYPES[query.kind]]
        records = [each.record for each in moved if each.record and each.key.id not in written]
        if query.kind in FULL_TABLE:
            records = []
        if query.kind in BY_ID or query.body_format is not None:
            yield from self._writer.read(query, records)
        else:
            yield from self._writer.write(query.kind, records)
        for checked in moved:
            self.inventory.drop(checked.space_id, [checked.key])
