"""Lists by search, on both deployments: whole, or a failure; and the same rows as the lists of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import Clock, DataCenterSite, Site, World, serve, serve_datacenter
from support.tap import on_request
from tap_confluence.api.query import Query, Record, Sort
from tap_confluence.api.searches import Progress
from tap_confluence.api.walk import Walk
from tap_confluence.client import ConfluenceClient
from tap_confluence.client.errors import ConfluenceResponseError

Serve = Callable[[World], Any]
DEPLOYMENTS = pytest.mark.parametrize("start", [serve, serve_datacenter], ids=["cloud", "data-center"])
LABELS = Query("content_labels", limit=10)


def labelled(count: int) -> World:
    """A world of labelled pages, a minute between them."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=60_000)
    space = world.create_space(key="ENG", name="Engineering", homepage=False)
    for number in range(count):
        world.label(world.create_page(space, title=f"P{number}"), "x")
    return world


@contextmanager
def reading(start: Serve, world: World) -> Iterator[tuple[Site | DataCenterSite, ConfluenceClient]]:
    with start(world) as site, ConfluenceClient(**site.config) as client:
        client.identity()
        yield site, client


def rows(client: ConfluenceClient, query: Query) -> list[Record]:
    return [record for page in Walk(client.api, query) for record in page.records]


@DEPLOYMENTS
@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("most", [0, 7, 10, 24])
def test_a_search_that_gives_fewer_rows_than_it_tells_of_failed(start: Serve, sort: Sort, most: int) -> None:
    world = labelled(25)
    world.switches.search_most_rows = most
    with reading(start, world) as (_, client):
        pages = Walk(client.api, Query("content_labels", limit=10, sort=sort))
        with pytest.raises(ConfluenceResponseError, match=f"ended after {most} of 25 rows; its index is not whole"):
            list(pages)
        assert not pages.is_finished
    world.switches.search_most_rows = None
    with reading(start, world) as (_, client):
        assert len({row["id"] for row in rows(client, LABELS)}) == 25


@DEPLOYMENTS
@pytest.mark.parametrize("sort", list(Sort))
def test_what_people_do_while_a_search_is_read_makes_no_failure_of_it(start: Serve, sort: Sort) -> None:
    world = labelled(25)
    pages = [item for item in world.contents.values() if item.type == "page"]

    def work(entry: Any) -> None:
        if entry.path.endswith("/search") and pages:
            world.edit(pages.pop(0), body="<p>new</p>")
            world.trash(pages.pop())
            space = next(iter(world.spaces.values()))
            world.create_page(space, title=f"N{len(pages)}")

    with reading(start, world) as (site, client), on_request(site, work):
        walked = Walk(client.api, Query("content_labels", limit=10, sort=sort))
        assert sum(len(page.records) for page in walked) >= 20
        assert walked.proof.to_the_end


def test_a_place_in_a_search_that_an_earlier_release_kept_is_gone_on_from() -> None:
    with reading(serve, labelled(25)) as (_, client):
        first = client.api.page(LABELS)
        told = Progress.read(first.cursor)
        assert (told.given, told.total) == (10, 25)
        rest = Walk(client.api, LABELS, cursor=told.cursor)
        assert sum(len(page.records) for page in rest) == 15
        assert rest.is_finished


def hanging() -> World:
    """A world with attachments and comments on pages and posts of two spaces, some of it edited."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=60_000)
    for key in ("ENG", "HR"):
        space = world.create_space(key=key, name=key)
        for kind in (world.create_page, world.create_blogpost):
            there = kind(space, title=f"{key} {kind.__name__}", body="<p>x</p>")
            file = world.attach(there, filename=f"{key}.png", data=b"123", media_type="image/png")
            world.attach(there, filename=f"{key}.png", data=b"12345", media_type="image/png", comment="better")
            for location in ("footer", "inline"):
                said = world.comment(there, body="<p>Why?</p>", location=location)
                world.reply(said, body="<p>Because.</p>")
                world.edit(said, body="<p>Why, again?</p>")
            world.comment(file, body="<p>on a file</p>")
    return world


@pytest.mark.parametrize("kind", ["attachments", "footer_comments", "inline_comments"])
def test_what_hangs_on_a_space_is_the_same_by_search_as_in_the_sites_list(kind: str) -> None:
    world = hanging()
    body_format = None if kind == "attachments" else "storage"
    with reading(serve, world) as (site, client):
        hr = next(space["id"] for space in client.get_spaces() if space["key"] == "HR")
        listed = client.api.locate(rows(client, Query(kind, body_format=body_format)))
        before = len(site.requests)
        found = client.api.locate(rows(client, Query(kind, space_ids=(hr,), body_format=body_format)))
        assert [entry.path for entry in list(site.requests)[before:]] == ["/wiki/rest/api/search"]
    own = {"observed_at", "raw", "created_at", "author_id", "download_url", "url", "version_message"}
    wanted = {row["id"]: {k: v for k, v in row.items() if k not in own} for row in listed if row["space_key"] == "HR"}
    assert {row["id"]: {k: v for k, v in row.items() if k not in own} for row in found} == wanted
    assert len(wanted) >= 2


@pytest.mark.parametrize("kind", ["folder", "whiteboard", "database", "embed"])
def test_what_stands_in_the_tree_is_asked_for_by_its_id_without_an_index(kind: str) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="ENG", name="Engineering")
    item = world.create_tree_item(space, type=kind, title="T")
    inner = world.create_tree_item(space, type=kind, title="Below", parent=item)
    gone = world.create_tree_item(space, type=kind, title="Gone")
    world.purge(gone)
    world.trash(inner)
    query = Query(f"{kind}s", ids=(item.id, inner.id, gone.id), statuses=("current", "trashed"), singly=True)
    with reading(serve, world) as (site, client):
        found = {row["id"]: row for row in rows(client, query)}
        assert not any(entry.path.endswith("/search") for entry in site.requests)
    assert set(found) == {item.id, inner.id}
    assert [found[each.id]["status"] for each in (item, inner)] == ["current", "trashed"]
    assert (found[item.id]["created_at"], found[item.id]["space_id"]) == (item.created_at, space.id)
    assert (found[inner.id]["parent_id"], found[inner.id]["parent_type"]) == (item.id, kind)
