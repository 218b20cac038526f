"""How much a run will list: the sizes of what was never read, by search, and of what STATE knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tap_confluence.api.base import Api
from tap_confluence.api.query import Query
from tap_confluence.api.walk import chunks
from tap_confluence.client.errors import ConfluenceError, ends_everything
from tap_confluence.sync.parts import TYPES
from tap_confluence.sync.planning.plan import Group, Strategy
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.inventory import Inventory

KEYS_A_COUNT = 50
"""Spaces that one count names: the address of a question has its bounds."""
MOST_COUNTS = 20
"""Counts of one part; of more spaces than these cover only the least is told."""


class Estimate:
    """What walks and sweeps will show."""

    def __init__(self, api: Api, scope: Scope, inventory: Inventory) -> None:
        """Ask nothing yet."""
        self._api = api
        self._scope = scope
        self._inventory = inventory

    def rows(self, groups: Sequence[Group]) -> Mapping[Group, int]:
        """How many rows first walks of one part will list; those that cannot be told are missing.

        Requests: 1 when they cover the whole site, else 1 per ``KEYS_A_COUNT`` spaces.
        """
        first = [group for group in groups if group.strategy is not Strategy.INCREMENTAL]
        try:
            return self._counted(first)
        except ConfluenceError as error:
            if ends_everything(error):
                raise
            return {}

    def total(self, parts: Sequence[Sequence[Group]]) -> int | None:
        """How many rows the walks of a stream's parts will list in all; None unless one request a part tells.

        It does not where there are too many spaces for one question, and where some of the rows were read before.
        """
        rows = 0
        for groups in parts:
            spaces = tuple(space_id for group in groups for space_id in group.space_ids)
            is_whole = self._is_whole_site(spaces)
            if not all(map(_is_from_the_start, groups)) or not (is_whole or 0 < len(spaces) <= KEYS_A_COUNT):
                return None
            try:
                count = self._api.count(replace(groups[0].query, space_ids=() if is_whole else spaces))
            except ConfluenceError:  # whatever it is, the walks meet it, too
                count = None
            if count is None:
                return None
            rows += count
        return rows

    def _is_whole_site(self, spaces: Sequence[str]) -> bool:
        return self._scope.share == 1 and len(spaces) == len(self._scope.spaces)

    def _counted(self, groups: Sequence[Group]) -> Mapping[Group, int]:
        spaces = [space_id for group in groups for space_id in group.space_ids]
        whole = self._is_whole_site(spaces)
        found: dict[Group, int] = {}
        if groups and (whole or not all(group.query.space_ids for group in groups)):
            total = self._api.count(replace(groups[0].query, space_ids=()))
            for group in groups if total is not None else ():
                share = len(group.space_ids) / max(1, len(spaces)) if group.query.space_ids else 1
                found[group] = round((total or 0) * share)
        elif len(spaces) <= KEYS_A_COUNT * MOST_COUNTS:
            for group in groups:
                counts = [self._api.count(query) for query in self._chunks(group)]
                if None not in counts:
                    found[group] = sum(count or 0 for count in counts)
        return found

    def _chunks(self, group: Group) -> list[Query]:
        return [replace(group.query, space_ids=chunk) for chunk in chunks(group.space_ids, KEYS_A_COUNT)]

    def known(self, part: str, space_ids: Sequence[str]) -> int:
        """How many rows of a part earlier runs saw in these spaces."""
        kind = TYPES[part]
        return sum(key.type == kind for space_id in space_ids for key in self._inventory.keys(space_id))


def _is_from_the_start(group: Group) -> bool:
    """Whether a walk lists all there is, and none of it was read by an earlier run."""
    return group.strategy is Strategy.FIRST
