"""The table of requests in the package's README, counted by the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.site import Site
from support.tap import State, command, config_file, everything, pages_of, sync
from tap_confluence.tap import TapConfluence

README = Path(__file__).resolve().parents[2] / "tap-confluence" / "README.md"


@pytest.fixture(scope="module")
def table() -> dict[str, int]:
    """Requests by run, as the README tells."""
    found = re.findall(r"^\| ([^|]+?) \| (\d+) \|$", README.read_text(), re.MULTILINE)
    return {name: int(count) for name, count in found}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[World, Site, State, int]]:
    """1,000 pages, 300 attachments, 500 comments and 40 labels, the STATE after a first sync, and what that cost."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=10_000)
    for number in range(10):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        pages = [world.create_page(space, title=f"Page {n}", body=f"<p>{n}</p>") for n in range(99)]
        for page in pages[:30]:
            world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
        for n, page in enumerate(pages[:40]):
            said = world.comment(page, body="<p>So?</p>", location=("footer", "inline")[n % 2])
            if n < 10:
                world.reply(said, body="<p>So!</p>")
            world.label(page, f"label-{n}")
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
    assert len(site.requests) <= table["3 edits and 1 new attachment"] <= 7


def test_the_readme_tells_the_requests_with_comments_and_labels(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    _, site, _, _ = served
    streams = ("spaces", "pages", "blogposts", "attachments", "footer_comments", "inline_comments", "content_labels")
    site.requests.clear()
    first = sync(site, streams=streams)
    assert len(first.ids("footer_comments")) + len(first.ids("inline_comments")) == 500
    assert len({row["name"] for row in first.of("content_labels")} - {None}) == 40
    assert len(site.requests) == table["first sync with comments and labels"] <= 80
    site.requests.clear()
    quiet = sync(site, first.state, streams=streams)
    assert quiet.content == quiet.of("content_labels") == []
    assert len(site.requests) == table["nothing changed, with comments and labels"]


def test_the_readme_tells_the_requests_of_100_spaces_of_which_one_is_empty(table: dict[str, int]) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=10_000)
    for number in range(99):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        world.create_page(space, title="Page", body="<p>x</p>")
    world.create_space(key="EMPTY", name="Nothing here", homepage=False)
    with serve(world) as site:
        first = sync(site)
        site.requests.clear()
        assert sync(site, first.state).content == []
        assert len(site.requests) == table["nothing changed in 100 spaces, one of them empty"] <= 6


def test_the_readme_tells_the_requests_of_a_data_center(
    table: dict[str, int], served: tuple[World, Site, State, int]
) -> None:
    world, *_ = served
    with serve_datacenter(world) as site:
        first = sync(site)
        assert len(first.ids("pages")) == 1000
        assert len(site.requests) == table["first sync of a Data Center"]
        world.clock.advance(days=2)
        second = sync(site, first.state)
        site.requests.clear()
        assert sync(site, second.state).content == []
        assert len(site.requests) == table["nothing changed on a Data Center"]


@pytest.mark.parametrize(("serve_site", "column"), [(serve, 0), (serve_datacenter, 1)])
def test_the_readme_tells_the_requests_of_a_small_space_on_a_larger_site(
    serve_site: Any, column: int, tmp_path: Path
) -> None:
    found = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d+) \|$", README.read_text(), re.MULTILINE)
    told = {name: int(counts[column]) for name, *counts in found}
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    small = world.create_space(key="SMALL", name="Small")
    pages = [world.create_page(small, title=f"Page {n}", body="<p>x</p>") for n in range(10)]
    for page in pages[:5]:
        world.attach(page, filename="a.txt", data=b"x", media_type="text/plain")
    for number in range(4):
        space = world.create_space(key=f"BIG{number}", name=f"Big {number}")
        for n in range(60):
            page = world.create_page(space, title=f"Page {number}.{n}", body="<p>x</p>")
            for name in ("a.txt", "b.txt"):
                world.attach(page, filename=name, data=b"x", media_type="text/plain")
    counts = {}
    with serve_site(world) as site:
        state = None
        for name, later in (("first sync", {"hours": 1}), ("nothing changed", {"days": 8}), ("weekly sweep", {})):
            before = len(site.requests)
            state = sync(site, state, spaces=["SMALL"]).state
            counts[f"the small space, {name}"] = len(site.requests) - before
            world.clock.advance(**later)
        (tmp_path / "catalog.json").write_text(json.dumps(everything(TapConfluence(config=site.config))))
        before = len(site.requests)
        config = config_file(tmp_path, site, pages=[pages[3].id])
        out = command("--config", config, "--catalog", str(tmp_path / "catalog.json"))
        counts["one named page, with every stream"] = len(site.requests) - before
    assert out.code == 0, out.stderr
    assert counts == {name: told[name] for name in counts}
