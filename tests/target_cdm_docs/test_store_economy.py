"""A batch costs its rows: none is written twice, no link is looked up in vain, no large table is read or rewritten."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support import memory
from support.stores import Destination
from support.tap_records import CHUNKED, Record, told
from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines.duckdb import DuckDBStore
from target_cdm_docs.stores.engines.session import Values
from target_cdm_docs.stores.tables.tables import LINK, Table

pytestmark = pytest.mark.bare  # the first blocks of a table count

PAGES = 150


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def world(hour: int) -> list[CdmRows]:
    """Pages that link to each other by title, with what hangs on them and a sweep over them, seen at an hour."""
    rows: list[CdmRows] = []

    def tell(stream: str, **changed: Any) -> None:
        seen = "seen_at" if stream == "content_inventory" else "observed_at"
        rows.append(map_record(stream, told(stream, **{seen: at(hour), **changed}), CHUNKED))

    tell("spaces", id="1", key="ENG")
    for number in range(PAGES):
        page, title = str(number), f"Page {number}"
        references: list[Record] = [
            {"kind": "internal", "written": f"{other}", "space_key": "ENG", "title": f"Page {other % PAGES}"}
            for other in range(number, number + 5)
        ]
        body = json.dumps({"text": f"text of {title} " * 3, "references": references})
        tell("pages", id=page, title=title, parent_id=None, body=body)
        tell("content_inventory", id=page, title=title, parent_id=None, position=4)
        tell("content_restrictions", content_id=page, set_size=1)
        tell("attachments", id=f"att{page}", title="image.png", container_id=page, file_id=f"f-{page}")
    return rows


def statistics(database: Destination) -> dict[str, Record]:
    found = database.query("SELECT relname, n_tup_upd, n_tup_hot_upd, n_live_tup FROM pg_stat_user_tables")
    return {row["relname"]: row for row in found}


def test_what_is_seen_again_is_updated_once_a_row_in_its_own_block(postgres_destination: Destination) -> None:
    postgres_destination.load(world(1))
    before = statistics(postgres_destination)
    size = postgres_destination.query("SELECT pg_database_size(current_database()) AS size")[0]["size"]
    for passes, hour in enumerate((1, 2, 3), 1):
        postgres_destination.load(world(hour))
        after = statistics(postgres_destination)
        for table, row in after.items():
            assert row["n_tup_upd"] <= before[table]["n_tup_upd"] + passes * row["n_live_tup"] + 2, table
            if table != "cdm_ingest_run":
                assert row["n_tup_hot_upd"] == row["n_tup_upd"], table
    grown = postgres_destination.query("SELECT pg_database_size(current_database()) AS size")[0]["size"]
    assert grown < 1.1 * size


class Watched(memory.MemorySession):
    """A session that counts the keys by which links are looked up."""

    looked_up = 0

    def fetch(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Collection[Values]) -> list[Any]:
        if table is LINK:
            Watched.looked_up += len(keys)
        return super().fetch(table, columns, by, keys)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    monkeypatch.setattr(memory, "MemorySession", Watched)
    monkeypatch.setattr(Watched, "looked_up", 0)
    return Watched


def test_a_sweep_of_unchanged_pages_looks_up_no_link(watched: type[Watched]) -> None:
    store = memory.load(world(1), hard_delete=False)
    run = Run(run_id="run", started_at=at(1), status="IN_PROGRESS")
    sweep = [rows for rows in world(2) if rows.places]
    assert len(sweep) == PAGES
    before, watched.looked_up = dict(store.tables[LINK.name]), 0
    store.apply(Batch(rows=sweep), run)
    assert watched.looked_up == 0
    assert store.tables[LINK.name] == before


def test_pages_seen_again_with_the_same_text_look_up_no_link(watched: type[Watched]) -> None:
    store = memory.load(world(1), hard_delete=False)
    watched.looked_up = 0
    store.apply(Batch(rows=world(2)), Run(run_id="run", started_at=at(1), status="IN_PROGRESS"))
    assert watched.looked_up == 0


def test_a_link_does_not_change_when_its_page_is_edited_elsewhere() -> None:
    def page(version: int, text: str) -> list[CdmRows]:
        references = [{"kind": "internal", "written": "x", "space_key": "ENG", "title": "X"}]
        body = json.dumps({"text": text, "references": references})
        changed = {"version": version, "updated_at": at(version), "observed_at": at(version), "body": body}
        return [map_record("pages", told("pages", **changed), CHUNKED)]

    (first,) = memory.load(page(1, "one")).tables[LINK.name].values()
    (edited,) = memory.load(page(1, "one"), page(2, "two")).tables[LINK.name].values()
    assert (edited["created_at"], edited["changed_at"]) == (first["created_at"], first["changed_at"])
    assert edited["synced_at"] > first["synced_at"]


class Profiled:
    """A connection to DuckDB that counts, by table, the row groups that look-ups by id read from their beginning."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._looked_up: str | None = None
        self.read: Counter[str] = Counter()
        connection.execute("SET enable_profiling = 'no_output'")

    def execute(self, statement: str, *parameters: Any) -> Any:
        if self._looked_up:  # its rows were taken: the profile is whole
            profile = json.loads(self._connection.get_profiling_information("json"))
            self.read[self._looked_up] += profile["query"]["total_row_groups_scanned"]
        found = re.search(r'"(\w+)" (?:AS )?t .*\."(?:cdm_id|target_cdm_id)" = s\.k0', statement)
        self._looked_up = found[1] if found else None
        return self._connection.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


