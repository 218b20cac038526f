"""Versions, properties, tasks and users: read content by content or listed, and equal to the world."""

from __future__ import annotations

import random
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.model import Content
from support.oracle import Gremlin
from support.tap import Output, State, pages_of, small_world, sync

STREAMS = ("spaces", "content_versions", "content_properties", "tasks", "sync_errors")
TASKS = (
    "<ac:task-list><ac:task><ac:task-id>{0}</ac:task-id><ac:task-status>incomplete</ac:task-status>"
    "<ac:task-body>do {0}</ac:task-body></ac:task></ac:task-list>"
)


def kept(world: World) -> list[Content]:
    return [item for item in world.contents.values() if item.type in ("page", "blogpost") and item.status == "current"]


class Held:
    """What a target holds of these streams."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.properties: dict[str, tuple[Any, ...]] = {}
        self.tasks: dict[str, tuple[Any, ...]] = {}

    def load(self, out: Output) -> None:
        for row in out.of("content_versions"):
            said = (row["created_at"], row["author_id"], row["message"], row["body"])
            self.versions[row["content_id"], row["number"]] = said
        for stream, held in (("content_properties", self.properties), ("tasks", self.tasks)):
            rows = out.of(stream)
            told = {row["content_id"] for row in rows}
            for gone in [key for key, row in held.items() if row[0] in told]:
                del held[gone]
            for content_id in told:
                whole = [row for row in rows if row["content_id"] == content_id]
                members = [row for row in whole if row["id"] != f"none:{content_id}"]
                assert {row["set_size"] for row in whole} == {len(members)}
                assert len({row["observed_at"] for row in whole}) == 1
                held.update({row["id"]: self.said(stream, row) for row in members})

    @staticmethod
    def said(stream: str, row: dict[str, Any]) -> tuple[Any, ...]:
        names = ("key", "value", "version") if stream != "tasks" else ("status", "body", "updated_at", "due_at")
        return (row["content_id"], *(row[name] for name in names))

    def of(self, held: dict[str, tuple[Any, ...]], world: World) -> dict[str, tuple[Any, ...]]:
        """What is held of contents that are there."""
        there = {item.id for item in kept(world)}
        return {key: row for key, row in held.items() if row[0] in there}


def true_versions(world: World) -> dict[tuple[str, int], tuple[Any, ...]]:
    return {
        (item.id, version.number): (version.created_at, version.author_id, version.message, version.body)
        for item in kept(world)
        for version in item.versions
    }


def true_properties(world: World) -> dict[str, tuple[Any, ...]]:
    return {
        one.id: (item.id, one.key, one.value, one.version.number) for item in kept(world) for one in item.properties
    }


def true_tasks(world: World) -> dict[str, tuple[Any, ...]]:
    return {
        task.id: (task.content_id, task.status, task.body, task.updated_at, task.due_at)
        for item in kept(world)
        for task in item.tasks
    }


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))])
def test_versions_tasks_and_properties_equal_the_world_after_a_first_sync_and_after_200_random_verbs(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    gremlin, dice = Gremlin(world, seed), random.Random(seed)
    held = Held()
    state: State | None = None
    with serve(world) as site:
        for batch in range(5):
            for number in range(40):
                gremlin.act()
                if number % 5 == 0 and kept(world):
                    page = dice.choice(kept(world))
                    world.set_property(page, f"key-{dice.randrange(3)}", {"seen": number})
                    world.edit(page, body=TASKS.format(dice.randrange(3)))
                    world.tick(dice.choice(page.tasks), done=dice.random() < 0.5)
            world.clock.advance(seconds=1)
            out = sync(site, state, streams=STREAMS)
            held.load(out)
            state = out.state
            versions, tasks = true_versions(world), true_tasks(world)
            assert {key: held.versions.get(key) for key in versions} == versions, f"batch {batch}"
            assert held.of(held.tasks, world) == tasks, f"batch {batch}"
            properties = true_properties(world)
            assert held.of(held.properties, world) == properties, f"batch {batch}"
        quiet = sync(site, state, streams=STREAMS)
    assert [row for stream in STREAMS[1:] for row in quiet.of(stream)] == []


def test_properties_are_read_with_their_content_and_hold_any_json() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[2]
    values: list[Any] = [{"deep": [1, None, "x"]}, [1, 2], "text", 3.5, True, None]
    made = [world.set_property(page, f"key-{number}", value) for number, value in enumerate(values)]
    with serve(world) as site:
        first = sync(site, streams=("content_properties",))
        world.set_property(page, "key-0", "quietly")
        second = sync(site, first.state, streams=("content_properties",))
        world.edit(page, body="<p>x</p>")
        third = sync(site, second.state, streams=("content_properties",))
    rows = {row["id"]: row for row in first.of("content_properties")}
    assert [rows[item.id]["value"] for item in made] == values
    assert {row["content_id"] for row in rows.values() if row["set_size"]} == {page.id}
    assert second.of("content_properties") == []
    assert third.of("content_properties")[0]["value"] == "quietly"
    assert third.of("content_properties")[0]["version"] == 2


def test_the_users_of_a_run_are_those_who_stand_in_its_rows() -> None:
    world = small_world(spaces=1)
    ada = world.create_user(display_name="Ada", email="ada@example.com", time_zone="Europe/Oslo")
    shy = world.create_user(display_name="Shy", email="")
    world.create_user(display_name="Nobody met", email="n@example.com")
    page = pages_of(world, "S0")[3]
    world.edit(page, body="<p>by Ada</p>", author=ada)
    world.permit(next(iter(world.spaces.values())), shy)
    with serve(world) as site:
        out = sync(site, streams=("pages", "space_permissions", "users"))
        quiet = sync(site, out.state, streams=("pages", "space_permissions", "users"))
        asked = [request for request in site.requests if request.path.endswith("/users-bulk")]
    rows = {row["account_id"]: row for row in out.of("users")}
    assert set(rows) == {world.admin.account_id, ada.account_id, shy.account_id}
    row = rows[ada.account_id]
    assert (row["display_name"], row["email"], row["time_zone"]) == ("Ada", "ada@example.com", "Europe/Oslo")
    assert rows[shy.account_id]["email"] is None
    assert quiet.of("users") == []
    assert len(asked) == 1


def test_people_whom_a_run_met_that_ended_too_early_are_told_by_the_next() -> None:
    world = small_world(spaces=1)
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    world.edit(pages_of(world, "S0")[3], body="<p>by Ada</p>", author=ada)
    with serve(world) as site:
        whole = sync(site)
        before = [each for each in whole.states if ada.account_id in each["bookmarks"].get("users", {}).get("met", ())]
        rest = sync(site, before[-1])
        quiet = sync(site, rest.state)
    assert rest.of("pages") == []
    assert ada.account_id in {row["account_id"] for row in rest.of("users")}
    assert quiet.of("users") == []


def test_a_closed_account_is_told_and_one_that_is_unknown_is_not() -> None:
    world = small_world(spaces=1)
    former = world.create_user(display_name="Gone", email="g@example.com")
    page = pages_of(world, "S0")[3]
    world.edit(page, body="<p>x</p>", author=former)
    world.close_user(former)
    with serve(world) as site:
        out = sync(site)
    (row,) = [row for row in out.of("users") if row["account_id"] == former.account_id]
    assert row["account_status"] == "closed"
