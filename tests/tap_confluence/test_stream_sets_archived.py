"""Labels and restrictions of archived pages, which no search shows: equal to the world, and read only when due."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.oracle import Gremlin
from support.tap import Output, State, answering, pages_of, small_world, sync
from support.tap_sets import SetGremlin, SetMirror, true_sets

SETS = ("content_labels", "content_restrictions")
BOTH = ("current", "archived")
ARCHIVED: dict[str, Any] = {"streams": (*SETS, "sync_errors"), "content_statuses": [*BOTH]}


def archived_world() -> tuple[World, Any]:
    """A world with an archived page that is labelled and restricted, and one that is neither."""
    world = small_world(spaces=1)
    page, other = pages_of(world, "S0")[2:4]
    world.label(page, "red")
    world.restrict(page, "read", users=[world.admin])
    for each in (page, other):
        world.archive(each)
    return world, page


def told(out: Output, stream: str, page: Any) -> list[Any]:
    name = "name" if stream == "content_labels" else "principal_id"
    return [row[name] for row in out.of(stream) if row["content_id"] == page.id]


def asked(site: Site, stream: str) -> int:
    """How many contents were asked for their set alone."""
    ending = "/labels" if stream == "content_labels" else "/restriction"
    return len({request.path for request in site.requests if request.path.endswith(ending)})


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(3, 23))])
def test_the_sets_equal_the_world_also_of_archived_pages_after_200_random_verbs(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    people, writers = SetGremlin(world, seed), Gremlin(world, seed)
    mirror, tested = SetMirror(), 0
    state: State | None = None
    wishes = {**ARCHIVED, "deletion_detection": "every_sync"}
    with serve(world) as site:
        for batch in range(5):
            for _ in range(25):
                writers.act()
                people.act()
            world.create_page(writers.space(), title=f"To keep {batch}")
            for page in [item for item in world.contents.values() if item.type == "page"][-1 - batch :: -2]:
                if page.status != "trashed":
                    (world.archive if page.status == "current" else world.unarchive)(page)
                    world.label(page, f"batch-{batch}")
            world.clock.advance(seconds=1)
            out = sync(site, state, **wishes)
            mirror.load(out)
            state = out.state
            tested += sum(map(len, true_sets(world, "content_labels", ("archived",)).values()))
            for stream in SETS:
                held, true = mirror.of(stream), true_sets(world, stream, BOTH)
                assert {parent: held.get(parent) for parent in true} == true, f"{stream} after batch {batch}"
        quiet = sync(site, state, **wishes)
    assert tested, "put to the test"
    assert [row for stream in SETS for row in quiet.of(stream)] == []


@pytest.mark.parametrize("stream", SETS)
def test_a_set_of_an_archived_page_is_read_once_and_again_when_a_sweep_would_be_due(stream: str) -> None:
    world, page = archived_world()
    with serve(world) as site:
        first = sync(site, **ARCHIVED)
        site.requests.clear()
        world.clock.advance(hours=1)
        world.label(page, "blue")
        world.unrestrict(page)
        second = sync(site, first.state, **ARCHIVED)
        assert asked(site, stream) == 0
        world.clock.advance(days=8)
        third = sync(site, second.state, **ARCHIVED)
        assert asked(site, stream) == 2
        site.requests.clear()
        fourth = sync(site, third.state, **ARCHIVED)
        assert asked(site, stream) == 0
    before, after = (["red"], ["red", "blue"]) if stream == "content_labels" else ([world.admin.account_id], ["none"])
    assert told(first, stream, page) == before
    assert second.of(stream) == []
    assert told(third, stream, page) == after
    assert {row["content_id"] for row in third.of(stream)} == {page.id}, "the other page bears what it bore"
    assert fourth.of(stream) == []


@pytest.mark.parametrize("stream", SETS)
def test_a_set_of_an_archived_page_is_read_again_when_the_page_has_a_new_version(stream: str) -> None:
    world, page = archived_world()
    with serve(world) as site:
        first = sync(site, **ARCHIVED)
        world.clock.advance(hours=1)
        world.label(page, "blue")
        world.restrict(page, "update", users=[world.admin])
        world.edit(page, body="<p>still here</p>")
        site.requests.clear()
        second = sync(site, first.state, **ARCHIVED)
    assert asked(site, stream) == 1
    assert len(told(second, stream, page)) == 2


def test_archived_pages_are_left_alone_where_they_are_not_asked_for() -> None:
    world, page = archived_world()
    with serve(world) as site:
        out = sync(site, streams=SETS)
        alone = sync(site, streams=SETS, content_statuses=["archived"])
        assert asked(site, "content_labels") == 2
    assert page.id not in {row["content_id"] for stream in SETS for row in out.of(stream)}
    assert {row["content_id"] for row in alone.of("content_labels")} == {
        item.id for item in world.contents.values() if item.status == "archived"
    }


def test_one_archived_page_whose_set_cannot_be_read_is_an_error_row_and_tried_again() -> None:
    world, page = archived_world()
    with serve(world) as site:

        def fail(request: Any) -> Reply | None:
            return Reply({"errors": []}, status=500) if request.path.endswith(f"/{page.id}/labels") else None

        with answering(site, fail):
            first = sync(site, **ARCHIVED)
        second = sync(site, first.state, **ARCHIVED)
    assert [(row["stream"], row["id"]) for row in first.of("sync_errors")] == [("content_labels", page.id)]
    assert told(first, "content_labels", page) == []
    assert told(second, "content_labels", page) == ["red"]


def test_named_archived_pages_bring_their_sets() -> None:
    world, page = archived_world()
    with serve(world) as site:
        out = sync(site, **ARCHIVED, pages=[page.id])
    assert told(out, "content_labels", page) == ["red"]
    assert told(out, "content_restrictions", page) == [world.admin.account_id]


def test_archived_pages_pass_the_filters_by_label_that_search_does_not_show() -> None:
    world, page = archived_world()
    world.label(page, "mine", prefix="my")
    wishes: dict[str, Any] = {"streams": ("pages",), "content_statuses": [*BOTH]}
    with serve(world) as site:
        out = sync(site, **wishes, labels=["red"])
        without = sync(site, **wishes, exclude_labels=["red"])
        by_name, by_prefix = (sync(site, **wishes, labels=[name]).ids("pages") for name in ("mine", "my:mine"))
    assert (by_name, by_prefix) == ([], [page.id]), "as a search finds personal labels"
    assert out.ids("pages") == [page.id]
    assert page.id not in without.ids("pages")
    assert len(without.ids("pages")) == 13 - 1


def test_a_data_center_has_no_archived_pages_and_is_not_asked_for_them() -> None:
    with serve_datacenter(small_world(spaces=1)) as site:
        out = sync(site, **ARCHIVED)
        assert not any("archived" in request.query.get("status", ()) for request in site.requests)
    assert out.code == 0
    assert out.of("content_labels")
