"""Every stream of the tap, through the mapper and not: the same rows in our tables (CONTRACT 2.4, law 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from support.stores import STAMPS, Destination
from support.tap import busy_world, everything, pages_of, sync
from support.target import load, mapped
from tap_confluence.tap import TapConfluence

pytestmark = pytest.mark.bare

TABLES = (
    "cdm_doc_space",
    "cdm_doc_item",
    "cdm_doc_revision",
    "cdm_doc_link",
    "cdm_doc_access",
    "cdm_doc_chunk",
    "cdm_work_user",
)


@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_law_5_every_stream_means_the_same_through_the_mapper(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    destination: Destination = request.getfixturevalue(f"{kind}_destination")
    world = busy_world()
    pages = pages_of(world, "S0")
    world.edit(pages[3], body='<p>See <ac:link><ri:page ri:content-title="Page 0.1"/></ac:link>.</p>')
    with serve(world) as site:
        out = sync(site, catalog=everything(TapConfluence(config=site.config)))
    feed = "".join(json.dumps(message) + "\n" for message in out.messages)
    through = mapped(tmp_path, feed, chunks_enabled=True)
    assert through.code == 0, through.stderr

    def held(schema: str, text: str, **settings: Any) -> dict[str, list[dict[str, Any]]]:
        done = load(tmp_path, text, destination=destination.url, schema=schema, **settings)
        assert done.code == 0, done.stderr
        there = Destination(destination.kind, destination.url, schema)
        return {
            table: [{name: row[name] for name in row.keys() - STAMPS} for row in there.rows(table)] for table in TABLES
        }

    direct = held("direct", feed, chunks_enabled=True)
    assert held("through", through.stdout) == direct
    assert all(direct.values()), {table: len(rows) for table, rows in direct.items()}
