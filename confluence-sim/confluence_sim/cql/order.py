"""The order a query asks for, and places in it (FACTS 2.5, 2.11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from confluence_sim.clock import to_ms
from confluence_sim.cql.match import Searcher
from confluence_sim.cql.parse import CqlError, Query
from confluence_sim.model import Content

Place = list[Any]
"""A content's values by which it is sorted: what a cursor holds. Numbers and texts only."""


@dataclass(frozen=True)
class Order:
    """How results are sorted.

    Args:
        keys: (value, descending) pairs; the id comes last and makes the order total.
    """

    keys: Sequence[tuple[Callable[[Content], Any], bool]]

    def sort(self, contents: list[Content]) -> None:
        """Sort in place."""
        for value, descending in reversed(self.keys):  # sorting is stable: the last key first
            contents.sort(key=value, reverse=descending)

    def place(self, content: Content) -> Place:
        """Return where a content stands."""
        return [value(content) for value, _ in self.keys]

    def fits(self, place: object) -> bool:
        """Tell whether a value is a place of this order."""
        if not isinstance(place, list) or len(place) != len(self.keys):
            return False
        return isinstance(place[-1], int) and all(isinstance(value, (int, str)) for value in place)

    def is_behind(self, content: Content, place: Place) -> bool:
        """Tell whether a content comes behind a place."""
        for (value, descending), there in zip(self.keys, place, strict=True):
            here = value(content)
            if here != there:
                return bool(here < there if descending else here > there)
        return False


def order_of(query: Query, searcher: Searcher) -> Order:
    """Return how a query's results are sorted; without ``order by`` by id.

    Raises:
        CqlError: a field that cannot be ordered by, such as ``label``.
    """
    keys: dict[str, Callable[[Content], Any]] = {
        "lastmodified": searcher.modified_ms,
        "created": lambda content: to_ms(content.created_at),
        "title": lambda content: content.title,
        "id": lambda content: content.number,
        "type": lambda content: content.type,
        "space": lambda content: searcher.world.spaces[content.space_id].key,
    }
    unknown = [field for field, _ in query.order if field not in keys]
    if unknown:
        raise CqlError(f"Cannot order by {unknown[0]}")
    return Order([*((keys[field], descending) for field, descending in query.order), (keys["id"], False)])
