"""The simulator's world is the oracle: what was emitted, taken together, is what the world holds."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from support.oracle import Gremlin, Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Output, State, sync, truth


def assert_told(out: Output, world: World) -> None:
    """What is told in every run, or of all that is there, or of whoever stands in its rows."""
    assert {row["id"]: (row["key"], row["name"], row["homepage_id"]) for row in out.of("spaces")} == {
        space.id: (space.key, space.name, space.homepage_id) for space in world.spaces.values()
    }
    seen = {row["id"]: (row["version"], row["title"]) for row in out.of("content_inventory") if row["type"] != "sweep"}
    there = [content_id for stream in (*CONTENT, *COMMENTS) for content_id in truth(world, stream)]
    assert seen == {
        content_id: (world.contents[content_id].version, world.contents[content_id].title) for content_id in there
    }
    for row in out.of("users"):
        user = world.users[row["account_id"]]
        assert (row["display_name"], row["account_status"]) == (user.display_name, user.account_status)
    met = {row["version_author_id"] for row in out.content}
    assert met <= {row["account_id"] for row in out.of("users")}


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))])
def test_the_rows_equal_the_world_after_a_first_sync_and_after_200_random_verbs(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    gremlin = Gremlin(world, seed)
    for _ in range(60):
        gremlin.act()
    mirror = Mirror()
    wishes: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "page_size": 25}
    wishes["streams"] = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "users", "sync_errors")
    with serve(world) as site:
        out = sync(site, **wishes)
        mirror.load(out)
        assert_equal(mirror, world, "after the first sync", (*CONTENT, *COMMENTS))
        state: State = out.state
        for batch in range(8):
            for _ in range(25):
                gremlin.act()
            world.clock.advance(seconds=1)
            out = sync(site, state, **wishes)
            mirror.load(out)
            state = out.state
            assert_equal(mirror, world, f"after {25 * (batch + 1)} verbs", (*CONTENT, *COMMENTS))
            assert_told(out, world)
        quiet = sync(site, state, **wishes)
    assert quiet.content == []
    assert quiet.of("tombstones") == []
    assert mirror.streams == {*CONTENT, *COMMENTS}, "every stream was put to the test"
