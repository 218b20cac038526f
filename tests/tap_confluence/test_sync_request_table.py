"""The table of requests in the package's README, counted by the simulator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.site import Site
from support.tap import State, pages_of, sync

README = Path(__file__).resolve().parents[2] / "tap-confluence" / "README.md"


@pytest.fixture(scope="module")
def table() -> dict[str, int]:
    """Requests by run, as the README tells."""
    found = re.findall(r"^\| ([^|]+?) \| (\d+) \|$", README.read_text(), re.MULTILINE)
    return {name: int(count) for name, count in found}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[World, Site, State, int]]:
    """A site of 1,000 pages and 300 attachments, its STATE after a first sync, and what that cost."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=10_000)
    for number in range(10):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        pages = [world.create_page(space, title=f"Page {n}", body=f"<p>{n}</p>") for n in range(99)]
        for page in pages[:30]:
            world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
    with serve(world) as site:
        out = sync(site)
        assert len(out.ids("pages")) == 1000
        assert len(out.ids("attachments")) == 300
        yield world, site, out.state, len(site.requests)


def test_the_readme_tells_the_requests_of_a_first_sync(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    assert served[3] == table["first sync"] <= 30


def test_the_readme_tells_the_requests_when_nothing_changed(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    _, site, state, _ = served
    site.requests.clear()
    assert sync(site, state).content == []
    assert len(site.requests) == table["nothing changed"] <= 6


def test_the_readme_tells_the_requests_of_a_sweep(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    _, site, state, _ = served
    site.requests.clear()
    assert sync(site, state, deletion_detection="every_sync").of("tombstones") == []
    assert len(site.requests) == table["a sweep of everything"]


def test_the_readme_tells_the_requests_of_a_few_edits(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    world, site, state, _ = served
    world.clock.advance(hours=1)
    for page in pages_of(world, "S3")[:3]:
        world.edit(page, body="<p>new</p>")
    world.attach(pages_of(world, "S5")[40], filename="new.txt", data=b"y", media_type="text/plain")
    site.requests.clear()
    out = sync(site, state)
    assert len(out.content) == 4
    assert len(site.requests) <= table["3 edits and 1 new attachment"] <= 6
