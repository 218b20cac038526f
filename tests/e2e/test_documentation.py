"""What the documentation says can be done: its commands run, and what it names is there."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from support.meltano import ROOT, clean_environment
from support.pages import blocks
from tap_confluence.tap import TapConfluence
from target_cdm_docs.target import TargetCdmDocs

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "*/README.md")
    for page in ROOT.glob(pattern)
    if not page.relative_to(ROOT).parts[0].startswith((".", "output"))
)
ELSEWHERE = {"TAP_CONFLUENCE__SELECT", "TAP_CONFLUENCE_LOGLEVEL"}
"""Variables that Meltano and the SDK read."""


def anchor(heading: str) -> str:
    """What a heading is called in a link."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def settings(plugin: type[TapConfluence | TargetCdmDocs]) -> Iterator[str]:
    """The variables that a plugin reads."""
    schema = {"properties": dict(plugin.config_jsonschema["properties"])}
    plugin.append_builtin_config(schema)
    for name in schema["properties"]:
        yield plugin._env_var_prefix + name.upper()


def test_the_quickstart_and_the_recipe_for_catalogs_run_as_they_stand(tmp_path: Path) -> None:
    lines = "\n".join(blocks(ROOT / "docs" / "quickstart.md", "sh")).splitlines()
    own = [line for line in lines if not line.startswith(("scripts/setup.sh", ". .venv", "meltano "))]
    assert len(own) >= len(lines) - 4
    (recipe,) = (block for block in blocks(ROOT / "docs" / "recipes.md", "sh") if "--catalog" in block)
    parts = ("set -euo pipefail", "trap 'kill $(jobs -p)' EXIT", *own, recipe)
    script = "\n".join(parts).replace("8090", str(free_port()))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"│ HB +│", done.stdout)
    with duckdb.connect(str(tmp_path / "output" / "cdm-docs.duckdb")) as database:
        counted = database.execute("SELECT counts ->> 'pages' FROM cdm_ingest_run ORDER BY run_id").fetchall()
        labels = database.execute("SELECT counts ->> 'content_labels' FROM cdm_ingest_run ORDER BY run_id").fetchall()
        (pages,) = database.execute("SELECT count(*) FROM cdm_doc_item WHERE doc_type = 'page'").fetchone() or (0,)
    assert counted == [(str(pages),), (None,), (str(pages),)]
    assert [bool(count) for (count,) in labels] == [False, False, True]
    (run,) = (tmp_path / "output" / "raw").iterdir()
    assert (run / "manifest.json").is_file()
    streams = {json.loads(line).get("stream") for line in (tmp_path / "documents.jsonl").read_text().splitlines()}
    assert streams >= {"cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_work_user"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, fragment = target.partition("#")
        if path.startswith("https://"):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert fragment in {anchor(heading) for heading in headings}, target


def test_every_job_plugin_and_mapping_that_the_pages_run_is_in_the_project() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    found = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in ROOT.glob("plugins/*/*.meltano.yml")]
    entries = [entry for each in (project, *found) for kind in each["plugins"].values() for entry in kind]
    names = {entry["name"] for entry in (*entries, *project["jobs"])}
    names |= {mapping["name"] for entry in entries for mapping in entry.get("mappings", ())}
    asked = []
    for page in PAGES:
        for command in re.findall(r"\bmeltano (?:--\S+ )?(?:run|invoke) ([^`#\n|]+)", page.read_text("utf-8")):
            blocks = [word for word in shlex.split(command.split("  ")[0]) if not word.startswith("-")]
            asked += [(page.name, block) for block in blocks if re.fullmatch(r"[a-z][a-z-]+", block)]
    assert len(asked) > 20
    assert [(page, block) for page, block in asked if block not in names] == []


def test_every_variable_that_the_pages_set_is_a_setting() -> None:
    known = {*settings(TapConfluence), *settings(TargetCdmDocs), *ELSEWHERE}
    used = {
        name
        for page in PAGES
        for name in re.findall(r"\b(?:TAP_CONFLUENCE_|TARGET_CDM_DOCS_)\w+(?=[=`])", page.read_text(encoding="utf-8"))
        if not name.endswith("_")
    }
    assert len(used) > 60
    assert used - known == set()
