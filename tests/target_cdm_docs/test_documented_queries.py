"""The queries of docs/queries.md, as they stand there, on both databases; the simulator's world knows the answers."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from support.bodies import independent_tree, query
from support.running_target import lines_of
from support.stores import Destination
from support.tap import everything, sync
from support.target import load
from tap_confluence.tap import TapConfluence

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
QUERIES: dict[str, str] = dict(
    re.findall(r"^## \d+\. (.+?)\n.*?```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
)
RI = "{urn:ri}"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Reference:
    """What a body refers to: a content, or what it is called."""

    source: Any
    kind: str
    called: str
    target: Any


class Site:
    """The sample site, read independently of tap and target."""

    def __init__(self, world: World, reader: str) -> None:
        self.world = world
        self.reader = reader

    @cached_property
    def documents(self) -> list[Any]:
        return [c for c in self.world.contents.values() if c.type in {"page", "blogpost"} and self.is_there(c)]

    @cached_property
    def pages(self) -> list[Any]:
        return [c for c in self.documents if c.type == "page"]

    @cached_property
    def attachments(self) -> list[Any]:
        found = (c for c in self.world.contents.values() if c.type == "attachment" and c.status == "current")
        return [c for c in found if self.is_there(self.world.contents[c.container_id or ""])]

    def is_there(self, content: Any) -> bool:
        return content.status == "current" and self.is_shown(content)

    def is_hung(self, content: Any) -> bool:
        """Whether it is there with all that it hangs on."""
        above = content.parent_comment_id or content.container_id
        return self.is_shown(content) and (above is None or self.is_hung(self.world.contents[above]))

    def is_shown(self, content: Any) -> bool:
        """Whether the tap's account sees it: in a current space, and let in wherever somebody must be."""
        doors = [
            each.restrictions["read"] for each in (content, *self.ancestors(content)) if "read" in each.restrictions
        ]
        groups = {group.id for group in self.world.groups.values() if self.reader in group.member_ids}
        let_in = all(self.reader in door.user_ids or groups & set(door.group_ids) for door in doors)
        return let_in and self.world.spaces[content.space_id].status == "current"

    def key(self, content: Any) -> str:
        return self.world.spaces[content.space_id].key

    def name(self, account_id: str | None) -> str | None:
        return self.world.users[account_id].display_name if account_id else None

    @cached_property
    def trees(self) -> dict[str, Any]:
        return {document.id: independent_tree(document.body) for document in self.documents}

    @cached_property
    def references(self) -> list[Reference]:
        return [each for document in self.documents for each in self._references(document)]

    def _references(self, source: Any) -> Iterator[Reference]:
        tree = self.trees[source.id]
        for tag in ("page", "blog-post"):
            for element in query(tree, f"//ri:{tag}[not(parent::ri:attachment)]"):
                yield Reference(source, "document", *self._titled(source, element))
        for element in query(tree, "//ri:attachment"):
            container = self._titled(source, element[0])[1] if len(element) else source
            name = element.get(f"{RI}filename")
            held = [a for a in self.attachments if a.title == name and container and a.container_id == container.id]
            yield Reference(source, "file", name or "", held[0] if held else None)
        for element in query(tree, "//a[@href]"):
            address = element.get("href") or ""
            if found := re.search(r"/pages/(\d+)", address):
                yield Reference(source, "document", address, self.world.contents.get(found[1]))
            elif found := re.search(r"/wiki/x/(\w+)", address):
                number = int.from_bytes(base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)), "little")
                yield Reference(source, "document", address, self.world.contents.get(str(number)))

    def _titled(self, source: Any, element: Any) -> tuple[str, Any]:
        key, title = element.get(f"{RI}space-key") or self.key(source), element.get(f"{RI}content-title")
        named = (c for c in self.world.contents.values() if c.title == title and self.key(c) == key)
        held = [c for c in named if c.type in {"page", "blogpost"} and self.is_shown(c)]
        return title, next(iter(sorted(held, key=lambda c: c.status != "current")), None)

    @cached_property
    def linked_from(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for each in self.references:
            if each.target and each.target.id != each.source.id:
                found.setdefault(each.target.id, set()).add(each.source.id)
        return found

    def ancestors(self, page: Any) -> Iterator[Any]:
        while page.parent_id:
            page = self.world.contents[page.parent_id]
            yield page


def live_in(world: World) -> None:
    """Let every query have something to find."""
    titled = {content.title: content for content in world.contents.values()}
    former = next(each for each in world.users.values() if each.account_status == "closed")
    world.permit(world.spaces[titled["Fernlicht Handbook"].space_id], former)
    everybody = world.group_by_name("confluence-users")
    assert everybody
    world.permit(world.spaces[titled["Fernlicht Handbook"].space_id], None)
    world.restrict(titled["On call"], groups=[everybody])
    world.restrict(titled["Decision log"], groups=[everybody])
    world.attach(titled["Tidebook"], filename="unused.bin", data=b"x" * 2000, media_type="application/octet-stream")
    world.attach(titled["Storm days"], filename="small.txt", data=b"x", media_type="text/plain")


@pytest.fixture(scope="module")
def told() -> tuple[Site, str]:
    """The sample site, and what the tap tells of it in two runs with a removal between them."""
    world = World()
    with serve(world) as site:
        build_sample_site(world, site.url)
        live_in(world)
        catalog = everything(TapConfluence(config=site.config))
        first = sync(site, catalog=catalog, requests_per_second=1000)
        world.clock.advance(minutes=30)
        world.trash(next(each for each in world.contents.values() if each.title == "D-001: One lamp, one owner"))
        second = sync(site, first.state, catalog=catalog, requests_per_second=1000, deletion_detection="every_sync")
        return Site(world, site.user.account_id), lines_of((*first.messages, *second.messages))


def stale(site: Site) -> list[Row]:
    old = [page for page in site.pages if page.updated_at < "2025-01-01"]
    owners = Counter(site.name(page.owner_id) or "nobody" for page in old)
    oldest = {name: min(p.updated_at for p in old if (site.name(p.owner_id) or "nobody") == name) for name in owners}
    return [(name, count, oldest[name]) for name, count in owners.items()]


def broken(site: Site) -> list[Row]:
    gone = [each for each in site.references if each.target is None or each.target.status != "current"]
    return [(each.source.title, each.called, "trashed" if each.target else "not found") for each in gone]


def orphans(site: Site) -> list[Row]:
    return [(site.key(p), p.title) for p in site.pages if p.parent_id and p.id not in site.linked_from]


def most_linked(site: Site) -> list[Row]:
    counts = [(c.title, c.type, len(site.linked_from.get(c.id, ()))) for c in site.documents]
    return sorted(counts, key=lambda row: (-row[2], row[0]))[:10]


def public(site: Site) -> list[Row]:
    def is_open(content: Any) -> bool:
        space = site.world.spaces[content.space_id]
        restricted = any("read" in each.restrictions for each in (content, *site.ancestors(content)))
        return any(each.principal_type == "anonymous" for each in space.permissions) and not restricted

    return [(site.key(c), c.type, c.title) for c in site.documents if is_open(c)]


def history(site: Site) -> list[Row]:
    (page,) = (page for page in site.pages if page.title == "Fernlicht Handbook")
    return [(v.number, v.created_at, site.name(v.author_id), v.message, len(v.body)) for v in page.versions]


def unused(site: Site) -> list[Row]:
    shown = {each.target.id for each in site.references if each.kind == "file" and each.target}
    loose = [a for a in site.attachments if a.id not in shown]
    rows = [(site.world.contents[a.container_id].title, a.title, a.media_type, len(a.data)) for a in loose]
    return sorted(rows, key=lambda row: -row[3])


def growth(site: Site) -> list[Row]:
    months = sorted(Counter(document.created_at[:7] for document in site.documents).items())
    return [
        (month, count, total) for (month, count), total in zip(months, accumulate(n for _, n in months), strict=True)
    ]


def tree(site: Site) -> list[Row]:
    found = []
    for page in site.pages:
        above = [each.title for each in site.ancestors(page)]
        if site.key(page) == "ENG":
            found.append((len(above), page.title, " / ".join([*reversed(above), page.title])))
    return found


def written(site: Site) -> list[Row]:
    said = [d for d in site.documents if "lighthouse" in "".join(site.trees[d.id].itertext()).lower()]
    newest_first = sorted(said, key=lambda document: document.updated_at, reverse=True)
    return [(site.key(d), d.type, d.title) for d in newest_first]


def named(site: Site, principal_id: str) -> tuple[str, str]:
    """The type and name of a user or group."""
    if principal_id in site.world.users:
        return "user", site.world.users[principal_id].display_name
    return "group", site.world.groups[principal_id].name


def readers(site: Site) -> list[Row]:
    (page,) = (page for page in site.pages if page.title == "On call")
    people = [("user", each.display_name) for each in site.world.users.values() if site.world.can_see(each, page)]
    doors = [set(each.restrictions["read"].group_ids) for each in (page, *site.ancestors(page)) if each.restrictions]
    space = {each.principal_id for each in site.world.spaces[page.space_id].permissions if each.operation == "read"}
    return people + [named(site, each) for each in space.intersection(*doors) if each in site.world.groups]


def seen_by_noa(site: Site) -> list[Row]:
    (noa,) = (each for each in site.world.users.values() if each.display_name == "Noa Ben-Ami")
    kinds = {"footer_comment": "comment", "inline_comment": "comment"}
    there = [each for each in site.world.contents.values() if each.status == "current" and site.is_hung(each)]
    seen = [(site.key(each), kinds.get(each.type, each.type)) for each in there if site.world.can_see(noa, each)]
    return [(*which, count) for which, count in Counter(seen).items()]


def restricted(site: Site) -> list[Row]:
    there = [each for each in site.documents if each.restrictions]
    return [
        (site.key(each), each.title, operation, *named(site, who))
        for each in there
        for operation, restriction in each.restrictions.items()
        for who in (*restriction.user_ids, *restriction.group_ids)
    ]


def open_spaces(site: Site) -> list[Row]:
    found = [
        (space.key, each.principal_type, each.principal_id)
        for space in site.world.spaces.values()
        if space.status == "current"
        for each in space.permissions
        if (each.operation, each.target_type) == ("read", "space") and each.principal_type != "user"
    ]
    world = "cdm:work:anonymous:confluence:anonymous"
    return [(key, kind, named(site, who)[1] if kind == "group" else world) for key, kind, who in found]


def closed(site: Site) -> list[Row]:
    found: list[Row] = []
    for user in (each for each in site.world.users.values() if each.account_status != "active"):
        who = user.display_name
        for group in site.world.groups.values():
            found += [(who, "membership", "member", group.name)] if user.account_id in group.member_ids else []
        for space in (each for each in site.world.spaces.values() if each.status == "current"):
            given = [each.operation for each in space.permissions if each.principal_id == user.account_id]
            found += [(who, "permission", operation, space.key) for operation in given]
        for page in site.documents:
            given = [name for name, each in page.restrictions.items() if user.account_id in each.user_ids]
            found += [(who, "restriction", operation, page.title) for operation in given]
    return found


ANSWERS: dict[str, tuple[Callable[[Site], list[Row]], tuple[str, ...], bool]] = {
    "Whose pages are stale?": (stale, ("owner", "pages", "oldest_edit"), False),
    "Which links are broken?": (broken, ("from_title", "refers_to", "reason"), False),
    "Which pages does nobody link to?": (orphans, ("space_key", "title"), False),
    "What is linked to most?": (most_linked, ("title", "doc_type", "linked_from"), False),
    "What can the whole world read?": (public, ("space_key", "doc_type", "title"), False),
    "How did a page come to be what it is?": (
        history, ("revision_number", "created_at", "author", "summary", "characters"), True,
    ),
    "Which attachments does nothing show or link to?": (unused, ("page", "attachment", "mime_type", "bytes"), True),
    "How did the site grow, month by month?": (growth, ("month", "created", "so_far"), True),
    "What does the tree of a space look like?": (tree, ("depth", "title", "path"), False),
    "Where is something written?": (written, ("space_key", "doc_type", "title"), True),
    "Who can read a page?": (readers, ("principal_type", "reader"), False),
    "What can a person see?": (seen_by_noa, ("space_key", "doc_type", "items"), False),
    "Which pages are restricted, and to whom?": (
        restricted, ("space_key", "title", "access_mode", "principal_type", "reserved_for"), False,
    ),
    "Which spaces are open to a group, to everybody, to the world?": (
        open_spaces, ("space_key", "principal_type", "open_to"), False,
    ),
    "Which accounts are closed and still granted something?": (
        closed, ("display_name", "kind", "access_mode", "granted_on"), False,
    ),
}  # fmt: skip
"""By heading: who knows the answer, in which columns, and whether its order is part of it."""


def test_the_page_has_fifteen_queries_and_each_has_an_answer_to_be_held_against() -> None:
    assert list(QUERIES) == list(ANSWERS)
    assert len(QUERIES) == 15


def test_the_documented_queries_answer_what_the_world_knows(
    tmp_path: Path, destination: Destination, told: tuple[Site, str]
) -> None:
    site, text = told
    done = load(tmp_path, text, destination=destination.url)
    assert done.code == 0, done.stderr
    for heading, (answer, columns, ordered) in ANSWERS.items():
        found = [tuple(row[name] for name in columns) for row in destination.query(QUERIES[heading])]
        expected = answer(site)
        assert expected, heading
        assert (found if ordered else sorted(found)) == (expected if ordered else sorted(expected)), heading
