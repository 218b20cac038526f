"""Null is written until the row is seen whole: what came without something is asked for again, and costs little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from confluence_sim.host import Host
from support.oracle import Mirror
from support.tap import COMMENTS, CONTENT, answering, pages_of, small_world, sync, truth
from tap_confluence.client.errors import ConfluenceResponseError

Row = dict[str, Any]


@contextmanager
def altered(site: Host, change: Callable[[Row], Row]) -> Iterator[None]:
    """Change the rows of every list before they leave the site."""
    answer = site.answer

    def instead(request: Any) -> Reply:
        reply = answer(request)
        if isinstance(reply.body, dict) and "results" in reply.body:
            return replace(reply, body={**reply.body, "results": [change(row) for row in reply.body["results"]]})
        return reply

    with answering(site, instead):
        yield


def without(name: str, content_ids: set[str], times: int) -> Callable[[Row], Row]:
    """Take a field from these rows, as often as told in all."""
    left = times

    def change(row: Row) -> Row:
        nonlocal left
        if row.get("id") in content_ids and name in row and left:
            left -= 1
            return {key: value for key, value in row.items() if key != name}
        return row

    return change


def test_a_body_that_was_withheld_is_read_again_although_nobody_edits_the_page() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    with serve(world) as site:
        with altered(site, without("body", {page.id}, times=2)):
            first = sync(site)
        assert [row["body"] for row in first.of("pages") if row["id"] == page.id] == [None]
        second = sync(site, first.state)
        assert [(row["id"], row["body"]) for row in second.content] == [(page.id, page.body)]
        third = sync(site, second.state)
    assert third.content == []
    assert "incomplete" not in str(third.state)


def test_a_row_that_lacked_something_once_is_whole_at_the_end_of_the_run() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    held = next(item.id for item in world.contents.values() if item.type == "attachment")
    for name, kind, content_id in (
        ("body", "pages", page.id),
        ("createdAt", "pages", page.id),
        ("mediaType", "attachments", held),
    ):
        with serve(world) as site:
            with altered(site, without(name, {content_id}, times=1)):
                first = sync(site)
            assert len([row for row in first.of(kind) if row["id"] == content_id]) == 2, name
            assert "incomplete" not in str(first.state), name
            assert sync(site, first.state).content == [], name


def test_bodies_that_never_come_cost_one_request_a_run_and_no_row() -> None:
    world = small_world(spaces=2)
    bare = {page.id for key in ("S0", "S1") for page in pages_of(world, key)[2:8]}
    with serve(world) as site, altered(site, without("body", bare, times=-1)):
        first = sync(site)
        site.requests.clear()
        quiet = sync(site, first.state)
        asked = [entry for entry in site.requests if entry.path.endswith("/pages") and "id" in entry.query]
        every = len(site.requests)
    with serve(small_world(spaces=2)) as whole:
        state = sync(whole).state
        whole.requests.clear()
        sync(whole, state)
    assert quiet.content == []
    assert len(asked) == 1
    assert every == len(whole.requests) + 1


def test_those_that_wait_longest_are_asked_for_first() -> None:
    world = small_world(spaces=1, pages=260)
    bare = {page.id for page in pages_of(world, "S0")}
    with serve(world) as site:
        with altered(site, without("body", bare, times=-1)):
            state = sync(site, sync(site).state).state
        for left in (11, 0):
            out = sync(site, state)
            state = out.state
            assert len(out.of("pages")) == (250 if left else 11)
            assert len(state["bookmarks"].get("sync_errors", {}).get("owed", {}).get("pages", {})) == left


class Once:
    """Takes a field from the first row, of a list or of a search, that shows a content."""

    def __init__(self, content_id: str, name: str) -> None:
        self._content_id = content_id
        self._name = name
        self.done = False

    def __call__(self, row: Row) -> Row:
        if isinstance(row.get("content"), dict):
            return {**row, "content": self(row["content"])}
        if self.done or row.get("id") != self._content_id or self._name not in row:
            return row
        self.done = True
        return {key: value for key, value in row.items() if key != self._name}


def talkative_world() -> World:
    """One of each kind of content in each space, beside the homepage."""
    world = small_world(spaces=2, pages=1, attachments=1)
    for key in ("S0", "S1"):
        for location in ("footer", "inline"):
            thread = world.comment(pages_of(world, key)[1], body="<p>So?</p>", location=location)
            world.reply(thread, body="<p>So!</p>")
    world.clock.advance(hours=1)
    return world


PLACES = ("id", "space", "spaceId", "pageId", "container", "ancestors", "extensions")
"""What places a row; no deployment has all of them."""


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"deletion_detection": "interval", "spaces": ["S0"]}, id="space"),
        pytest.param({"deletion_detection": "every_sync"}, id="site", marks=pytest.mark.chaos),
    ],
)
@pytest.mark.parametrize("name", PLACES)
def test_a_row_that_came_without_its_place_once_is_neither_lost_nor_buried(
    name: str, settings: dict[str, Any], served: Any
) -> None:
    streams = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")
    wishes: dict[str, Any] = {"streams": streams, "lookback_minutes": 0, "max_tombstone_share": 1, **settings}
    keys = settings.get("spaces", ["S0", "S1"])
    for item in [item for item in talkative_world().contents.values() if item.type != "page"][:6]:
        world, mirror = talkative_world(), Mirror()
        with served(world) as site:
            with altered(site, once := Once(item.id, name)):
                out = sync(site, **wishes)
            mirror.load(out)
            for _ in range(2 if once.done else 0):
                world.clock.advance(days=8)
                out = sync(site, out.state, **wishes)
                mirror.load(out)
        if not once.done:
            continue
        assert out.content == [], "and nothing is written again and again"
        for stream in (*CONTENT, *COMMENTS):
            true = {each for each in truth(world, stream) if world.spaces[world.contents[each].space_id].key in keys}
            assert mirror.versions(stream).keys() == true, f"{stream} after {item.type} {item.id} came without {name}"


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_change_that_was_listed_without_its_id_is_read_all_the_same(served: Any) -> None:
    world = small_world(spaces=2)
    world.clock.advance(hours=1)
    wishes: dict[str, Any] = {"deletion_detection": "interval", "lookback_minutes": 0}
    with served(world) as site:
        state = sync(site, **wishes).state
        page = pages_of(world, "S0")[3]
        world.edit(page, body="<p>new</p>")
        world.clock.advance(hours=1)
        with altered(site, Once(page.id, "id")):
            second = sync(site, state, **wishes)
        third = sync(site, second.state, **wishes)
        fourth = sync(site, third.state, **wishes)
    assert second.of("sync_errors")
    assert [(row["id"], row["version"]) for row in second.content + third.content] == [(page.id, 2)]
    assert fourth.content == fourth.of("content_inventory") == []


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_space_without_its_key_ends_the_run_in_so_many_words(served: Any) -> None:
    world = small_world(spaces=2)
    space = next(iter(world.spaces))
    number = int(space)
    with served(world) as site:
        change = lambda row: {**row, "key": None} if row.get("id") in (space, number) and "key" in row else row  # noqa: E731
        with altered(site, change), pytest.raises(ConfluenceResponseError, match="a row of spaces came without a key"):
            sync(site)
        assert len(sync(site).of("spaces")) == 2
