from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from support.scripted_http import Asked, HandClock, Said, Scripted, scripted
from support.transport import asking
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.query import Query, Sort
from tap_confluence.api.walk import Walk
from tap_confluence.client import AsyncConfluenceClient, ConfluenceClient
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceCursorError,
    ConfluenceNotFoundError,
    ConfluenceResponseError,
)
from tap_confluence.client.site import Site
from tap_confluence.client.transport import Transport

Respond = Callable[[Asked], Said]


def said(data: Any, status: int = 200, **headers: str) -> Said:
    return Said(status, json.dumps(data).encode(), {"Content-Type": "application/json", **headers})


def row(number: int) -> dict[str, Any]:
    return {"id": str(number), "title": f"T{number}", "spaceId": "1", "_links": {"webui": f"/p/{number}"}}


@contextmanager
def api_to(answer: Respond) -> Iterator[tuple[CloudV2, Scripted]]:
    with scripted(answer) as server:
        options = asking(max_retries=1)
        transport = Transport(server.url + "/wiki", Basic("a", "b"), options, clock=HandClock())
        api = CloudV2(transport, Site(server.url, "/wiki"))
        yield api, server
        api.close()


def test_spaces_pages_posts_and_attachments_equal_the_world() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")
    pages = [world.create_page(space, title=f"P{n}", body=f"<p>{n}</p>") for n in range(7)]
    post = world.create_blogpost(space, title="News", body="<p>n</p>")
    file = world.attach(pages[2], filename="a.png", data=b"123", media_type="image/png")
    with serve(world) as site, ConfluenceClient(**site.config) as client:
        assert client.identity().site == site.url + "/wiki"
        assert [found["key"] for found in client.get_spaces(["ENG"])] == ["ENG"]
        bodies = {found["id"]: found["body"] for found in client.get_pages(space.id, "storage")}
        assert {page.id: bodies[page.id] for page in pages} == {page.id: f"<p>{n}</p>" for n, page in enumerate(pages)}
        assert {page.id for page in pages} <= set(client.get_space_pages_ids("ENG"))
        assert client.get_page_by_id(pages[3].id)["title"] == "P3"
        (attachment,) = client.get_attachments_for_page(pages[2].id)
        assert (attachment["id"], attachment["file_size"], attachment["space_key"]) == (file.id, 3, "ENG")
        posts = [found for answer in Walk(client.api, Query("blogposts")) for found in answer.records]
        assert [found["id"] for found in posts] == [post.id]
        with pytest.raises(ConfluenceNotFoundError, match="page 999999"):
            client.get_page_by_id("999999")
        with pytest.raises(ConfluenceNotFoundError, match="space NOPE"):
            client.get_space_pages_ids("NOPE")


def test_attachments_find_their_space_by_their_container_in_one_request() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")
    for number in range(30):
        page = world.create_page(space, title=f"P{number}", body="")
        world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
    with serve(world) as site, ConfluenceClient(**site.config) as client:
        list(client.get_spaces())
        found = client.api.page(Query("attachments", sort=Sort.NEWEST))
        assert {record["space_id"] for record in found.records} == {None}
        before = len(site.requests)
        located = client.api.locate(found.records)
        assert {(record["space_id"], record["space_key"]) for record in located} == {(space.id, "ENG")}
        assert len(site.requests) == before + 1
        client.api.locate(found.records)
        assert len(site.requests) == before + 1


def test_a_wrong_token_fails_the_identity_check() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    with serve(world) as site, ConfluenceClient(site.url, email=site.email, api_token="wrong") as client:
        with pytest.raises(ConfluenceAuthError, match="identity check"):
            client.identity()
        assert len(site.requests) == 1


def test_a_page_is_found_by_its_exact_title() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    world.switches.title_matches_substring = True
    space = world.create_space(key="ENG", name="Engineering")
    world.create_page(space, title="Plan B, extended", body="")
    wanted = world.create_page(space, title="Plan B", body="")
    with serve(world) as site, ConfluenceClient(**site.config) as client:
        assert client.api.page_id("ENG", "Plan B") == wanted.id
        assert client.api.page_id("ENG", "Plan") is None
        assert client.api.page_id("NOPE", "Plan B") is None


def test_asyncio_programs_get_the_same_rows() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")

    async def read(config: dict[str, Any]) -> list[dict[str, Any]]:
        async with AsyncConfluenceClient(
            config["base_url"], email=config["email"], api_token=config["api_token"]
        ) as one:
            assert [found["key"] for found in await one.get_spaces(["ENG"])] == ["ENG"]
            return await one.get_pages(space.id)

    with serve(world) as site, ConfluenceClient(**site.config) as client:
        expected = [found["id"] for found in client.get_pages(space.id)]
        assert [found["id"] for found in asyncio.run(read(site.config))] == expected


