"""A walk over a listing ends, and proves what it saw, whatever the server answers (law 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from support.scripted_http import Asked, HandClock, Said, Scripted, scripted
from support.transport import asking
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.query import Query
from tap_confluence.api.walk import Proof, Walk, walk_ids
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.errors import ConfluenceResponseError
from tap_confluence.client.site import Site
from tap_confluence.client.transport import Transport


def answer(rows: list[dict[str, Any]], cursor: object = None) -> Said:
    links = {} if cursor is None else {"next": f"/wiki/api/v2/pages?cursor={cursor}"}
    return Said(200, json.dumps({"results": rows, "_links": links}).encode(), {"Content-Type": "application/json"})


def row(number: int) -> dict[str, Any]:
    return {"id": str(number), "title": f"T{number}", "spaceId": "1", "_links": {"webui": f"/p/{number}"}}


@contextmanager
def api_to(respond: Callable[[Asked], Said]) -> Iterator[tuple[CloudV2, Scripted]]:
    with scripted(respond) as server:
        options = asking(max_retries=0, requests_per_second=10_000)
        api = CloudV2(
            Transport(server.url + "/wiki", Basic("a", "b"), options, clock=HandClock()), Site(server.url, "/wiki")
        )
        yield api, server
        api.close()


def three_pages(asked: Asked) -> Said:
    step = int(asked.query.get("cursor", ["0"])[0])
    return answer([row(2 * step), row(2 * step + 1)], step + 1 if step < 2 else None)


def test_a_walk_that_was_finished_has_a_proof_of_everything() -> None:
    with api_to(three_pages) as (api, _):
        pages = Walk(api, Query("pages"))
        assert len(list(pages)) == 3
    assert (pages.proof.rows, pages.proof.to_the_end, pages.proof.is_complete) == (6, True, True)


def test_a_walk_has_no_proof_before_its_end_and_none_when_it_was_given_up() -> None:
    with api_to(three_pages) as (api, _):
        begun, cut = Walk(api, Query("pages")), Walk(api, Query("pages"), at_most=2)
        next(iter(begun))
        assert len(list(cut)) == 2
    for pages in (begun, cut):
        assert not pages.is_finished
        with pytest.raises(ConfluenceResponseError, match="without a proof"):
            _ = pages.proof


def test_a_walk_that_begins_in_the_middle_proves_what_lies_behind_its_cursor_alone() -> None:
    with api_to(three_pages) as (api, _):
        pages = Walk(api, Query("pages"), cursor="1")
        assert [record["id"] for page in pages for record in page.records] == ["2", "3", "4", "5"]
    assert (pages.proof.cursor, pages.proof.to_the_end, pages.proof.is_complete) == ("1", True, False)


def test_a_walk_ends_where_its_last_row_lies_far_enough_back() -> None:
    with api_to(three_pages) as (api, server):
        pages = Walk(api, Query("pages"), enough=lambda record: int(record["id"]) >= 3)
        list(pages)
    assert (len(server.asked), pages.proof.to_the_end) == (2, False)


def test_a_proof_is_made_by_walking_alone() -> None:
    with pytest.raises(TypeError, match="made by walking"):
        Proof(object(), query=Query("pages"), cursor=None, rows=0, to_the_end=True, whole=True, first_observed_at="")


def test_a_page_that_comes_again_and_again_under_new_cursors_is_a_failure_not_a_listing_without_end() -> None:
    cursors = count(1)
    with (
        api_to(lambda _: answer([row(1), row(2)], next(cursors))) as (api, server),
        pytest.raises(ConfluenceResponseError, match="leads nowhere"),
    ):
        list(Walk(api, Query("pages")))
    assert len(server.asked) <= 5


@pytest.mark.parametrize("rows", [[], [row(1)]])
def test_a_look_up_by_id_ends_although_its_next_link_never_does(rows: list[dict[str, Any]]) -> None:
    cursors = count(1)
    with (
        api_to(lambda _: answer(rows, next(cursors))) as (api, server),
        pytest.raises(ConfluenceResponseError, match="leads nowhere"),
    ):
        list(walk_ids(api, Query("pages"), ["1", "2", "3"]))
    assert len(server.asked) <= 6


def test_the_containers_of_attachments_are_looked_up_with_an_end() -> None:
    cursors = count(1)
    hanging = {"type": "attachment", "container_type": "page", "container_id": "7", "space_id": None}
    with (
        api_to(lambda _: answer([], next(cursors))) as (api, server),
        pytest.raises(ConfluenceResponseError, match="leads nowhere"),
    ):
        api.locate([hanging])
    assert len(server.asked) <= 4
