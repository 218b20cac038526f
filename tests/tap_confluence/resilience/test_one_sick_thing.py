"""A page, file, space, group or list that always fails is named, and costs nothing but itself (law 16)."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, Fault, Space, World, serve, serve_datacenter
from support.disturbances import poisoned, refusing, without_space
from support.oracle import Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Output, State, answering, busy_world, pages_of, small_world, sync, truth

SERVED = pytest.mark.parametrize("served", [serve, serve_datacenter])


def space_of(world: World, key: str) -> Space:
    space = world.space_by_key(key)
    assert space is not None
    return space


def many_spaces(number: int) -> World:
    """Spaces with a page each, besides the homepage."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for n in range(number):
        world.create_page(world.create_space(key=f"K{n}", name=f"K{n}"), title="P", body="<p>x</p>")
    return world


def named(out: Output) -> str:
    """All that ``sync_errors`` says."""
    return " ".join(str(row) for row in out.of("sync_errors"))


@pytest.mark.parametrize("known", [True, False], ids=["known", "first sync"])
@pytest.mark.parametrize("status", [500, 403, 404])
def test_a_space_whose_list_fails_stops_no_other_space_of_its_group_and_is_named(known: bool, status: int) -> None:
    world = many_spaces(130)
    sick = space_of(world, "K7")
    state: State | None = None
    with serve(world) as site:
        if known:
            state = sync(site).state
            world.clock.advance(hours=1)
            for space in world.spaces.values():
                world.edit(pages_of(world, space.key)[0], body="<p>edited</p>")
        wanted = {pages_of(world, space.key)[0].id for space in world.spaces.values() if space is not sick}
        with answering(site, without_space(site, sick.id, "/pages", status)):
            out = sync(site, state)
        assert set(out.ids("pages")) >= wanted
        assert {row["space_id"] for row in out.of("sync_errors")} == {sick.id}
        well = sync(site, out.state)
        assert set(well.ids("pages")) >= {pages_of(world, "K7")[0].id}
    assert (well.code, well.of("sync_errors")) == (0, [])


@SERVED
@pytest.mark.parametrize("status", [500, 403])
@pytest.mark.parametrize("budget", [None, 60], ids=["at once", "budget"])
def test_the_newest_row_of_the_site_may_lie_in_a_sick_space(budget: int | None, status: int, served: Any) -> None:
    world = small_world(spaces=6, pages=3, attachments=0)
    world.clock.advance(hours=1)
    newest = world.create_page(space_of(world, "S4"), title="Newest", body="<p>x</p>")
    sick = Fault("refusal", share=1, times=0, amount=status, holds=f'"{newest.id}"')
    wishes: dict[str, Any] = {"streams": ("spaces", "pages", "sync_errors"), "max_requests": budget}
    with served(world) as site:
        site.faults.add(sick)
        first = sync(site, **wishes)
        others = {page.id for key in ("S0", "S1", "S2", "S3", "S5") for page in pages_of(world, key)}
        assert set(first.ids("pages")) >= others, named(first)
        assert {row["space_id"] for row in first.of("sync_errors")} == {newest.space_id}
        site.faults.clear()
        world.edit(pages_of(world, "S1")[1], body="<p>new</p>")
        well = sync(site, first.state, **wishes)
    assert (well.code, well.of("sync_errors")) == (0, [])
    assert set(well.ids("pages")) >= {newest.id, pages_of(world, "S1")[1].id}
    assert not set(well.ids("pages")) & others - {pages_of(world, "S1")[1].id}, "the others are verified"


@SERVED
def test_the_permissions_of_one_space_that_are_refused_end_nothing(served: Any) -> None:
    world = small_world(spaces=5, pages=3, attachments=0)
    sick = space_of(world, "S2")
    streams = ("spaces", "pages", "space_permissions", "content_inventory", "tombstones", "users", "sync_errors")

    def about_it(request: Any) -> bool:
        return "/permission" in request.path and (sick.id in request.path or f"/{sick.key}/" in request.path)

    with served(world) as site:
        well = sync(site, streams=streams)
        with answering(site, refusing(about_it, 403)):
            out = sync(site, streams=streams)
    for stream in streams[:-1]:
        left_out = {sick.id} if stream == "space_permissions" else set()
        told = {row.get("space_id") for row in out.of(stream)}
        assert told == {row.get("space_id") for row in well.of(stream)} - left_out, stream
    assert sick.id in named(out)