SCATTERED = 80
STORED = SCATTERED * 2048


def test_a_batch_reads_and_writes_of_a_large_duckdb_table_what_it_is_about(duckdb_destination: Destination) -> None:
    def edit(number: int) -> CdmRows:
        body = json.dumps({"text": "edited", "references": []})
        return map_record("pages", told("pages", id=str(number * 2048), version=9, body=body), CHUNKED)

    file = Path(duckdb_destination.url.removeprefix("duckdb:///"))
    store = duckdb_destination.open()
    assert isinstance(store, DuckDBStore)
    plain: Any = store._connection
    connection: Any = Profiled(plain)
    for table in ("item", "revision", "link"):
        values = f"SELECT 'cdm:doc:{table}:acme:' || n || ':1', 'acme' FROM range({STORED}) r(n)"
        plain.execute(f"INSERT INTO cdm_doc_{table} (cdm_id, source_system) {values}")
    stored = (
        "SET cdm_id = 'cdm:doc:item:acme:' || (rowid), _version = 1, _observed_at = '', _seen_at = '', _digest = ''"
    )
    plain.execute(f"UPDATE cdm_doc_item {stored}")
    plain.execute("CHECKPOINT")
    store._connection = connection
    before = file.stat()
    store.apply(
        Batch(rows=[edit(number) for number in range(SCATTERED)]), Run("run", "2026-01-01T00:00:00.000Z", "IN_PROGRESS")
    )
    assert set(connection.read) >= {"cdm_doc_item", "cdm_doc_revision"}
    assert not +connection.read
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (before.st_mtime_ns, before.st_size)
    store.disconnect()
    assert duckdb_destination.query("SELECT count(*) AS n FROM cdm_doc_item WHERE _version = 9") == [{"n": SCATTERED}]


OWNERS, EACH = 6000, 10


def test_a_batch_looks_its_rows_up_in_a_large_postgresql_table(postgres_destination: Destination) -> None:
    """Known: for the links of one page in twenty the planner read the whole table, several times a batch."""

    def edited(hour: int, text: str) -> Batch:
        references = [{"kind": "internal", "written": f"{n}", "space_key": "ENG", "title": f"{n}"} for n in range(EACH)]
        more = {"body": json.dumps({"text": text, "references": references}), "version": hour, "observed_at": at(hour)}
        return Batch(rows=[map_record("pages", told("pages", id=str(n), **more), CHUNKED) for n in range(OWNERS // 20)])

    store = postgres_destination.open()
    run = Run("run", "2026-01-01T00:00:00.000Z", "IN_PROGRESS")
    store.apply(edited(1, "one"), run)
    columns = "cdm_id, source_system, _owner, _ref, from_item_cdm_id, anchor_text"
    values = f"n::text, 'acme', (n / {EACH})::text, n::text, (n / {EACH})::text, repeat('see ', 60)"
    with psycopg.connect(postgres_destination.url, autocommit=True) as connection:
        numbers = f"generate_series(1, {OWNERS * EACH}) r(n)"
        connection.execute(f"INSERT INTO cdm_doc_link ({columns}) SELECT {values} FROM {numbers}".encode())
        connection.execute("ANALYZE")
        read = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'cdm_doc_link'"
        before = connection.execute(read).fetchone()
        store.apply(edited(2, "two"), run)
        store.apply(edited(3, "two"), run)
        store.disconnect()
        connection.execute("SELECT pg_sleep(1)")  # what a server process did is told when it has ended
        assert connection.execute(read).fetchone() == before
