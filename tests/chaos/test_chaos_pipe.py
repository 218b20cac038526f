"""Tap and target in a pipe, killed together at any moment: the next run, from the target's last STATE, ends exact."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from confluence_sim.site import Site
from support.oracle import Gremlin
from support.stores import STAMPS, Destination
from support.tap import BIN, config_file

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 22))]
TABLES = ("cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_access", "cdm_work_user")
HISTORY = STAMPS | {"to_item_cdm_id"}
"""What depends on when it was seen: a title link leads to the last item that held the title, also a removed one."""


OF_THE_REMOVED = {"cdm_doc_item", "cdm_doc_revision", "cdm_doc_link"}
"""Tables in which more may stand: removed items keep what they had, and one that was written behind the last STATE
before a kill and removed before the next run is known to be gone to nobody."""


class Pipe:
    """``tap-confluence | target-cdm-docs`` with a STATE between its runs."""

    def __init__(self, folder: Path, site: Site, destination: Destination) -> None:
        folder.mkdir()
        self._state = folder / "state.json"
        self._target = folder / "target.json"
        self._target.write_text(json.dumps({"destination": destination.url, "batch_size_rows": 40}))
        self._tap = config_file(folder, site, page_size=5, deletion_detection="every_sync")
        self._said = folder / "stderr"

    def run(self, seconds: float | None = None) -> tuple[int, int]:
        """Run to the end, or kill both after so many seconds from the first STATE; returns both exit codes."""
        state = ["--state", str(self._state)] if self._state.exists() else []
        with self._said.open("wb") as said:
            tap = subprocess.Popen(
                [str(BIN / "tap-confluence"), "--config", self._tap, *state], stdout=subprocess.PIPE, stderr=said
            )
            target = subprocess.Popen(
                [str(BIN / "target-cdm-docs"), "--config", str(self._target)],
                stdin=tap.stdout,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        assert tap.stdout
        assert target.stdout
        tap.stdout.close()
        with target, tap, target.stdout as out:
            lines = [out.readline()]
            if seconds is not None:
                time.sleep(seconds)
                for process in (tap, target):
                    process.send_signal(signal.SIGKILL)
            lines += out.readlines()
        whole = [line for line in lines if line.endswith(b"\n")]
        if whole:
            self._state.write_bytes(whole[-1])
        return tap.returncode, target.returncode

    def end(self) -> None:
        """Run to the end, which both must reach."""
        assert self.run() == (0, 0), self._said.read_text()


def rows(destination: Destination) -> dict[str, list[dict[str, Any]]]:
    """What users see."""
    return {
        table: [{name: value for name, value in row.items() if name not in HISTORY} for row in destination.rows(table)]
        for table in TABLES
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_tap_and_target_killed_together_end_exact(
    seed: int, tmp_path: Path, duckdb_destination: Destination, request: pytest.FixtureRequest
) -> None:
    """Odd seeds write into DuckDB, even ones into PostgreSQL; both must hold what an undisturbed DuckDB holds."""
    dice = random.Random(seed)
    world = World()
    build_sample_site(world)
    gremlin = Gremlin(world, seed)
    undisturbed = duckdb_destination
    disturbed = Destination("duckdb", f"duckdb:///{tmp_path / 'disturbed.duckdb'}")
    if seed % 2 == 0:
        disturbed = request.getfixturevalue("postgres_destination")
    with serve(world) as site:
        pipe = Pipe(tmp_path / "a", site, disturbed)
        for _ in range(dice.choice([1, 2])):
            pipe.run(dice.uniform(0, 0.5))
            for _ in range(30):
                gremlin.act()
            world.clock.advance(minutes=30)
        pipe.end()  # resumes where it was, verified through the time at which it began
        pipe.end()  # reads what was edited since
        Pipe(tmp_path / "b", site, undisturbed).end()
    found, expected = rows(disturbed), rows(undisturbed)
    for table in TABLES:
        alive = {row["cdm_id"]: row for row in found[table] if not row.get("deleted_at")}
        told = {row["cdm_id"]: row for row in expected[table]}
        assert [each for each, row in told.items() if alive.get(each) != row] == [], table
        assert alive.keys() == told.keys() or table in OF_THE_REMOVED, table
