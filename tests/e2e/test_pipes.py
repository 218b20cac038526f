"""Pipes as people write them: the tap into our target, our mapper and other targets; and what a mistake looks like."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.faults import Fault
from confluence_sim.site import Site
from support.meltano import ROOT, clean_environment
from support.scripted_http import Said, scripted
from support.stores import Destination
from support.tap import config_file, small_world, truth

pytestmark = pytest.mark.bare

JSONL = ROOT / ".meltano" / "loaders" / "target-jsonl" / "venv" / "bin" / "target-jsonl"


def pipe(folder: Path, *commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands as a shell pipes them; it fails if any of them does."""
    return subprocess.run(
        ["bash", "-c", "set -o pipefail; " + " | ".join(commands)],
        cwd=folder,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def target(folder: Path, destination: Destination) -> str:
    """Write the target's configuration; return its command."""
    (folder / "target.json").write_text(json.dumps({"destination": destination.url}))
    return f"target-cdm-docs --config {shlex.quote(str(folder / 'target.json'))}"


def tap(folder: Path, site: Site, **settings: Any) -> str:
    """Write the tap's configuration; return its command."""
    return f"tap-confluence --config {shlex.quote(config_file(folder, site, **settings))}"


def test_the_tap_piped_into_the_target_loads_what_the_world_holds(tmp_path: Path, destination: Destination) -> None:
    world = small_world()
    with serve(world) as site:
        done = pipe(tmp_path, tap(tmp_path, site), target(tmp_path, destination))
    assert done.returncode == 0, done.stderr
    stored = {row["source_item_id"] for row in destination.rows("cdm_doc_item")}
    assert stored == {each for kind in ("pages", "blogposts", "attachments") for each in truth(world, kind)}
    assert set(json.loads(done.stdout.splitlines()[-1])["bookmarks"]) >= {"pages", "blogposts", "attachments"}


def test_the_tap_piped_into_a_foreign_target_writes_every_record(tmp_path: Path) -> None:
    world = small_world()
    (tmp_path / "jsonl.json").write_text(json.dumps({"destination_path": str(tmp_path), "do_timestamp_file": False}))
    with serve(world) as site:
        done = pipe(tmp_path, tap(tmp_path, site), f"{shlex.quote(str(JSONL))} --config jsonl.json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "pages.jsonl").read_text().splitlines()]
    assert {line["id"]: line["version"] for line in lines} == truth(world, "pages")
    assert all(line["body"] == world.contents[line["id"]].body for line in lines)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong token": ({"api_token": "wrong-token"}, "api_token"),
    "an unreachable host": ({"base_url": "http://127.0.0.1:1"}, "127.0.0.1:1"),
    "an unknown space": ({"spaces": ["NOSUCH"]}, "NOSUCH"),
    "an unknown setting": ({"spacs": ["S0"]}, "spacs"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line_and_nothing_is_half_written(
    mistake: str, tmp_path: Path, duckdb_destination: Destination
) -> None:
    settings, word = MISTAKES[mistake]
    with serve(small_world()) as site:
        done = pipe(tmp_path, tap(tmp_path, site, **settings), target(tmp_path, duckdb_destination))
    check_refusal(done, word, duckdb_destination)


def test_a_wrong_url_is_one_clear_line_and_nothing_is_half_written(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    shop = Said(404, b"<html>No such page</html>", {"Content-Type": "text/html"})
    with serve(small_world()) as site, scripted(lambda _: shop) as other:
        done = pipe(tmp_path, tap(tmp_path, site, base_url=other.url), target(tmp_path, duckdb_destination))
    check_refusal(done, "base_url", duckdb_destination)


def check_refusal(done: subprocess.CompletedProcess[str], word: str, destination: Destination) -> None:
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "| ERROR " in line]
    assert word in line
    assert "Traceback" not in done.stderr
    assert "wrong-token" not in done.stderr
    assert destination.rows("cdm_doc_item") == []
    assert [run["status"] for run in destination.rows("cdm_ingest_run")] == ["INCOMPLETE"]


@pytest.mark.parametrize("after", [2, 4, 6])
def test_a_tap_whose_token_dies_renews_no_good_run(after: int, tmp_path: Path, duckdb_destination: Destination) -> None:
    """The alert of docs/operations.md asks for the newest run that is complete."""
    with serve(small_world(), faults=[Fault("token_dies", after=after)]) as site:
        done = pipe(tmp_path, tap(tmp_path, site, page_size=2), target(tmp_path, duckdb_destination))
    assert done.returncode == 1
    assert [run["status"] for run in duckdb_destination.rows("cdm_ingest_run")] == ["INCOMPLETE"]


def test_the_ledger_tells_what_each_run_cost_as_the_site_counted(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    counted: list[int] = []
    state: Path | None = None
    with serve(small_world()) as site:
        for _ in range(2):
            site.requests.clear()
            reader = tap(tmp_path, site) + (f" --state {shlex.quote(str(state))}" if state else "")
            done = pipe(tmp_path, reader, target(tmp_path, duckdb_destination))
            counted.append(len(site.requests))
            state = tmp_path / "state.json"
            state.write_text(done.stdout.splitlines()[-1])
    runs = sorted(duckdb_destination.rows("cdm_ingest_run"), key=lambda run: str(run["started_at"]))
    assert [run["requests"] for run in runs] == counted
    assert [run["site"] for run in runs] == [f"{site.url}/wiki"] * 2
    assert all(run["points"] >= run["requests"] > 0 for run in runs)
    assert [run["scope"]["failures"] for run in runs] == [0, 0]


def test_a_database_that_cannot_be_written_stops_both_with_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    nowhere = Destination("duckdb", f"duckdb:///{tmp_path}/file/x.duckdb")
    with serve(small_world()) as site:
        done = pipe(tmp_path, tap(tmp_path, site), target(tmp_path, nowhere))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "| ERROR " in line and "target-cdm-docs" in line]
    assert "destination" in line
