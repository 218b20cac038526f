"""Random histories: records of every stream about a few spaces, pages and people, as runs of a tap would tell them.

The universe is small and its clock coarse, so that titles and file names change hands, rows move, come back and are
told twice at the same moment with different words.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from support.tap_records import RECORDS, Record, told

ParentSet = tuple[str, Record]
SPACES, PAGES, POSTS = ("1", "2"), ("10", "11", "12", "13"), ("20",)
FILES, COMMENTS, FOLDERS, PEOPLE = ("30", "31"), ("40", "41"), ("50",), ("u1", "u2", "u3")
KEYS, TITLES, FILENAMES = ("ENG", "OPS"), ("Start", "Plan", "Old"), ("a.png", "b.png")
PLAIN = ("whiteboards", "databases", "embeds")


def moment(minute: int) -> str:
    """A moment of the histories' day."""
    return f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00.000Z"


class Historian:
    """Tells a random history.

    Args:
        seed: The same seed tells the same history.
        steady: What is seen later never has a lesser version, and bodies are always read.
        sized: Rows of sets tell how many the set has. Some sets are not told to their end; tasks and properties come
            as sets, too.
    """

    def __init__(self, seed: int, *, steady: bool = False, sized: bool = False) -> None:
        self.dice = random.Random(seed)
        self.steady = steady
        self.sized = sized
        self.reasons = ("trashed", "deleted", "moved")

    def tell(self, count: int) -> list[ParentSet]:
        """Records in the order in which they would come; about one in ten comes twice."""
        ways: list[Callable[[], list[ParentSet]]] = [
            self.space, self.page, self.page, self.page, self.post, self.file, self.comment, self.version, self.labels,
            self.tree, self.permissions, self.restrictions, self.members, self.user, self.tombstone, self.tombstone,
            self.place, self.place, self.task, self.property, self.failure,
        ]  # fmt: skip
        found: list[ParentSet] = []
        while len(found) < count:
            found += self.dice.choice(ways)()
        return found + self.dice.sample(found, len(found) // 10)

    def one(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def number(self, minute: int) -> int | None:
        """A version seen at that minute."""
        return 1 + minute // 10 if self.steady else self.one(1, 2, 3, None)

    def when(self) -> str:
        return moment(self.dice.randrange(40))

    def whole(self, stream: str, rows: list[Record], empty: Record, same: Record) -> list[ParentSet]:
        """The rows of a set, or the one that tells that it is empty."""
        if self.sized:
            same = {**same, "set_size": len(rows)}
        told_rows = [(stream, told(stream, **{**row, **same})) for row in rows or [empty]]
        if self.sized and self.dice.random() < 0.2:
            self.dice.shuffle(told_rows)
            return told_rows[1:]
        return told_rows

    def content(self, stream: str, content_id: str, **more: Any) -> ParentSet:
        space = self.one(*SPACES)
        seen = self.dice.randrange(40)
        changed = {
            "id": content_id, "space_id": space, "space_key": KEYS[int(space) - 1], "title": self.one(*TITLES, None),
            "version": self.number(seen), "updated_at": moment(max(0, seen - 3)), "observed_at": moment(seen),
            "raw": {"n": self.dice.randrange(3)}, "version_message": self.one("typo", None), "url": None,
        }  # fmt: skip
        return stream, {**RECORDS[stream], **changed, **more}

    def body(self) -> Record:
        if not self.steady and self.dice.random() < 0.2:
            return {"body": None, "body_format": None}
        references: list[Record] = []
        for _ in range(self.dice.randrange(4)):
            key, title, name = self.one(*KEYS), self.one(*TITLES), self.one(*FILENAMES)
            references.append(
                self.one(
                    {"kind": "internal", "written": f"page:{key}/{title}", "space_key": key, "title": title},
                    {"kind": "internal", "written": "id:11", "content_id": "11"},
                    {"kind": "attachment", "written": f"file:{name}", "filename": name},
                    {"kind": "attachment", "written": f"file:{key}/{title}/{name}", "filename": name}
                    | {"space_key": key, "title": title},
                    {"kind": "attachment", "written": "media:f-1", "file_id": "f-1"},
                    {"kind": "mention", "written": "user:u1", "account_id": "u1"},
                )
            )
        distinct = list({(one["kind"], one["written"]): one for one in references}.values())
        text = "".join(self.one("one     ", "two     ", "three   ") for _ in range(self.dice.randrange(3)))
        return {"body": json.dumps({"references": distinct, "text": text}), "body_format": "test"}

    def page(self) -> list[ParentSet]:
        tags = self.one(None, None, [], ["x"], ["x", "y"])
        parent = self.one(None, *PAGES, *FOLDERS)
        return [
            self.content(
                "pages", self.one(*PAGES), labels=tags, parent_id=parent, position=self.one(1, 2, None), **self.body()
            )
        ]

    def post(self) -> list[ParentSet]:
        return [self.content("blogposts", self.one(*POSTS), parent_id=None, parent_type=None, **self.body())]

    def file(self) -> list[ParentSet]:
        return [
            self.content(
                "attachments", self.one(*FILES), container_id=self.one(*PAGES, None), title=self.one(*FILENAMES),
                file_id=self.one("f-1", "f-2"), content_sha256="ab" if self.steady else self.one("ab", None),
            )
        ]  # fmt: skip

    def comment(self) -> list[ParentSet]:
        stream = self.one("footer_comments", "inline_comments")
        return [self.content(stream, self.one(*COMMENTS), container_id=self.one(*PAGES), **self.body())]

    def tree(self) -> list[ParentSet]:
        stream, content_id = self.one(("folders", "50"), *((name, f"6{i}") for i, name in enumerate(PLAIN)))
        return [self.content(stream, content_id, parent_id=self.one(None, *PAGES))]

    def space(self) -> list[ParentSet]:
        space, key = self.one(*SPACES), self.one(*KEYS)
        return [("spaces", told("spaces", id=space, key=key, observed_at=self.when(), name=self.one("A", "B")))]

    def version(self) -> list[ParentSet]:
        number, page = self.one(1, 2, 3), self.one(*PAGES)
        more = self.body() | {"observed_at": self.when(), "message": self.one("typo", "second")}
        return [("content_versions", told("content_versions", content_id=page, number=number, **more))]

    def labels(self) -> list[ParentSet]:
        names = self.dice.sample(("x", "y", "none"), self.dice.randrange(4))
        rows: list[Record] = [{"label_id": f"l-{name}", "name": name} for name in names]
        same: Record = {"content_id": self.one(*PAGES), "observed_at": self.when()}
        return self.whole("content_labels", rows, {"label_id": "none", "name": None}, same)

    def permissions(self) -> list[ParentSet]:
        same: Record = {"space_id": self.one(*SPACES), "observed_at": self.when()}
        who = self.dice.sample([("USER", "u1"), ("USER", "u2"), ("GROUP", "g1"), ("GROUP", "g2")], self.one(0, 1, 3, 4))
        rows: list[Record] = [{"principal_type": kind, "principal_id": one} for kind, one in who]
        return self.whole("space_permissions", rows, {"principal_id": "none", "permission_id": "none"}, same)

    def restrictions(self) -> list[ParentSet]:
        same: Record = {"content_id": self.one(*PAGES, *POSTS), "observed_at": self.when()}
        who = self.dice.sample([("user", "u1"), ("user", "u2"), ("group", "g1")], self.one(0, 0, 1, 2))
        rows: list[Record] = [
            {"principal_type": kind, "principal_id": one, "operation": self.one("read", "update")} for kind, one in who
        ]
        return self.whole("content_restrictions", rows, {"principal_id": "none"}, same)

    def members(self) -> list[ParentSet]:
        same: Record = {"group_id": self.one("g1", "g2"), "observed_at": self.when()}
        rows: list[Record] = [{"account_id": one} for one in self.dice.sample(PEOPLE, self.dice.randrange(3))]
        return self.whole("group_members", rows, {"account_id": "none"}, same)

    def user(self) -> list[ParentSet]:
        name = self.one("Ada", "Ada L.", None)
        return [("users", told("users", account_id=self.one(*PEOPLE), display_name=name, observed_at=self.when()))]

    def tombstone(self) -> list[ParentSet]:
        kind, content_id = self.one(
            *(("page", one) for one in PAGES), ("blogpost", "20"), ("attachment", "30"), ("footer_comment", "40"),
            ("folder", "50"), ("space", "1"), ("page", "99"),
        )  # fmt: skip
        more = {"reason": self.one(*self.reasons), "space_id": self.one(*SPACES), "detected_at": self.when()}
        return [("tombstones", told("tombstones", type=kind, id=content_id, **more))]

    def place(self) -> list[ParentSet]:
        minute, space, page = self.dice.randrange(40), self.one(*SPACES), self.one(*PAGES)
        seen = moment(minute)
        if self.dice.random() < 0.2:
            return [("content_inventory", {"type": "sweep", "id": space, "seen_at": seen, "count": 7})]
        more = {"title": self.one(*TITLES), "parent_id": self.one(None, *PAGES), "position": self.one(1, 5, None)}
        more |= {"space_id": space, "version": self.number(minute), "status": self.one("current", "archived")}
        return [("content_inventory", told("content_inventory", id=page, seen_at=seen, **more))]

    def task(self) -> list[ParentSet]:
        same: Record = {"content_id": self.one(*PAGES), "observed_at": self.when()}
        rows: list[Record] = [{"id": one, "status": self.one("open", "complete")} for one in ("t1", "t2")]
        if self.sized:
            return self.whole("tasks", self.dice.sample(rows, self.dice.randrange(3)), {"id": "none"}, same)
        return [("tasks", told("tasks", **{**self.one(*rows), **same}))]

    def property(self) -> list[ParentSet]:
        minute = self.dice.randrange(40)
        same: Record = {"content_id": self.one(*PAGES), "observed_at": moment(minute)}
        rows: list[Record] = [
            {"id": one, "version": self.number(minute), "value": self.one({"a": 1}, "x", None)} for one in ("c1", "c2")
        ]
        if self.sized:
            return self.whole("content_properties", self.dice.sample(rows, self.one(0, 1, 2)), {"id": "none"}, same)
        return [("content_properties", told("content_properties", **{**self.one(*rows), **same}))]

    def failure(self) -> list[ParentSet]:
        return [("sync_errors", told("sync_errors", error_id=self.one("e1", "e2"), occurred_at=self.when()))]


class OddHistorian(Historian):
    """Tells what no site should: ids that several kinds share, moments that are missing, sizes that are not true."""

    def content(self, stream: str, content_id: str, **more: Any) -> ParentSet:
        stream, record = super().content(stream, self.one(content_id, "10", "20"), **more)
        return stream, record if self.dice.random() < 0.9 else {**record, "observed_at": None}

    def whole(self, stream: str, rows: list[Record], empty: Record, same: Record) -> list[ParentSet]:
        found = super().whole(stream, rows, empty, same)
        if not rows or self.dice.random() < 0.5:
            return found
        size = self.one(0, 1, len(rows) - 1, len(rows) + 1)
        return [(name, {**record, "set_size": size}) for name, record in found]
