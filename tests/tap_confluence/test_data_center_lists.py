"""Lists of a Data Center that lie, never end, or refuse one space: failures that are named, never ends (FACTS 11.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import DataCenterSite, World, serve_datacenter
from support.tap import Output, State, pages_of, small_world, sync
from tap_confluence.api.query import Query
from tap_confluence.api.walk import Walk
from tap_confluence.client import ConfluenceClient
from tap_confluence.client.errors import ConfluenceError, ConfluenceResponseError

STREAMS = ("spaces", "pages", "blogposts", "attachments", "content_inventory", "tombstones", "sync_errors")


@contextmanager
def reading(world: World) -> Iterator[tuple[DataCenterSite, ConfluenceClient]]:
    with serve_datacenter(world) as site, ConfluenceClient(**site.config) as client:
        client.identity()
        yield site, client


def read(site: DataCenterSite, state: State | None = None, **settings: Any) -> Output:
    return sync(site, state, **{"streams": STREAMS, "deletion_detection": "every_sync", **settings})


def crowded() -> World:
    """A world in which each list has several pages: spaces, groups, members, attachments of a page, versions."""
    world = small_world(spaces=12, pages=4)
    for number in range(230):
        world.create_group(f"g{number}", [world.create_user(display_name=f"U{number}")])
    page = pages_of(world, "S0")[0]
    for number in range(230):
        world.attach(page, filename=f"{number}.txt", data=b"x", media_type="text/plain")
        world.edit(page, body=f"<p>{number}</p>")
        world.label(page, f"label-{number}")
    return world


def lists(world: World) -> dict[str, Query]:
    page = pages_of(world, "S0")[0].id
    everybody = "confluence-users"
    return {
        "/space$": Query("spaces", limit=5),
        "/group$": Query("groups"),
        "/member$": Query("group_members", container=("group", everybody)),
        "/child/attachment$": Query("attachments", container=("page", page)),
        "/version$": Query("content_versions", container=("page", page)),
        "/label$": Query("content_labels", container=("page", page)),
        "/content$": Query("pages", space_ids=tuple(world.spaces), limit=2),
        "/search$": Query("attachments", space_ids=tuple(world.spaces)),
    }


WHERE = sorted(lists(crowded()))


@pytest.mark.parametrize("where", WHERE)
def test_a_list_that_does_not_heed_start_is_a_failure_after_a_few_requests(where: str) -> None:
    world = crowded()
    world.switches.dc_start_ignored = where
    with reading(world) as (site, client):
        before = len(site.requests)
        pages = Walk(client.api, lists(world)[where])
        with pytest.raises(ConfluenceResponseError, match=r"again, whatever start|nothing new from|search ended"):
            list(pages)
        assert not pages.is_finished
        assert len(site.requests) - before <= 5


@pytest.mark.parametrize("where", [where for where in WHERE if where not in ("/space$", "/content$")])
def test_a_list_that_never_ends_is_a_failure_after_it_showed_all(where: str) -> None:
    world = crowded()
    with reading(world) as (site, client):
        whole = sum(len(page.records) for page in Walk(client.api, lists(world)[where]))
        assert whole > 200
        world.switches.dc_endless_lists = where
        seen, before = 0, len(site.requests)
        with pytest.raises(ConfluenceResponseError, match=r"again, whatever start|nothing new from"):  # noqa: PT012
            for page in Walk(client.api, lists(world)[where]):
                seen += len(page.records)
        assert seen >= whole
        assert len(site.requests) - before <= 6


def test_a_search_of_the_client_that_does_not_heed_start_is_a_failure_too() -> None:
    world = small_world(spaces=1, pages=30)
    world.switches.dc_start_ignored = "/content/search$"
    with reading(world) as (_, client), pytest.raises(ConfluenceError, match="again, whatever start"):
        list(client.api.search("type = page", limit=10))


def test_a_space_that_refuses_to_be_listed_is_named_and_never_certified_empty() -> None:
    world = small_world(spaces=3, pages=8)
    refused = world.space_by_key("S1")
    assert refused is not None
    world.switches.dc_spaces_refused = "S1"
    with serve_datacenter(world) as site:
        first = read(site)
        assert Counter(row["space_key"] for row in first.of("pages")) == {"S0": 9, "S2": 9}
        assert {row["id"] for row in first.of("content_inventory") if row["type"] == "sweep"}.isdisjoint({refused.id})
        assert ("pages", refused.id, 403) in {
            (row["stream"], row["space_id"], row["http_status"]) for row in first.of("sync_errors")
        }
        world.switches.dc_spaces_refused = ""
        world.clock.advance(minutes=9)
        second = read(site, first.state)
        assert {row["space_key"] for row in second.of("pages")} == {"S1"}
        assert second.of("tombstones") == []
        world.switches.dc_spaces_refused = "S1"
        world.clock.advance(minutes=9)
        world.edit(pages_of(world, "S0")[1], body="<p>new</p>")
        third = read(site, second.state)
    assert third.ids("pages") == [pages_of(world, "S0")[1].id]
    assert third.of("tombstones") == []


def test_where_all_lists_are_blocked_search_is_the_way_and_one_question_tells() -> None:
    world = small_world(spaces=3, pages=8)
    world.switches.dc_content_list_allowed = False
    with serve_datacenter(world) as site:
        out = read(site)
        assert Counter(row["space_key"] for row in out.of("pages")) == {"S0": 9, "S1": 9, "S2": 9}
        assert sum(entry.path.endswith("/content") for entry in site.requests) <= 12
    assert out.code == 0
