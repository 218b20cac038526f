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


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("lacks", ["lag", "part", "end"])
def test_nothing_leaves_that_bears_an_excluded_label_however_bad_the_index_is(served: Any, lacks: str) -> None:
    world, pages = labelled_world()
    space = world.spaces[pages[0].space_id]
    world.clock.advance(days=2)
    secret = world.create_page(space, title="Salaries", body="<p>secret</p>")
    world.label(secret, "draft")
    file = world.attach(secret, filename="s.txt", data=b"secret")
    said = world.comment(secret, body="<p>secret</p>")
    answer = world.reply(said, body="<p>secret</p>")
    alone = world.attach(pages[5], filename="alone.txt", data=b"secret")
    world.label(alone, "draft")
    for number in range(60):
        world.label(pages[6], f"a{number:02}")
    world.label(pages[6], "draft")
    world.clock.advance(seconds=30)
    if lacks == "lag":
        world.switches.index_lag_seconds = 120
    elif lacks == "part":
        world.switches.index_hides_share = 0.6
    else:
        world.switches.search_most_rows = 1
    hidden = near(world, secret, pages[2], pages[3], pages[6]) | {file.id, said.id, answer.id, alone.id}
    with served(world) as site:
        out = sync(site, streams=STREAMS, exclude_labels=["draft"])
        leaked = {row["id"] for row in out.content} | {row["content_id"] for row in out.of("content_versions")}
        assert leaked & hidden == set()
        assert "secret" not in str([message for message in out.messages if message["type"] == "RECORD"])
        if lacks == "lag":
            assert pages[1].id in ids(out)


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_label_that_nothing_bears_is_told(served: Any, caplog: pytest.LogCaptureFixture) -> None:
    world, pages = labelled_world()
    with served(world) as site:
        out = sync(site, streams=STREAMS, labels=["red", "my label", "REDD"], exclude_labels=["typo"])
    assert pages[1].id in ids(out)
    told = [record.getMessage() for record in caplog.records if "bears the label" in record.getMessage()]
    assert sorted(told) == [
        "exclude_labels: nothing that is read bears the label 'typo'",
        "labels: nothing that is read bears the label 'REDD'",
        "labels: nothing that is read bears the label 'my label'; names of labels hold no spaces",
    ]


def test_on_cloud_the_database_tells_what_bears_a_label_with_its_prefix_too() -> None:
    world, pages = labelled_world()
    world.label(pages[7], "blue", prefix="team")
    world.label(pages[8], "mine", prefix="my")
    with serve(world) as site:
        by_name = sync(site, streams=CONTENT, labels=["blue"])
        by_prefix = sync(site, streams=CONTENT, labels=["team:blue", "my:mine"])
        bare = sync(site, streams=CONTENT, labels=["mine", "blue"])
        assert not any(entry.path.endswith("/search") for entry in site.requests)
    assert by_name.ids("pages") == bare.ids("pages") == [pages[7].id]
    assert set(by_prefix.ids("pages")) == {pages[7].id, pages[8].id}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_comments_on_an_attachment_pass_with_its_page(served: Any) -> None:
    world, pages = labelled_world()
    said = {}
    for page in (pages[1], pages[4]):
        file = world.attach(page, filename="spoken.txt", data=b"x", media_type="text/plain")
        thread = world.comment(file, body="<p>So?</p>")
        said[page.id] = {thread.id, world.reply(thread, body="<p>So!</p>").id}
    world.clock.advance(hours=1)
    red, grey = said[pages[1].id], said[pages[4].id]
    with served(world) as site:
        chosen = sync(site, **SWEEP, labels=["red"])
        spared = sync(site, **SWEEP, exclude_labels=["red"])
        world.unlabel(pages[1], "red")
        world.label(pages[4], "red")
        world.clock.advance(hours=1)
        other = sync(site, chosen.state, **SWEEP, labels=["red"])
        quiet = sync(site, other.state, **SWEEP, labels=["red"])
    assert red <= ids(chosen)
    assert not grey & ids(chosen)
    assert grey <= ids(spared)
    assert not red & ids(spared), "nothing that hangs on what is excluded leaves"
    assert grey <= ids(other)
    assert {tombs(other)[each] for each in red} == {"out_of_scope"}
    assert quiet.content == quiet.of("tombstones") == []
