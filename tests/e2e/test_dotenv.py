"""``.env`` in the working directory is read by the plain commands, as by Meltano; the environment wins."""

from __future__ import annotations

import subprocess
from pathlib import Path

import duckdb
import pytest
from confluence_sim import serve
from support.meltano import BIN, clean_environment
from support.tap import pages_of, small_world

SECRET = "s3cr3t-t0ken"


def run(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=folder,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_tap_target_and_report_read_what_stands_there_and_the_environment_wins(tmp_path: Path) -> None:
    world = small_world()
    with serve(world) as site:
        (tmp_path / ".env").write_text(
            f"TAP_CONFLUENCE_BASE_URL={site.url}\n"
            f"TAP_CONFLUENCE_EMAIL={site.email}\n"
            f"export TAP_CONFLUENCE_API_TOKEN='{site.token}'  # of the simulator\n"
            'TAP_CONFLUENCE_SPACES=["S0"]\n'
            "TARGET_CDM_DOCS_DESTINATION=duckdb:///here.duckdb\n"
        )
        pipe = "tap-confluence --config=ENV | target-cdm-docs --config=ENV && cdm-docs report"
        done = run(tmp_path, pipe, TAP_CONFLUENCE_SPACES='["S1"]')
    assert done.returncode == 0, done.stderr
    assert site.token not in done.stdout + done.stderr
    with duckdb.connect(str(tmp_path / "here.duckdb"), read_only=True) as database:
        found = database.execute("SELECT source_item_id FROM cdm_doc_item WHERE doc_type = 'page'").fetchall()
    assert {item for (item,) in found} == {page.id for page in pages_of(world, "S1")}
    assert (tmp_path / "output" / "report.html").is_file()


@pytest.mark.parametrize("where", [pytest.param("set", marks=pytest.mark.chaos), "in .env"])
def test_settings_that_nobody_asked_to_read_are_named_with_the_cure(where: str, tmp_path: Path) -> None:
    told = {
        "TAP_CONFLUENCE_BASE_URL": "http://127.0.0.1:1",
        "TAP_CONFLUENCE_API_TOKEN": SECRET,
        "TARGET_CDM_DOCS_DESTINATION": f"postgresql://ada:{SECRET}@127.0.0.1:1/docs",
    }
    if where == "in .env":
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    environment = told if where == "set" else {}
    tap = run(tmp_path, "tap-confluence", **environment)
    assert tap.returncode == 1
    assert f"TAP_CONFLUENCE_BASE_URL is {where}, and not read: add --config=ENV" in tap.stderr
    target = run(tmp_path, "target-cdm-docs < /dev/null", **environment)
    assert f"TARGET_CDM_DOCS_DESTINATION is {where}, and not read: add --config=ENV" in target.stderr
    assert SECRET not in tap.stderr + target.stderr


@pytest.mark.parametrize("command", ["tap-confluence --config=ENV", "target-cdm-docs --config=ENV", "cdm-docs report"])
def test_a_file_that_cannot_be_read_is_one_line_without_what_is_in_it(command: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"TAP_CONFLUENCE_API_TOKEN=" + SECRET.encode() + b"\xff\n")
    done = run(tmp_path, f"{BIN}/{command} < /dev/null")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith(".env cannot be read: it is not UTF-8")
