"""Set streams: labels, restrictions, permissions and memberships are what the world holds, parent by parent."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.oracle import Gremlin
from support.tap import Once, State, answering, on_request, pages_of, small_world, sync
from support.tap_sets import SET_STREAMS, SetGremlin, SetMirror, true_sets


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))])
def test_the_sets_equal_the_world_after_a_first_sync_and_after_200_random_verbs(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    people, writers = SetGremlin(world, seed), Gremlin(world, seed)
    for _ in range(60):
        writers.act()
        people.act()
    mirror = SetMirror()
    state: State | None = None
    with serve(world) as site:
        for batch in range(5):
            out = sync(site, state, streams=("spaces", *SET_STREAMS))
            mirror.load(out)
            for stream in SET_STREAMS:
                held, true = mirror.of(stream), true_sets(world, stream)
                assert {parent: held.get(parent) for parent in true} == true, f"{stream} after batch {batch}"
            state = out.state
            for _ in range(40):
                (writers if people.dice.random() < 0.2 else people).act()
            world.clock.advance(seconds=1)
        last = sync(site, state, streams=SET_STREAMS)
        quiet = sync(site, last.state, streams=SET_STREAMS)
    assert all(mirror.of(stream) for stream in SET_STREAMS)
    assert [row for stream in SET_STREAMS for row in quiet.of(stream)] == []


def test_what_stands_in_the_tree_is_restricted_too_and_told_where_its_stream_is_selected() -> None:
    world = small_world(spaces=1)
    space = next(iter(world.spaces.values()))
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    kinds = ("folder", "whiteboard", "database", "embed")
    made = {kind: world.create_tree_item(space, type=kind, title=kind) for kind in kinds}
    for item in made.values():
        world.restrict(item, "read", users=[world.admin, ada])
    mirror = SetMirror()
    with serve(world) as site:
        alone = sync(site, streams=("content_restrictions",))
        mirror.load(sync(site, alone.state, streams=("content_restrictions", *(f"{kind}s" for kind in kinds))))
    told = {row["content_type"] for row in alone.of("content_restrictions")}
    assert told == {"page", "blogpost", "folder"}
    true = true_sets(world, "content_restrictions")
    for kind, item in made.items():
        assert kind == "folder" or mirror.of("content_restrictions")[item.id] == true[item.id] != set()


@pytest.mark.parametrize("deployment", [serve, serve_datacenter])
def test_the_sets_of_what_was_told_to_be_gone_are_told_anew_when_it_is_back(deployment: Any) -> None:
    """Its tombstone may leave in a run that reads no sets: whoever removed it has none of them any more."""
    world = small_world(spaces=2)
    page = pages_of(world, "S0")[2]
    world.label(page, "red")
    world.restrict(page, "read", users=[world.admin])
    sets = ("content_labels", "content_restrictions", "content_versions")
    content = ("pages", "content_inventory", "tombstones")
    often: dict[str, Any] = {"deletion_detection": "every_sync", "streams": content}
    seldom: dict[str, Any] = {"deletion_detection": "every_sync", "streams": (*content, *sets)}
    with deployment(world) as site:
        first = sync(site, **seldom)
        world.clock.advance(minutes=10)
        world.trash(page)
        gone = sync(site, first.state, **often)
        world.clock.advance(minutes=10)
        world.restore(page)
        back = sync(site, gone.state, **often)
        world.clock.advance(minutes=10)
        last = sync(site, back.state, **seldom)
        quiet = sync(site, last.state, streams=sets)
    assert [row["id"] for row in gone.of("tombstones")] == [page.id]
    assert [row["id"] for row in back.of("pages")] == [page.id]
    for stream in sets:
        assert {row["content_id"] for row in last.of(stream)} == {page.id}, stream
        assert quiet.of(stream) == []


def labelled(world: World) -> Any:
    page = pages_of(world, "S0")[2]
    world.label(page, "red")
    world.label(page, "blue", prefix="team")
    return page


def test_a_whole_set_is_written_together_and_an_empty_one_is_a_row_that_says_none() -> None:
    world = small_world(spaces=1)
    page = labelled(world)
    with serve(world) as site:
        first = sync(site, streams=("content_labels",))
        world.clock.advance(minutes=1)
        world.unlabel(page, "blue", prefix="team")
        second = sync(site, first.state, streams=("content_labels",))
        world.clock.advance(minutes=1)
        world.unlabel(page, "red")
        third = sync(site, second.state, streams=("content_labels",))
    both = [row for row in first.of("content_labels") if row["content_id"] == page.id]
    assert {(row["name"], row["prefix"], row["content_type"]) for row in both} == {
        ("red", "global", "page"),
        ("blue", "team", "page"),
    }
    assert len({row["observed_at"] for row in both}) == 1
    assert [row["set_size"] for row in both] == [2, 2]
    assert {row["set_size"] for row in first.of("content_labels") if row["label_id"] == "none"} == {0}
    assert {row["label_id"] for row in first.of("content_labels")} >= {"none"}
    assert [row["set_size"] for out in (second, third) for row in out.of("content_labels")] == [1, 0]
    assert [(row["content_id"], row["name"]) for row in second.of("content_labels")] == [(page.id, "red")]
    assert [(row["content_id"], row["label_id"]) for row in third.of("content_labels")] == [(page.id, "none")]


def test_a_set_that_search_cuts_off_is_read_whole() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[2]
    for number in range(60):
        world.label(page, f"label-{number}")
    users = [world.create_user(display_name=f"U{n}", email=f"u{n}@example.com") for n in range(230)]
    groups = [world.create_group(f"g{n}", users[:1]) for n in range(30)]
    world.restrict(page, "read", users=[world.admin, *users], groups=groups)
    mirror = SetMirror()
    with serve(world) as site:
        mirror.load(sync(site, streams=("content_labels", "content_restrictions")))
    assert mirror.of("content_labels") == true_sets(world, "content_labels")
    assert mirror.of("content_restrictions") == true_sets(world, "content_restrictions")
    assert len(mirror.of("content_restrictions")[page.id]) == 231 + 30


def test_labels_and_restrictions_cost_a_request_per_200_contents() -> None:
    world = small_world(spaces=4, pages=120, attachments=0)
    with serve(world) as site:
        first = sync(site, streams=("content_labels", "content_restrictions"))
        asked = sum(request.path.endswith("/search") for request in site.requests)
    contents = 4 * (120 + 1 + 1)
    assert len(first.of("content_labels")) == len(first.of("content_restrictions")) == contents
    assert asked == 2 * 3


def test_a_group_that_is_gone_is_written_once_more_as_empty() -> None:
    world = small_world(spaces=1)
    crew = world.create_group("crew", [world.admin])
    with serve(world) as site:
        first = sync(site, streams=("group_members",))
        del world.groups[crew.id]
        second = sync(site, first.state, streams=("group_members",))
        third = sync(site, second.state, streams=("group_members",))
    assert (crew.id, "crew", world.admin.account_id) in {
        (row["group_id"], row["group_name"], row["account_id"]) for row in first.of("group_members")
    }
    assert [(row["group_id"], row["account_id"]) for row in second.of("group_members")] == [(crew.id, "none")]
    assert third.of("group_members") == []


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_group_whose_name_has_spaces_is_written_once(served: Any) -> None:
    world = small_world(spaces=1)
    world.create_group("the night shift", [world.admin])
    with served(world) as site:
        first = sync(site, streams=("group_members",))
        second = sync(site, first.state, streams=("group_members",))
    assert "the night shift" in {row["group_name"] for row in first.of("group_members")}
    assert second.of("group_members") == []


@pytest.mark.parametrize("stream", SET_STREAMS)
def test_a_failed_listing_writes_no_empty_set_and_the_next_run_reads_it(stream: str) -> None:
    world = small_world(spaces=2)
    labelled(world)
    mirror = SetMirror()
    with serve(world) as site:

        def fail(request: Any) -> Reply | None:
            hit = request.path.endswith(("/search", "/permissions", "/membersByGroupId"))
            return Reply({"errors": []}, status=503) if hit else None

        with answering(site, fail):
            first = sync(site, streams=(stream, "sync_errors"))
        second = sync(site, first.state, streams=(stream, "sync_errors"))
    mirror.load(second)
    assert first.code == 1
    assert first.of(stream) == []
    assert {row["stream"] for row in first.of("sync_errors")} == {stream}
    assert mirror.of(stream) == true_sets(world, stream)
    assert (second.code, second.of("sync_errors")) == (0, [])


def test_a_token_that_may_not_search_fails_the_run_and_names_the_scope() -> None:
    world = small_world(spaces=1)
    with serve(world) as site:

        def refuse(request: Any) -> Reply | None:
            said = {"code": 401, "message": "Unauthorized; scope does not match"}
            return Reply(said, status=401) if request.path.endswith("/search") else None

        with answering(site, refuse), pytest.raises(Exception, match="search:confluence"):
            sync(site, streams=("content_labels",))


def test_spaces_that_left_the_scope_are_forgotten_and_come_back_whole() -> None:
    world = small_world(spaces=2)
    page = labelled(world)
    with serve(world) as site:
        first = sync(site, streams=("spaces", "content_labels"))
        second = sync(site, first.state, streams=("spaces", "content_labels"), spaces=["S1"])
        third = sync(site, second.state, streams=("spaces", "content_labels"))
    assert second.of("content_labels") == []
    assert page.id in {row["content_id"] for row in third.of("content_labels")}
    inside = {item.id for item in world.contents.values() if item.space_id == page.space_id}
    assert {row["content_id"] for row in third.of("content_labels")} == inside


def test_the_sets_of_named_pages_are_read_with_them() -> None:
    world = small_world(spaces=2)
    page = labelled(world)
    with serve(world) as site:
        out = sync(site, streams=("pages", "content_labels", "content_restrictions"), pages=[page.id])
    assert {row["name"] for row in out.of("content_labels")} == {"red", "blue"}
    assert [row["content_id"] for row in out.of("content_restrictions")] == [page.id]


def test_a_space_that_is_labelled_while_it_is_walked_is_read_as_it_was_or_as_it_is() -> None:
    world = small_world(spaces=1, pages=250)
    page = pages_of(world, "S0")[249]
    mirror = SetMirror()
    with serve(world) as site:
        late = Once(lambda request: request.path.endswith("/search"), lambda: world.label(page, "late"))
        with on_request(site, late):
            first = sync(site, streams=("content_labels",))
        mirror.load(first)
        mirror.load(sync(site, first.state, streams=("content_labels",)))
    assert mirror.of("content_labels") == true_sets(world, "content_labels")
