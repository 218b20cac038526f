"""CONTRACT 2.2: the tables and views as other programs find them, and how they come to be, on both databases."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import replace

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.stores import STAMPS, Destination
from support.tap_records import CHUNKED, RECORDS, told
from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.engines import statements
from target_cdm_docs.stores.engines.duckdb import DIALECT as DUCKDB
from target_cdm_docs.stores.engines.postgres import DIALECT as POSTGRES
from target_cdm_docs.stores.errors import StoreConfigError, StoreWriteError
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.comments import of_column
from target_cdm_docs.stores.tables.plain_views import PLAIN_VIEWS
from target_cdm_docs.stores.tables.views import FUNCTIONS, VIEWS, filled

pytestmark = pytest.mark.bare

COLUMNS = {
    "cdm_doc_space": "cdm_id source_system source_space_id key name description url properties:json created_at"
    " deleted_at",
    "cdm_doc_item": "cdm_id source_system source_item_id space_cdm_id parent_item_cdm_id title doc_type mime_type"
    " status created_by_cdm_id updated_by_cdm_id created_at updated_at url tags:json raw_source:json properties:json"
    " latest_revision_cdm_id deleted_at deleted_reason",
    "cdm_doc_revision": "cdm_id source_system source_revision_id item_cdm_id revision_number:int revision_label"
    " author_cdm_id created_at summary body body_format text text_format content_sha256 properties:json",
    "cdm_doc_link": "cdm_id source_system source_link_id from_item_cdm_id to_item_cdm_id url link_type anchor_text"
    " created_at properties:json",
    "cdm_doc_access": "cdm_id source_system target_cdm_id principal_cdm_id principal_type access_mode properties:json",
    "cdm_work_user": "cdm_id source_system display_name email account_type account_status properties:json",
    "cdm_work_group": "cdm_id source_system name properties:json",
    "cdm_doc_chunk": "cdm_id item_cdm_id revision_cdm_id chunk_index:int total_chunks:int heading_path text"
    " metadata:json deleted_at",
    "cdm_ingest_run": "run_id started_at finished_at status scope:json total:int progress_counter:int"
    " failed_counter:int counts:json error_msgs:json",
    "raw_record": "stream record_key source_system space_key updated_at record:json",
}
"""By table: its columns and their types, text unless said, as CONTRACT 2.2 has them."""
FURTHER = {
    "cdm_doc_space": "created_ts:stamp deleted_ts:stamp type status homepage_cdm_id owner_cdm_id",
    "cdm_doc_item": "created_ts:stamp updated_ts:stamp deleted_ts:stamp owner_cdm_id position:int file_size:int"
    " version_number:int",
    "cdm_doc_revision": "created_ts:stamp media_type file_size:int",
    "cdm_doc_link": "created_ts:stamp",
    "cdm_doc_access": "kind target_type",
    "cdm_doc_chunk": "metadata_changed_at:stamp deleted_ts:stamp",
    "cdm_ingest_run": "started_ts:stamp finished_ts:stamp site account_id requests:int points:int seconds_waited:int",
    "raw_record": "updated_ts:stamp",
}
"""By table: what follows from other columns."""
OF_ALL = "synced_at:stamp changed_at:stamp"
PUBLIC = f"{OF_ALL} first_seen_at:stamp run_id"
TYPES = {
    "duckdb": {"text": "VARCHAR", "int": "BIGINT", "json": "JSON", "stamp": "TIMESTAMP WITH TIME ZONE"},
    "postgres": {"text": "text", "int": "bigint", "json": "jsonb", "stamp": "timestamp with time zone"},
}


def everything() -> list[CdmRows]:
    return [map_record(stream, told(stream), CHUNKED) for stream in RECORDS]


def found_columns(database: Destination, table: str) -> dict[str, str]:
    rows = database.query(
        f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'"
        " ORDER BY ordinal_position"
    )
    return {row["column_name"]: row["data_type"] for row in rows}


def test_tables_have_the_columns_of_the_contract(destination: Destination) -> None:
    destination.load([])
    for table, listed in COLUMNS.items():
        own = " replaced_characters:int" if table == "cdm_ingest_run" else ""
        stamps = OF_ALL if table == "cdm_ingest_run" else PUBLIC
        wanted = [(*column.split(":"), "text") for column in f"{listed}{own} {stamps} {FURTHER.get(table, '')}".split()]
        found = {name: kind for name, kind in found_columns(destination, table).items() if name[0] != "_"}
        assert found == {name: TYPES[destination.kind][kind] for name, kind, *_ in wanted}
        assert list(found) == [name for name, *_ in wanted]


def test_primary_keys_are_those_of_the_contract(destination: Destination) -> None:
    destination.load([])
    found: dict[str, set[str]] = {}
    for row in destination.query(
        "SELECT k.table_name, k.column_name FROM information_schema.key_column_usage k JOIN"
        " information_schema.table_constraints c USING (constraint_name, table_name)"
        " WHERE c.constraint_type = 'PRIMARY KEY'"
    ):
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    for table in COLUMNS:
        other = {"cdm_ingest_run": {"run_id"}, "raw_record": {"source_system", "stream", "record_key"}}
        assert found[table] == other.get(table, {"cdm_id"})


def test_tables_and_columns_say_what_they_are(destination: Destination) -> None:
    destination.load([])
    query = {
        "duckdb": "SELECT table_name AS name, comment FROM duckdb_tables() UNION ALL"
        " SELECT view_name, comment FROM duckdb_views() WHERE NOT internal",
        "postgres": "SELECT relname AS name, obj_description(oid) AS comment FROM pg_class"
        " WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace",
    }[destination.kind]
    comments = {row["name"]: row["comment"] for row in destination.query(query)}
    assert set(comments) >= {*COLUMNS, "cdm_doc_tree", "cdm_doc_backlinks", "cdm_doc_effective_access"}
    assert all(comments.values())
    assert all(of_column(table, column) for table in COLUMNS for column in found_columns(destination, table))
    query = {
        "duckdb": "SELECT comment FROM duckdb_columns() WHERE table_name = 'cdm_doc_item' AND column_name = 'tags'",
        "postgres": "SELECT col_description('cdm_doc_item'::regclass, ordinal_position::int) AS comment"
        " FROM information_schema.columns WHERE table_name = 'cdm_doc_item' AND column_name = 'tags'",
    }[destination.kind]
    assert destination.query(query) == [{"comment": "Names of the labels, in order; null when never told"}]


def test_the_tables_live_in_the_schema_that_was_asked_for(destination: Destination) -> None:
    there = replace(destination, schema="my docs")
    there.load(everything())
    assert len(there.rows("cdm_doc_item")) == 9
    destination.load([])
    assert destination.rows("cdm_doc_item") == []
    assert len(there.query("SELECT * FROM cdm_doc_tree")) == 9


def test_a_user_who_owns_a_schema_needs_no_other_right(postgres_destination: Destination) -> None:
    name = f"limited_{secrets.token_hex(4)}"
    postgres_destination.execute(f"CREATE ROLE {name} LOGIN")
    postgres_destination.execute(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    limited = Destination("postgres", postgres_destination.url.replace("//postgres:", f"//{name}:"), schema=name)
    try:
        assert limited.query("SELECT current_user AS who") == [{"who": name}]
        limited.load(everything())
        limited.load(everything())
        assert len(limited.rows("cdm_doc_item")) == 9
        with pytest.raises(StoreWriteError, match="permission denied"):
            replace(limited, schema="elsewhere").load([])
    finally:
        postgres_destination.execute(f"DROP SCHEMA {name} CASCADE")
        postgres_destination.execute(f"DROP ROLE {name}")


def test_tables_of_an_older_version_get_what_they_lack(destination: Destination) -> None:
    destination.load(everything())
    before = {table: destination.rows(table) for table in COLUMNS if table != "cdm_ingest_run"}
    for statement in (
        "DROP VIEW cdm_doc_backlinks",
        "DROP VIEW links",
        "ALTER TABLE cdm_doc_link DROP COLUMN anchor_text CASCADE",
        *[
            f"ALTER TABLE {table} DROP COLUMN {column.partition(':')[0]} CASCADE"
            for table, columns in FURTHER.items()
            for column in columns.split()
            if table not in ("cdm_ingest_run", "raw_record")
        ],
        "ALTER TABLE cdm_doc_item DROP COLUMN first_seen_at CASCADE",
        "DROP TABLE raw_record",
        "UPDATE cdm_schema_version SET version = 0",
    ):
        destination.execute(statement)
    destination.load([])
    assert "anchor_text" in found_columns(destination, "cdm_doc_link")
    assert destination.rows("raw_record") == []
    assert len(destination.query("SELECT * FROM cdm_doc_backlinks")) == 1
    for table in FURTHER.keys() - {"cdm_ingest_run", "raw_record", "cdm_doc_link"}:
        unknown = {"cdm_doc_item": ["first_seen_at"], "cdm_doc_chunk": ["metadata_changed_at"]}.get(table, ())
        expected = [row | dict.fromkeys(unknown) for row in before[table]]
        assert destination.rows(table) == expected
    destination.load([map_record("pages", told("pages", id="99"), CHUNKED)])
    seen = {row["source_item_id"]: row["first_seen_at"] for row in destination.rows("cdm_doc_item")}
    assert {content_id for content_id, when in seen.items() if when} == {"99"}
    assert sorted(row["version"] for row in destination.query("SELECT version FROM cdm_schema_version")) == [
        0,
        tables.SCHEMA_VERSION,
    ]


def test_tables_of_a_newer_version_are_left_alone(destination: Destination) -> None:
    destination.load(everything())
    destination.execute("UPDATE cdm_schema_version SET version = 1000")
    with pytest.raises(StoreConfigError, match=r"version 1000.*update target-cdm-docs"):
        destination.load([])


def test_a_change_of_the_tables_is_a_new_version() -> None:
    """Tables of an older version are brought up to date only where the version tells that they are older."""
    script = [statements.create_table(dialect, "s", table) for dialect in (DUCKDB, POSTGRES) for table in tables.TABLES]
    script += [line for table in tables.TABLES for line in statements.create_indexes("s", table)]
    script += [line for table in tables.TABLES for line in statements.comments("s", table)]
    for dialect in (DUCKDB, POSTGRES):
        script += [f"{name} {filled(query, 's', dialect.forms)} {why}" for name, (query, why) in VIEWS.items()]
        script += [line for name in FUNCTIONS for line in statements.create_function(dialect, "s", name)]
    script += [repr((name, view)) for name, view in PLAIN_VIEWS.items()]
    fingerprint = hashlib.sha256("\n".join(script).encode()).hexdigest()[:16]
    known = {1: "d7997ca45343b5f7", 2: "c792f918083b9c18", 3: "34d55c8f48132ae9", 4: "1778c3abcb16abb9"}
    known |= {5: "438f0409a41c8ecb"}
    assert known.get(tables.SCHEMA_VERSION) == fingerprint, "raise SCHEMA_VERSION and add the new fingerprint here"


def test_two_targets_at_once_end_in_the_right_rows(postgres_destination: Destination) -> None:
    rows = everything() * 3
    failures: list[Exception] = []

    def write(part: list[CdmRows], run_id: str) -> None:
        try:
            store = postgres_destination.open()
            run = Run(run_id=run_id, started_at="2026-01-01T00:00:00.000Z", status="IN_PROGRESS")
            for one in part:
                store.apply(Batch(rows=[one]), run)
            store.close(run)
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    parts = (rows, rows[::-1], rows[10:] + rows[:10])
    writers = [threading.Thread(target=write, args=(part, str(i))) for i, part in enumerate(parts)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert failures == []
    assert len(postgres_destination.rows("cdm_ingest_run")) == 3
    together = {table: postgres_destination.rows(table) for table in COLUMNS if table != "cdm_ingest_run"}
    alone = replace(postgres_destination, schema="alone")
    alone.load(everything())
    for table, found in together.items():
        expected = alone.rows(table)
        assert [row | dict.fromkeys(STAMPS) for row in found] == [row | dict.fromkeys(STAMPS) for row in expected]
