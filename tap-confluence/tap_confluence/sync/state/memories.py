"""Everything that a run remembers: the tap's STATE, all of it under ``bookmarks.<stream>`` (CONTRACT 1.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableMapping
from functools import cached_property
from typing import Any

from tap_confluence.sync.parts import CONTENT, stream_of
from tap_confluence.sync.state.bookmarks import Bookmarks
from tap_confluence.sync.state.inventory import Inventory
from tap_confluence.sync.state.owed import Owed


class Memories:
    """STATE, and who reads and writes which part of it."""

    def __init__(self, state: MutableMapping[str, Any], fresh: Iterable[str] = ()) -> None:
        """Take STATE, which is changed in place, and the streams whose memory is to be ignored."""
        self._state = state
        self._fresh = frozenset(fresh)
        self._dropped: set[str] = set()
        self._of_parts: dict[str, Bookmarks] = {}

    @property
    def bookmarks(self) -> dict[str, Any]:
        """STATE's own dictionary, by stream."""
        found: dict[str, Any] = self._state.setdefault("bookmarks", {})
        return found

    def stream(self, name: str) -> dict[str, Any]:
        """A stream's own dictionary inside STATE; empty when the user wants all of it again."""
        if stream_of(name) in self._fresh and name not in self._dropped:
            self._dropped.add(name)
            self.bookmarks.pop(name, None)
        found: dict[str, Any] = self.bookmarks.setdefault(name, {})
        return found

    def part(self, part: str) -> Bookmarks:
        """How far each space is verified for a part of the content."""
        if part not in self._of_parts:
            self._of_parts[part] = Bookmarks(self.stream(part))
        return self._of_parts[part]

    @cached_property
    def inventory(self) -> Inventory:
        """What was seen in each space."""
        return Inventory(self.stream("content_inventory"))

    @cached_property
    def owed(self) -> Owed:
        """What could not be read, now and before; its clock is to be set."""
        owed = Owed(self.stream("sync_errors"))
        for part in CONTENT:
            owed.adopt(part, self.bookmarks.get(part, {}).pop("incomplete", {}))
        return owed

    @property
    def scope(self) -> Mapping[str, Any] | None:
        """Site, account and filters of the run that left this STATE."""
        found: Mapping[str, Any] | None = self.bookmarks.get("spaces", {}).get("scope")
        return found

    def remember_scope(self, scope: Mapping[str, str]) -> None:
        """Note site, account and filters of this run."""
        self.stream("spaces")["scope"] = dict(scope)

    def remember_files(self, wanted: str) -> None:
        """Note which files are fetched; when others are wanted than before, all attachments are listed again."""
        memory = self.stream("attachments")
        if wanted and wanted != memory.get("files"):
            self.part("attachments").forget(self.part("attachments").space_ids)
        memory.pop("files", None)
        if wanted:
            memory["files"] = wanted

    @property
    def space_ids(self) -> set[str]:
        """Spaces of which anything is remembered."""
        return {
            str(entry["context"]["space_id"])
            for memory in self.bookmarks.values()
            for entry in memory.get("partitions", [])
        }

    def forget(self, space_ids: Collection[str]) -> None:
        """Drop what is known of some spaces."""
        for part in CONTENT:
            self.part(part).forget(space_ids)
        self.inventory.forget(space_ids)

    def pack(self) -> None:
        """Bring STATE up to date; what is large waits for it."""
        if "inventory" in self.__dict__:
            self.inventory.pack()

    def tidy(self) -> None:
        """Leave no stream in STATE that remembers nothing."""
        for name in [name for name, memory in self.bookmarks.items() if not memory]:
            del self.bookmarks[name]
