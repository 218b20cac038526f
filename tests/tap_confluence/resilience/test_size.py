"""What grows with a site grows in proportion: work by rows, STATE by what changed, memory by a bound in bytes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from support.running_tap import running, until
from support.tap import Output, pages_of, sync
from support.work import calls

QUEUE = 30_000_000
"""Bytes of answers that are read ahead, over all feeds."""


def site_of(spaces: int, pages: int, body: str = "<p>x</p>") -> World:
    """Spaces with so many pages each."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=10)
    for number in range(spaces):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        for n in range(pages):
            world.create_page(space, title=f"Page {number}.{n}", body=body)
    return world


def test_the_guard_takes_work_in_proportion_to_what_it_holds_back() -> None:
    taken = []
    for pages in (400, 1200):
        world = site_of(1, pages)
        with serve(world) as site:
            first = sync(site)
            world.clock.advance(days=8)
            for page in pages_of(world, "S0")[1:]:
                world.trash(page)
            outs: list[Output] = []
            taken.append(calls(lambda site=site, first=first, outs=outs: outs.append(sync(site, first.state))))  # type: ignore[misc]  # bound at once
            assert outs[0].of("tombstones") == []
            assert {row["stage"] for row in outs[0].of("sync_errors")} == {"sweep"}
            world.clock.advance(days=8)
            agreed = sync(site, outs[0].state)
            assert len(agreed.of("tombstones")) == pages
    assert taken[1] <= 3.5 * taken[0], "three times the rows"


@pytest.mark.chaos
@pytest.mark.parametrize("part", ["forgotten", "unchanged", "first"])
def test_spaces_take_work_in_proportion_to_their_number(part: str) -> None:
    """A first sync, a run in which nothing changed, and one in which all spaces but one have left the scope."""
    taken = []
    for spaces in (150, 600):
        world = site_of(spaces, 0)
        with serve(world) as site:
            if part == "first":
                taken.append(calls(lambda site=site: sync(site)))  # type: ignore[misc]  # bound at once
                continue
            state = sync(site).state
            wishes: dict[str, Any] = {"spaces": ["S1"]} if part == "forgotten" else {}
            taken.append(calls(lambda site=site, state=state, wishes=wishes: sync(site, state, **wishes)))  # type: ignore[misc]  # bound at once
    assert taken[1] <= 4.6 * taken[0], "four times the spaces"


def bytes_of(folder: Path, kind: str) -> int:
    """The bytes of the lines of a kind of message that a run wrote."""
    lines = (folder / "stdout").read_bytes().splitlines()
    return sum(len(line) for line in lines if line.startswith(b'{"type":"%b"' % kind.encode()))


def test_state_is_a_fiftieth_of_a_first_syncs_bytes_at_most(tmp_path: Path) -> None:
    world = site_of(30, 120, "<p>" + "lorem ipsum dolor sit amet " * 40 + "</p>")
    with serve(world) as site, running(tmp_path, site, page_size=50) as tap:
        out = tap.ended()
    assert len(out.of("pages")) == 30 * 121
    assert len(out.states) > 3, "and yet it leaves again and again"
    assert bytes_of(tmp_path, "STATE") <= 0.02 * bytes_of(tmp_path, "RECORD")


def test_queues_are_bounded_in_bytes_while_nobody_reads(tmp_path: Path) -> None:
    """A pipe that nobody reads: what was answered until then is what the tap holds."""
    size = 400_000
    world = site_of(5, 80, "x" * size)
    with serve(world) as site, running(tmp_path, site, piped=True, page_size=20, concurrency=5) as tap:
        until(lambda: len(site.requests) > 5, "pages are read")
        seen = -1
        while seen != site.totals.bytes:
            seen = site.totals.bytes
            time.sleep(2)
        assert tap.alive
    answer = 20 * size
    assert seen <= QUEUE + 5 * answer + answer, "five on their way, and one that is being written"
    assert seen >= 10_000_000, "and yet it reads ahead"
