"""Effective access against the world: who may read what, after permissions, restrictions and groups changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.read import read
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from confluence_sim import Clock, World, serve
from confluence_sim.model import ACCESS_CLASSES, Content, Group, User, WorldError
from support.access import assert_ways_agree
from support.stores import Destination
from support.tap import COMMENTS, CONTENT, State, sync, truth

OPTIONS = Options(read=read, chunk=chunk)
STREAMS = (
    "spaces", *CONTENT, *COMMENTS, "folders", "content_restrictions", "space_permissions", "group_members", "users",
    "content_inventory", "tombstones", "sync_errors",
)  # fmt: skip
WISHES: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "streams": STREAMS}


class Janitor:
    """Somebody who opens and shuts doors at random; whoever reads for us is never locked out."""

    def __init__(self, seed: int, *, has_roles: bool = False) -> None:
        self.dice = random.Random(seed)
        self.world = world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
        self.spaces = [world.create_space(key=f"S{n}", name=f"Space {n}") for n in range(2)]
        self.reader = next(iter(world.users.values()))
        self.people = [world.create_user(display_name=f"Person {n}") for n in range(4)]
        self.groups = [world.create_group(f"group {n}") for n in range(3)]
        for group in self.groups:
            world.join_group(group, self.reader)
        self.has_roles = has_roles
        if has_roles:
            world.adopt_roles()
            self.viewer = world.create_role("viewer")
        self.pages: list[Content] = []
        for n in range(14):
            above = self.dice.choice([None, *self.pages[-6:]])
            space = self.spaces[0] if above is None else world.spaces[above.space_id]
            self.pages.append(world.create_page(space, title=f"Page {n}", body="<p>x</p>", parent=above))
        for page in self.pages[::4]:
            world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
            world.reply(world.comment(page, body="<p>So?</p>"), body="<p>So!</p>")

    def act(self) -> None:
        """Do one thing; what Confluence would refuse is left undone."""
        world, one = self.world, self.dice.choice
        page, person, group, space = one(self.pages), one(self.people), one(self.groups), one(self.spaces)
        users = [self.reader, *self.dice.sample(self.people, self.dice.randrange(3))]
        verbs: list[Callable[[], object]] = [
            lambda: world.restrict(page, users=users, groups=[group]),
            lambda: world.restrict(page, users=users),
            lambda: world.restrict(page, "update", users=users),
            lambda: world.unrestrict(page),
            lambda: world.permit(space, one([person, group, None])),
            lambda: world.forbid(space, one([person, group, None]), "read"),
            lambda: world.join_group(group, person),
            lambda: world.leave_group(group, person),
            lambda: world.move(page, parent=one([each for each in self.pages if each.status == "current"])),
            lambda: world.trash(page),
            lambda: world.restore(page),
        ]
        if self.has_roles:
            holders: list[User | Group | str] = [person, group, *ACCESS_CLASSES]
            holder = one(holders)
            held = [each for each in space.role_assignments if each.role_id == self.viewer.id]
            verbs += [lambda: world.assign_role(space, self.viewer, holder)] * 2
            verbs += [lambda: space.role_assignments.remove(one(held))] if held else []
        try:
            one(verbs)()
        except WorldError:
            return


def assert_access(database: Destination, janitor: Janitor, when: str) -> None:
    """Compare the view with the world, for each person and for those without an account, and the functions with it."""
    world = janitor.world
    there = {each for kind in (*CONTENT, *COMMENTS) for each in truth(world, kind)}
    found: dict[str, set[str]] = {}
    for row in database.query("SELECT * FROM cdm_doc_effective_access"):
        principal = row["principal_cdm_id"].removeprefix("cdm:work:").replace("user:confluence:", "", 1)
        found.setdefault(principal, set()).add(row["item_cdm_id"].rpartition(":")[2])
    for person in (janitor.reader, *janitor.people):
        may = {each for each in there if world.can_see(person, world.contents[each])}
        assert found.get(person.account_id, set()) == may, f"{when}: {person.display_name}"
    public = {each for each in there if world.can_see(None, world.contents[each])}
    assert found.get("anonymous:confluence:anonymous", set()) == public, when
    principals = [*[f"user:confluence:{one.account_id}" for one in janitor.people], "anonymous:confluence:anonymous"]
    items = [f"cdm:doc:item:confluence:{content_id}" for content_id in world.contents]
    assert_ways_agree(database, items, [f"cdm:work:{one}" for one in principals])


SEEDS = pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 12))])


@SEEDS
@pytest.mark.parametrize("has_roles", [False, True], ids=["permissions", "roles"])
def test_whoever_may_read_in_the_world_may_read_in_the_view(
    destination: Destination, seed: int, has_roles: bool
) -> None:
    janitor = Janitor(seed, has_roles=has_roles)
    state: State | None = None
    with serve(janitor.world) as site:
        for batch in range(4):
            for _ in range(15):
                janitor.act()
            janitor.world.clock.advance(seconds=2)
            out = sync(site, state, **WISHES)
            state = out.state
            records = [(each["stream"], each["record"]) for each in out.messages if each["type"] == "RECORD"]
            destination.load([map_record(stream, record, OPTIONS) for stream, record in records])
            assert_access(destination, janitor, f"after batch {batch}")
