"""The keys of spaces, which CQL and Data Center name them by."""

from __future__ import annotations

from collections.abc import Iterable

from tap_confluence.api.query import Query, Record
from tap_confluence.api.walk import Asked, Walk
from tap_confluence.client.errors import ConfluenceNotFoundError


class SpaceKeys(dict[str, str]):
    """Keys by space id: all that lists have shown."""

    def learn(self, spaces: Iterable[Record]) -> None:
        """Remember the keys of those that tell both; one without a key would be no word of CQL."""
        self.update({space["id"]: space["key"] for space in spaces if space["id"] and space["key"]})

    def of(self, api: Asked, query: Query) -> list[str]:
        """The keys of the spaces of a query; those that no list has shown so far are looked up.

        Raises:
            ConfluenceNotFoundError: A space is missing, or hidden.
        """
        unknown = tuple(space_id for space_id in query.space_ids if space_id not in self)
        if unknown:
            for _ in Walk(api, Query("spaces", space_ids=unknown, statuses=("current", "archived"))):
                continue
        for space_id in query.space_ids:
            if space_id not in self:
                raise ConfluenceNotFoundError(f"space {space_id}: missing, or not visible to this account")
        return [self[space_id] for space_id in query.space_ids]
