"""Which space a page or blog post is in: attachments and comments only name their container (FACTS 1.14, 1.18)."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from tap_confluence.api.query import Record

BATCH = 250
_MOST_RECENT = 20_000
"""Containers that are kept in a dictionary, before they are put into columns."""
_MOST_DIGITS = 18


class SpaceColumns(Mapping[str, str]):
    """Space ids by container id, in columns of numbers: a million containers take 12 MB, in a dictionary 100.

    Read without a lock: what is moved into the columns is in them before it is taken away elsewhere.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self._columns = (array("Q"), array("I"))
        self._recent: dict[int, int] = {}
        self._others: dict[str, str] = {}
        self._names: list[str] = []
        self._indices: dict[str, int] = {}
        self._lock = threading.Lock()

    def __getitem__(self, container_id: str) -> str:
        """The space of a container."""
        number = _number(container_id)
        if number is None:
            return self._others[container_id]
        index = self._recent.get(number)
        if index is None:
            ids, spaces = self._columns
            at = bisect_left(ids, number)
            if at == len(ids) or ids[at] != number:
                raise KeyError(container_id)
            index = spaces[at]
        return self._names[index]

    def __iter__(self) -> Iterator[str]:
        """The containers."""
        yield from (*map(str, {*self._columns[0], *self._recent}), *self._others)

    def __len__(self) -> int:
        """How many containers are known."""
        return len({*self._columns[0], *self._recent}) + len(self._others)

    def add(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Remember pairs of a container's id and its space's."""
        with self._lock:
            for container_id, space_id in container_spaces:
                number = _number(container_id)
                if number is None:
                    self._others[container_id] = space_id
                    continue
                if space_id not in self._indices:
                    self._names.append(space_id)
                    self._indices[space_id] = len(self._names) - 1
                self._recent[number] = self._indices[space_id]
            if len(self._recent) > max(_MOST_RECENT, len(self._columns[0]) // 8):
                self._settle()

    def _settle(self) -> None:
        """Move what is recent into the columns."""
        ids, spaces = self._columns
        new_ids, new_spaces = array("Q"), array("I")
        start = 0
        for number in sorted(self._recent):
            at = bisect_left(ids, number, start)
            new_ids += ids[start:at]
            new_spaces += spaces[start:at]
            new_ids.append(number)
            new_spaces.append(self._recent[number])
            start = at + (at < len(ids) and ids[at] == number)
        self._columns = (new_ids + ids[start:], new_spaces + spaces[start:])
        self._recent = {}


def _number(container_id: str) -> int | None:
    """An id as a number, if it is nothing else."""
    is_plain = container_id.isascii() and container_id.isdigit() and len(container_id) <= _MOST_DIGITS
    return int(container_id) if is_plain and container_id[0] != "0" else None


class ContainerSpaces:
    """A memory of containers' spaces that asks for what it does not know, in batches."""

    def __init__(self, find: Callable[[str, list[str]], Iterable[tuple[str, str]]]) -> None:
        """Take ``find(container_type, ids)``: the pairs (id, space id) that can be seen, of up to ``BATCH`` ids."""
        self._find = find
        self._known = SpaceColumns()

    @property
    def known(self) -> Mapping[str, str]:
        """Space ids by container id."""
        return self._known

    def learn(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Remember pairs of a container's id and its space's."""
        self._known.add(container_spaces)

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """The records with ``space_id`` filled in from their container, where it can be seen."""
        records = list(records)
        unknown: dict[str, dict[str, None]] = {}
        for record in records:
            container_id = record.get("container_id")
            if record["space_id"] is None and container_id and container_id not in self._known:
                unknown.setdefault(record["container_type"] or "", {})[container_id] = None
        for container_type, ids in unknown.items():
            missing = list(ids)
            for start in range(0, len(missing), BATCH):
                self.learn(self._find(container_type, missing[start : start + BATCH]))
        return [
            {**record, "space_id": record["space_id"] or self._known.get(record.get("container_id") or "")}
            for record in records
        ]
