"""The target killed, told to stop, cut off: what its STATE promised is there, and a replay from it ends exact."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.running_target import RunningTarget, contents, lines_of, rest_of, tale
from support.stores import Destination
from support.target import load

SEEDS = [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))]
BATCH: dict[str, Any] = {"batch_size_rows": 60}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The rows of a run to which nothing happened."""
    folder = tmp_path_factory.mktemp("undisturbed")
    destination = Destination("duckdb", f"duckdb:///{folder / 'cdm.duckdb'}")
    done = load(folder, lines_of(tale()), destination=destination.url)
    assert done.code == 0, done.stderr
    return contents(destination)


def replay(folder: Path, destination: Destination, state: Any) -> None:
    """Run again from a STATE to the end."""
    done = load(folder, lines_of(rest_of(tale(), state)), destination=destination.url, schema=destination.schema)
    assert done.code == 0, done.stderr


def assert_exact(destination: Destination, undisturbed: dict[str, Any]) -> None:
    for table, rows in contents(destination).items():
        assert rows == undisturbed[table], table


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment_a_replay_from_the_last_state_ends_exact(
    seed: int, tmp_path: Path, destination: Destination, undisturbed: dict[str, Any]
) -> None:
    dice = random.Random(seed)
    state = None
    for _ in range(dice.choice([1, 2])):
        run = RunningTarget(tmp_path, destination, lines_of(rest_of(tale(), state)), **BATCH)
        run.await_state()
        time.sleep(dice.uniform(0, 0.7))
        run.process.kill()
        run.end()
        state = run.state
    replay(tmp_path, destination, state)
    assert_exact(destination, undisturbed)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_commits_what_it_has_and_says_terminated(
    signum: signal.Signals, tmp_path: Path, destination: Destination, undisturbed: dict[str, Any]
) -> None:
    dice = random.Random(signum)
    run = RunningTarget(tmp_path, destination, lines_of(tale()), **BATCH)
    run.await_state()
    time.sleep(dice.uniform(0, 0.3))
    run.process.send_signal(signum)
    done = run.end(eof=False)
    assert done.code == 128 + signum, done.stderr
    assert "Traceback" not in done.stderr
    (row,) = destination.rows("cdm_ingest_run")
    assert row["status"] == "TERMINATED"
    assert row["finished_at"] >= row["started_at"]
    replay(tmp_path, destination, run.state)
    assert_exact(destination, undisturbed)
