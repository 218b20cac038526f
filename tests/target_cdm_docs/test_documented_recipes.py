"""The SQL, the Python and the scopes of docs/recipes.md and docs/operations.md, as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from support.running_target import lines_of
from support.stores import Destination
from support.tap import everything, sync
from support.target import load
from tap_confluence.tap import TapConfluence

DOCS = Path(__file__).parents[2] / "docs"
RECIPES = (DOCS / "recipes.md").read_text(encoding="utf-8")
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
FENCED = r"^```{}\n(.*?)^```"
EVERYTHING: dict[str, Any] = {"deletion_detection": "every_sync"}


def fenced(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(FENCED.format(language), text, re.DOTALL | re.MULTILINE)


@cache
def three_runs() -> tuple[str, str, str]:
    """What the tap tells of the sample site: all of it, then an edit and a removal, then a rename."""
    world = World()
    with serve(world) as site:
        build_sample_site(world, site.url)
        catalog = everything(TapConfluence(config=site.config))
        first = sync(site, catalog=catalog, **EVERYTHING)
        world.clock.advance(hours=1)
        pages = {content.title: content for content in world.contents.values()}
        start = pages["Start here"]
        world.edit(start, body=f"{start.body}<h2>Fog</h2><p>{'The fog horn answers questions, too. ' * 20}</p>")
        world.trash(pages["Storm days"])
        world.clock.advance(hours=1)
        second = sync(site, first.state, catalog=catalog, **EVERYTHING)
        world.edit(start, title="Begin here")
        world.clock.advance(hours=1)
        third = sync(site, second.state, catalog=catalog, **EVERYTHING)
    first_lines, second_lines, third_lines = (lines_of(tuple(each.messages)) for each in (first, second, third))
    return first_lines, second_lines, third_lines


class VectorStore(dict[str, dict[str, Any]]):
    """What the recipe asks of a vector store, and a log of what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def delete(self, ids: list[str]) -> None:
        """Forget chunks; unknown ones too."""
        self.told += ids
        for each in ids:
            self.pop(each, None)

    def upsert(self, chunks: list[dict[str, Any]]) -> None:
        """Take chunks."""
        self.told += [chunk["cdm_id"] for chunk in chunks]
        for chunk in chunks:
            self[chunk["cdm_id"]] = chunk

    def update(self, chunks: list[dict[str, Any]]) -> None:  # type: ignore[override]
        """Take what stands beside the texts of chunks that it has."""
        for chunk in chunks:
            self[chunk["cdm_id"]] |= {name: value for name, value in chunk.items() if name != "text"}


