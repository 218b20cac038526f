"""Laws 8, 10, 11 and 13 of CONTRACT 1.3: what a sweep brings to light, and what it never buries."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.log import Request
from confluence_sim.site import Site
from support.tap import Once, Output, answering, everything, on_request, pages_of, small_world, sync, truth
from tap_confluence.tap import TapConfluence

SWEEP: dict[str, Any] = {"deletion_detection": "every_sync"}


def tombs(out: Output) -> dict[tuple[str, str], str]:
    return {(row["type"], row["id"]): row["reason"] for row in out.of("tombstones")}


def swept(world: World, site: Site, **settings: Any) -> Output:
    """A first sync; an hour later its STATE is ready for a sweep."""
    out = sync(site, **{**SWEEP, **settings})
    world.clock.advance(hours=1)
    return out


def test_law_8_a_first_sync_is_its_own_first_sweep() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        out = sync(site)
        first_requests = len(site.requests)
        rows = out.of("content_inventory")
        plain = len(sync(site, deletion_detection="off").content)
        assert len(site.requests) == 2 * first_requests, "the inventory costs no request"
    held = {kind: set(truth(world, kind)) for kind in ("pages", "blogposts", "attachments")}
    for kind, stream in (("page", "pages"), ("blogpost", "blogposts"), ("attachment", "attachments")):
        assert {row["id"] for row in rows if row["type"] == kind} == held[stream]
    ends = [row for row in rows if row["type"] == "sweep"]
    assert {row["id"] for row in ends} == set(world.spaces)
    assert sum(row["count"] for row in ends) == plain == sum(map(len, held.values()))
    assert out.of("tombstones") == []


def test_law_8_a_sweep_of_an_unchanged_world_writes_no_content_and_no_tombstone() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = swept(world, site)
        second = sync(site, first.state, **SWEEP)
    assert second.content == []
    assert second.of("tombstones") == []
    assert len(second.of("content_inventory")) == len(first.of("content_inventory"))


def test_law_8_what_is_gone_is_a_tombstone_with_its_reason_once() -> None:
    world = small_world(spaces=3, pages=30)
    with serve(world) as site:
        first = swept(world, site, spaces=["S0", "S1"])
        pages = pages_of(world, "S0")
        trashed, purged, archived, moved = pages[3], pages[4], pages[5], pages[6]
        post = next(c for c in world.contents.values() if c.type == "blogpost" and c.space_id == trashed.space_id)
        world.trash(trashed)
        world.purge(purged)
        world.archive(archived)
        world.move(moved, space=next(s for s in world.spaces.values() if s.key == "S2"))
        world.trash(post)
        second = sync(site, first.state, spaces=["S0", "S1"], **SWEEP)
        third = sync(site, second.state, spaces=["S0", "S1"], **SWEEP)
    buried = tombs(second)
    assert {key: reason for key, reason in buried.items() if key[0] != "attachment"} == {
        ("page", trashed.id): "trashed",
        ("page", purged.id): "deleted",
        ("page", archived.id): "archived",
        ("page", moved.id): "moved",
        ("blogpost", post.id): "trashed",
    }
    assert second.of("pages") == []
    assert tombs(third) == {}


def test_law_8_what_appears_without_a_new_version_is_written_as_content() -> None:
    world = small_world(spaces=3, pages=8)
    with serve(world) as site:
        pages = pages_of(world, "S2")
        hidden = pages_of(world, "S0")[2]
        archived = pages_of(world, "S1")[2]
        world.archive(archived)
        first = swept(world, site, spaces=["S0", "S1"])
        assert archived.id not in first.ids("pages")
        world.move(pages[3], space=next(s for s in world.spaces.values() if s.key == "S0"))
        world.unarchive(archived)
        second = sync(site, first.state, spaces=["S0", "S1"], **SWEEP)
        third = sync(site, second.state, spaces=["S0", "S1"], **SWEEP)
    assert hidden.id in first.ids("pages")
    assert {record["id"] for record in second.of("pages")} == {pages[3].id, archived.id}
    assert all(record["body"] for record in second.of("pages"))
    assert third.content == []
    assert tombs(third) == {}


def test_law_8_a_move_inside_the_tree_is_written_again_though_its_version_stays() -> None:
    world = small_world(spaces=1, pages=8)
    pages = pages_of(world, "S0")
    with serve(world) as site:
        first = swept(world, site)
        version = pages[5].version
        world.move(pages[5], parent=pages[2])
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert pages[5].version == version
    assert [(r["id"], r["parent_id"]) for r in second.of("pages")] == [(pages[5].id, pages[2].id)]
    assert third.content == []


def test_law_8_a_move_between_two_spaces_of_the_run_is_a_row_and_no_tombstone() -> None:
    world = small_world(spaces=2, pages=8)
    moved = pages_of(world, "S0")[3]
    target = next(s for s in world.spaces.values() if s.key == "S1")
    with serve(world) as site:
        first = swept(world, site)
        world.move(moved, space=target)
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert [(r["id"], r["space_key"]) for r in second.of("pages")] == [(moved.id, "S1")]
    assert {r["space_key"] for r in second.of("attachments")} <= {"S1"}
    assert tombs(second) == {}
    assert third.content == []
    assert tombs(third) == {}


def test_law_8_a_sweep_waits_for_its_interval() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    with serve(world) as site:
        first = sync(site)
        world.purge(page)
        world.clock.advance(days=6)
        early = sync(site, first.state)
        world.clock.advance(days=2)
        due = sync(site, early.state)
    assert tombs(early) == {}
    assert tombs(due)["page", page.id] == "deleted"


def test_law_8_an_edit_between_walk_and_sweep_is_written_once_by_the_next_run() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    with serve(world) as site:
        first = swept(world, site)
        world.edit(page, body="<p>one</p>")
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert [(r["id"], r["version"]) for r in second.of("pages")] == [(page.id, 2)]
    assert third.content == []


def test_law_8_detection_switched_on_later_adopts_what_was_written_before() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    with serve(world) as site:
        first = sync(site, deletion_detection="off")
        world.clock.advance(hours=1)
        second = sync(site, first.state, **SWEEP)
        world.purge(page)
        third = sync(site, second.state, **SWEEP)
    assert first.of("content_inventory") == []
    assert second.content == []
    assert ("page", page.id) in tombs(third)


def test_law_8_a_removed_space_is_a_tombstone_with_all_that_was_in_it() -> None:
    world = small_world(spaces=2, pages=6)
    gone = next(s for s in world.spaces.values() if s.key == "S1")
    inside = {record.id for record in world.contents.values() if record.space_id == gone.id}
    with serve(world) as site:
        first = swept(world, site)
        world.delete_space(gone)
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert tombs(second)["space", gone.id] == "space_removed"
    assert {content_id for kind, content_id in tombs(second) if kind != "space"} == inside
    assert set(tombs(second).values()) == {"space_removed"}
    assert tombs(third) == {}
    assert second.bookmark("pages", gone.id) is None


def test_law_10_a_sweep_that_would_bury_too_much_holds_back_until_a_second_one_agrees() -> None:
    world = small_world(spaces=1, pages=60, attachments=0)
    doomed = pages_of(world, "S0")[10:40]
    with serve(world) as site:
        first = swept(world, site)
        for page in doomed:
            world.purge(page)
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
        fourth = sync(site, third.state, **SWEEP)
    assert tombs(second) == {}
    assert [row["stage"] for row in second.of("sync_errors")] == ["sweep"]
    assert {content_id for _, content_id in tombs(third)} == {page.id for page in doomed}
    assert third.of("sync_errors") == []
    assert tombs(fourth) == {}


def test_law_10_a_raised_share_buries_at_once() -> None:
    world = small_world(spaces=1, pages=60, attachments=0)
    with serve(world) as site:
        first = swept(world, site)
        for page in pages_of(world, "S0")[10:40]:
            world.purge(page)
        second = sync(site, first.state, max_tombstone_share=1, **SWEEP)
    assert len(tombs(second)) == 30


def test_law_10_a_share_of_one_holds_nothing_back_not_even_a_whole_space() -> None:
    world = small_world(spaces=2, pages=60, attachments=0)
    with serve(world) as site:
        first = swept(world, site)
        gone = pages_of(world, "S0")
        world.delete_space(world.spaces[gone[0].space_id])
        second = sync(site, first.state, max_tombstone_share=1, **SWEEP)
    assert {key[1] for key in tombs(second)} >= {page.id for page in gone}
    assert second.of("sync_errors") == []


@pytest.mark.parametrize("status", [500, 404])
def test_law_11_a_sweep_with_an_error_buries_nothing(status: int) -> None:
    world = small_world(spaces=1, pages=30)
    page = pages_of(world, "S0")[4]
    with serve(world) as site:
        first = swept(world, site, page_size=10)
        world.purge(page)

        def fail(request: Any) -> Reply | None:
            sweeping = request.args.get("sort") == "id" and "cursor" in request.args
            return Reply({"errors": []}, status=status) if sweeping and request.path.endswith("/pages") else None

        with answering(site, fail):
            second = sync(site, first.state, page_size=10, **SWEEP)
        third = sync(site, second.state, page_size=10, **SWEEP)
    assert {key for key in tombs(second) if key[0] == "page"} == set()
    assert not [row for row in second.of("content_inventory") if row["type"] == "sweep"]
    assert tombs(third)["page", page.id] == "deleted"


def test_law_13_rows_older_than_start_date_are_neither_arrivals_nor_tombstones() -> None:
    world = small_world(spaces=1, pages=20, attachments=0)
    pages = pages_of(world, "S0")
    moment = pages[10].updated_at
    with serve(world) as site:
        first = swept(world, site, start_date=moment)
        assert set(first.ids("pages")) == {page.id for page in pages if page.updated_at >= moment}
        world.purge(pages[3])
        world.purge(pages[15])
        second = sync(site, first.state, start_date=moment, **SWEEP)
    assert second.content == []
    assert tombs(second) == {("page", pages[15].id): "deleted"}


def test_law_8_what_moved_and_was_trashed_before_it_was_read_in_its_new_space_is_buried_once() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = swept(world, site)
        page = pages_of(world, "S0")[6]
        world.move(page, space=next(space for space in world.spaces.values() if space.key == "S1"))
        listed = Once(
            lambda request: request.query.get("sort") == ["id"] and "body-format" not in request.query,
            lambda: world.trash(page),
        )
        with on_request(site, lambda request: listed(request) if request.path.endswith("/pages") else None):
            second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert listed.done
    assert page.id not in second.ids("pages")
    assert tombs(second)["page", page.id] == "trashed"
    assert tombs(third) == {}


def test_law_8_a_stream_that_is_selected_later_and_finds_nothing_wipes_no_memory_of_others() -> None:
    world = small_world(spaces=1)
    for post in [item for item in world.contents.values() if item.type == "blogpost"]:
        world.purge(post)
    page = pages_of(world, "S0")[3]
    streams = ["spaces", "pages", "content_inventory", "tombstones"]
    with serve(world) as site:
        first = sync(site, streams=streams)
        second = sync(site, first.state, streams=[*streams, "blogposts"])
        world.clock.advance(hours=1)
        world.purge(page)
        third = sync(site, second.state, streams=[*streams, "blogposts"], **SWEEP)
    assert tombs(third) == {("page", page.id): "deleted"}
    assert third.of("pages") == []


def test_law_8_what_two_walks_wrote_in_two_spaces_is_written_once_more_where_it_is() -> None:
    world = small_world(spaces=2, pages=12, attachments=0)
    left, entered = (next(s for s in world.spaces.values() if s.key == key) for key in ("S0", "S1"))
    page = pages_of(world, "S0")[2]
    moved, read = threading.Event(), threading.Event()

    def walks(request: Any, space_id: str, *, further: bool) -> bool:
        wanted = request.args.get("space-id") == space_id and request.args.get("sort") == "id"
        return bool(wanted and request.path.endswith("/pages") and ("cursor" in request.args) == further)

    def wait(request: Any) -> Reply | None:
        if walks(request, entered.id, further=False):
            assert moved.wait(10)
        elif walks(request, entered.id, further=True):
            read.set()
        return None

    def act(request: Request) -> None:
        if request.path.endswith("/pages") and request.query.get("space-id") == [left.id] and not moved.is_set():
            world.move(page, space=entered)
            moved.set()
            assert read.wait(10), "the other walk has handed over its first page before this answer leaves"

    with serve(world) as site:
        with answering(site, wait), on_request(site, act):
            first = sync(site, page_size=5, concurrency=2, **SWEEP)
        assert [row["space_id"] for row in first.of("pages") if row["id"] == page.id] == [entered.id, left.id]
        second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert [(row["id"], row["space_id"]) for row in second.content] == [(page.id, entered.id)]
    assert tombs(second) == tombs(third) == {}
    assert third.content == []


def test_a_catalog_as_discovered_forgets_nothing_and_one_that_asks_for_full_tables_reads_anew() -> None:
    world = small_world(spaces=1, pages=30)
    page = pages_of(world, "S0")[4]
    with serve(world) as site:
        catalog: dict[str, Any] = everything(TapConfluence(config=site.config))
        first = swept(world, site, catalog=catalog)
        world.trash(page)
        second = sync(site, first.state, catalog=catalog, **SWEEP)
        assert tombs(second)["page", page.id] == "trashed"
        assert second.content == second.of("content_labels") == []
        for stream in catalog["streams"]:
            stream["replication_method"] = "FULL_TABLE"
        world.trash(pages_of(world, "S0")[7])
        third = sync(site, second.state, catalog=catalog, **SWEEP)
        fourth = sync(site, third.state, **SWEEP)
    assert set(third.ids("pages")) == set(truth(world, "pages"))
    assert len([key for key in {**tombs(third), **tombs(fourth)} if key[0] == "page"]) == 1
