"""The views with the names that a person tries first: what they hold, and what they leave alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.stores import Destination
from support.tap_records import OPTIONS, RECORDS, told
from target_cdm_docs.stores.tables.plain_views import PLAIN_VIEWS

pytestmark = pytest.mark.bare


def rows(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), OPTIONS)


def test_there_is_a_view_for_each_name_that_a_person_tries_first() -> None:
    guessed = {"pages", "blogposts", "attachments", "comments", "people", "spaces", "links", "labels", "permissions"}
    assert set(PLAIN_VIEWS) == guessed
    wanted = "id title space_key space_name path url author created_at updated_at version labels text deleted_at"
    assert set(wanted.split()) <= set(PLAIN_VIEWS["pages"].columns)


def test_every_column_of_every_view_says_what_it_means(destination: Destination) -> None:
    destination.load([])
    if destination.kind == "duckdb":
        found = destination.query("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal")
    else:
        found = destination.query(
            "SELECT c.relname AS table_name, a.attname AS column_name, col_description(c.oid, a.attnum) AS comment "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'"
        )
    comments = {(row["table_name"], row["column_name"]): row["comment"] for row in found}
    for name, view in PLAIN_VIEWS.items():
        assert {column: comments[name, column] for column in view.columns} == {
            column: comment for column, (_, comment) in view.columns.items()
        }


def test_every_view_shows_what_was_told(destination: Destination) -> None:
    destination.load([map_record(stream, told(stream), OPTIONS) for stream in RECORDS if stream != "tombstones"])
    for name in PLAIN_VIEWS:
        assert destination.query(f"SELECT * FROM {name}"), f"{name} is empty"


def test_a_page_tells_its_path_its_people_and_when(destination: Destination) -> None:
    destination.load(
        [
            rows("spaces", id="1", key="ENG", name="Engineering"),
            rows("users", account_id="u1", display_name="Mira Holm"),
            rows("pages", id="10", title="Top", parent_id=None, parent_type=None),
            rows("folders", id="11", title="Folder", parent_id="10", parent_type="page"),
            rows(
                *("pages",),
                id="12",
                title="Leaf",
                parent_id="11",
                parent_type="folder",
                labels=["red"],
                author_id="u1",
                created_at="2026-01-02T03:04:05.678Z",
            ),
        ]
    )
    (leaf,) = destination.query("SELECT * FROM pages WHERE id = '12'")
    assert leaf["path"] == "Top / Folder / Leaf"
    assert (leaf["space_key"], leaf["space_name"], leaf["author"]) == ("ENG", "Engineering", "Mira Holm")
    assert (leaf["parent_title"], leaf["deleted_at"]) == ("Folder", None)
    assert leaf["text"]
    assert leaf["created_at"].astimezone().utcoffset() is not None
    asked = "SELECT count(*) AS n FROM pages WHERE created_at > TIMESTAMPTZ '2026-01-01 00:00:00+00'"
    assert destination.query(asked)[0]["n"] >= 1
    by_month = "SELECT date_trunc('month', created_at) AS month, count(*) AS n FROM pages WHERE id = '12' GROUP BY 1"
    assert destination.query(by_month)[0]["n"] == 1
    assert leaf["updated_at"] - leaf["created_at"] is not None
    assert isinstance(leaf["updated_at"] - leaf["created_at"], timedelta)


def test_a_page_in_a_ring_has_a_path_and_ends(destination: Destination) -> None:
    ring = [rows("pages", id=one, title=one, parent_id=above, parent_type="page") for one, above in ("ab", "ba")]
    destination.load(ring)
    assert len(destination.query("SELECT path FROM pages")) == 2


def test_what_is_gone_says_so(destination: Destination) -> None:
    destination.load([rows("pages", id="10"), rows("tombstones", type="page", id="10", reason="trashed")])
    (page,) = destination.query("SELECT deleted_at, deleted_reason FROM pages WHERE id = '10'")
    assert page["deleted_at"] is not None
    assert page["deleted_reason"] == "trashed"
    assert destination.query("SELECT * FROM labels") == []


def test_an_account_id_with_colons_is_told_whole(destination: Destination) -> None:
    destination.load([rows("users", account_id="712020:b05-17", display_name="Ada")])
    assert destination.query("SELECT id, name FROM people") == [{"id": "712020:b05-17", "name": "Ada"}]


@pytest.mark.parametrize("statement", ["CREATE TABLE pages (id int)", "CREATE VIEW pages AS SELECT 1 AS id"])
def test_a_foreign_table_of_such_a_name_stays_as_it_is_and_is_named(
    statement: str, destination: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    destination.execute(statement)
    destination.load([rows("pages", id="10", title="Ours")])
    assert "already holds pages, which this target did not make" in caplog.text
    (column,) = destination.query("SELECT column_name FROM information_schema.columns WHERE table_name = 'pages'")
    assert column["column_name"] == "id"
    assert destination.query("SELECT title FROM cdm_doc_item") == [{"title": "Ours"}]
    assert destination.query("SELECT * FROM spaces") == []