def test_the_members_of_one_group_that_are_refused_end_nothing() -> None:
    world = busy_world()
    sick = world.create_group("sick", [world.default_user])
    world.create_group("well", [world.default_user])
    streams = ("spaces", "pages", "group_members", "users", "sync_errors")
    bad = refusing(lambda request: sick.id in request.full_path and "member" in request.path, 403)
    with serve(world) as site, answering(site, bad):
        out = sync(site, streams=streams)
    assert "well" in {row["group_name"] for row in out.of("group_members")}
    assert "sick" not in {row["group_name"] for row in out.of("group_members")}
    assert out.of("users")
    assert sick.id in named(out)


def test_a_list_of_groups_that_fails_is_in_sync_errors() -> None:
    with serve(busy_world()) as site, answering(site, refusing(lambda request: request.path.endswith("/group"))):
        out = sync(site, streams=("spaces", "pages", "group_members", "sync_errors"))
    assert [row["stream"] for row in out.of("sync_errors")] == ["group_members"]
    assert out.of("pages")


@SERVED
def test_a_configured_space_that_was_deleted_is_a_space_removed_and_the_others_go_on(served: Any) -> None:
    world = small_world(spaces=2, pages=12, attachments=2)
    wishes: dict[str, Any] = {"spaces": ["S0", "S1"], "deletion_detection": "every_sync", "max_tombstone_share": 1}
    gone = space_of(world, "S1")
    mirror = Mirror()
    with served(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(hours=1)
        edited = pages_of(world, "S0")[3]
        world.edit(edited, body="<p>new</p>")
        world.delete_space(gone)
        second = sync(site, first.state, **wishes)
        third = sync(site, second.state, **wishes)
    for out in (first, second, third):
        mirror.load(out)
    assert second.ids("pages") == [edited.id]
    assert [row["reason"] for row in second.of("tombstones") if row["id"] == gone.id] == ["space_removed"]
    assert third.of("tombstones") == []
    assert (second.code, third.code) == (0, 0)
    assert_equal(mirror, world, "after a space was deleted")


@SERVED
@pytest.mark.parametrize("stream", ["pages", "blogposts", *COMMENTS])
def test_a_body_that_always_fails_is_named_and_everything_else_is_exact_in_the_same_run(
    served: Any, stream: str
) -> None:
    world = small_world(spaces=3, pages=15, attachments=4)
    for page in pages_of(world, "S1")[1:4]:
        for location in ("footer", "inline"):
            world.comment(page, body="<p>So?</p>", location=location)
    sick = world.contents[list(truth(world, stream))[2]]
    mirror = Mirror()
    wishes: dict[str, Any] = {"page_size": 10, "deletion_detection": "every_sync", "max_tombstone_share": 1}
    wishes["streams"] = (*CONTENT, *COMMENTS, "tombstones", "sync_errors", "content_inventory")
    with served(world) as site:
        with answering(site, poisoned(site, sick.id, bodies=True)):
            first = sync(site, **wishes)
            world.clock.advance(hours=1)
            world.edit(pages_of(world, "S2")[4], body="<p>new</p>")
            second = sync(site, first.state, **wishes)
        for out in (first, second):
            mirror.load(out)
            assert sick.id in named(out)
            assert out.of("tombstones") == []
        for kind in (*CONTENT, *COMMENTS):
            assert mirror.versions(kind) == {k: v for k, v in truth(world, kind).items() if k != sick.id}, kind
        world.clock.advance(days=60)
        mirror.load(sync(site, second.state, **wishes))
    assert_equal(mirror, world, "after it is well again", (*CONTENT, *COMMENTS))
