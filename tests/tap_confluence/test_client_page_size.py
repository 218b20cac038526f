"""Lists that a server cannot deliver in large pages: what is asked for instead, and how often that fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import Fault, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.oracle import Mirror, assert_equal
from support.scripted_http import Asked, HandClock, Said, scripted
from support.tap import State, answering, pages_of, small_world, sync, truth
from support.transport import asking
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.page_size import PATIENCE
from tap_confluence.api.query import ListingPage, Query, Sort
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.errors import ConfluenceCursorError
from tap_confluence.client.site import Site as Address
from tap_confluence.client.transport import Transport

PAGES = Query("pages", body_format="storage")


def said(data: object, status: int = 200) -> Said:
    return Said(status, json.dumps(data).encode())


def row(number: int) -> dict[str, object]:
    version = {"number": 1, "createdAt": "2026-01-05T09:00:00.000Z", "authorId": "a"}
    body = {"storage": {"representation": "storage", "value": "<p/>"}}
    place = {"spaceId": "1", "authorId": "a", "createdAt": "2026-01-05T09:00:00.000Z", "_links": {"webui": "/x"}}
    return {"id": str(number), "status": "current", "title": f"P{number}", "version": version, "body": body, **place}


class Server:
    """A list of so many pages; ``refuse`` says what a request for some of them gets instead."""

    def __init__(self, rows: int, refuse: Callable[[range, bool], Said | None], *, strict: bool = False) -> None:
        self.rows = rows
        self.refuse = refuse
        self.strict = strict
        self.good: list[int] = []
        self.bad: list[int] = []

    def __call__(self, asked: Asked) -> Said:
        start, _, given = asked.query.get("cursor", ["0"])[0].partition("|")
        limit = int(asked.query["limit"][0])
        numbers = range(int(start), min(self.rows, int(start) + limit))
        refusal = self.refuse(numbers, "body-format" in asked.query)
        if self.strict and given and int(given) != limit:
            refusal = said({"errors": [{"status": 400, "title": "Provided value for 'cursor' is not valid"}]}, 400)
        if refusal is not None:
            self.bad.append(limit)
            return refusal
        self.good.append(limit)
        more = numbers.stop < self.rows
        links = {"next": f"/x?cursor={numbers.stop}|{limit}"} if more else {}
        return said({"results": [row(number) for number in numbers], "_links": links})


@contextmanager
def api_to(server: Server, retries: int = 5) -> Iterator[CloudV2]:
    with scripted(server) as site:
        options = asking(max_retries=retries)
        api = CloudV2(
            Transport(site.url + "/wiki", Basic("a", "b"), options, clock=HandClock()), Address(site.url, "/wiki")
        )
        yield api
        api.close()


def walked(api: CloudV2, query: Query = PAGES) -> list[ListingPage]:
    pages = [api.page(query)]
    while pages[-1].cursor is not None:
        pages.append(api.page(query, pages[-1].cursor))
    return pages


def numbers_of(pages: list[ListingPage]) -> list[int]:
    return [int(record["id"]) for page in pages for record in page.records]


@pytest.mark.parametrize("bearable", [1, 2, 7, 100, 249])
@pytest.mark.parametrize("status", [500, 504])
def test_a_size_that_failed_is_remembered(bearable: int, status: int) -> None:
    rows = 40 * bearable
    server = Server(rows, lambda numbers, _: said({}, status) if len(numbers) > bearable else None)
    with api_to(server) as api:
        assert numbers_of(walked(api)) == list(range(rows))
    if bearable > 1:
        assert len(server.bad) <= 12, "while looking for the size, and when it is tried again after a while"
        assert len(server.good) <= 40 * 1.4 + 10
        assert max(server.good) >= bearable * 0.75


def test_a_size_that_failed_is_tried_again_after_a_while_since_a_server_may_have_been_ill() -> None:
    ill = [True] * 3
    server = Server(250 * 60, lambda numbers, _: said({}, 504) if len(numbers) > 60 and ill and ill.pop() else None)
    with api_to(server) as api:
        walked(api)
    assert len(server.bad) == 3
    assert server.good[-2:] == [250, 250]
    assert sum(size < 250 for size in server.good) <= 3 * PATIENCE


@pytest.mark.parametrize("status", [502, 503])
def test_what_may_be_a_hiccup_is_asked_for_once_more_before_fewer_rows_are(status: int) -> None:
    down = [said({}, status)]
    server = Server(500, lambda *_: down.pop() if down else None)
    with api_to(server) as api:
        walked(api)
    assert (server.bad, server.good) == ([250], [250, 250])


@pytest.mark.parametrize("status", [502, 503])
def test_a_proxy_that_gives_up_on_heavy_pages_gets_smaller_ones(status: int) -> None:
    server = Server(240, lambda numbers, _: said({}, status) if len(numbers) > 40 else None)
    with api_to(server) as api:
        assert numbers_of(walked(api)) == list(range(240))
    assert len(server.bad) <= 14


@pytest.mark.parametrize("status", [500, 502])
def test_the_one_row_that_fells_the_server_is_found_and_stepped_over(status: int) -> None:
    def refuse(numbers: range, bodies: bool) -> Said | None:
        return said({}, status) if bodies and 137 in numbers else None

    server = Server(500, refuse)
    with api_to(server, retries=1) as api:
        pages = walked(api)
    assert numbers_of(pages) == [number for number in range(500) if number != 137]
    (failure,) = [failure for page in pages for failure in page.failures]
    assert (failure.id, failure.http_status) == ("137", status)
    assert server.good[-1] > 50, "what one row was to blame for is forgotten with it"


def test_a_maximum_that_was_lowered_is_found_by_its_refusals() -> None:
    words = "limit must be at most 50 when body-format is set"
    refusal = said({"errors": [{"status": 400, "code": "INVALID_REQUEST_PARAMETER", "title": words}]}, 400)
    server = Server(200, lambda numbers, _: refusal if len(numbers) > 50 else None)
    with api_to(server) as api:
        assert numbers_of(walked(api)) == list(range(200))
    assert len(server.bad) <= 7


def test_a_server_that_wants_one_size_for_a_cursor_gets_it() -> None:
    server = Server(1000, lambda numbers, _: said({}, 504) if len(numbers) > 100 else None, strict=True)
    with api_to(server) as api:
        assert numbers_of(walked(api)) == list(range(1000))
    assert set(server.good) == {62}
    assert len(server.bad) == 3


def test_where_only_that_size_fails_the_walk_begins_again_with_small_pages() -> None:
    late = Server(
        1000, lambda numbers, _: said({}, 504) if len(numbers) > 100 and numbers.stop > 300 else None, strict=True
    )
    with api_to(late) as api:
        first = api.page(PAGES)
        with pytest.raises(ConfluenceCursorError, match="the walk begins again"):
            api.page(PAGES, first.cursor)
        bare = api.page(Query("pages"))
        assert len(bare.records) == 25, "the place is looked for in pages of the same size"
        assert numbers_of(walked(api)) == list(range(1000))


@pytest.mark.parametrize(("what", "streams"), [("/users-bulk", ("pages", "users")), ("/group", ("group_members",))])
def test_what_has_no_limit_is_retried_and_not_halved(what: str, streams: tuple[str, ...]) -> None:
    asked = []

    def fail(request: object) -> Reply | None:
        path = getattr(request, "path", "")
        if path.endswith(what):
            asked.append(path)
            return Reply({"message": "x"}, status=500)
        return None

    with serve(small_world(spaces=1, pages=3)) as site, answering(site, fail):
        out = sync(site, streams=(*streams, "sync_errors"), max_retries=1)
    assert len(asked) == 2
    assert out.code == 1 or out.of("sync_errors")


@pytest.mark.parametrize("kind", ["cloud", "data_center"])
@pytest.mark.parametrize("fault", ["big_page_timeout", "big_page_unavailable"])
def test_a_sync_of_a_site_that_bears_small_pages_alone_is_whole(kind: str, fault: str) -> None:
    world = small_world(spaces=2, pages=50, attachments=0)
    with serve(world) if kind == "cloud" else serve_datacenter(world) as site:
        site.faults.add(Fault(fault, seed=1, amount=20))
        out = sync(site, max_retries=1)
    assert (len(out.of("pages")), out.code, out.of("sync_errors")) == (102, 0, [])


@pytest.mark.parametrize("bearable", [3, 100])
def test_a_site_that_refuses_a_cursor_under_another_limit_is_read_whole(bearable: int) -> None:
    """FACTS 1.6: not to change the limit while a cursor is used; a server that takes it at its word."""
    world = small_world(spaces=1, pages=4 * bearable, attachments=5)
    world.switches.cursor_keeps_limit = True
    with serve(world) as site:
        site.faults.add(Fault("big_page_timeout", share=1, times=0, amount=bearable))
        first = sync(site, streams=("pages", "attachments", "sync_errors"))
        again = sync(site, first.state, streams=("pages", "attachments", "sync_errors"))
    assert sorted(first.ids("pages")) == sorted(truth(world, "pages"))
    assert (first.of("sync_errors"), first.code) == ([], 0)
    assert (again.content, again.code) == ([], 0)


def test_law_21_a_cursor_that_was_kept_under_another_page_size_is_walked_again() -> None:
    world = small_world(spaces=2, pages=40, attachments=30)
    world.switches.cursor_keeps_limit = True
    world.clock.advance(hours=1)
    mirror = Mirror()
    wishes: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}
    state: State | None = None
    with serve(world) as site:
        for page_size, budget in ((10, 8), (7, 8), (25, 8), (10, None), (5, 20), (9, 20), (50, None)):
            out = sync(site, state, **wishes, page_size=page_size, max_requests=budget)
            mirror.load(out)
            state = out.state
            assert (out.code, out.of("sync_errors")) == (0, [])
            world.edit(pages_of(world, "S0")[3], body=f"<p>{page_size}</p>")
            world.trash(pages_of(world, "S1")[-1])
            world.clock.advance(hours=1)
        mirror.load(sync(site, state, **wishes))
    assert_equal(mirror, world, "at the end")


def test_a_walk_by_latest_change_has_a_size_of_its_own() -> None:
    server = Server(300, lambda numbers, _: said({}, 504) if len(numbers) > 100 else None)
    with api_to(server) as api:
        walked(api)
        server.bad.clear()
        api.page(Query("pages", body_format="storage", sort=Sort.NEWEST))
    assert server.bad == [250, 125]
