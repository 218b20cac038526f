"""Which space a page or blog post is in: attachments and comments only name their container (FACTS 1.14, 1.18)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tap_confluence.api.base import Record

BATCH = 250


class Homes:
    """A memory of containers' spaces that asks for what it does not know, in batches.

    Dictionary updates are atomic, and whatever two threads learn of one container is the same; no lock is needed.
    """

    def __init__(self, find: Callable[[str, list[str]], Iterable[tuple[str, str]]]) -> None:
        """Take ``find(container_type, ids)``: the pairs (id, space id) that can be seen, of up to ``BATCH`` ids."""
        self._find = find
        self._known: dict[str, str] = {}
        self._space_ids: dict[str, str] = {}

    @property
    def known(self) -> Mapping[str, str]:
        """Space ids by container id."""
        return self._known

    def learn(self, homes: Iterable[tuple[str, str]]) -> None:
        """Remember; one text object a space serves all its containers."""
        for container_id, space_id in homes:
            self._known[container_id] = self._space_ids.setdefault(space_id, space_id)

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
