"""Files for, and of, the DuckDB versions that people have: every view and function answers alike in each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from confluence_sim import serve
from support.meltano import BIN, ROOT
from support.running_target import lines_of
from support.tap import busy_world, everything, pages_of, sync
from support.target import load
from tap_confluence.tap import TapConfluence

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500)]

ASK = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as database:
    views = [row[0] for row in database.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    tables = [row[0] for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    count = "SELECT count(*), count(COLUMNS(*)) FROM "
    told = {name: database.execute(count + name).fetchone() for name in views + tables}
    items = "(SELECT array_agg(cdm_id) FROM cdm_doc_item)"
    user = "(SELECT max(cdm_id) FROM cdm_work_user)"
    for call in (f"cdm_doc_may_read({items}, {user})", f"cdm_doc_path({items})", f"cdm_doc_full_text({items})",
                 f"cdm_doc_readers({items})"):
        told[call] = database.execute(f"SELECT count(*) FROM {call}").fetchone()
    texts = "SELECT md5(string_agg(text, '' ORDER BY item_cdm_id)) FROM cdm_doc_text"
    told["text"] = database.execute(texts).fetchone()
print(json.dumps([duckdb.__version__, {name: list(row) for name, row in told.items()}]))
"""


def asked(file: Path, version: str | None = None) -> dict[str, Any]:
    """What a version of DuckDB says of all that is in a file; None: the one that is installed here."""
    own = [BIN / "uv", "run", "--quiet", "--no-project", f"--with=duckdb=={version}", "python"]
    command = [*(own if version else [sys.executable]), "-c", ASK, file]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    spoke, told = json.loads(done.stdout)
    assert spoke == (version or duckdb.__version__)
    return dict(told)


@pytest.fixture(scope="module")
def feed() -> str:
    """Records of every stream, with a page that shows another and names people."""
    world = busy_world()
    pages = pages_of(world, "S0")
    account = next(iter(world.users))
    world.edit(pages[3], body=f'<p><ac:link><ri:user ri:account-id="{account}"/></ac:link> wrote it.</p>')
    with serve(world) as site:
        out = sync(site, catalog=everything(TapConfluence(config=site.config)), deletion_detection="every_sync")
    return lines_of(tuple(out.messages))


@pytest.mark.parametrize("version", ["1.2.0", "1.3.2", "1.4.4", "1.5.6"])
def test_a_file_opens_in_older_versions_and_every_view_says_the_same(version: str, feed: str, tmp_path: Path) -> None:
    file = tmp_path / "docs.duckdb"
    assert load(tmp_path, feed, destination=f"duckdb:///{file}", chunks_enabled=True).code == 0
    told = asked(file)
    assert told["pages"][0] > 5
    assert told["cdm_doc_chunk_text"][0] > 5
    assert asked(file, version) == told


@pytest.mark.parametrize("version", ["1.4.0", "1.5.6"])
def test_the_target_makes_the_same_with_the_oldest_duckdb_that_it_takes(
    version: str, feed: str, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text(feed)
    for name in ("ours", "theirs"):
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"destination": f"duckdb:///{tmp_path}/{name}.duckdb", "chunks_enabled": True})
        )
    packages = (f"duckdb=={version}", ROOT / "cdm-docs", ROOT / "target-cdm-docs")
    command = [BIN / "uv", "run", "--quiet", "--no-project", *(f"--with={each}" for each in packages)]
    for own, name in (([BIN / "target-cdm-docs"], "ours"), ([*command, "target-cdm-docs"], "theirs")):
        done = subprocess.run(
            [*own, "--config", tmp_path / f"{name}.json", "--input", tmp_path / "lines"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )
        assert done.returncode == 0, done.stderr
    assert asked(tmp_path / "theirs.duckdb", version) == asked(tmp_path / "ours.duckdb")
