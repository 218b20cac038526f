"""A faithful consumer of the tap's messages, and what the world says that it should hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from confluence_sim import World
from confluence_sim.model import Content, User
from support.oracle import STREAMS
from support.tap import COMMENTS, CONTENT, truth

KINDS = (*CONTENT, *COMMENTS)
Key = tuple[str, str]


@dataclass(frozen=True)
class Wanted:
    """What of a site is wanted: spaces by key (None: all), and labels that content must or must not bear."""

    spaces: frozenset[str] | None = None
    labels: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """The tap's settings for it."""
        named = {"spaces": sorted(self.spaces or ()), "labels": [*self.labels], "exclude_labels": [*self.without]}
        return {name: value for name, value in named.items() if value}

    def __or__(self, other: Wanted) -> Wanted:
        """What two taps with the same labels want together."""
        both = None if self.spaces is None or other.spaces is None else self.spaces | other.spaces
        return Wanted(both, self.labels, self.without)

    def rows(self, world: World, user: User, streams: Iterable[str] = KINDS) -> dict[Key, Content]:
        """The content that is there, visible and wanted, by stream and id."""
        return {
            (stream, content_id): world.contents[content_id]
            for stream in streams
            for content_id in truth(world, stream)
            if self._wants(world, world.contents[content_id]) and world.can_see(user, world.contents[content_id])
        }

    def _wants(self, world: World, item: Content) -> bool:
        if self.spaces is not None and world.spaces[item.space_id].key not in self.spaces:
            return False
        root = root_of(world, item)
        borne = {label.name for label in root.labels}
        return (not self.labels or bool(borne & set(self.labels))) and not borne & set(self.without)

    def unsure(self, world: World) -> set[str]:
        """Ids of what no label decides: what hangs on a page that is not current."""
        if not self.labels and not self.without:
            return set()
        return {item.id for item in world.contents.values() if root_of(world, item).status != "current"}


def root_of(world: World, item: Content) -> Content:
    """The page or blog post that a content hangs on, or the content itself."""
    while item.container_id is not None:
        item = world.contents[item.container_id]
    return item


@dataclass
class Consumer:
    """Holds the last record of each key; a ``moved`` tombstone acts only on a row that still is where it was."""

    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    loose: set[Key] = field(default_factory=set)
    """Rows that settings left behind: nobody says any more what becomes of them."""
    spaces: dict[str, str] = field(default_factory=dict)
    """Where the inventory saw rows since their records came, which may leave their spaces out."""

    def load(self, messages: Iterable[dict[str, Any]], *, known: bool = True) -> None:
        """Take messages in their order; not ``known``: no STATE followed them, so no later run knows of these rows."""
        for message in messages:
            if message["type"] != "RECORD":
                continue
            stream, record = message["stream"], message["record"]
            if stream in KINDS:
                key = (stream, record["id"])
                self.loose = self.loose - {key} if known or key in self.rows.keys() - self.loose else self.loose | {key}
                self.rows[key] = record
                self.spaces.pop(record["id"], None)
            elif stream == "content_inventory":
                self.spaces[record["id"]] = record["space_id"]
            elif stream == "tombstones":
                for kind in STREAMS.get(record["type"], ()):
                    self._bury((kind, record["id"]), record)

    def _bury(self, key: Key, tombstone: dict[str, Any]) -> None:
        row = self.rows.get(key)
        if row is None:
            return
        space_id = row.get("space_id") or self.spaces.get(key[1])
        if tombstone["reason"] == "moved" and space_id != tombstone["space_id"]:
            return
        del self.rows[key]
        self.loose.discard(key)

    def let_go(self, wanted: Collection[Key]) -> None:
        """Settings changed: what is not wanted any more is nobody's business."""
        self.loose |= self.rows.keys() - set(wanted)

    def differences(self, wanted: dict[Key, Content]) -> list[str]:
        """What is missing, too much, or not as it is in the world."""
        found = [f"{stream} {key} is missing: {item.title!r}" for (stream, key), item in wanted.items()
                 if (stream, key) not in self.rows]  # fmt: skip
        streams = {stream for stream, _ in wanted}
        for (stream, key), row in self.rows.items():
            item = wanted.get((stream, key))
            if item is None:
                if (stream, key) not in self.loose and stream in streams:
                    found.append(f"{stream} {key} is held, and is not there: {row.get('title')!r}")
                continue
            true = expected(stream, item)
            wrong = {name: (row[name], value) for name, value in true.items() if name in row and row[name] != value}
            if wrong:
                found.append(f"{stream} {key}, held and true: {wrong}")
        return found


def expected(stream: str, item: Content) -> dict[str, Any]:
    """What a row must say of a content."""
    row: dict[str, Any] = {
        name: getattr(item, name) for name in ("version", "title", "space_id", "updated_at", "status")
    }
    if stream != "attachments":
        row["body"] = item.body
    if stream in ("pages", "blogposts"):
        row["parent_id"] = item.parent_id
    else:
        row["container_id"] = item.container_id
    if stream in COMMENTS:
        row["parent_comment_id"] = item.parent_comment_id
        row["resolution_status"] = item.resolution_status
    return row
