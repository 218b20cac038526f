"""Null is written until the row is seen whole: what came without something is asked for again, and costs little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.tap import answering, pages_of, small_world, sync

Row = dict[str, Any]


@contextmanager
def altered(site: Site, change: Callable[[Row], Row]) -> Iterator[None]:
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
