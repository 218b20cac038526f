"""The site of ``docs/``: built as ``make docs`` does, with every link checked, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from support.meltano import ROOT, clean_environment

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500)]


def test_the_site_builds_with_every_link_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    (command,) = re.findall(r"mkdocs build .*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    (package,) = re.findall(r"mkdocs-material==[\d.]+", (ROOT / "Makefile").read_text(encoding="utf-8"))
    done = subprocess.run(
        ["uvx", "--quiet", "--from", package, *shlex.split(command), "--site-dir", tmp_path],
        cwd=ROOT,
        env=clean_environment({"NO_MKDOCS_2_WARNING": "1"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    pages = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html")}
    assert len(pages) > 20
    for name, text in pages.items():
        loaded = re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"?(https?://[^\" >]+)", text)
        assert not [each for each in loaded if "rel=canonical" not in each], name
    assert "erd.svg" in pages["data-model.html"]


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    for each in ("docs", "scripts", "examples", "mkdocs.yml", *(page.name for page in ROOT.glob("*.md"))):
        (tmp_path / each).symlink_to(ROOT / each)
    for package in ("tap-confluence", "target-cdm-docs", "cdm-docs", "confluence-sim"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "docs").unlink()
    (tmp_path / "docs").mkdir()
    for page in (ROOT / "docs").iterdir():
        (tmp_path / "docs" / page.name).write_bytes(page.read_bytes())
    page = tmp_path / "docs" / "install.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[gone](quickstart.md#no-such-heading)\n", encoding="utf-8")
    (package,) = re.findall(r"mkdocs-material==[\d.]+", (ROOT / "Makefile").read_text(encoding="utf-8"))
    done = subprocess.run(
        ["uvx", "--quiet", "--from", package, "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=tmp_path,
        env=clean_environment({"NO_MKDOCS_2_WARNING": "1"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 1
    assert "no-such-heading" in done.stderr
