"""CONTRACT 2.4, law 13: what is not ours is refused and left as it is; an upgrade keeps dependents and grants."""

from __future__ import annotations

import json
import re
import secrets
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cdm_docs.mapping.registry import map_record
from support.running_target import RunningTarget
from support.stores import STAMPS, Destination
from support.tap_records import CHUNKED, RECORDS, told
from support.target import Feed, load
from target_cdm_docs.stores.engines.migrations import NAMES_OF_VERSION_2
from target_cdm_docs.stores.errors import StoreConfigError
from target_cdm_docs.stores.tables import tables, upgrades, views
from target_cdm_docs.stores.tables.plain_views import PLAIN_VIEWS

pytestmark = pytest.mark.bare

OUTDATE = "DELETE FROM cdm_schema_version WHERE version = 1; UPDATE cdm_schema_version SET version = 1"


def everything() -> list[Any]:
    return [map_record(stream, told(stream), CHUNKED) for stream in RECORDS]


def columns(destination: Destination, table: str) -> list[str]:
    query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1"
    return [row["column_name"] for row in destination.query(query)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE cdm_doc_item (id int, note text)",
        "CREATE VIEW cdm_doc_tree AS SELECT 1 AS one",
        "CREATE TABLE cdm_doc_backlinks (id int)",
        "CREATE VIEW cdm_ingest_run AS SELECT 1 AS one",
    ],
)
def test_law_13_what_another_made_is_refused_by_name_and_left_as_it_is(
    statement: str, tmp_path: Path, destination: Destination
) -> None:
    destination.execute(statement)
    (name,) = re.findall(r"cdm_\w+", statement)
    before = columns(destination, name)
    done = load(tmp_path, Feed().schema("pages", "id").page(1).state({"at": 1}), destination=destination.url)
    assert f"already holds {name}, which this target did not make" in done.error
    assert "set 'schema' to another name" in done.error
    assert done.lines == []
    assert columns(destination, name) == before
    assert columns(destination, "cdm_doc_space") == []


FOREIGN = {
    "duckdb": "CREATE MACRO cdm_doc_may_read(items, principal) AS TABLE SELECT 'theirs' AS item_cdm_id",
    "postgres": "CREATE FUNCTION cdm_doc_may_read(items text[], principal text) RETURNS TABLE (item_cdm_id text) "
    "LANGUAGE sql AS $$SELECT 'theirs'$$",
}


def test_law_13_a_function_that_another_made_is_refused_by_name_and_left_as_it_is(
    tmp_path: Path, destination: Destination
) -> None:
    destination.execute(FOREIGN[destination.kind])
    done = load(tmp_path, Feed().schema("pages", "id").page(1).state({"at": 1}), destination=destination.url)
    assert "already holds cdm_doc_may_read, which this target did not make" in done.error
    assert destination.query("SELECT * FROM cdm_doc_may_read(ARRAY['x'], 'y')") == [{"item_cdm_id": "theirs"}]


@pytest.mark.parametrize("version", [3, 4])
def test_functions_of_a_version_that_did_not_note_their_names_are_known_as_ours(
    version: int, destination: Destination
) -> None:
    destination.load(everything())
    names = json.dumps([*(table.name for table in tables.TABLES), *views.VIEWS, *PLAIN_VIEWS])
    destination.execute("DELETE FROM cdm_schema_version")
    destination.execute(f"INSERT INTO cdm_schema_version (version, names) VALUES ({version}, '{names}')")
    destination.load([])
    (row,) = destination.query(f"SELECT names FROM cdm_schema_version WHERE version = {tables.SCHEMA_VERSION}")
    assert set(json.loads(row["names"])) > set(views.FUNCTIONS)


def test_law_13_tables_that_another_target_made_behind_the_mapper_are_not_taken_for_ours(
    tmp_path: Path, destination: Destination
) -> None:
    names = ("cdm_doc_item", "cdm_doc_revision", "cdm_work_user")
    for name in names:
        destination.execute(f"CREATE TABLE {name} (cdm_id varchar, _sdc_batched_at timestamp)")
    done = load(tmp_path, Feed(), destination=destination.url)
    assert f"already holds {', '.join(names)}, which" in done.error
    assert load(tmp_path, Feed(), destination=destination.url, schema="ours").code == 0