def test_a_vector_store_that_follows_holds_the_chunks_that_are_there(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    recipe: dict[str, Any] = {}
    exec("\n".join(each for each in fenced(RECIPES, "python") if "sys.stdin" not in each), recipe)  # that is a program
    store, since = VectorStore(), "1970-01-01"
    database = duckdb_destination.url.removeprefix("duckdb:///")
    told = []
    for lines in three_runs():
        assert load(tmp_path, lines, destination=duckdb_destination.url, chunks_enabled=True).code == 0
        since = recipe["follow"](database, store, since)
        named = duckdb_destination.query("SELECT cdm_id, text FROM cdm_doc_chunk_text")
        there = {row["cdm_id"]: row["text"] for row in named}
        assert there.keys() == {
            row["cdm_id"] for row in duckdb_destination.rows("cdm_doc_chunk") if not row["deleted_at"]
        }
        assert {each: chunk["text"] for each, chunk in store.items()} == there
        told.append(set(store.told))
        store.told.clear()
    news = told[1] - told[0]
    assert any("fog horn answers" in store[each]["text"] for each in news if each in store)
    titles = {chunk["title"] for chunk in store.values()}
    assert "Begin here" in titles
    assert "Start here" not in titles
    assert told[2] <= told[1], "a rename needs no new embedding: only what had the very time of `since` comes again"
    assert len({each for each, chunk in store.items() if chunk["title"] == "Begin here"} - told[2]) > 0
    assert "Storm days" not in {chunk["title"] for chunk in store.values()}


@pytest.mark.parametrize("name", ["recipes", "operations"])
def test_the_queries_of_the_page_answer(name: str, tmp_path: Path, destination: Destination) -> None:
    settings = {"destination": destination.url, "chunks_enabled": True}
    assert load(tmp_path, three_runs()[0], **settings).code == 0
    answers = [destination.query(sql) for sql in fenced({"recipes": RECIPES, "operations": OPERATIONS}[name], "sql")]
    if name == "recipes":
        ((found,),) = answers
        assert found["title"] == "Fernlicht Handbook"
    else:
        failed, (last,), (cost,), unseen = answers
        assert cost["records"] > 0
        assert (failed, unseen) == ([], [])
        assert last["last_good_run"] == destination.rows("cdm_ingest_run")[0]["finished_at"]


def test_the_scopes_of_the_page_are_enough() -> None:
    (paragraph,) = (each for each in RECIPES.split("\n\n") if each.startswith("A stream whose scope"))
    few, all_others = (re.findall(r"`((?:read|search):[\w:.-]+)`", part) for part in paragraph.split("all others")[:2])
    world = World()
    with serve(world) as site:
        build_sample_site(world, site.url)
        plain = sync(site, **{**site.gateway_config(few), **EVERYTHING})
        catalog = everything(TapConfluence(config=site.config))
        whole = sync(site, catalog=catalog, **{**site.gateway_config([*few, *all_others]), **EVERYTHING})
    assert (plain.code, whole.code) == (0, 0)
    assert plain.of("sync_errors") == whole.of("sync_errors") == []
    assert len(plain.of("pages")) == len(whole.of("pages")) > 80


def exported(*pages: dict[str, Any]) -> str:
    """Lines of another system's export."""
    usual: dict[str, Any] = {"parent": None, "url": "https://work.example/1", "archived": False, "blocks": []}
    return "".join(json.dumps(usual | page) + "\n" for page in pages)


def test_documents_of_another_system_land_in_the_same_tables_beside_confluence(
    tmp_path: Path, destination: Destination
) -> None:
    (script,) = (block for block in fenced(RECIPES, "python") if "workspace.py" in block)
    (config,) = (block for block in fenced(RECIPES, "json") if "stream_mapping" in block)
    (tmp_path / "workspace.py").write_text(script, encoding="utf-8")
    settings = json.loads(config)
    edited = "2026-01-05T09:00:00.000Z"
    top = {"id": "n1", "title": "Top", "last_edited_time": edited}
    below = {"id": "n2", "title": "Below <it>", "parent": "n1", "last_edited_time": edited}
    blocks = [{"type": "heading_1", "text": "Why"}, {"type": "paragraph", "text": "Fish & chips < 5"}]

    def run(*pages: dict[str, Any]) -> None:
        program = [sys.executable, str(tmp_path / "workspace.py")]
        told = subprocess.run(program, input=exported(*pages), capture_output=True, text=True, check=True, timeout=60)
        done = load(tmp_path, told.stdout, destination=destination.url, **settings)
        assert done.code == 0, done.stderr

    assert load(tmp_path, three_runs()[0], destination=destination.url).code == 0
    confluence = destination.query("SELECT count(*) AS n FROM pages WHERE url IS NOT NULL")
    run(top, below | {"blocks": blocks})
    found = destination.query("SELECT title, path, text, deleted_at FROM pages WHERE space_key = 'WORK' ORDER BY title")
    assert [row["path"] for row in found] == ["Top / Below <it>", "Top"]
    assert found[0]["text"] == "# Why\n\nFish & chips < 5"
    assert (
        len(destination.query("SELECT 1 AS one FROM cdm_doc_chunk WHERE cdm_id LIKE 'cdm:doc:chunk:workspace:%'")) == 1
    )
    run(top, below | {"blocks": blocks[:1], "last_edited_time": "2026-01-06T09:00:00.000Z"})
    run(top | {"archived": True, "last_edited_time": "2026-01-07T09:00:00.000Z"})
    found = destination.query("SELECT title, text, deleted_at FROM pages WHERE space_key = 'WORK' ORDER BY title")
    assert [(row["text"], row["deleted_at"] is not None) for row in found] == [("# Why", False), ("", True)]
    assert destination.query("SELECT count(*) AS n FROM pages WHERE space_key <> 'WORK'") == confluence
