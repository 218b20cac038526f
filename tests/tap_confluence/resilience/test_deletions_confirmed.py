"""Nothing is buried that is alive: a listing that finished and the answer by id must both say it is gone (law 18)."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from support.disturbances import refusing, unfound
from support.oracle import Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, answering, busy_world, pages_of, small_world, sync, truth

STREAMS = ("spaces", *CONTENT, *COMMENTS, "folders", "whiteboards", "content_inventory", "tombstones", "sync_errors")
SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "streams": STREAMS}


def full_world() -> World:
    """A world in which pages have attachments, comments with replies, and things in the tree."""
    world = busy_world()
    for key in ("S0", "S1"):
        for page in pages_of(world, key)[1:5]:
            said = world.comment(page, body="<p>So?</p>")
            world.reply(said, body="<p>So!</p>")
            world.attach(page, filename=f"{page.id}.txt", data=b"x")
    world.clock.advance(hours=1)
    return world


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("kind", ["attachment", "comment", "folder", "whiteboard"])
def test_what_an_index_does_not_show_is_not_buried(served: Any, kind: str) -> None:
    world = full_world()
    hidden = [item.id for item in world.contents.values() if item.type == kind][::2]
    assert hidden
    with served(world) as site:
        first = sync(site, **SWEEP)
        world.clock.advance(days=8)
        with answering(site, unfound(site, hidden)):
            second = sync(site, first.state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert second.of("tombstones") == third.of("tombstones") == []


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("kind", ["attachment", "comment", "page", "blogpost"])
def test_what_is_gone_from_the_index_and_by_id_is_buried_with_a_true_reason(served: Any, kind: str) -> None:
    world = full_world()
    mirror = Mirror()
    gone = [item for item in world.contents.values() if item.type == kind and item.status == "current"][-2:]
    with served(world) as site:
        first = sync(site, **SWEEP)
        world.clock.advance(hours=1)
        for item in gone:
            world.trash(item)
        second = sync(site, first.state, **SWEEP)
    mirror.load(first)
    mirror.load(second)
    assert {row["id"] for row in second.of("tombstones")} >= {item.id for item in gone}
    assert_equal(mirror, world, "after some were trashed", (*CONTENT, *COMMENTS))


def newest(request: Any) -> bool:
    """Whether the row that was changed last is asked for, as every run does first."""
    return bool(request.args.get("sort", "").startswith("-modified") or request.args.get("limit") == "1")


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("how", ["budget", "failure"])
@pytest.mark.parametrize(
    "narrowed", [{"labels": ["published"]}, {"exclude_labels": ["draft"]}, {"space_types": ["global"]}]
)
def test_filters_that_were_narrowed_in_a_run_that_was_cut_bury_nothing(
    served: Any, how: str, narrowed: dict[str, Any]
) -> None:
    world = small_world(spaces=2, pages=12, attachments=2)
    world.create_space(key="~ada", name="Ada", type="personal")
    for page in pages_of(world, "S0")[:10] + pages_of(world, "S1")[:10]:
        world.label(page, "published")
    for page in pages_of(world, "S0")[10:]:
        world.label(page, "draft")
    wishes: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}
    with served(world) as site:
        state = sync(site, **wishes).state
        if how == "budget":
            cut = sync(site, state, max_requests=6, **wishes, **narrowed)
        else:
            broken = refusing(
                lambda r: r.path.endswith(("/pages", "/blogposts", "/content", "/content/scan")) and not newest(r), 503
            )
            with answering(site, broken):
                cut = sync(site, state, **wishes, **narrowed)
        outs = [cut]
        for _ in range(3):
            outs.append(sync(site, outs[-1].states[-1] if outs[-1].states else state, **wishes, **narrowed))
    assert [row for out in outs for row in out.of("tombstones")] == []


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_the_newest_thing_in_a_large_trash_is_told_as_trashed(served: Any) -> None:
    world = small_world(spaces=1, pages=12, attachments=0)
    first_page, other = pages_of(world, "S0")[1:3]
    for n in range(45):
        world.trash(world.attach(first_page, filename=f"o{n}.txt", data=b"x"))
    new = world.attach(other, filename="new.txt", data=b"x")
    wishes: dict[str, Any] = {"deletion_detection": "every_sync", "page_size": 5, "max_tombstone_share": 1}
    with served(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(minutes=5)
        world.trash(new)
        world.clock.advance(minutes=5)
        second = sync(site, first.state, **wishes)
    assert [(row["id"], row["reason"]) for row in second.of("tombstones")] == [(new.id, "trashed")]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_what_moved_out_with_its_page_is_told_as_moved(served: Any) -> None:
    world = small_world(spaces=2, pages=6, attachments=0)
    page = pages_of(world, "S0")[3]
    hanging = world.attach(page, filename="m.txt", data=b"x")
    said = world.comment(page, body="<p>So?</p>")
    with served(world) as site:
        first = sync(site, spaces=["S0"], **SWEEP)
        world.clock.advance(hours=1)
        world.move(page, space=world.spaces[pages_of(world, "S1")[0].space_id])
        second = sync(site, first.state, spaces=["S0"], **SWEEP)
    assert {(row["id"], row["reason"]) for row in second.of("tombstones")} == {
        (item.id, "moved") for item in (page, hanging, said)
    }
    assert {row["space_id"] for row in second.of("tombstones")} == {pages_of(world, "S0")[0].space_id}


def test_every_row_of_a_sweep_is_seen_when_its_sweep_row_says() -> None:
    world = small_world(spaces=1, pages=4, attachments=1)
    with serve(world) as site:
        out = sync(site, deletion_detection="every_sync")
        for _ in range(3):
            world.clock.advance(days=1)
            out = sync(site, out.state, deletion_detection="every_sync")
            rows = out.of("content_inventory")
            (swept,) = (row["seen_at"] for row in rows if row["type"] == "sweep")
            seen = {row["seen_at"] for row in rows if row["type"] != "sweep"}
            assert len(rows) == 1 + sum(len(truth(world, stream)) for stream in CONTENT)
            assert seen == {swept}
