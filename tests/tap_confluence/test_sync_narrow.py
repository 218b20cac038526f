"""The narrowest list: a small space pays for itself, a whole site for one walk; exact through every change of ways."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.model import Content, Space
from confluence_sim.site import SCOPES
from support.oracle import Gremlin, Mirror, mirrored, shape
from support.tap import COMMENTS, CONTENT, Output, State, pages_of, sync

STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")
DEFAULT = ("spaces", *CONTENT, "content_inventory", "tombstones", "users", "sync_errors")
DAY = 60 * 24


def site_of(spaces: int, pages: int, attachments: int, comments: int = 0) -> World:
    """Spaces of the same size, a second between any two acts."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    for number in range(spaces):
        space = world.create_space(key=f"S{number}", name=f"S{number}")
        there = [world.create_page(space, title=f"P{n}", body="<p>x</p>") for n in range(pages)]
        for n in range(attachments):
            world.attach(there[n % pages], filename=f"{n}.txt", data=b"x", media_type="text/plain")
        for n in range(comments):
            world.reply(world.comment(there[n % pages], body="<p>c</p>"), body="<p>r</p>")
    world.clock.advance(minutes=5)
    return world


def with_small_space(attachments: int) -> tuple[World, Space]:
    world = site_of(2, 40, attachments, 100)
    small = world.create_space(key="SMALL", name="Small")
    mine = [world.create_page(small, title=f"P{n}", body="<p>x</p>") for n in range(10)]
    for page in mine[:5]:
        world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
        world.reply(world.comment(page, body="<p>c</p>"), body="<p>r</p>")
    world.clock.advance(minutes=5)
    return world, small


def counted(site: Any, act: Callable[[], Output]) -> tuple[Output, int]:
    before = len(site.requests)
    return act(), len(site.requests) - before


def test_a_small_space_of_a_large_site_pays_for_a_small_space() -> None:
    world, small = with_small_space(3000)
    with serve(world) as site:
        first, cost = counted(site, lambda: sync(site, spaces=["SMALL"], streams=DEFAULT))
        assert cost <= 10
        assert (len(first.of("pages")), len(first.of("attachments"))) == (11, 5)
        assert all(row["file_id"] and row["file_size"] == 1 for row in first.of("attachments"))
        world.clock.advance(minutes=5)
        quiet, cost = counted(site, lambda: sync(site, first.state, spaces=["SMALL"], streams=DEFAULT))
        assert (quiet.content, cost <= 6) == ([], True)
        world.attach(pages_of(world, "SMALL")[7], filename="new.txt", data=b"x", media_type="text/plain")
        world.clock.advance(minutes=DAY * 8)
        weekly, cost = counted(site, lambda: sync(site, quiet.state, spaces=["SMALL"], streams=DEFAULT))
        assert (len(weekly.of("attachments")), weekly.of("tombstones")) == (1, [])
        assert cost <= 14
        spoken, cost = counted(site, lambda: sync(site, spaces=["SMALL"], streams=STREAMS))
        assert len(spoken.of("footer_comments")) == 10
        assert cost <= 16
    assert small.id in {row["space_id"] for row in first.of("attachments")}


def test_a_new_space_costs_no_list_of_the_whole_site() -> None:
    world = site_of(4, 10, 500, 20)
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        world.create_space(key="~new", name="New", type="personal")
        world.clock.advance(minutes=5)
        second, cost = counted(site, lambda: sync(site, first.state, streams=STREAMS))
        assert [row["space_key"] for row in second.content] == ["~new"]
        assert cost <= 25
        third, cost = counted(site, lambda: sync(site, second.state, streams=STREAMS))
        assert third.content == []
        assert cost <= 20


def test_shards_cost_together_little_more_than_one_tap() -> None:
    world = site_of(4, 250, 250)
    with serve(world) as site:
        _, one = counted(site, lambda: sync(site, streams=DEFAULT))
        rows: Counter[str] = Counter()
        before = len(site.requests)
        for number in range(4):
            rows.update(row["id"] for row in sync(site, spaces=[f"S{number}"], streams=DEFAULT).content)
        shards = len(site.requests) - before
    assert set(rows) == {item.id for item in world.contents.values()}
    assert max(rows.values()) == 1
    assert shards <= one + 4 * 8


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_hundreds_of_spaces_in_which_nothing_changed_cost_one_walk_a_kind(served: Any) -> None:
    world = site_of(310, 1, 0)
    with served(world) as site:
        first = sync(site, streams=STREAMS)
        second = sync(site, first.state, streams=STREAMS)
        third, cost = counted(site, lambda: sync(site, second.state, streams=STREAMS))
        assert third.content == []
        assert cost <= 14
        page = pages_of(world, "S207")[1]
        world.clock.advance(minutes=5)
        world.edit(page, body="<p>new</p>")
        fourth = sync(site, third.state, streams=STREAMS)
    assert fourth.ids("pages") == [page.id]


