"""Rows dated in the future (law 17), and settings that are changed later: files, properties, formats (law 20)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve, serve_datacenter
from support.oracle import Mirror, assert_equal
from support.running_tap import selecting
from support.tap import CONTENT, pages_of, small_world, sync, truth

SERVED = pytest.mark.parametrize("served", [serve, serve_datacenter])


@SERVED
@pytest.mark.parametrize("mode", ["interval", "off"])
@pytest.mark.parametrize("kind", ["page", "attachment", "blogpost"])
def test_a_row_dated_in_the_future_makes_nothing_deaf(served: Any, mode: str, kind: str) -> None:
    world = small_world(spaces=3, pages=12, attachments=3)
    now = world.clock.now()
    world.clock.set("2027-01-05T09:00:00.000Z")
    if kind == "attachment":
        world.attach(pages_of(world, "S0")[1], filename="late.txt", data=b"x")
    else:
        item = next(each for each in world.contents.values() if each.type == kind)
        world.edit(item, body="<p>written while the clock was wrong</p>")
    world.clock.set(now)
    world.clock.advance(hours=3)
    mirror = Mirror()
    with served(world) as site:
        out = sync(site, deletion_detection=mode)
        mirror.load(out)
        for turn in range(3):
            world.clock.advance(hours=1)
            page = pages_of(world, "S1")[3 + turn]
            world.edit(page, body=f"<p>edited properly {turn}</p>")
            new = world.create_page(world.spaces[page.space_id], title=f"New {turn}", body="<p>x</p>")
            hanging = world.attach(new, filename="new.txt", data=b"x")
            post = world.create_blogpost(world.spaces[page.space_id], title=f"Posted {turn}", body="<p>x</p>")
            world.clock.advance(hours=1)
            out = sync(site, out.state, deletion_detection=mode)
            mirror.load(out)
            assert {page.id, new.id, hanging.id, post.id} <= {row["id"] for row in out.content}
            assert len(out.content) <= 8, "and little is written again"
    assert_equal(mirror, world, "after three turns")


@SERVED
def test_files_are_fetched_also_of_what_was_synced_before_they_were_wanted(served: Any, tmp_path: Path) -> None:
    world = small_world(spaces=2, pages=12, attachments=5)
    with served(world) as site:
        first = sync(site)
        world.clock.advance(minutes=5)
        wishes: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}
        second = sync(site, first.state, **wishes)
        third = sync(site, second.state, **wishes)
    fetched = {row["id"] for row in second.of("attachments") if row["content_path"]}
    assert fetched == set(truth(world, "attachments"))
    assert second.of("pages") == []
    assert third.content == []


def without(catalog: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The catalog, with these properties deselected in every stream."""
    catalog = json.loads(json.dumps(catalog))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] and entry["breadcrumb"][-1] in names:
                entry["metadata"]["selected"] = False
    return catalog


@SERVED
@pytest.mark.parametrize(
    "names",
    [
        ("title", "body"),
        ("version", "updated_at", "observed_at"),
        ("space_id", "parent_id", "position", "status", "container_id", "type"),
        ("author_id", "owner_id", "version_author_id", "raw"),
    ],
    ids=" ".join,
)
def test_deselected_properties_change_what_is_written_not_what_is_known(served: Any, names: tuple[str, ...]) -> None:
    world = small_world(spaces=2, pages=8, attachments=3)
    streams = ("spaces", *CONTENT, "content_inventory", "tombstones", "users", "sync_errors")
    catalog = selecting(streams)
    wishes: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}
    mirror = Mirror()
    with served(world) as site:
        full, thin = [sync(site, catalog=each, **wishes) for each in (catalog, without(catalog, names))]
        assert len(thin.content) == len(full.content)
        assert {name for row in thin.content for name in row}.isdisjoint(set(names) - {"id", "updated_at"})
        assert {row["account_id"] for row in thin.of("users")} == {row["account_id"] for row in full.of("users")}
        world.clock.advance(hours=1)
        world.edit(pages_of(world, "S0")[3], body="<p>new</p>")
        gone = pages_of(world, "S1")[4]
        world.trash(gone)
        world.move(pages_of(world, "S1")[2], space=world.spaces[pages_of(world, "S0")[0].space_id])
        world.clock.advance(hours=1)
        full2 = sync(site, full.state, catalog=catalog, **wishes)
        thin2 = sync(site, thin.state, catalog=without(catalog, names), **wishes)
        assert [row["id"] for row in thin2.content] == [row["id"] for row in full2.content]
        assert [row["id"] for row in thin2.of("tombstones")] == [row["id"] for row in full2.of("tombstones")]
        again = sync(site, thin2.state, catalog=catalog, **wishes)
        assert again.content == again.of("tombstones") == [], "selected again, nothing is new: it was known"
    for out in (full, full2, again):
        mirror.load(out)
    assert gone.id in {row["id"] for row in full2.of("tombstones")}
    assert_equal(mirror, world, "with all properties")
