"""The target and what is around it: whoever reads its STATE, other targets, and the disk."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.hard_times import files_of_at_most
from support.running_target import Rows, RunningTarget, assert_exact, lines_of, replay, tale
from support.stores import Destination
from support.target import BIN, load

pytestmark = pytest.mark.bare

BATCH: dict[str, Any] = {"batch_size_rows": 60}


def test_whoever_reads_state_goes_away_and_the_target_says_so(
    tmp_path: Path, destination: Destination, undisturbed: Rows
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"destination": destination.url, **BATCH}))
    process = subprocess.Popen(
        [str(BIN / "target-cdm-docs"), "--config", str(config)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate(lines_of(tale()), timeout=60)
    assert process.returncode == 1, stderr
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr
    assert "whoever read the output went away" in stderr.splitlines()[-1]
    replay(tmp_path, destination, [], undisturbed)


def test_two_targets_at_once_write_the_same_tables(
    tmp_path: Path, postgres_destination: Destination, undisturbed: Rows
) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    targets = [RunningTarget(folder, postgres_destination, lines_of(tale()), **BATCH) for folder in folders]
    for target in targets:
        done = target.end()
        assert done.code == 0, done.stderr
    assert_exact(postgres_destination, undisturbed)
    assert len(postgres_destination.rows("cdm_ingest_run")) == 2


def test_a_second_run_on_a_duckdb_file_is_refused_in_one_line(
    tmp_path: Path, duckdb_destination: Destination, undisturbed: Rows
) -> None:
    first = RunningTarget(tmp_path, duckdb_destination, lines_of(tale()), **BATCH)
    first.await_state()
    (tmp_path / "second").mkdir()
    second = RunningTarget(tmp_path / "second", duckdb_destination, lines_of(tale())).end()
    assert "Only one process can write to it at a time" in second.error
    assert second.lines == []
    assert first.end().code == 0
    assert_exact(duckdb_destination, undisturbed)


@pytest.mark.parametrize("room", [300_000, *(pytest.param(n, marks=pytest.mark.chaos) for n in (50_000, 900_000))])
def test_a_full_disk_under_duckdb_is_one_line_and_the_replay_ends_exact(
    room: int, tmp_path: Path, duckdb_destination: Destination, undisturbed: Rows
) -> None:
    with files_of_at_most(room):
        done = RunningTarget(tmp_path, duckdb_destination, lines_of(tale()), **BATCH).end()
    assert re.match("destination: could not (make the tables|write a batch) in ", done.error)
    replay(tmp_path, duckdb_destination, done.lines, undisturbed)


def test_a_duckdb_file_torn_at_its_creation_is_called_so(tmp_path: Path, duckdb_destination: Destination) -> None:
    with files_of_at_most(10_000):
        done = RunningTarget(tmp_path, duckdb_destination, "").end()
    assert done.error.startswith("destination: cannot open the DuckDB file ")
    again = load(tmp_path, "", destination=duckdb_destination.url)
    assert "It is no whole DuckDB file (torn when it was made?): remove it" in again.error
    Path(duckdb_destination.url.removeprefix("duckdb:///")).unlink()
    assert load(tmp_path, "", destination=duckdb_destination.url).code == 0