def test_law_13_a_name_that_a_later_version_wants_and_another_has_is_refused(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination.load(everything())
    destination.execute("CREATE TABLE pages_of_ours (id int)")
    monkeypatch.setitem(views.VIEWS, "pages_of_ours", ("SELECT 1 AS one", "A view"))
    destination.load([])  # of the version that knows no such name
    destination.execute(OUTDATE)
    with pytest.raises(StoreConfigError, match="already holds pages_of_ours, which"):
        destination.load([])
    destination.execute("DROP TABLE pages_of_ours")
    destination.load([])
    assert destination.query("SELECT * FROM pages_of_ours") == [{"one": 1}]


def test_tables_of_a_version_that_kept_no_names_are_known_as_ours(destination: Destination) -> None:
    destination.load(everything())
    own = {*(table.name for table in tables.TABLES), *views.VIEWS, *PLAIN_VIEWS}
    for name in own - {*NAMES_OF_VERSION_2}:
        is_view = name in views.VIEWS or name in PLAIN_VIEWS
        destination.execute(f"DROP {'VIEW' if is_view else 'TABLE'} IF EXISTS {name} CASCADE")
    for name in views.FUNCTIONS:
        destination.execute(f"DROP {'MACRO TABLE' if destination.kind == 'duckdb' else 'FUNCTION'} {name}")
    destination.execute("ALTER TABLE cdm_schema_version DROP COLUMN names")
    destination.execute("UPDATE cdm_schema_version SET version = 2")
    destination.load([])
    (row,) = destination.query(f"SELECT names FROM cdm_schema_version WHERE version = {tables.SCHEMA_VERSION}")
    assert set(json.loads(row["names"])) == {*own, *views.FUNCTIONS}


def test_a_step_of_a_version_is_taken_once_and_by_older_tables_alone(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ("UPDATE {s}.raw_record SET updated_at = updated_at || '!'",)
    monkeypatch.setitem(upgrades.AFTER, tables.SCHEMA_VERSION, more)
    destination.load(everything())  # new tables: no step
    insert = "INSERT INTO raw_record (source_system, stream, record_key, updated_at) VALUES ('s', 't', 'k', 'x')"
    destination.execute(insert)
    destination.execute(OUTDATE)
    destination.load([])
    destination.load([])
    assert destination.query("SELECT updated_at FROM raw_record") == [{"updated_at": "x!"}]


GREW = ("cdm_doc_tree", "SELECT t.*, 1 AS more FROM ({query}) t")
OTHER = ("cdm_doc_tree", "SELECT 1 AS more, t.* FROM ({query}) t")


def change_view(monkeypatch: pytest.MonkeyPatch, name: str, template: str) -> None:
    query, comment = views.VIEWS[name]
    monkeypatch.setitem(views.VIEWS, name, (template.format(query=query), comment))


@pytest.mark.parametrize("change", [GREW, OTHER], ids=["columns appended", "columns moved"])
def test_law_13_an_upgrade_keeps_who_may_read_the_views(
    change: tuple[str, str], postgres_destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"bi_{secrets.token_hex(4)}"
    postgres_destination.load(everything())
    postgres_destination.execute(f"CREATE ROLE {role}")
    try:
        postgres_destination.execute(f"GRANT SELECT ON cdm_doc_tree, cdm_doc_item TO {role}")
        postgres_destination.execute(f"GRANT SELECT ON cdm_doc_backlinks TO {role} WITH GRANT OPTION")
        postgres_destination.execute("GRANT SELECT ON cdm_doc_tree TO PUBLIC")
        postgres_destination.execute(OUTDATE)
        change_view(monkeypatch, *change)
        postgres_destination.load([])
        granted = ("cdm_doc_tree', 'SELECT", "cdm_doc_item', 'SELECT", "cdm_doc_backlinks', 'SELECT WITH GRANT OPTION")
        asked = ", ".join(f"has_table_privilege('{role}', '{each}') AS c{n}" for n, each in enumerate(granted))
        assert postgres_destination.query(f"SELECT {asked}") == [{"c0": True, "c1": True, "c2": True}]
        assert "more" in columns(postgres_destination, "cdm_doc_tree")
    finally:
        postgres_destination.execute(f"DROP OWNED BY {role}")
        postgres_destination.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_law_13_an_upgrade_goes_on_where_somebody_built_on_the_views(
    kind: str, postgres_destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_destination.load(everything())
    postgres_destination.execute(f"CREATE {kind} of_the_bi AS SELECT cdm_id, path FROM cdm_doc_tree")
    found = postgres_destination.query("SELECT * FROM of_the_bi ORDER BY 1")
    postgres_destination.execute(OUTDATE)
    change_view(monkeypatch, *GREW)
    postgres_destination.load([])
    assert found == postgres_destination.query("SELECT * FROM of_the_bi ORDER BY 1") != []
    postgres_destination.execute(OUTDATE)
    change_view(monkeypatch, *OTHER)
    with pytest.raises(StoreConfigError, match=r"others stand on them: drop those.*of_the_bi"):
        postgres_destination.load([])
    assert postgres_destination.query("SELECT max(version) AS v FROM cdm_schema_version") == [{"v": 1}]


def test_an_upgrade_beside_a_running_writer_neither_deadlocks_nor_fails(
    tmp_path: Path, postgres_destination: Destination
) -> None:
    """Known: the upgrade took table after table that the writer's transaction wanted next. Somebody built on a view."""
    feed = Feed().schema("pages", "id")
    for number in range(400):
        feed.page(number, body=f'<p><ac:link><ri:page ri:content-title="Page {number + 1}"/></ac:link></p>')
        feed.state({"at": number})
    writer = RunningTarget(tmp_path, postgres_destination, feed.text, batch_size_rows=5)
    writer.await_state()
    postgres_destination.execute("CREATE VIEW of_the_bi AS SELECT cdm_id, path FROM cdm_doc_tree")
    postgres_destination.execute("GRANT SELECT ON cdm_doc_tree TO pg_monitor")
    failures: list[Exception] = []

    def upgrade() -> None:
        try:
            for _ in range(5):
                postgres_destination.execute(OUTDATE)
                postgres_destination.open().disconnect()
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    upgrading = threading.Thread(target=upgrade)
    upgrading.start()
    done = writer.end()
    upgrading.join()
    assert failures == []
    assert done.code == 0, done.stderr
    assert "deadlock" not in done.stderr
    assert len(postgres_destination.query("SELECT * FROM of_the_bi")) == 400
    allowed = "SELECT has_table_privilege('pg_monitor', 'cdm_doc_tree', 'SELECT') AS allowed"
    assert postgres_destination.query(allowed) == [{"allowed": True}]


def test_an_upgrade_waits_for_the_writer_before_it_touches_a_table(postgres_destination: Destination) -> None:
    postgres_destination.load(everything())
    postgres_destination.execute(OUTDATE)
    with psycopg.connect(postgres_destination.url) as writer:
        writer.execute("LOCK TABLE cdm_schema_version IN EXCLUSIVE MODE")
        writer.execute("UPDATE cdm_doc_item SET title = title")
        upgrade = threading.Thread(target=lambda: postgres_destination.open().disconnect())
        upgrade.start()
        upgrade.join(2)
        assert upgrade.is_alive()
        held = writer.execute(
            "SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid <> pg_backend_pid() "
            "AND l.granted AND l.mode <> 'AccessShareLock' AND c.relname LIKE 'cdm%'"
        ).fetchall()
        assert held == []
    upgrade.join(30)
    assert not upgrade.is_alive()


DATA_MODEL = Path(__file__).parents[2] / "docs" / "data-model.md"
GOLDEN = Path(__file__).with_name("golden")
"""``tables_of_version_<n>.sql``: tables as that version left them: told a record of every stream, labels twice."""
SHOWN = (
    *("cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_access", "cdm_doc_chunk", "cdm_doc_space"),
    *("cdm_work_user", "cdm_doc_tombstone"),
)


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def make_old(destination: Destination, version: int) -> None:
    script = (GOLDEN / f"tables_of_version_{version}.sql").read_text(encoding="utf-8")
    destination.execute(script.replace(" json,", " jsonb,") if destination.kind == "postgres" else script)


@pytest.mark.parametrize("version", [2, 3])
def test_tables_of_an_older_version_keep_their_rows_and_what_was_newer_stays_newer(
    version: int, destination: Destination
) -> None:
    make_old(destination, version)
    before = {table: destination.rows(table) for table in SHOWN}

    def shown() -> dict[str, list[dict[str, Any]]]:
        return {
            table: [
                {name: row[name] for name in before[table][0] if name not in STAMPS} for row in destination.rows(table)
            ]
            for table in SHOWN
        }

    def one(stream: str, **changed: Any) -> Any:
        return map_record(stream, told(stream, **changed), CHUNKED)

    destination.load([])
    unchanged = {
        table: [{name: value for name, value in row.items() if name not in STAMPS} for row in rows]
        for table, rows in before.items()
    }
    assert shown() == unchanged
    assert not any("_clock" in columns(destination, table.name) for table in tables.TABLES)
    older = {"observed_at": "2026-01-01T00:00:00.000Z"}
    destination.load(
        [one("pages", version=2, title="Older", labels=["older"], body=None, **older)],
        [one("content_labels", name="older", set_size=1, **older), one("tasks", status="older", **older)],
        [one("content_restrictions", principal_id="u9", set_size=1, **older), one("users", email="older", **older)],
        [one("content_versions", number=4, body=None, **older), one("spaces", name="older", **older)],
    )
    assert shown() == unchanged
    destination.load([one("content_labels", name="new", set_size=1, observed_at=at(5))])
    destination.load([one("pages", version=6, title="New", labels=None, body='{"text": "new"}', observed_at=at(6))])
    (page,) = [row for row in destination.rows("cdm_doc_item") if row["source_item_id"] == "10"]
    assert (page["title"], page["tags"], page["properties"]["tasks"][0]["status"]) == ("New", ["new"], "open")
    chunks = [row for row in destination.rows("cdm_doc_chunk") if row["item_cdm_id"] == page["cdm_id"]]
    assert {row["deleted_at"] for row in chunks if row["revision_cdm_id"] != page["latest_revision_cdm_id"]} == {at(6)}
    assert {row["deleted_at"] for row in chunks if row["revision_cdm_id"] == page["latest_revision_cdm_id"]} == {None}


def test_tables_that_nobody_else_needs_got_names_of_their_own(destination: Destination) -> None:
    """Until version 3 they were called as the public ones are."""
    make_old(destination, 3)
    names = ("place", "facet", "name", "set", "pending")
    before = {name: destination.query(f"SELECT count(*) AS n FROM cdm_doc_{name}")[0]["n"] for name in names}
    if destination.kind == "postgres":
        destination.execute("CREATE INDEX ix_cdm_doc_name_scope ON cdm_doc_name (scope)")
        destination.execute("CREATE VIEW of_the_bi AS SELECT owner FROM cdm_doc_set")
        destination.execute("CREATE ROLE of_the_bi; GRANT SELECT ON cdm_doc_set TO of_the_bi")
    destination.load([])
    for name in names:
        assert columns(destination, f"cdm_doc_{name}") == []
        assert destination.query(f"SELECT count(*) AS n FROM _cdm_{name}") == [{"n": before[name]}]
    assert all(before.values())
    if destination.kind == "postgres":
        assert destination.query("SELECT count(*) AS n FROM of_the_bi") == [{"n": before["set"]}]
        assert destination.query("SELECT has_table_privilege('of_the_bi', '_cdm_set', 'SELECT') AS may") == [
            {"may": True}
        ]
        destination.execute("DROP OWNED BY of_the_bi; DROP ROLE of_the_bi")
        found = destination.query("SELECT indexname FROM pg_indexes WHERE tablename = '_cdm_name' ORDER BY 1")
        assert [row["indexname"] for row in found if row["indexname"].startswith("ix")] == [
            "ix__cdm_name_item_cdm_id",
            "ix__cdm_name_scope",
        ]


def test_what_nobody_else_needs_stands_behind_the_rest_and_begins_with_a_bar(destination: Destination) -> None:
    destination.load(everything())
    for table in tables.TABLES:
        ordered = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table.name}'"
        in_order = [row["column_name"] for row in destination.query(f"{ordered} ORDER BY ordinal_position")]
        assert in_order == sorted(in_order, key=lambda name: name.startswith("_"))
    query = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%cdm%' ORDER BY 1"
    found = {row["table_name"] for row in destination.query(query)} - {*views.VIEWS}
    documented = re.findall(r"^### (cdm_\w+)$", DATA_MODEL.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name in found if name[0] != "_"} == {*documented, "cdm_schema_version"}


def test_a_duckdb_file_can_be_opened_by_versions_that_others_have(duckdb_destination: Destination) -> None:
    """Known: made with the newest storage, dbt, DBeaver and Metabase could not read it ("version number 69")."""
    duckdb_destination.load(everything())
    head = Path(duckdb_destination.url.removeprefix("duckdb:///")).read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert int.from_bytes(head[12:20], "little") <= 65  # DuckDB 1.2.0
