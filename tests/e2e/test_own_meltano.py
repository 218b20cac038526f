"""``docs/your-own-meltano.md`` as it stands: a new Meltano project that adds the plugins from wheels."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import duckdb
import pytest
from confluence_sim import serve
from support.meltano import ROOT, clean_environment
from support.packages import wheels
from support.pages import blocks
from support.tap import small_world, truth

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500), pytest.mark.xdist_group("meltano")]

PLACE = "/path/to/clone/dist"
JSONL = ROOT / "plugins" / "loaders" / "target-jsonl--andyh1203.lock"


def test_a_new_project_adds_the_plugins_and_runs_them(tmp_path: Path) -> None:
    place, project, world = wheels(tmp_path / "dist"), tmp_path / "project", small_world()
    page = "\n".join(blocks(ROOT / "docs" / "your-own-meltano.md", "sh"))
    assert page.count(PLACE) == 2
    begin = f"meltano init {shlex.quote(str(project))} --no-usage-stats && cd {shlex.quote(str(project))}"
    loader = f"meltano add --no-install --plugin-type loader --from-ref {shlex.quote(str(JSONL))} target-jsonl"
    script = "\n".join(("set -euxo pipefail", begin, loader, page.replace(PLACE, shlex.quote(str(place)))))
    with serve(world) as site:
        environment = clean_environment(
            {
                "TAP_CONFLUENCE_BASE_URL": site.url,
                "TAP_CONFLUENCE_EMAIL": site.email,
                "TAP_CONFLUENCE_API_TOKEN": site.token,
                "TARGET_JSONL_DO_TIMESTAMP_FILE": "false",
            }
        )
        done = subprocess.run(
            ["bash", "-c", script],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    _, _, second = done.stderr.partition("+ meltano run tap-confluence target-cdm-docs\n")
    first, _, second = second.partition("+ meltano run tap-confluence target-cdm-docs\n")
    assert "nothing changed" in second
    assert "Installing" not in first + second.partition("+ meltano add")[0]
    with duckdb.connect(os.fspath(project / "output" / "cdm-docs.duckdb")) as database:
        found = database.execute("SELECT source_item_id FROM cdm_doc_item WHERE doc_type = 'page'").fetchall()
        streams = database.execute("SELECT DISTINCT unnest(json_keys(counts)) FROM cdm_ingest_run").fetchall()
    assert {item for (item,) in found} == set(truth(world, "pages"))
    assert not {stream for (stream,) in streams} & {"content_labels", "footer_comments", "content_versions"}
    assert "</html>" in (project / "output" / "report.html").read_text(encoding="utf-8")
    lines = (project / "output" / "cdm_doc_item.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["source_item_id"] for line in lines} >= set(truth(world, "pages"))
