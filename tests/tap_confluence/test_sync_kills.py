"""Killed at any moment, with real processes: the next run ends exact, and writes little twice (law 3)."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import DataCenterSite, serve, serve_datacenter
from confluence_sim.site import Site
from support.tap import BIN, CONTENT, Output, State, config_file, pages_of, parse, small_world, sync, truth

SEEDS = [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))]


def killed_after(
    folder: Path, site: Site | DataCenterSite, records: int, state: State | None, how: int, **settings: Any
) -> Output:
    """Start a run, read its output, and kill it after so many records."""
    arguments = [str(BIN / "tap-confluence"), "--config", config_file(folder, site, **settings)]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    lines = []
    left = records
    with process, process.stdout as out:
        for line in out:
            lines.append(line)
            left -= line.startswith(b'{"type":"RECORD"')
            if left == 0:
                process.send_signal(how)
                if how == signal.SIGTERM:
                    lines += out.readlines()
                break
    return Output(parse(b"".join(lines).decode()), process.returncode)


def last_state(out: Output, before: State | None) -> State | None:
    """What a target would hand back: the last STATE that it received, else the one it had."""
    return out.states[-1] if out.states else before


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_a_random_moment_the_next_run_ends_exact(seed: int, tmp_path: Path) -> None:
    """Cloud for most of the seeds, Data Center for every third."""
    dice = random.Random(seed)
    world = small_world(spaces=3, pages=60, attachments=5)
    mirror: dict[str, dict[str, int]] = {stream: {} for stream in CONTENT}
    total = sum(len(truth(world, stream)) for stream in CONTENT)
    state: State | None = None
    with (serve_datacenter if seed % 3 == 0 else serve)(world) as site:
        for _ in range(2):
            out = killed_after(tmp_path, site, dice.randrange(1, total), state, signal.SIGKILL, page_size=10)
            state = last_state(out, state)
            for stream in CONTENT:
                mirror[stream].update({record["id"]: record["version"] for record in out.of(stream)})
            world.clock.advance(minutes=30)
            for page in pages_of(world, f"S{dice.randrange(3)}")[:7]:
                world.edit(page, body=f"<p>{dice.random()}</p>")
        last = sync(site, state, page_size=10)
        again = sync(site, last.state, page_size=10)
    for stream in CONTENT:
        mirror[stream].update({record["id"]: record["version"] for record in last.of(stream)})
        assert mirror[stream] == truth(world, stream)
    assert again.content == []


def test_killed_at_ninety_percent_at_most_fifteen_percent_are_written_again(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=399, attachments=0)
    with serve(world) as site:
        out = killed_after(tmp_path, site, 1 + 360, None, signal.SIGKILL, page_size=20)
        again = sync(site, last_state(out, None), page_size=20)
    first, second = set(out.ids("pages")), set(again.ids("pages"))
    assert len(first) >= 360
    assert first | second == set(truth(world, "pages"))
    assert len(first & second) <= 0.15 * 400


def test_sigterm_ends_with_a_state_that_fits_what_was_written(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=399, attachments=0)
    with serve(world) as site:
        out = killed_after(tmp_path, site, 50, None, signal.SIGTERM, page_size=20, requests_per_second=10)
        again = sync(site, out.state, page_size=20)
    first, second = set(out.ids("pages")), set(again.ids("pages"))
    assert out.code != 0
    assert out.messages[-1]["type"] == "STATE"
    assert first & second == set()
    assert first | second == set(truth(world, "pages"))
