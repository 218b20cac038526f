"""The views of examples/behind-the-mapper: what is current where another target adds and replaces rows alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from confluence_sim import serve
from support.running_target import lines_of
from support.stores import Destination
from support.tap import busy_world, everything, pages_of, sync
from support.target import load, mapped
from tap_confluence.tap import TapConfluence

pytestmark = pytest.mark.bare

VIEWS = (Path(__file__).parents[2] / "examples" / "behind-the-mapper" / "current.sql").read_text(encoding="utf-8")
ITEM = ("cdm_id", "space_cdm_id", "parent_item_cdm_id", "title", "status", "deleted_reason")
TYPES = {"integer": "bigint", "boolean": "boolean"}


def type_of(schema: dict[str, Any]) -> str:
    """The column that a property gets in a target for SQL; JSON is kept as text here."""
    if schema.get("format") == "date-time":
        return "timestamptz"
    return TYPES.get(next((kind for kind in schema["type"] if kind != "null"), ""), "varchar")


def upserted(connection: Any, messages: list[dict[str, Any]]) -> None:
    """Do what a target for SQL does: a table a stream, rows added and replaced by their key."""
    mark = "%s" if isinstance(connection, psycopg.Connection) else "?"
    for message in messages:
        if message["type"] == "SCHEMA":
            defined = [f'"{name}" {type_of(schema)}' for name, schema in message["schema"]["properties"].items()]
            keys = ", ".join(message["key_properties"])
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {message['stream']} ({', '.join(defined)}, PRIMARY KEY ({keys}))"
            )
        elif message["type"] == "RECORD":
            record = {
                name: json.dumps(value) if isinstance(value, (dict, list)) else value
                for name, value in message["record"].items()
            }
            table = message["stream"]
            connection.execute(f"DELETE FROM {table} WHERE cdm_id = {mark}", [record["cdm_id"]])
            columns = ", ".join(f'"{name}"' for name in record)
            marks = ", ".join(mark for _ in record)
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(record.values()))


def three_runs() -> list[str]:
    """What the tap tells of a site: all of it, and twice what was edited, removed, taken back and moved since."""
    world = busy_world()
    pages = pages_of(world, "S0")
    world.edit(pages[3], body='<p><ac:link><ri:page ri:content-title="Page 0.1"/></ac:link></p><h1>A</h1><p>a</p>')
    world.restrict(pages[1], users=[world.default_user])
    runs = []
    with serve(world) as site:
        catalog = everything(TapConfluence(config=site.config))
        settings: dict[str, Any] = {"catalog": catalog, "deletion_detection": "every_sync"}
        out = sync(site, **settings)
        runs.append(lines_of(tuple(out.messages)))
        for edit in (0, 1):
            world.clock.advance(hours=1)
            if edit == 0:
                world.edit(pages[3], body="<h1>B</h1><p>b</p>", title="Renamed")
                world.unlabel(pages[2], "red")
                world.trash(pages[4])
                world.unrestrict(pages[1])
            else:
                world.restore(pages[4])
                world.move(pages[1], parent=pages[3])
            out = sync(site, out.state, **settings)
            runs.append(lines_of(tuple(out.messages)))
    return runs


@pytest.fixture(scope="module")
def runs() -> list[str]:
    return three_runs()


@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_after_every_run_the_views_show_what_our_own_target_holds(
    kind: str, runs: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    destination: Destination = request.getfixturevalue(f"{kind}_destination")
    other: Any = duckdb.connect() if kind == "duckdb" else psycopg.connect(destination.url, autocommit=True)
    stale = 0
    with other:
        other.execute("CREATE SCHEMA IF NOT EXISTS mapped")
        other.execute("SET search_path = 'mapped'")
        for n, lines in enumerate(runs):
            done = load(tmp_path, lines, destination=destination.url, chunks_enabled=True, schema="ours")
            assert done.code == 0, done.stderr
            upserted(other, mapped(tmp_path, lines, chunks_enabled=True).lines)
            if n == 0:
                other.execute(VIEWS)
            ours = Destination(kind, destination.url, "ours")

            def of(query: str) -> list[Any]:
                return sorted(map(repr, other.execute(query).fetchall()))

            def held(table: str, *columns: str, there: bool = False, on: Destination = ours) -> list[Any]:
                rows = [row for row in on.rows(table) if not (there and row["deleted_at"])]
                return sorted(repr(tuple(row[name] for name in columns)) for row in rows)

            assert of(f"SELECT {', '.join(ITEM)} FROM cdm_current_item") == held("cdm_doc_item", *ITEM)
            for table, view in (("link", "link"), ("access", "access")):
                columns = ("cdm_id", "source_system")
                now = held(f"cdm_doc_{table}", *columns)
                assert of(f"SELECT {', '.join(columns)} FROM cdm_current_{view}") == now
                stale += len(of(f"SELECT cdm_id FROM cdm_doc_{table}")) - len(now)
            assert of("SELECT cdm_id, text FROM cdm_current_chunk") == held(
                "cdm_doc_chunk", "cdm_id", "text", there=True
            )
            tags = {(row["cdm_id"], tag) for row in ours.rows("cdm_doc_item") for tag in row["tags"] or []}
            shown = other.execute("SELECT item_cdm_id, value FROM cdm_current_facet WHERE kind = 'label'").fetchall()
            assert {(item, json.loads(value)) for item, value in shown if value} == tags
    assert stale > 0