def test_one_sick_space_of_hundreds_is_found_out_of_the_sites_list() -> None:
    world = site_of(120, 1, 0)
    sick = world.space_by_key("S77")
    assert sick is not None
    with serve(world) as site:
        first = sync(site, streams=DEFAULT)
        world.clock.advance(minutes=5)
        for number in range(120):
            world.edit(pages_of(world, f"S{number}")[1], body="<p>new</p>")
        bad = pages_of(world, "S77")[1].id

        from confluence_sim import Fault  # noqa: PLC0415 - beside its only use

        site.faults.add(Fault("refusal", share=1, times=0, amount=500, path="/pages$", holds=f'"{bad}"'))
        second = sync(site, first.state, streams=DEFAULT)
        assert {row["space_key"] for row in second.of("pages")} >= {f"S{n}" for n in range(120)} - {"S77"}
        site.faults.clear()
        third = sync(site, second.state, streams=DEFAULT)
    assert bad in {*second.ids("pages"), *third.ids("pages")}


@pytest.mark.parametrize("lag", [0, 3600])
def test_no_row_is_lost_when_a_space_that_search_read_is_then_read_by_the_sites_list(lag: float) -> None:
    world = site_of(3, 10, 20, 10)
    world.clock.advance(minutes=DAY * 3)
    world.switches.index_lag_seconds = lag
    mirror, state = Mirror(), None
    hidden = world.create_space(key="HIDDEN", name="Hidden")
    with serve(world) as site:
        everybody = world.group_by_name("confluence-users")
        for step in range(4):
            if step == 0:
                world.forbid(hidden, everybody)
            if step == 1:
                page = world.create_page(hidden, title="late", body="<p>x</p>")
                file = world.attach(page, filename="late.txt", data=b"x", media_type="text/plain")
                said = world.comment(page, body="<p>c</p>")
                world.permit(hidden, everybody)
            out = sync(site, state, streams=STREAMS, deletion_detection="off")
            mirror.load(out)
            state = out.state
            world.clock.advance(minutes=40)
    held = {content_id for _, content_id in mirror.rows}
    assert {page.id, file.id, said.id} <= held


def in_scope(world: World, spaces: list[str]) -> Callable[[Content], bool]:
    ids = {space.id for space in world.spaces.values() if space.key in spaces}
    return lambda item: item.space_id in ids


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 8))])
@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_the_rows_are_the_worlds_whatever_part_of_the_site_each_run_wants(served: Any, seed: int) -> None:
    dice = random.Random(seed)
    world = site_of(4, 6, 6, 4)
    gremlin = Gremlin(world, seed)
    mirror, state = Mirror(), None
    keys = [f"S{number}" for number in range(4)]
    wanted: dict[str, Any] = {}
    with served(world) as site:
        for _ in range(6):
            for _ in range(dice.randint(0, 12)):
                gremlin.act()
            world.clock.advance(seconds=1)
            if dice.random() < 0.6:
                chosen = dice.sample(keys, dice.randint(1, 4))
                wanted = dice.choice([{}, {"spaces": chosen}, {"exclude_spaces": chosen[:2]}])
            settings: dict[str, Any] = {
                "deletion_detection": "every_sync",
                "max_tombstone_share": 1,
                "page_size": dice.choice([5, 25]),
            }
            out = sync(site, state, streams=STREAMS, **settings, **wanted)
            assert (out.code, out.of("sync_errors")) == (0, [])
            mirror.load(out, once=False)
            state = out.state
        out = sync(site, state, streams=STREAMS, deletion_detection="every_sync", max_tombstone_share=1)
        mirror.load(out, once=False)
        again: State = out.state
        assert sync(site, again, streams=STREAMS, deletion_detection="every_sync").content == []
    for stream in (*CONTENT, *COMMENTS):
        held, true = mirrored(mirror, stream), shape(world, stream)
        assert {content_id: held.get(content_id) for content_id in true} == true, (stream, seed)


def test_a_token_that_may_not_search_reads_the_sites_list_instead() -> None:
    world, _ = with_small_space(20)
    with serve(world) as site:
        scoped = site.gateway_config(SCOPES - {"search:confluence"})
        out = sync(site, spaces=["SMALL"], streams=DEFAULT, **scoped)
        world.clock.advance(minutes=5)
        world.attach(pages_of(world, "SMALL")[7], filename="new.txt", data=b"x", media_type="text/plain")
        later = sync(site, out.state, spaces=["SMALL"], streams=DEFAULT, **scoped)
    assert (out.code, later.code) == (0, 0)
    assert [len(each.of("attachments")) for each in (out, later)] == [5, 1]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_bookmarks_of_years_ago_are_gone_on_with(served: Any) -> None:
    world = site_of(2, 3, 2, 1)
    wishes: dict[str, Any] = {"spaces": ["S0"], "streams": ("spaces", *CONTENT, *COMMENTS, "sync_errors")}
    with served(world) as site:
        state = sync(site, **wishes).state
        world.clock.advance(days=1000)
        page = pages_of(world, "S0")[1]
        world.edit(page, body="<p>again</p>")
        held = world.attach(page, filename="later.txt", data=b"x", media_type="text/plain")
        out = sync(site, state, **wishes)
    assert (out.code, out.of("sync_errors")) == (0, [])
    assert [row["id"] for row in out.content] == [page.id, held.id]
