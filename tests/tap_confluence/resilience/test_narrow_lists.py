"""A small space pays for a small space, however large the site around it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluence_sim import Clock, Space, World, serve, serve_datacenter
from support.tap import Output, State, pages_of, sync

STREAMS = ("spaces", "pages", "blogposts", "attachments", "users", "content_inventory", "tombstones", "sync_errors")
COMMENTED = (*STREAMS, "footer_comments", "inline_comments")
SERVED = pytest.mark.parametrize("served", [serve, serve_datacenter])


def a_site(others: int) -> tuple[World, Space]:
    """A space of ten pages, five attachments and three comments; around it a space of so many pages with the like."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    small = world.create_space(key="SMALL", name="Small")
    mine = [world.create_page(small, title=f"P{n}", body="<p>x</p>") for n in range(10)]
    for n in range(5):
        world.attach(mine[n], filename=f"f{n}.txt", data=b"x")
    for n in range(3):
        world.comment(mine[n], body="<p>c</p>")
    big = world.create_space(key="BIG", name="Big")
    for n in range(others):
        page = world.create_page(big, title=f"B{n}", body="<p>x</p>")
        world.attach(page, filename=f"{n}.txt", data=b"x")
        world.comment(page, body="<p>c</p>", location=("footer", "inline")[n % 2])
    return world, small


def costs(site: Any, turns: list[Callable[[], None]], **wishes: Any) -> list[tuple[int, int]]:
    """Requests and rows received of one run after another, with something between."""
    found: list[tuple[int, int]] = []
    state: State | None = None
    for between in turns:
        between()
        before, rows = len(site.requests), site.totals.rows
        out: Output = sync(site, state, page_size=25, **wishes)
        assert (out.code, out.of("sync_errors")) == (0, [])
        state = out.state
        found.append((len(site.requests) - before, site.totals.rows - rows))
    return found


@SERVED
@pytest.mark.parametrize("streams", [STREAMS, COMMENTED], ids=["default", "with comments"])
@pytest.mark.parametrize("wish", ["space", "page"])
def test_the_rest_of_the_site_costs_a_small_space_or_page_nothing(served: Any, streams: Any, wish: str) -> None:
    """A first sync, a run in which nothing changed, one after edits, and the weekly sweep."""
    found = []
    for others in (1, 300):
        world, _ = a_site(others)
        mine = pages_of(world, "SMALL")
        wishes = {"spaces": ["SMALL"]} if wish == "space" else {"pages": [mine[2].id]}

        def edits(world: World = world, mine: list[Any] = mine) -> None:
            world.clock.advance(hours=1)
            world.edit(mine[2], body="<p>new</p>")
            world.attach(mine[2], filename="new.txt", data=b"x")
            for page in pages_of(world, "BIG")[:40]:
                world.edit(page, body="<p>new</p>")
            world.clock.advance(hours=1)

        def nothing(world: World = world) -> None:
            world.clock.advance(minutes=5)

        def a_week(world: World = world) -> None:
            world.clock.advance(days=8)

        with served(world) as site:
            found.append(costs(site, [nothing, nothing, edits, a_week], streams=streams, **wishes))
    alone, within = found
    for turn, (least, real) in enumerate(zip(alone, within, strict=True)):
        assert real[0] <= least[0] + 2, f"run {turn}: {within} requests and rows, against {alone} on a small site"
        assert real[1] <= least[1] + 60, f"run {turn}: {within} requests and rows, against {alone} on a small site"


@SERVED
@pytest.mark.parametrize("streams", [STREAMS, COMMENTED], ids=["default", "with comments"])
def test_a_new_space_costs_the_same_on_a_small_site_and_on_a_large_one(served: Any, streams: Any) -> None:
    more = []
    for others in (1, 300):
        world, _ = a_site(others)
        with served(world) as site:

            def nothing(world: World = world) -> None:
                world.clock.advance(hours=1)

            def a_space(world: World = world) -> None:
                world.clock.advance(hours=1)
                world.create_space(key="~new", name="New", type="personal")
                world.clock.advance(minutes=5)

            _, quiet, new, _ = costs(site, [nothing, nothing, a_space, nothing], streams=streams)
            more.append(new[0] - quiet[0])
    assert more[1] <= more[0] + 1, "requests that a new, empty space adds, on a small site and on a large one"
    assert more[0] <= 16


@SERVED
def test_four_shards_cost_hardly_more_than_one_tap(served: Any) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    for number in range(4):
        space = world.create_space(key=f"K{number}", name=f"K{number}")
        for n in range(100):
            page = world.create_page(space, title=f"P{n}", body="<p>x</p>")
            world.attach(page, filename=f"{n}.txt", data=b"x")
    with served(world) as site:
        sync(site, page_size=25)
        whole = len(site.requests)
        for number in range(4):
            assert len(sync(site, page_size=25, spaces=[f"K{number}"]).ids("attachments")) == 100
        shards = len(site.requests) - whole
    assert shards <= whole + 4 * 10


def test_users_of_a_data_center_come_from_the_rows_that_name_them() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    people = [world.create_user(display_name=f"U{n}", email=f"u{n}@example.com") for n in range(120)]
    space = world.create_space(key="BIG", name="Big")
    for n, who in enumerate(people):
        world.create_page(space, title=f"B{n}", body="<p>x</p>", author=who)
    with serve_datacenter(world) as site:
        out = sync(site)
        asked = sum(request.path.endswith("/rest/api/user") for request in site.requests)
    told = {row["display_name"] for row in out.of("users")}
    assert told >= {who.display_name for who in people}
    assert asked <= 2
