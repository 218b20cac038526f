"""Laws 15, 16 and 21 for sweeps: they go on where they stopped, starve nobody, and one sick space costs itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from confluence_sim.log import Request
from support.oracle import Mirror, assert_equal
from support.tap import CONTENT, Output, State, answering, pages_of, small_world, sync

SWEEP: dict[str, Any] = {
    "deletion_detection": "every_sync",
    "max_tombstone_share": 1,
    "page_size": 10,
    "lookback_minutes": 0,
}
DEFAULT = ("spaces", *CONTENT, "content_inventory", "tombstones", "sync_errors")


def lists_of_sweeps(requests: list[Request]) -> list[str]:
    """The cursors of the questions that sweeps of pages asked, the first of each empty."""
    return [
        "".join(request.query.get("cursor", ()))
        for request in requests
        if request.path.endswith("/v2/pages") and request.query.get("sort") == ["id"] and "id" not in request.query
    ]


def told_swept(outs: list[Output]) -> bool:
    """Whether any space was told to be swept through."""
    return any(row["type"] == "sweep" for out in outs for row in out.of("content_inventory"))


def nothing_is_left(state: State) -> bool:
    """Whether no run left, as its budget was spent, what the lists did not show for the next to ask for by id."""
    return not any("missing" in each for each in state["bookmarks"]["content_inventory"]["partitions"])


def aged(spaces: int = 4, pages: int = 30, attachments: int = 12) -> World:
    """A world that has been left alone for an hour."""
    world = small_world(spaces=spaces, pages=pages, attachments=attachments)
    world.clock.advance(hours=1)
    return world


def test_law_15_a_sweep_goes_on_where_the_budget_ended_it_and_asks_for_no_page_twice() -> None:
    world = aged(spaces=8)
    gone = [pages_of(world, "S0")[2], pages_of(world, "S7")[20]]
    mirror = Mirror()
    with serve(world) as site:
        out = sync(site, streams=DEFAULT, **{**SWEEP, "deletion_detection": "interval"})
        mirror.load(out)
        for page in gone:
            world.purge(page)
        world.clock.advance(days=8)
        site.requests.clear()
        asked: list[str] = []
        outs: list[Output] = []
        while not (told_swept(outs) and nothing_is_left(outs[-1].state)):
            assert len(outs) < 20, "every run gets the sweeps further"
            start = len(site.requests)
            wishes = {**SWEEP, "deletion_detection": "interval", "max_requests": 20}
            outs.append(sync(site, (outs or [out])[-1].state, streams=DEFAULT, **wishes))
            asked += lists_of_sweeps(list(site.requests)[start:])
            mirror.load(outs[-1])
    assert len(outs) > 2, "one run was not enough"
    assert max(Counter(asked).values()) == 1
    buried = [(row["id"], row["reason"]) for out in outs for row in out.of("tombstones") if row["type"] == "page"]
    assert sorted(buried) == sorted((page.id, "deleted") for page in gone)
    assert_equal(mirror, world, "after all sweeps")


def test_law_15_what_changes_behind_an_unfinished_sweep_is_neither_lost_nor_buried() -> None:
    world = aged(spaces=1, pages=60, attachments=0)
    mirror = Mirror()
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones")}
    with serve(world) as site:
        state = sync(site, **wishes).state
        mirror.load(sync(site, **wishes))
        world.clock.advance(hours=1)
        for run in range(12):
            world.edit(pages_of(world, "S0")[run], body=f"<p>{run}</p>")
            world.create_page(world.spaces[pages_of(world, "S0")[0].space_id], title=f"New {run}", body="<p/>")
            world.trash(pages_of(world, "S0")[run + 20])
            world.clock.advance(minutes=10)
            out = sync(site, state, **wishes, max_requests=7)
            mirror.load(out)
            state = out.state
        for _ in range(2):
            out = sync(site, state, **wishes)
            mirror.load(out)
            state = out.state
    assert_equal(mirror, world, "at the end", ("pages",))


def test_law_15_no_kind_of_content_starves_behind_another_that_is_due_in_every_run() -> None:
    world = aged(spaces=6, pages=20, attachments=20)
    with serve(world) as site:
        state = sync(site, **SWEEP).state
        swept: Counter[str] = Counter()
        before: dict[str, set[str]] = {}
        for _ in range(40):
            world.clock.advance(hours=1)
            state = sync(site, state, **SWEEP, max_requests=20).state
            now: dict[str, set[str]] = {}
            for entry in state["bookmarks"]["content_inventory"]["partitions"]:
                for kind, at in entry["swept"].items():
                    now.setdefault(kind, set()).add(at)
            swept.update(kind for kind, at in now.items() if before.get(kind) not in (None, at))
            before = now
    assert min(swept[kind] for kind in ("page", "blogpost", "attachment")) >= 2


def test_law_15_a_sweep_waits_for_nobody_who_left() -> None:
    world = aged()
    left = next(space for space in world.spaces.values() if space.key == "S2")
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones")}
    with serve(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(hours=1)
        cut = sync(site, first.state, **wishes, max_requests=9)
        world.archive_space(left)
        world.purge(pages_of(world, "S3")[9])
        start = len(site.requests)
        out = sync(site, cut.state, **wishes)
        asked = lists_of_sweeps(list(site.requests)[start:])
    assert asked[0], "it goes on from its cursor"
    assert {row["space_id"] for row in out.of("tombstones") if row["reason"] == "deleted"} == {
        pages_of(world, "S3")[0].space_id
    }


@pytest.mark.parametrize("status", [400, 404, 410])
def test_law_21_a_sweep_whose_cursor_is_rejected_begins_again(status: int) -> None:
    world = aged(spaces=1)
    page = pages_of(world, "S0")[3]
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones")}
    with serve(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(hours=1)
        cut = sync(site, first.state, **wishes, max_requests=6)
        (unfinished,) = cut.state["bookmarks"]["content_inventory"]["sweeps"]
        world.purge(page)

        def reject(request: Any) -> Reply | None:
            old = request.args.get("cursor") == unfinished["cursor"] and request.args.get("sort") == "id"
            return Reply({"errors": [{"title": "stale"}]}, status=status) if old else None

        with answering(site, reject):
            out = sync(site, cut.state, **wishes)
    assert out.code == 0
    assert [(row["id"], row["reason"]) for row in out.of("tombstones")] == [(page.id, "deleted")]
    assert "sweeps" not in out.state["bookmarks"]["content_inventory"]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("sick", [["S3"], ["S1", "S6"]], ids=["one", "two"])
def test_law_16_a_space_that_cannot_be_swept_is_named_and_all_others_are_swept(served: Any, sick: list[str]) -> None:
    world = aged(spaces=8, pages=4, attachments=1)
    ids = [space.id for space in world.spaces.values() if space.key in sick]
    doomed = [pages_of(world, f"S{number}")[2] for number in range(8)]
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones", "sync_errors")}

    def fail(request: Any) -> Reply | None:
        listing = request.path.endswith(("/v2/pages", "/api/content")) and "body" not in str(request.full_path)
        names = set(request.args.get("space-id", "").split(",")) & {*ids} or request.args.get("spaceKey") in sick
        return Reply({"errors": []}, status=500) if listing and names else None

    with served(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(hours=1)
        for page in doomed:
            world.purge(page)
        with answering(site, fail):
            second = sync(site, first.state, **wishes)
        third = sync(site, second.state, **wishes)
    assert {row["space_id"] for row in second.of("sync_errors")} == {*ids}, second.of("sync_errors")
    assert {row["stage"] for row in second.of("sync_errors")} == {"sweep"}
    buried = {row["id"] for row in second.of("tombstones")}
    assert buried == {page.id for page in doomed if page.space_id not in ids}
    assert {row["id"] for row in third.of("tombstones")} == {page.id for page in doomed if page.space_id in ids}


def test_law_8_a_first_sync_that_took_several_runs_is_its_own_first_sweep() -> None:
    world = aged(spaces=2, pages=40, attachments=0)
    gone = pages_of(world, "S0")[1]
    wishes: dict[str, Any] = {**SWEEP, "deletion_detection": "interval", "concurrency": 1}
    wishes["streams"] = ("pages", "content_inventory", "tombstones")
    state: State | None = None
    with serve(world) as site:
        outs = []
        for _ in range(6):
            outs.append(sync(site, state, **wishes, max_requests=6))
            state = outs[-1].state
        lists = [r for r in site.requests if r.path.endswith("/v2/pages") and r.query.get("sort") == ["id"]]
        assert all("body-format" in request.query for request in lists), "no sweep was due"
        world.purge(gone)
        world.clock.advance(days=8)
        last = sync(site, state, **wishes)
    assert sum(row["type"] == "sweep" for out in outs for row in out.of("content_inventory")) == 2
    assert [row["id"] for row in last.of("tombstones")] == [gone.id]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_law_8_what_went_behind_a_first_sync_of_several_runs_is_buried_by_the_run_that_ends_it(served: Any) -> None:
    world = aged(spaces=2, pages=40, attachments=0)
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones"), "concurrency": 1}
    mirror = Mirror()
    with served(world) as site:
        cut = sync(site, **wishes, max_requests=6)
        mirror.load(cut)
        world.clock.advance(hours=1)
        gone = [world.contents[content_id] for content_id in cut.ids("pages")[1:3]]
        world.purge(gone[0])
        world.trash(gone[1])
        last = sync(site, cut.state, **wishes)
        mirror.load(last)
    assert 2 < len(cut.ids("pages")) < 80
    assert_equal(mirror, world, "in the run that ended the first sync", ("pages",))
    assert {(row["id"], row["reason"]) for row in last.of("tombstones")} == {
        (gone[0].id, "deleted"),
        (gone[1].id, "trashed"),
    }


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_what_went_behind_a_sweep_of_several_runs_is_buried_by_the_run_that_ends_it(served: Any) -> None:
    world = aged(spaces=2, pages=40, attachments=0)
    wishes: dict[str, Any] = {**SWEEP, "streams": ("pages", "content_inventory", "tombstones"), "concurrency": 1}
    mirror = Mirror()
    with served(world) as site:
        first = sync(site, **wishes)
        mirror.load(first)
        world.clock.advance(hours=1)
        cut = sync(site, first.state, **wishes, max_requests=7)
        seen = [row["id"] for row in cut.of("content_inventory") if row["type"] == "page"]
        world.purge(world.contents[seen[1]])
        last = sync(site, cut.state, **wishes)
        mirror.load(last)
        start = len(site.requests)
        quiet = sync(site, last.state, **wishes)
        alone = len(site.requests) - start
    assert cut.state["bookmarks"]["content_inventory"]["sweeps"]
    assert [(row["id"], row["reason"]) for row in last.of("tombstones")] == [(seen[1], "deleted")]
    assert_equal(mirror, world, "in the run that ended the sweep", ("pages",))
    assert quiet.of("tombstones") == []
    assert alone < 20, "and each space is swept once"
