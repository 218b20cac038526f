"""The guard against burying too much at once (law 10): a token that sees less looks like a site that holds less."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.inventory import Inventory
from tap_confluence.sync.state.keys import SPACE, Key
from tap_confluence.sync.state.owed import Owed
from tap_confluence.sync.sweep.verification import CheckedRow

logger = logging.getLogger("tap-confluence")

HELD_ROWS = 20
"""Up to this many tombstones are never held back."""


class Guard:
    """Holds tombstones back that are too many, until a second sweep in a row agrees."""

    def __init__(self, inventory: Inventory, owed: Owed, scope: Scope, *, largest_share: float, now: str) -> None:
        """Take what is known, where errors are told, the spaces for their names, the limit and the server's clock."""
        self._inventory = inventory
        self._owed = owed
        self._scope = scope
        self._share = largest_share
        self._now = now

    def passed(
        self, checked_rows: Mapping[str, Sequence[CheckedRow]], unasked: Mapping[str, Sequence[Key]]
    ) -> dict[str, list[CheckedRow]]:
        """The tombstones that may be written, by space; the others are held back in the inventory.

        Spaces that are not listed any more count together against all that is known, besides each for itself.

        Args:
            checked_rows: What is gone.
            unasked: What is missing as well, and will be asked for by later runs.
        """
        fresh = {
            space_id: [
                key
                for key in (*(checked.key for checked in checked_rows.get(space_id, ())), *unasked.get(space_id, ()))
                if not self._inventory.is_held(space_id, key)
            ]
            for space_id in {**checked_rows, **unasked}
        }
        removed = {space_id for space_id, each in checked_rows.items() if any(one.key.type == SPACE for one in each)}
        rows = sum(len(fresh[space_id]) for space_id in removed)
        known = sum(map(self._inventory.count, self._inventory.space_ids)) if removed else 0
        at_once = len(removed) > 1 and self._too_many(rows, known)
        if at_once:
            self._tell(f"{rows} of {known} known rows are in {len(removed)} spaces that are not listed any more")
        found = {}
        for space_id, keys in fresh.items():
            held: set[Key] = set()
            if (at_once and space_id in removed) or self._are_held(space_id, len(keys)):
                held.update(keys)
            self._inventory.hold(space_id, held)
            found[space_id] = [checked for checked in checked_rows.get(space_id, ()) if checked.key not in held]
        return found

    def _are_held(self, space_id: str, rows: int) -> bool:
        known = self._inventory.count(space_id)
        if not self._too_many(rows, known):
            return False
        name = self._scope.key(space_id) or space_id
        self._tell(f"{rows} of {known} known rows of space {name} are missing", space_id)
        return True

    def _too_many(self, rows: int, known: int) -> bool:
        return self._share < 1 and rows > HELD_ROWS and rows > self._share * max(known, 1)

    def _tell(self, what: str, space_id: str | None = None) -> None:
        message = (
            f"{what}, more than max_tombstone_share ({self._share:g}) allows; they are buried when the next sweep"
            " agrees, or at once with a larger share"
        )
        logger.warning("%s", message)
        self._owed.tell(stream="tombstones", stage="sweep", message=message, occurred_at=self._now, space_id=space_id)
