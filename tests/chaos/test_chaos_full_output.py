"""Standard output, or files, on a disk that fills: one line, exit code 1, and the next run ends exact."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from confluence_sim import serve
from support.hard_times import files_of_at_most
from support.oracle import Mirror, assert_equal
from support.running_target import Rows, RunningTarget, lines_of, replay, rest_of, tale
from support.stores import Destination
from support.tap import BIN, Output, command, config_file, parse, small_world
from support.target import load

SETTINGS = {"page_size": 5, "deletion_detection": "every_sync", "requests_per_second": 1000}


def complaint(process: subprocess.CompletedProcess[bytes]) -> str:
    """The last line about an error, of a run that ended in order."""
    words = process.stderr.decode()
    assert process.returncode == 1, words
    assert "Traceback" not in words
    assert "Exception ignored" not in words
    return [line for line in words.splitlines() if "ERROR" in line][-1]


@pytest.mark.parametrize("most", [0, 10_000, 60_000])
def test_the_tap_says_so_and_goes_on_from_the_last_state_that_was_kept(most: int, tmp_path: Path) -> None:
    world = small_world(spaces=3, pages=60, attachments=5)
    mirror, kept = Mirror(), tmp_path / "kept.jsonl"
    with serve(world) as site:
        config = config_file(tmp_path, site, **SETTINGS)
        with kept.open("wb") as file, files_of_at_most(most):
            done = subprocess.run(
                [BIN / "tap-confluence", "--config", config], stdout=file, stderr=subprocess.PIPE, check=False
            )
        assert "standard output cannot be written (File too large)" in complaint(done)
        assert kept.stat().st_size == most
        out = Output(parse(kept.read_text().rpartition("\n")[0]))
        mirror.load(out, once=False)
        state = []
        if out.states:
            (tmp_path / "state.json").write_text(json.dumps(out.states[-1]))
            state = ["--state", str(tmp_path / "state.json")]
        last = command("--config", config, *state)
        assert last.code == 0, last.stderr
        mirror.load(last, once=False)
    assert_equal(mirror, world, "after the run with room for its output")


def test_the_target_says_so_and_a_replay_ends_exact(
    tmp_path: Path, destination: Destination, undisturbed: Rows
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"destination": destination.url, "batch_size_rows": 60}))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [BIN / "target-cdm-docs", "--config", config],
            input=lines_of(tale()).encode(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert "standard output cannot be written (No space left on device)" in complaint(done)
    replay(tmp_path, destination, [], undisturbed)


def test_the_mapper_says_so() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [BIN / "map-cdm-docs"],
            input=lines_of(tale()).encode(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert "standard output cannot be written (No space left on device)" in complaint(done)


@pytest.mark.parametrize("most", [20_000, 60_000])
def test_files_that_may_not_grow_hold_whole_lines_and_the_next_run_brings_the_rest(most: int, tmp_path: Path) -> None:
    told, cut = tmp_path / "told", tmp_path / "cut"
    assert load(tmp_path, lines_of(tale()), destination=f"ndjson:///{told}").code == 0
    destination = Destination("ndjson", f"ndjson:///{cut}")
    with files_of_at_most(most):
        done = RunningTarget(tmp_path, destination, lines_of(tale()), batch_size_rows=60).end()
    assert done.code == 1
    assert done.error.startswith("destination: cannot write into ")
    assert list(cut.glob("*/manifest.json")) == [], "no run that failed calls itself complete"
    rest = rest_of(tale(), done.lines[-1] if done.lines else None)
    assert load(tmp_path, lines_of(rest), destination=destination.url).code == 0
    assert whole_lines(cut) == whole_lines(told)


def whole_lines(directory: Path) -> dict[str, set[str]]:
    """What a reader finds in the files of all runs who leaves out a line that has no end."""
    found: dict[str, set[str]] = {}
    for file in directory.glob("*/*.ndjson"):
        found.setdefault(file.name, set()).update(file.read_text(encoding="utf-8").split("\n")[:-1])
    return found
