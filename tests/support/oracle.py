"""The simulator's world as an oracle: what a target would hold after some runs, and somebody who works in the world."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from confluence_sim import World
from confluence_sim.model import WorldError
from support.tap import COMMENTS, CONTENT, SINGULAR, Output, truth

STREAMS = {
    **{singular: (stream,) for stream, singular in SINGULAR.items()},
    "comment": COMMENTS,
}
"""Where the rows of a type are."""


class Mirror:
    """What a target holds that upserts by id and obeys tombstones."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.streams: set[str] = set()
        """Those of which a row ever came."""

    def load(self, out: Output, *, once: bool = True) -> None:
        """Take a run's rows in the order in which they came; ``once``: none is buried that is not there."""
        for message in out.messages:
            if message["type"] != "RECORD":
                continue
            record, stream = message["record"], message["stream"]
            if stream in (*CONTENT, *COMMENTS):
                self.rows[stream, record["id"]] = record
                self.streams.add(stream)
            elif stream == "tombstones" and record["type"] in STREAMS:
                held = [(kind, record["id"]) for kind in STREAMS[record["type"]] if (kind, record["id"]) in self.rows]
                assert held or not once, f"a tombstone for {record['type']} {record['id']}, which is not there"
                for key in held:
                    del self.rows[key]

    def versions(self, stream: str) -> dict[str, int]:
        """Versions by id."""
        return {content_id: row["version"] for (kind, content_id), row in self.rows.items() if kind == stream}


def shape(world: World, stream: str) -> dict[str, tuple[Any, ...]]:
    """What the world says of a stream's rows."""
    rows = {}
    for content_id in truth(world, stream):
        item = world.contents[content_id]
        parent = item.parent_comment_id or item.container_id or item.parent_id
        body = None if stream == "attachments" else item.body
        rows[content_id] = (
            *(item.version, item.title, item.space_id, parent, item.updated_at, body),
            *(item.resolution_status, item.marker_ref, item.original_selection),
        )
    return rows


def mirrored(mirror: Mirror, stream: str) -> dict[str, tuple[Any, ...]]:
    """The same of the mirror."""
    rows = {}
    for (kind, content_id), row in mirror.rows.items():
        if kind == stream:
            parent = row.get("parent_comment_id") or row.get("container_id") or row.get("parent_id")
            rows[content_id] = (
                *(row["version"], row["title"], row["space_id"], parent, row["updated_at"], row.get("body")),
                *(row.get(name) for name in ("resolution_status", "inline_marker_ref", "inline_original_selection")),
            )
    return rows


class Gremlin:
    """Somebody who works in the world at random."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.count = 0

    def one(self, kind: str, status: str = "current") -> Any:
        """Some content."""
        found = [c for c in self.world.contents.values() if c.type == kind and c.status == status]
        return self.dice.choice(found) if found else None

    def act(self) -> None:
        """Do one thing; what Confluence would refuse is left undone."""
        self.count += 1
        self.world.clock.advance(seconds=self.dice.choice([0.001, 1, 40, 600]))
        verbs = [self.create, self.edit, self.edit, self.edit, self.attach, self.attach, self.move, self.trash]
        verbs += [self.restore, self.purge, self.archive, self.unarchive, self.post]
        verbs += [self.comment, self.comment, self.reply, self.resolve]
        try:
            self.dice.choice(verbs)()
        except (WorldError, AttributeError):
            return

    def space(self) -> Any:
        return self.dice.choice(list(self.world.spaces.values()))

    def create(self) -> None:
        self.world.create_page(self.space(), title=f"Made {self.count}", body=f"<p>{self.count}</p>")

    def post(self) -> None:
        self.world.create_blogpost(self.space(), title=f"Posted {self.count}", body="<p>news</p>")

    def edit(self) -> None:
        self.world.edit(self.one(self.dice.choice(["page", "blogpost", "comment"])), body=f"<p>edit {self.count}</p>")

    def comment(self) -> None:
        location = self.dice.choice(["footer", "inline"])
        container = self.one(self.dice.choice(["page", "page", "blogpost", "attachment"]))
        self.world.comment(container, body=f"<p>says {self.count}</p>", location=location)

    def reply(self) -> None:
        self.world.reply(self.one("comment"), body=f"<p>replies {self.count}</p>")

    def resolve(self) -> None:
        self.world.resolve(self.one("comment"), resolution=self.dice.choice(["resolved", "reopened"]))

    def attach(self) -> None:
        self.world.attach(
            self.one("page"), filename=f"f{self.dice.randrange(5)}.txt", data=b"x", media_type="text/plain"
        )

    def move(self) -> None:
        if self.dice.random() < 0.5:
            self.world.move(self.one("page"), parent=self.one("page"))
        else:
            self.world.move(self.one("page"), space=self.space())

    def trash(self) -> None:
        self.world.trash(self.one(self.dice.choice(["page", "attachment", "comment"])))

    def restore(self) -> None:
        self.world.restore(self.one("page", "trashed"))

    def purge(self) -> None:
        self.world.purge(self.one("page"))

    def archive(self) -> None:
        self.world.archive(self.one("page"))

    def unarchive(self) -> None:
        self.world.unarchive(self.one("page", "archived"))


def assert_equal(mirror: Mirror, world: World, moment: str, streams: Sequence[str] = CONTENT) -> None:
    """Compare what a target holds with the truth, row by row."""
    for stream in streams:
        held, true = mirrored(mirror, stream), shape(world, stream)
        wrong = {key: (held.get(key), true.get(key)) for key in {*held, *true} if held.get(key) != true.get(key)}
        assert not wrong, f"{stream} {moment}, held and true: {wrong}"
