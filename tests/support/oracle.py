"""The simulator's world as an oracle: what a target would hold after some runs, and somebody who works in the world."""

from __future__ import annotations

import random
from typing import Any

from confluence_sim import World
from confluence_sim.model import WorldError
from support.tap import CONTENT, Output, truth

TYPES = {"page": "pages", "blogpost": "blogposts", "attachment": "attachments"}


class Mirror:
    """What a target holds that upserts by id and obeys tombstones."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}

    def load(self, out: Output, *, once: bool = True) -> None:
        """Take a run's rows in the order in which they came; ``once``: none is buried that is not there."""
        for message in out.messages:
            if message["type"] != "RECORD":
                continue
            record, stream = message["record"], message["stream"]
            if stream in CONTENT:
                self.rows[stream, record["id"]] = record
            elif stream == "tombstones" and record["type"] in TYPES:
                key = TYPES[record["type"]], record["id"]
                assert not once or key in self.rows, f"a tombstone for {key}, which is not there"
                self.rows.pop(key, None)

    def versions(self, stream: str) -> dict[str, int]:
        """Versions by id."""
        return {content_id: row["version"] for (kind, content_id), row in self.rows.items() if kind == stream}


def shape(world: World, stream: str) -> dict[str, tuple[Any, ...]]:
    """What the world says of a stream's rows."""
    rows = {}
    for content_id in truth(world, stream):
        item = world.contents[content_id]
        parent = item.container_id if stream == "attachments" else item.parent_id
        body = None if stream == "attachments" else item.body
        rows[content_id] = (item.version, item.title, item.space_id, parent, item.updated_at, body)
    return rows


def mirrored(mirror: Mirror, stream: str) -> dict[str, tuple[Any, ...]]:
    """The same of the mirror."""
    rows = {}
    for (kind, content_id), row in mirror.rows.items():
        if kind == stream:
            parent = row["container_id"] if stream == "attachments" else row["parent_id"]
            body = row.get("body")
            rows[content_id] = (row["version"], row["title"], row["space_id"], parent, row["updated_at"], body)
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
        self.world.edit(self.one(self.dice.choice(["page", "blogpost"])), body=f"<p>edit {self.count}</p>")

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
        self.world.trash(self.one(self.dice.choice(["page", "attachment"])))

    def restore(self) -> None:
        self.world.restore(self.one("page", "trashed"))

    def purge(self) -> None:
        self.world.purge(self.one("page"))

    def archive(self) -> None:
        self.world.archive(self.one("page"))

    def unarchive(self) -> None:
        self.world.unarchive(self.one("page", "archived"))


def assert_equal(mirror: Mirror, world: World, moment: str) -> None:
    """Compare what a target holds with the truth, row by row."""
    for stream in CONTENT:
        held, true = mirrored(mirror, stream), shape(world, stream)
        wrong = {key: (held.get(key), true.get(key)) for key in {*held, *true} if held.get(key) != true.get(key)}
        assert not wrong, f"{stream} {moment}, held and true: {wrong}"
