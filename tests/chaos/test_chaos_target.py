"""The target killed, told to stop, cut off: what its STATE promised is there, and a replay from it ends exact."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.running_target import Rows, RunningTarget, lines_of, replay, rest_of, tale
from support.stores import Destination
from support.target import Feed, load
from target_cdm_docs.stores.writing import writer

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 23))]
BATCH: dict[str, Any] = {"batch_size_rows": 60}


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment_a_replay_from_the_last_state_ends_exact(
    seed: int, tmp_path: Path, destination: Destination, undisturbed: Rows
) -> None:
    dice = random.Random(seed)
    states: list[Any] = []
    kills = dice.choice([1, 2])
    for _ in range(kills):
        rest = lines_of(rest_of(tale(), states[-1] if states else None))
        run = RunningTarget(tmp_path, destination, rest, workers=seed % 2 * 2, **BATCH)
        run.await_state()
        time.sleep(dice.uniform(0, 0.7))
        run.process.kill()
        run.end()
        states += run.states
    replay(tmp_path, destination, states, undisturbed)
    ends = [row["status"] for row in destination.rows("cdm_ingest_run")]
    killed = "FAILED" if destination.kind == "duckdb" else "IN_PROGRESS"  # there another run may be writing
    assert ends == [*[killed] * kills, "COMPLETED"]


def whole_lines(directory: Path) -> dict[str, set[str]]:
    """What a reader finds in the files of all runs who leaves out a line that has no end."""
    found: dict[str, set[str]] = {}
    for file in directory.glob("*/*.ndjson"):
        found.setdefault(file.name, set()).update(file.read_text(encoding="utf-8").split("\n")[:-1])
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_over_files_the_runs_together_hold_every_line(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    assert load(tmp_path, lines_of(tale()), destination=f"ndjson:///{undisturbed}").code == 0
    destination = Destination("ndjson", f"ndjson:///{disturbed}")
    run = RunningTarget(tmp_path, destination, lines_of(tale()), **BATCH)
    run.await_state()
    time.sleep(dice.uniform(0, 0.2))
    run.process.kill()
    run.end()
    (cut_short,) = disturbed.iterdir()
    assert not (cut_short / "manifest.json").exists()
    rest = lines_of(rest_of(tale(), run.states[-1]))
    assert load(tmp_path, rest, destination=destination.url).code == 0
    assert whole_lines(disturbed) == whole_lines(undisturbed)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_commits_what_it_has_and_says_terminated(
    signum: signal.Signals, tmp_path: Path, destination: Destination, undisturbed: Rows
) -> None:
    dice = random.Random(signum)
    run = RunningTarget(tmp_path, destination, lines_of(tale()), workers=dice.choice([0, 2]), **BATCH)
    run.await_state()
    time.sleep(dice.uniform(0, 0.3))
    run.process.send_signal(signum)
    done = run.end(eof=False)
    assert done.code == 128 + signum, done.stderr
    assert "Traceback" not in done.stderr
    (row,) = destination.rows("cdm_ingest_run")
    assert row["status"] == "TERMINATED"
    assert row["finished_at"] >= row["started_at"]
    replay(tmp_path, destination, run.states, undisturbed)


def test_while_the_tap_is_silent_what_came_is_written_in_time(tmp_path: Path, destination: Destination) -> None:
    """A tap may wait for its rate limit for an hour."""
    feed = Feed().schema("pages", "id").page(1).state({"at": 1})
    run = RunningTarget(tmp_path, destination, feed.text, batch_seconds=0.2)
    run.await_state()
    assert run.states == [{"at": 1}]
    run.process.kill()
    run.end()
    assert len(destination.rows("cdm_doc_item")) == 1


def test_told_to_stop_while_the_last_word_is_written_it_has_completed(
    tmp_path: Path, destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writer.write_run

    def interrupted(*arguments: Any) -> None:
        write(*arguments)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("target_cdm_docs.stores.engines.database.write_run", interrupted)
    done = load(tmp_path, Feed().state({"at": 1}), destination=destination.url)
    assert (done.code, done.lines) == (0, [{"at": 1}])
    (row,) = destination.rows("cdm_ingest_run")
    assert row["status"] == "COMPLETED"


def test_told_to_stop_twice_it_still_ends_in_order(
    tmp_path: Path, destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signals in the middle of every transaction, also of those that tidy up after the first one."""
    write = writer.write

    def interrupted(*arguments: Any, **more: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        write(*arguments, **more)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("target_cdm_docs.stores.engines.database.write", interrupted)
    feed = Feed().schema("pages", "id").page(1).state({"at": 1}).page(2).page(3).state({"at": 3}).page(4)
    done = load(tmp_path, feed, destination=destination.url, batch_size_rows=2)
    assert (done.code, done.lines) == (128 + signal.SIGTERM, [{"at": 1}])
    assert [row["source_item_id"] for row in destination.rows("cdm_doc_item")] == ["1", "2"]
    (row,) = destination.rows("cdm_ingest_run")
    assert row["status"] == "TERMINATED"
