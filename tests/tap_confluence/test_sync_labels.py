"""The filters by label: what bears a label and what hangs on it, through labelling, unlabelling and new wishes."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.model import Content
from support.tap import COMMENTS, CONTENT, Output, pages_of, small_world, sync

STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_labels", "content_versions", "tombstones", "content_inventory")
SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "streams": STREAMS}
RED: dict[str, Any] = {"labels": ["red", "rot"]}


def labelled_world() -> tuple[World, list[Content]]:
    """Some pages with labels, each with an attachment and a comment; returns the pages of the first space."""
    world = small_world(spaces=2, pages=12, attachments=6)
    pages = pages_of(world, "S0")
    world.label(pages[1], "red")
    world.label(pages[2], "rot")
    world.label(pages[3], "draft")
    world.label(pages[2], "draft")
    for page in pages[1:5]:
        world.comment(page, body=f"<p>{page.title}</p>")
    return world, pages


def near(world: World, *pages: Content) -> set[str]:
    """These pages and what hangs on them."""
    ids = {page.id for page in pages}
    return ids | {item.id for item in world.contents.values() if item.container_id in ids}


def ids(out: Output) -> set[str]:
    return {row["id"] for row in out.content}


def tombs(out: Output) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in out.of("tombstones")}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_only_content_with_one_of_the_labels_is_read_with_what_hangs_on_it(served: Any) -> None:
    world, pages = labelled_world()
    with served(world) as site:
        out = sync(site, **SWEEP, **RED)
        without = sync(site, **SWEEP, exclude_labels=["draft"])
        both = sync(site, **SWEEP, **RED, exclude_labels=["draft"])
    everything = {item.id for item in world.contents.values()}
    assert ids(out) == near(world, pages[1], pages[2])
    assert ids(without) == everything - near(world, pages[2], pages[3])
    assert ids(both) == near(world, pages[1])
    assert {row["content_id"] for row in out.of("content_versions")} == ids(out)
    for said in (out, without, both):
        bearers = {row["id"] for stream in CONTENT for row in said.of(stream)}
        assert {row["content_id"] for row in said.of("content_labels")} == bearers


def test_law_8_labelling_brings_in_and_unlabelling_takes_out_without_a_new_version() -> None:
    world, pages = labelled_world()
    with serve(world) as site:
        first = sync(site, **SWEEP, **RED)
        world.clock.advance(hours=1)
        world.label(pages[4], "red")
        gone = near(world, pages[1])
        world.unlabel(pages[1], "red")
        second = sync(site, first.state, **SWEEP, **RED)
        third = sync(site, second.state, **SWEEP, **RED)
    assert ids(second) == near(world, pages[4])
    assert all(row["body"] for row in second.of("pages"))
    assert tombs(second) == dict.fromkeys(gone, "out_of_scope")
    assert third.content == []
    assert tombs(third) == {}


def test_law_9_new_wishes_bring_in_what_they_let_pass_and_bury_nothing() -> None:
    world, pages = labelled_world()
    with serve(world) as site:
        first = sync(site, **SWEEP, **RED)
        world.clock.advance(hours=1)
        second = sync(site, first.state, **SWEEP, labels=["rot", "draft"])
        world.clock.advance(hours=1)
        third = sync(site, second.state, **SWEEP)
    assert ids(second) == near(world, pages[3])
    assert tombs(second) == tombs(third) == {}
    assert ids(third) | near(world, pages[2], pages[3]) == {item.id for item in world.contents.values()}


def test_an_edit_of_what_does_not_pass_is_not_written() -> None:
    world, pages = labelled_world()
    with serve(world) as site:
        first = sync(site, streams=STREAMS, **RED)
        world.clock.advance(hours=1)
        world.edit(pages[5], body="<p>no label</p>")
        world.edit(pages[2], body="<p>label</p>")
        second = sync(site, first.state, streams=STREAMS, **RED)
    assert ids(second) == {pages[2].id}


def test_named_pages_are_filtered_too() -> None:
    world, pages = labelled_world()
    with serve(world) as site:
        out = sync(site, streams=STREAMS, pages=[pages[1].id, pages[3].id], exclude_labels=["draft"])
    assert ids(out) == near(world, pages[1])
