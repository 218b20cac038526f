"""The rows of ``tombstones``: what is gone from swept spaces, and spaces that are not listed any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence

from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import TYPES
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.keys import SPACE, Key, type_of
from tap_confluence.sync.sweep.guard import Guard
from tap_confluence.sync.sweep.verification import CheckedRow, DeletionVerifier
from tap_confluence.sync.timestamps import NEVER


class Tombstones:
    """What is to be buried in this run. Whatever is not written stays missing, and is asked for by the next run."""

    def __init__(self, context: RunContext, verifier: DeletionVerifier, parts: Sequence[str]) -> None:
        """Take what the run shares, who asks what became of rows and spaces, and what is swept."""
        self.verifier = verifier
        self._inventory = context.memories.inventory
        self._scope = context.scope
        share, now = context.settings.max_tombstone_share, context.scope.observed_at
        self._guard = Guard(self._inventory, context.memories.owed, context.scope, largest_share=share, now=now)
        self._kinds = [TYPES[part] for part in parts]
        self._checked: defaultdict[str, list[CheckedRow]] = defaultdict(list)

    def add(self, checked: CheckedRow) -> None:
        """Something is gone."""
        self._checked[checked.space_id].append(checked)

    def rows(
        self, is_due: Callable[[str, str], bool], forget: Callable[[Sequence[str]], None]
    ) -> Generator[Rows, None, None]:
        """The rows, by space, unless the guard holds them back (law 10).

        Args:
            is_due: Whether a space is to be swept for a type of content.
            forget: Drops removed spaces from all memory.

        Raises:
            ConfluenceError: Spaces that are not listed any more could not be asked for; the other rows were told.
        """
        unasked: defaultdict[str, list[Key]] = defaultdict(list)
        checked_keys = {checked.key for each in self._checked.values() for checked in each}
        for kind in self._kinds:
            for space_id, key in self._inventory.missing(kind):
                if key not in checked_keys:
                    unasked[space_id].append(key)
        forget((yield from self._written(self._checked, unasked)))
        forget((yield from self._written(self._removed_spaces(is_due), {})))

    def _written(
        self, checked_rows: Mapping[str, Sequence[CheckedRow]], unasked: Mapping[str, Sequence[Key]]
    ) -> Generator[Rows, None, list[str]]:
        """Write what passes; returns the spaces that are gone as a whole."""
        removed = []
        for space_id, buried in self._guard.passed(checked_rows, unasked).items():
            if buried:
                yield [_row(checked) for checked in buried]
            self._inventory.drop(space_id, [checked.key for checked in buried])
            if any(checked.key.type == SPACE for checked in buried):
                removed.append(space_id)
        for kind in self._kinds:
            self._inventory.settle_missing(kind)
        return removed

    def _removed_spaces(self, is_due: Callable[[str, str], bool]) -> dict[str, list[CheckedRow]]:
        """Spaces that were read and are not listed any more, with all that was in them.

        What moved before they went is elsewhere and not gone: it is looked for there first, by a sweep of all spaces.
        """
        proof = self._scope.proof
        if proof is None or not (proof.whole and proof.to_the_end):
            return {}
        self._inventory.found(self._scope.space_ids)
        at, swept_since = proof.first_observed_at, self._swept_since()
        missing = [
            space_id
            for space_id in self._inventory.space_ids
            if self._scope.key(space_id) is None
            and swept_since >= self._inventory.missed(space_id, at)
            and any(is_due(space_id, kind) for kind in self._kinds)
        ]
        checked_rows = {}
        gone = self.verifier.check_spaces(missing)
        elsewhere = self._inventory.known_elsewhere(gone, self._scope.space_ids)
        for space_id, (reason, told_at) in gone.items():
            keys = [key for key in self._inventory.keys(space_id) if key not in elsewhere]
            checked_rows[space_id] = [
                CheckedRow(key, space_id, reason, told_at) for key in (*keys, Key(SPACE, space_id))
            ]
            self._inventory.pass_over(space_id, at)
        return checked_rows

    def _swept_since(self) -> str:
        """Since when all spaces of this run are swept, in this run or before; after any moment if there is none."""
        return min(
            (self._inventory.swept(space_id, kind) or "" for space_id in self._scope.space_ids for kind in self._kinds),
            default=NEVER,
        )


def _row(checked: CheckedRow) -> dict[str, str | None]:
    return {
        "type": type_of(checked.key),
        "id": checked.key.id,
        "space_id": checked.space_id,
        "reason": checked.reason,
        "moved_to_space_id": checked.moved_to,
        "detected_at": checked.detected_at,
    }
