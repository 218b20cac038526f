"""The one run that all of ``examples/`` have: STATE and data kept between runs, in files or in the database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from confluence_sim import serve
from confluence_sim.site import Site
from support.meltano import ROOT, clean_environment
from support.stores import Destination
from support.tap import pages_of, small_world


def elt(folder: Path, site: Site, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "TAP_CONFLUENCE_BASE_URL": site.url,
        "TAP_CONFLUENCE_EMAIL": site.email,
        "TAP_CONFLUENCE_API_TOKEN": site.token,
        "TAP_CONFLUENCE_MAX_RETRIES": "0",
        "ELT_DIR": str(folder / "kept"),
        **more,
    }
    return subprocess.run(
        [ROOT / "examples" / "elt.sh"],
        cwd=folder,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def runs(folder: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(folder / "kept" / "cdm-docs.duckdb"), read_only=True) as database:
        return database.execute("SELECT status, counts ->> 'pages' FROM cdm_ingest_run ORDER BY run_id").fetchall()


def test_the_script_run_twice_goes_on_where_it_stopped(tmp_path: Path) -> None:
    world = small_world()
    with serve(world) as site:
        first = elt(tmp_path, site)
        assert first.returncode == 0, first.stderr
        world.clock.advance(hours=24)
        world.edit(pages_of(world, "S1")[2], body="<p>Changed overnight.</p>")
        second = elt(tmp_path, site)
        assert second.returncode == 0, second.stderr
    pages = sum(len(pages_of(world, key)) for key in ("S0", "S1", "S2"))
    assert runs(tmp_path) == [("COMPLETED", str(pages)), ("COMPLETED", "1")]


def test_a_run_that_fails_says_so_and_leaves_the_state_of_the_last_good_one(tmp_path: Path) -> None:
    world = small_world()
    with serve(world) as site:
        assert elt(tmp_path, site).returncode == 0
        kept = (tmp_path / "kept" / "state.json").read_text()
    done = elt(tmp_path, site)
    assert done.returncode != 0
    assert "| ERROR " in done.stderr
    assert (tmp_path / "kept" / "state.json").read_text() == kept


@pytest.mark.chaos
def test_a_machine_that_keeps_nothing_goes_on_from_the_state_in_the_database(
    tmp_path: Path, postgres_destination: Destination
) -> None:
    world = small_world()
    told = {"TARGET_CDM_DOCS_DESTINATION": postgres_destination.url, "TARGET_CDM_DOCS_SCHEMA": "of mine"}
    with serve(world) as site:
        for night in ("first", "second"):
            (tmp_path / night / "kept").mkdir(parents=True)
            (tmp_path / night / "kept" / "state.json").write_text("left by a run into another database")
            done = elt(tmp_path / night, site, **told)
            assert done.returncode == 0, done.stderr
    stored = Destination(postgres_destination.kind, postgres_destination.url, "of mine")
    pages = sum(len(pages_of(world, key)) for key in ("S0", "S1", "S2"))
    assert [run["counts"].get("pages") for run in stored.rows("cdm_ingest_run")] == [pages, None]


def test_a_state_that_was_cut_short_is_not_kept(tmp_path: Path) -> None:
    whole, torn = '{"bookmarks": {"pages": {}}}', '{"bookmarks": {"pages": {}'
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in {
        "tap-confluence": "exit 0",
        "target-cdm-docs": f"printf '%s\\n%s' '{whole}' '{torn}'; exit 1",
        "python": f"exec '{sys.executable}' \"$@\"",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    environment = clean_environment({"ELT_DIR": str(tmp_path / "kept")})
    environment["PATH"] = f"{tools}:{environment['PATH']}"
    done = subprocess.run([ROOT / "examples" / "elt.sh"], env=environment, check=False, timeout=60)
    assert done.returncode == 1
    assert (tmp_path / "kept" / "state.json").read_text() == whole + "\n"