@pytest.mark.parametrize(
    "link",
    [
        "/wiki/api/v2/pages?cursor=c%2B1%3D&limit=250",
        "/wiki/api/v2/pages?limit=250&cursor=c%2B1%3D",
        "https://evil.example/wiki/api/v2/pages?limit=250&cursor=c%2B1%3D&depth=all",
    ],
)
def test_only_the_cursor_is_taken_from_the_link_wherever_it_points(link: str) -> None:
    def answer(asked: Asked) -> Said:
        return said(
            {"results": [row(2)]} if "cursor" in asked.query else {"results": [row(1)], "_links": {"next": link}}
        )

    with api_to(answer) as (api, server):
        pages = list(Walk(api, Query("pages")))
    assert [record["id"] for page in pages for record in page.records] == ["1", "2"]
    assert server.asked[1].query["cursor"] == ["c+1="]
    assert {asked.path for asked in server.asked} == {"/wiki/api/v2/pages"}


def test_the_link_header_alone_is_a_sign_of_more() -> None:
    def answer(asked: Asked) -> Said:
        if "cursor" in asked.query:
            return said({"results": [row(2)]})
        link = '</wiki/api/v2/pages?cursor=x>; rel="next", <https://site/wiki>; rel="base"'
        return said({"results": [row(1)]}, Link=link)

    with api_to(answer) as (api, _):
        assert len(list(Walk(api, Query("pages")))) == 2


def test_an_empty_page_is_not_the_end() -> None:
    def answer(asked: Asked) -> Said:
        step = int(asked.query.get("cursor", ["0"])[0])
        links = {"next": f"/wiki/api/v2/pages?cursor={step + 1}"} if step < 3 else {}
        return said({"results": [row(9)] if step == 3 else [], "_links": links})

    with api_to(answer) as (api, _):
        assert [record["id"] for page in Walk(api, Query("pages")) for record in page.records] == ["9"]


def test_a_cursor_that_repeats_is_a_failure_not_an_end() -> None:
    with (
        api_to(lambda _: said({"results": [row(1)], "_links": {"next": "/x?cursor=same"}})) as (api, _),
        pytest.raises(ConfluenceResponseError, match="repeats"),
    ):
        list(Walk(api, Query("pages")))


@pytest.mark.parametrize("data", [{}, [], None, {"results": None}, {"results": {}}, {"results": ["x"]}])
def test_an_answer_of_another_shape_is_a_failure_not_an_end(data: Any) -> None:
    with api_to(lambda _: said(data)) as (api, _), pytest.raises(ConfluenceResponseError, match="no list of results"):
        api.page(Query("pages"))


def test_a_cursor_that_the_site_refuses_is_told_apart() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    with serve(world) as site, ConfluenceClient(**site.config) as client, pytest.raises(ConfluenceCursorError):
        client.api.page(Query("pages"), "/wiki/api/v2/pages?cursor=abc")


def test_a_row_without_an_id_is_reported_and_does_not_stop_the_others() -> None:
    with api_to(lambda _: said({"results": [{"title": "nameless"}, row(2)]})) as (api, _):
        page = api.page(Query("pages"))
    assert [record["id"] for record in page.records] == ["2"]
    assert [(failure.kind, failure.id) for failure in page.failures] == [("pages", None)]


@pytest.mark.parametrize("status", [413, 500, 504])
def test_a_page_that_is_too_heavy_is_read_in_halves_down_to_the_one_bad_row(status: int) -> None:
    bad = 37

    def answer(asked: Asked) -> Said:
        start, limit = int(asked.query.get("cursor", ["0"])[0]), int(asked.query["limit"][0])
        numbers = range(start, min(100, start + limit))
        if "body-format" in asked.query and bad in numbers:
            return said({}, status)
        links = {"next": f"/x?cursor={start + limit}"} if start + limit < 100 else {}
        return said({"results": [row(number) for number in numbers], "_links": links})

    with api_to(answer) as (api, server):
        pages = list(Walk(api, Query("pages", body_format="storage", limit=64)))
    assert [record["id"] for page in pages for record in page.records] == [str(n) for n in range(100) if n != bad]
    (failure,) = [failure for page in pages for failure in page.failures]
    assert (failure.id, failure.http_status, failure.space_id) == (str(bad), status, "1")
    assert len(server.asked) < 40


def test_statuses_that_posts_do_not_know_need_no_request() -> None:
    with api_to(lambda _: said({})) as (api, server):
        assert api.page(Query("blogposts", statuses=("archived",))).records == ()
    assert server.asked == []
