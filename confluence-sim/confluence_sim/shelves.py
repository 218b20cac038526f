"""Ordered collections of contents: a page of a listing costs what it shows, not what the world holds."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from confluence_sim.model import Content

Key = tuple[Any, int]
"""(order value, numeric id): what keyset paging compares (FACTS 1.6)."""

ORDERS: dict[str, Callable[[Content], Any]] = {
    "id": lambda content: content.number,
    "created-date": lambda content: content.created_at,
    "modified-date": lambda content: content.updated_at,
    "title": lambda content: content.title,
    "child-position": lambda content: -1 if content.position is None else content.position,
}


def content_key(order: str, content: Content) -> Key:
    """Return where a content stands in an order."""
    return ORDERS[order](content), content.number


class Shelf:
    """Contents of one kind and place, in every order somebody has asked for so far."""

    def __init__(self) -> None:
        self.members: dict[int, Content] = {}
        self._sorted: dict[str, list[Key]] = {}
        self._keys: dict[str, dict[int, Key]] = {}

    def put(self, content: Content) -> None:
        """Add a content, or note that its order values may have changed."""
        number = content.number
        self.members[number] = content
        for order, keys in self._keys.items():
            key = content_key(order, content)
            old = keys.get(number)
            if old == key:
                continue
            if old is not None:
                self._drop_key(order, old)
            insort(self._sorted[order], key)
            keys[number] = key

    def drop(self, content: Content) -> None:
        """Take a content off the shelf."""
        number = content.number
        if self.members.pop(number, None) is None:
            return
        for order, keys in self._keys.items():
            self._drop_key(order, keys.pop(number))

    def _drop_key(self, order: str, key: Key) -> None:
        entries = self._sorted[order]
        del entries[bisect_left(entries, key)]

    def walk(self, order: str, *, descending: bool = False, after: Key | None = None) -> Iterator[tuple[Key, Content]]:
        """Yield (key, content) in order, beginning behind the key ``after``."""
        entries = self._sorted.get(order)
        if entries is None:
            keys = {number: content_key(order, content) for number, content in self.members.items()}
            entries = sorted(keys.values())
            self._sorted[order], self._keys[order] = entries, keys
        if descending:
            end = len(entries) if after is None else bisect_left(entries, after)
            indexes: Iterable[int] = range(end - 1, -1, -1)
        else:
            indexes = range(0 if after is None else bisect_right(entries, after), len(entries))
        for index in indexes:
            key = entries[index]
            yield key, self.members[key[1]]


def walk_all(
    shelves: Iterable[Shelf], order: str, *, descending: bool = False, after: Key | None = None
) -> Iterator[tuple[Key, Content]]:
    """Walk several shelves as if they were one."""
    walks = [shelf.walk(order, descending=descending, after=after) for shelf in shelves]
    return heapq.merge(*walks, key=itemgetter(0), reverse=descending)
