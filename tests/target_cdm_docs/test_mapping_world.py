"""The simulator's world is the oracle: what the tap told and the mapping made of it stands in the databases."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.read import read
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from confluence_sim import Clock, World, serve
from support.oracle import Gremlin
from support.stores import STAMPS, Destination
from support.tap import COMMENTS, CONTENT, Output, State, sync, truth

OPTIONS = Options(read=read, chunk=chunk)
STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")
WISHES: dict[str, Any] = {
    "deletion_detection": "every_sync", "max_tombstone_share": 1, "page_size": 25, "streams": STREAMS
}  # fmt: skip


def world_of(seed: int, verbs: int) -> tuple[World, Gremlin]:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    gremlin = Gremlin(world, seed)
    for _ in range(verbs):
        gremlin.act()
    return world, gremlin


def mapped(out: Output) -> list[CdmRows]:
    return [map_record(each["stream"], each["record"], OPTIONS) for each in out.messages if each["type"] == "RECORD"]


def assert_stands(database: Destination, world: World, when: str) -> None:
    """Compare what the tables say is there with the world, item by item."""
    system = "cdm:doc:item:confluence:"
    items = {row["source_item_id"]: row for row in database.rows("cdm_doc_item") if row["deleted_at"] is None}
    bodies = {row["cdm_id"]: row["body"] for row in database.rows("cdm_doc_revision")}
    there = {each for kind in (*CONTENT, *COMMENTS) for each in truth(world, kind)}
    assert set(items) == there, when
    for content_id, row in items.items():
        content = world.contents[content_id]
        parent = content.parent_comment_id or content.container_id or content.parent_id
        assert row["title"] == content.title, when
        assert row["parent_item_cdm_id"] == (parent and f"{system}{parent}"), when
        assert row["space_cdm_id"] == f"cdm:doc:space:confluence:{content.space_id}", when
        revision = f"cdm:doc:revision:confluence:{content_id}:{content.version}"
        assert row["latest_revision_cdm_id"] == revision, when
        assert bodies[revision] == (None if content.type == "attachment" else content.body), when


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 12))])
@pytest.mark.parametrize("hard_delete", [False, True], ids=["stamped", "removed"])
def test_the_tables_equal_the_world_after_random_verbs(destination: Destination, seed: int, hard_delete: bool) -> None:
    world, gremlin = world_of(seed, 60)
    state: State | None = None
    with serve(world) as site:
        for batch in range(5):
            out = sync(site, state, **WISHES)
            state = out.state
            rows = mapped(out)
            half = len(rows) // 2
            destination.load(rows[:half], rows[half:], hard_delete=hard_delete)
            assert_stands(destination, world, f"after batch {batch}")
            for _ in range(25):
                gremlin.act()
            world.clock.advance(seconds=1)


def test_runs_that_come_twice_or_late_end_in_the_same_tables(duckdb_destination: Destination, tmp_path: Path) -> None:
    world, gremlin = world_of(3, 60)
    runs: list[list[CdmRows]] = []
    state: State | None = None
    with serve(world) as site:
        for _ in range(4):
            out = sync(site, state, **WISHES)
            state = out.state
            runs.append(mapped(out))
            for _ in range(25):
                gremlin.act()
            world.clock.advance(seconds=1)
    duckdb_destination.load(*runs)
    other = Destination("duckdb", f"duckdb:///{tmp_path / 'other.duckdb'}")
    random.Random(3).shuffle(runs)
    other.load(*runs, *runs[:2])
    for table in ("cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_space", "cdm_doc_tombstone"):
        found, expected = (
            [{k: v for k, v in row.items() if k not in STAMPS} for row in database.rows(table)]
            for database in (other, duckdb_destination)
        )
        assert found == expected, table


def test_what_is_gone_within_the_second_in_which_it_was_seen_is_gone(destination: Destination) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")
    world.create_page(space, title="Stays", body="")
    page = world.create_page(space, title="Goes", body="")
    with serve(world) as site:
        first = sync(site, **WISHES)
        world.clock.advance(ms=300)
        world.trash(page)
        second = sync(site, first.state, **WISHES)
    destination.load(mapped(first), mapped(second))
    assert_stands(destination, world, "after the second run")
