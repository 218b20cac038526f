"""One sick space costs itself: a group that fails is split until the sick one is named and alone (law 16)."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.api.endpoint import Reply
from support.tap import Output, answering, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError


def many_spaces(count: int) -> World:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    for number in range(count):
        world.create_page(world.create_space(key=f"K{number}", name=f"K{number}"), title="P", body="<p>x</p>")
    return world


def space_of(world: World, key: str) -> Any:
    return next(space for space in world.spaces.values() if space.key == key)


def sick(space_id: str, status: int, kind: str = "/pages") -> Any:
    """Every list that names the space fails."""
    refused = Reply({"errors": [{"status": status, "code": "X", "title": "Sick"}]}, status=status)

    def instead(request: Any) -> Reply | None:
        named = request.path.endswith(kind) and space_id in request.args.get("space-id", "").split(",")
        return refused if named else None

    return instead


def named(out: Output) -> list[tuple[str, str]]:
    return [(row["stream"], row["space_id"]) for row in out.of("sync_errors") if row["stage"] == "walk"]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_space_that_cannot_be_listed_is_named_and_every_other_is_read(status: int) -> None:
    world = many_spaces(60)
    space = space_of(world, "K7")
    with serve(world) as site:
        with answering(site, sick(space.id, status)):
            first = sync(site)
            world.clock.advance(minutes=60)
            for number in range(60):
                world.edit(pages_of(world, f"K{number}")[0], body="<p>edited</p>")
            later = sync(site, first.state)
        healed = sync(site, later.state)
    assert len(first.of("pages")) == 118
    assert named(first) == named(later) == [("pages", space.id)]
    assert (first.code, later.code, healed.code) == (1, 1, 0)
    assert {row["space_id"] for row in later.of("pages")} == {each.id for each in world.spaces.values()} - {space.id}
    assert {row["space_id"] for row in healed.of("pages")} == {space.id}
    assert first.of("users") != [], "the run goes on"


def test_a_site_where_every_list_fails_is_not_asked_for_each_space() -> None:
    world = many_spaces(60)
    with serve(world) as site:
        state = sync(site).state
        site.requests.clear()
        failing = Reply({"errors": [{"status": 500, "code": "X", "title": "Internal"}]}, status=500)
        with answering(site, lambda request: failing if request.path.endswith("/pages") else None):
            out = sync(site, state)
        asked = {tuple(entry.query.get("space-id", ())) for entry in site.requests if entry.path.endswith("/pages")}
    assert out.code == 1
    assert len(asked) <= 20


def test_a_stream_of_which_nothing_may_be_read_fails_its_run_by_name() -> None:
    world = small_world(spaces=2)
    with (
        serve(world) as site,
        answering(site, lambda request: Reply({"message": "no"}, status=403) if "/pages" in request.path else None),
        pytest.raises(ConfluenceAuthError, match="listing pages"),
    ):
        sync(site)


@pytest.mark.parametrize("status", [403, 500])
def test_permissions_of_one_space_that_are_refused_end_nothing_else(status: int) -> None:
    world = small_world(spaces=5, pages=3)
    space = space_of(world, "S2")
    streams = ("spaces", "pages", "space_permissions", "content_inventory", "tombstones", "users", "sync_errors")
    with serve(world) as site:
        refused = Reply({"errors": [{"status": status, "code": "FORBIDDEN", "title": "Forbidden"}]}, status=status)
        with answering(site, lambda request: refused if f"/{space.id}/permissions" in request.path else None):
            out = sync(site, streams=streams)
    assert {row["space_id"] for row in out.of("space_permissions")} == set(world.spaces) - {space.id}
    assert [(row["stream"], row["space_id"]) for row in out.of("sync_errors")] == [("space_permissions", space.id)]
    assert out.of("users") != []
    assert out.of("content_inventory") != []
