"""What runs cost in requests and points, counted by the simulator: what a site's quota is spent on.

Prints a table; the figures are the same on every machine. Argument: attachments of the large site (6,000).
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from confluence_sim import Clock, DataCenterSite, Site, World, serve, serve_datacenter

TAP = str(Path(sys.executable).parent / "tap-confluence")
SMALL: dict[str, Any] = {"spaces": ["SMALL"]}


class Teller:
    """Runs the tap against a site and prints what each run cost."""

    def __init__(self, site: Site | DataCenterSite, kind: str) -> None:
        self.site, self.kind = site, kind

    def run(
        self, name: str | None, state: dict[str, Any] | None = None, *, everything: bool = False, **settings: Any
    ) -> dict[str, Any]:
        """Run once; prints a line where it has a name; returns the last STATE."""
        before, points = len(self.site.requests), self.site.totals.points
        with tempfile.TemporaryDirectory() as folder:
            given = {"config": {**self.site.config, "requests_per_second": 1000, **settings}}
            if state is not None:
                given["state"] = state
            if everything:
                told = subprocess.run([TAP, "--discover"], capture_output=True, check=True)
                given["catalog"] = json.loads(told.stdout)
                for stream in given["catalog"]["streams"]:
                    for entry in stream["metadata"]:
                        entry["metadata"]["selected"] = True
            command = [TAP]
            for option, value in given.items():
                path = Path(folder) / option
                path.write_text(json.dumps(value), encoding="utf-8")
                command += [f"--{option}", str(path)]
            done = subprocess.run(command, capture_output=True, check=True)
        if name:
            cost, spent = len(self.site.requests) - before, self.site.totals.points - points
            print(f"| {self.kind}: {name} | {cost} | {spent} |", flush=True)
        last = [line for line in done.stdout.splitlines() if line.startswith(b'{"type":"STATE"')][-1]
        value: dict[str, Any] = json.loads(last)["value"]
        return value


def large_site(attachments: int) -> World:
    """A space of ten pages and five attachments, and beside it four spaces with so many attachments together."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    small = world.create_space(key="SMALL", name="Small")
    pages = [world.create_page(small, title=f"Page {n}", body="<p>x</p>") for n in range(10)]
    for n in range(5):
        world.attach(pages[n], filename=f"{n}.txt", data=b"x", media_type="text/plain")
    for number in range(4):
        space = world.create_space(key=f"BIG{number}", name=f"Big {number}")
        for n in range(attachments // 8):
            page = world.create_page(space, title=f"Page {number}.{n}", body="<p>x</p>")
            for name in ("a.txt", "b.txt"):
                world.attach(page, filename=name, data=b"x", media_type="text/plain")
            if n % 4 == 0:
                world.comment(page, body="<p>So?</p>")
    return world


def small_within_large(site: Site | DataCenterSite, kind: str, attachments: int) -> None:
    """Print what a small space, one page, shards and a new space cost on a large site."""
    world, teller = site.world, Teller(site, kind)
    around = f"on a site with {attachments:,} attachments"
    state = teller.run(f"10 pages and 5 attachments {around}, first sync", **SMALL)
    world.clock.advance(hours=1)
    state = teller.run("the same, nothing changed", state, **SMALL)
    world.clock.advance(days=8)
    teller.run("the same, weekly sweep", state, **SMALL)
    page = next(item for item in world.contents.values() if item.type == "page" and item.title == "Page 3")
    teller.run("one named page, everything selected", everything=True, pages=[page.id])
    whole = teller.run("the whole site, first sync")
    for number in range(4):
        teller.run(f"shard {number + 1} of 4, first sync", spaces=[f"BIG{number}"])
    world.clock.advance(hours=1)
    whole = teller.run("the whole site, nothing changed", whole)
    world.create_space(key="NEW", name="New and empty")
    world.clock.advance(hours=1)
    teller.run("the whole site, one new empty space", whole)


def many_spaces(number: int) -> None:
    """Print what nothing costs in many spaces."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=100)
    for n in range(number):
        world.create_space(key=f"S{n}", name=f"Space {n}")
    world.clock.advance(hours=1)
    with serve(world) as site:
        teller = Teller(site, "Cloud")
        state = teller.run(f"{number:,} spaces, first sync")
        world.clock.advance(hours=1)
        teller.run(f"{number:,} spaces, nothing changed", state)


def main(attachments: int = 6_000, spaces: int = 5_000) -> None:
    """Print the table."""
    logging.disable()
    print("| run | requests | points |\n|---|---|---|")
    with serve(large_site(attachments)) as site:
        small_within_large(site, "Cloud", attachments)
    with serve_datacenter(large_site(attachments)) as data_center:
        small_within_large(data_center, "Data Center", attachments)
    many_spaces(spaces)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
