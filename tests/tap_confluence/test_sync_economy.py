"""Requests are what users pay for: each figure here is counted by the simulator."""

from __future__ import annotations

from collections import Counter

from confluence_sim import Clock, World, serve
from support.tap import pages_of, small_world, sync, truth


def test_nothing_changed_costs_three_requests_and_two_per_hundred_spaces() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=5000)
    for number in range(101):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        if number % 10 == 0:
            world.create_page(space, title="Page", body="<p/>")
    with serve(world) as site:
        first = sync(site)
        site.requests.clear()
        second = sync(site, first.state)
        asked = len(site.requests)
    assert second.content == []
    assert asked <= 3 + 2 * 2


def test_a_hundred_spaces_one_of_them_empty_and_nothing_changed_cost_at_most_six_requests() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=5000)
    for number in range(99):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    world.create_space(key="EMPTY", name="Empty", homepage=False)
    with serve(world) as site:
        first = sync(site)
        site.requests.clear()
        second = sync(site, first.state)
        asked = len(site.requests)
    assert second.content == []
    assert asked <= 6


def test_three_edits_and_one_attachment_are_exactly_those_rows_in_at_most_six_requests() -> None:
    world = small_world(spaces=5, pages=30)
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(days=1)
        edited = [pages_of(world, "S1")[3], pages_of(world, "S1")[4], pages_of(world, "S4")[7]]
        for page in edited:
            world.edit(page, body="<p>new</p>")
        attached = world.attach(
            pages_of(world, "S2")[5], filename="plan.pdf", data=b"%PDF", media_type="application/pdf"
        )
        site.requests.clear()
        second = sync(site, first.state)
        asked = len(site.requests)
    assert Counter(second.ids("pages")) == Counter(page.id for page in edited)
    assert second.ids("blogposts") == []
    assert [(r["id"], r["space_key"], r["container_id"]) for r in second.of("attachments")] == [
        (attached.id, "S2", pages_of(world, "S2")[5].id)
    ]
    assert asked <= 6


def test_a_first_sync_of_ten_spaces_with_a_thousand_pages_costs_at_most_thirty_requests() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=200)
    for number in range(10):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        pages = [world.create_page(space, title=f"Page {n}", body=f"<p>{n}</p>") for n in range(99)]
        for n in range(30):
            world.attach(pages[n], filename=f"{n}.txt", data=b"x", media_type="text/plain")
    with serve(world) as site:
        out = sync(site)
        asked = len(site.requests)
    assert len(out.ids("pages")) == 1000
    assert len(out.ids("attachments")) == 300
    assert asked <= 30


def test_spaces_named_by_key_are_asked_for_by_key() -> None:
    world = small_world(spaces=3)
    with serve(world) as site:
        out = sync(site, spaces=["S1"])
        asked = [r.query for r in site.requests if r.path.endswith("/spaces")]
    assert [query["keys"] for query in asked] == [["S1"]]
    assert [space["key"] for space in out.of("spaces")] == ["S1"]
    assert {page["space_key"] for page in out.of("pages")} == {"S1"}


def test_one_space_among_many_is_filtered_by_the_server() -> None:
    world = small_world(spaces=3)
    with serve(world) as site:
        first = sync(site, spaces=["S1"])
        world.clock.advance(days=1)
        sync(site, first.state, spaces=["S1"])
        filters = {
            tuple(r.query["space-id"])
            for r in site.requests
            if r.path.endswith(("/pages", "/blogposts")) and r.query["limit"] != ["1"] and "id" not in r.query
        }
    assert filters == {(next(s.id for s in world.spaces.values() if s.key == "S1"),)}


def test_many_changes_are_listed_without_bodies_and_then_read_by_id() -> None:
    world = small_world(spaces=2, pages=60, attachments=0)
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(days=1)
        edited = pages_of(world, "S0")[:30] + pages_of(world, "S1")[:25]
        for page in edited:
            world.edit(page, body="<p>new</p>")
        site.requests.clear()
        second = sync(site, first.state, streams=["pages"], page_size=20)
        asked = [r for r in site.requests if r.path.endswith("/pages")]
        third = sync(site, second.state, streams=["pages"])
    assert Counter(second.ids("pages")) == Counter(page.id for page in edited)
    assert {record["body"] for record in second.of("pages")} == {"<p>new</p>"}
    assert sum(r.rows for r in asked if "body-format" in r.query) <= 20 + len(edited)
    assert third.ids("pages") == []
    assert set(first.ids("pages")) == set(truth(world, "pages"))
