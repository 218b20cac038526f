"""Every fault against the streams beside pages: whatever goes wrong, the next good run is exact, nothing is buried."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from confluence_sim import Fault, World, serve, serve_datacenter
from confluence_sim.faults import KINDS
from support.oracle import STREAMS, Gremlin, Mirror, assert_equal
from support.scripted_http import Said, scripted
from support.tap import COMMENTS, CONTENT, Output, State, busy_world, small_world, sync, truth
from support.tap_sets import SET_STREAMS, SetMirror, true_sets
from tap_confluence.client.errors import ConfluenceError

KIN = ("whiteboards", "databases", "embeds")
"""Whose restrictions are read where they are."""
WISHES: dict[str, Any] = {
    "streams": ("spaces", *CONTENT, *COMMENTS, *KIN, *SET_STREAMS, "content_inventory", "tombstones", "sync_errors"),
    "deletion_detection": "every_sync",
    "max_tombstone_share": 1,
    "page_size": 10,
    "request_timeout": 1,
}
POOR = ("missing_fields", "null_fields")
"""Faults that withhold what a row says: a set that came without its members is read again, but one that lies is not."""

AMOUNTS = {"slow_drip": 0.02, "big_page_timeout": 3, "big_page_unavailable": 3}
"""Faults as a test can bear them."""


class Reader:
    """Reads a site again and again, and keeps what a target would hold."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.mirror, self.sets = Mirror(), SetMirror()
        self.state: State | None = None

    def read(self) -> Output | None:
        """Run once; what a run that failed with an error wrote is lost to this target."""
        out = None
        with suppress(ConfluenceError):
            out = sync(self.site, self.state, **WISHES)
        if out is None:
            return None
        wrong = [
            row
            for row in out.of("tombstones")
            if any(row["id"] in truth(self.site.world, stream) for stream in STREAMS[row["type"]])
        ]
        assert wrong == [], "buried alive"
        self.mirror.load(out, once=False)
        self.sets.load(out)
        self.state = out.state
        return out

    def assert_exact(self, moment: str) -> None:
        """Compare with the world."""
        world: World = self.site.world
        assert_equal(self.mirror, world, moment, (*CONTENT, *COMMENTS))
        for stream in SET_STREAMS:
            held, true = self.sets.of(stream), true_sets(world, stream)
            assert {parent: held.get(parent) for parent in true} == true, f"{stream} {moment}"


@pytest.mark.parametrize("name", [name for name in KINDS if name not in POOR])
def test_a_fault_leaves_every_stream_exact_after_the_next_good_run(name: str) -> None:
    world = busy_world()
    gremlin, dice = Gremlin(world, 7), random.Random(7)
    with serve(world) as site, scripted(lambda _: Said()) as foreign:
        reader = Reader(site)
        fault = Fault(name, seed=7, amount=AMOUNTS.get(name))
        for moment in ("the first sync", "changes"):
            site.faults.add(replace(fault, to=foreign.url))
            reader.read()
            site.faults.clear()
            world.clock.advance(seconds=1)
            assert reader.read() is not None
            reader.assert_exact(f"after {moment} with {name}")
            for _ in range(15):
                gremlin.act()
            world.label(dice.choice([item for item in world.contents.values() if item.type == "page"]), "x")
            world.clock.advance(seconds=1)
        assert foreign.asked == []


@pytest.mark.parametrize("name", [name for name in KINDS if name not in POOR])
def test_a_fault_leaves_data_center_exact_after_the_next_good_run(name: str) -> None:
    world = small_world(spaces=2)
    world.switches.dc_anonymous_access, world.switches.dc_anonymous_told = True, False
    for space in world.spaces.values():
        world.permit(space, None)
    gremlin = Gremlin(world, 3)
    with serve_datacenter(world) as site, scripted(lambda _: Said()) as foreign:
        mirror, state = Mirror(), None
        for moment in ("the first sync", "changes"):
            site.faults.add(Fault(name, seed=3, amount=AMOUNTS.get(name), to=foreign.url))
            for good in (False, True):
                if good:
                    site.faults.clear()
                with suppress(ConfluenceError):
                    wishes = {**WISHES, "streams": ("spaces", *CONTENT, *COMMENTS, "tombstones", "content_inventory")}
                    out = sync(site, state, **wishes)
                    mirror.load(out, once=False)
                    state = out.state
                world.clock.advance(seconds=1)
            assert_equal(mirror, world, f"after {moment} with {name}", (*CONTENT, *COMMENTS))
            for _ in range(15):
                gremlin.act()
