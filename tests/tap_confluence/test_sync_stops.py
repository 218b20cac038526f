"""Told to stop, left without a reader, or run twice at once, with real processes: no row is lost or buried wrongly."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.site import Site
from support.oracle import Mirror, assert_equal
from support.tap import BIN, Output, State, command, config_file, pages_of, parse, small_world, sync

SETTINGS: dict[str, Any] = {"page_size": 10, "deletion_detection": "every_sync", "max_tombstone_share": 1}
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(3, 23))]


def start(folder: Path, site: Site, state: State | None, **settings: Any) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    arguments = [str(BIN / "tap-confluence"), "--config", config_file(folder, site, **{**SETTINGS, **settings})]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def stopped(folder: Path, site: Site, records: int, state: State | None, how: int) -> tuple[Output, str]:
    """Tell a run to stop after so many records; returns all that it wrote."""
    process = start(folder, site, state, requests_per_second=30)
    assert process.stdout is not None
    assert process.stderr is not None
    lines = []
    with process:
        for line in process.stdout:
            lines.append(line)
            records -= line.startswith(b'{"type":"RECORD"')
            if records == 0:
                process.send_signal(how)
                break
        lines += process.stdout.readlines()
        words = process.stderr.read().decode()
    return Output(parse(b"".join(lines).decode()), process.returncode), words


def change(world: World, dice: random.Random) -> None:
    """What happens while the tap is away."""
    world.clock.advance(minutes=30)
    for page in pages_of(world, f"S{dice.randrange(3)}")[1:6]:
        world.edit(page, body=f"<p>{dice.random()}</p>")
    world.trash(pages_of(world, f"S{dice.randrange(3)}")[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_told_to_stop_at_a_random_moment_the_next_run_ends_exact(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    how = (signal.SIGTERM, signal.SIGINT)[seed % 2]
    world = small_world(spaces=3, pages=60, attachments=5)
    mirror = Mirror()
    state: State | None = None
    with serve(world) as site:
        for _ in range(2):
            out, words = stopped(tmp_path, site, dice.randrange(1, 150), state, how)
            assert "Traceback" not in words
            mirror.load(out, once=False)
            if out.states:
                assert out.messages[-1]["type"] == "STATE", "what was written is in the last STATE"
                state = out.state
            change(world, dice)
        last = sync(site, state, **SETTINGS)
        mirror.load(last, once=False)
        quiet = sync(site, last.state, **SETTINGS)
    assert_equal(mirror, world, "after the run that was left alone")
    assert quiet.content == quiet.of("tombstones") == []


@pytest.mark.parametrize("lines", [0, 1, 30, 120])
def test_a_reader_that_goes_away_is_one_line_and_the_next_run_ends_exact(lines: int, tmp_path: Path) -> None:
    world = small_world(spaces=3, pages=60, attachments=5)
    mirror = Mirror()
    with serve(world) as site:
        process = start(tmp_path, site, None)
        assert process.stdout is not None
        assert process.stderr is not None
        read = [process.stdout.readline() for _ in range(lines)]
        process.stdout.close()
        words = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait(30) == 1
        out = Output(parse(b"".join(read).decode()))
        mirror.load(out)
        mirror.load(sync(site, out.states[-1] if out.states else None, **SETTINGS))
    assert_equal(mirror, world, "after the run with a reader")
    assert "Traceback" not in words
    assert len([line for line in words.splitlines() if "ERROR" in line and "has gone away" in line]) == 1
    assert "BrokenPipeError" not in words


@pytest.mark.parametrize("first_wins", [True, False])
def test_two_runs_at_once_on_one_state_lose_no_row_whichever_state_is_kept(first_wins: bool, tmp_path: Path) -> None:
    world = small_world(spaces=3, pages=30, attachments=5)
    mirror = Mirror()
    with serve(world) as site:
        first = sync(site, **SETTINGS)
        mirror.load(first)
        change(world, random.Random(1))
        folders = [tmp_path / name for name in ("one", "two")]
        runs = []
        for folder in folders:
            folder.mkdir()
            runs.append(start(folder, site, first.state))
        said = [run.communicate(timeout=60)[0].decode() for run in runs]
        outs = [Output(parse(text), run.returncode) for text, run in zip(said, runs, strict=True)]
        assert [out.code for out in outs] == [0, 0]
        for out in outs:
            mirror.load(out, once=False)
        assert_equal(mirror, world, "after both")
        change(world, random.Random(2))
        last = sync(site, outs[0 if first_wins else 1].state, **SETTINGS)
        mirror.load(last)
    assert_equal(mirror, world, "after the run that follows")


def test_a_resumed_first_sync_ends_with_one_thread_although_later_streams_are_read_ahead(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=40, attachments=40)
    wishes: dict[str, Any] = {**SETTINGS, "page_size": 5, "concurrency": 1}
    with serve(world) as site:
        cut = sync(site, max_requests=6, **wishes)
        assert 0 < len(cut.of("pages")) < 41
        world.clock.advance(hours=1)
        late = pages_of(world, "S0")[1]
        world.edit(late, body="<p>since the first walk began</p>")
        (tmp_path / "state.json").write_text(json.dumps(cut.state))
        config = config_file(tmp_path, site, **wishes)
        rest = command("--config", config, "--state", str(tmp_path / "state.json"))
    assert rest.code == 0, rest.stderr
    mirror = Mirror()
    mirror.load(cut)
    mirror.load(rest)
    assert_equal(mirror, world, "after the resumed run")
