"""The views and functions over items, on both databases: the tree upward and downward, current items, labels, tasks."""

from __future__ import annotations

import json
import random
from datetime import datetime, timezone
from typing import Any

from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.access import texts
from support.stores import Destination
from support.tap_records import OPTIONS, RECORDS, told
from target_cdm_docs.stores.tables.computed import as_moment
from target_cdm_docs.stores.tables.tables import ITEM


def rows(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), OPTIONS)


def forest(seed: int) -> list[CdmRows]:
    """Pages in two spaces, some below pages that are gone, were never seen, or stand below themselves."""
    dice = random.Random(seed)
    known = [rows("spaces", id=one, key=f"S{one}") for one in ("1", "2")]
    for number in range(40):
        parent = None if number < 3 else str(dice.randrange(44))
        title, space = f"Page {number}" if dice.random() < 0.9 else None, dice.choice("112")
        known.append(rows("pages", id=str(number), parent_id=parent, title=title, space_id=space, body=None))
    return known + [rows("tombstones", id=str(dice.randrange(40))) for _ in range(4)]


def test_the_tree_of_some_items_of_a_space_or_below_an_item_is_that_of_the_view(destination: Destination) -> None:
    destination.load(forest(1))
    tree = {row["cdm_id"]: row for row in destination.query("SELECT * FROM cdm_doc_tree")}
    assert 10 < len(tree) < 40
    assert max(row["depth"] for row in tree.values()) > 2

    def found(call: str) -> dict[str, Any]:
        answer = destination.query(f"SELECT * FROM {call}")
        assert len(answer) == len({row["cdm_id"] for row in answer})
        return {row["cdm_id"]: row for row in answer}

    items = [f"cdm:doc:item:acme:{number}" for number in range(44)]
    assert found(f"cdm_doc_path({texts(items)})") == tree
    for space in ("cdm:doc:space:acme:1", "cdm:doc:space:acme:2", "cdm:doc:space:acme:3"):
        expected = {one: row for one, row in tree.items() if row["space_cdm_id"] == space}
        assert found(f"cdm_doc_space_tree('{space}')") == expected
    for item in items[:12]:
        below = {item} & tree.keys()
        while more := {one for one, row in tree.items() if row["parent_item_cdm_id"] in below} - below:
            below |= more
        assert found(f"cdm_doc_subtree('{item}')") == {one: tree[one] for one in below}


def test_a_current_item_has_its_newest_text_and_names_beside_ids(destination: Destination) -> None:
    people = [rows("users", account_id=one, display_name=one.upper()) for one in ("u1", "u2", "u3")]
    page = rows("pages", parent_id="11")
    destination.load([rows("spaces"), *people, page, rows("blogposts", title="Above"), rows("attachments")])
    destination.load([rows("tombstones", type="attachment", id="att12")])
    found = {row["doc_type"]: row for row in destination.query("SELECT * FROM cdm_doc_current")}
    assert found.keys() == {"page", "blogpost"}
    row, ((_, item),), ((_, revision),) = found["page"], page.items, page.revisions
    assert (row["space_key"], row["space_name"], row["parent_title"]) == ("ENG", "Eng", "Above")
    assert (row["created_by"], row["updated_by"], row["owner"]) == ("U1", "U2", "U3")
    assert (row["position"], row["version_number"], row["text"]) == (4, 3, revision.text)
    assert row["updated_at"] == datetime(2026, 1, 2, 10, tzinfo=timezone.utc)
    assert (row["cdm_id"], row["body"]) == (item.cdm_id, revision.body)


def facet(kind: str, key: str, value: object) -> CdmRows:
    """A task or a property as another mapper may tell it."""
    record = {"item_cdm_id": "cdm:doc:item:acme:10", "kind": kind, "key": key, "value": json.dumps(value)}
    return map_record("cdm_doc_facet", {"cdm_id": key, "whole_set": False, **record}, OPTIONS)


def test_a_moment_that_never_was_hides_no_other_task_and_no_other_property(destination: Destination) -> None:
    odd = ["never", "2026-02-31T00:00:00.000Z", "0000-00-00T00:00:00.000Z", 5, 1e30, [], {}, None, "", True]
    told_oddly = [rows("tasks", id="t0", due_at="2026-02-31T00:00:00.000Z")]
    told_oddly += [facet("task", f"t{n}", {"id": f"t{n}", "due_at": value}) for n, value in enumerate(odd, 1)]
    told_oddly += [facet("property", f"odd{n}", {"updated_at": value, "version": value}) for n, value in enumerate(odd)]
    destination.load([rows("pages"), rows("tasks", id="good"), rows("content_properties"), *told_oddly])
    tasks = {row["source_task_id"]: row["due_at"] for row in destination.query("SELECT * FROM cdm_doc_task")}
    assert tasks.keys() == {"good", "t0", *(f"t{n}" for n in range(1, len(odd) + 1))}
    assert {one for one, due_at in tasks.items() if due_at is not None} == {"good"}
    found = destination.query("SELECT version, updated_at FROM cdm_doc_item_property")
    assert len(found) == len(odd) + 1
    assert sorted(row["version"] for row in found if row["version"] is not None) == [2, 5]
    assert len([row for row in found if row["updated_at"] is not None]) == 1


def test_a_text_is_a_moment_in_sql_where_it_is_one_here(destination: Destination) -> None:
    days = [
        f"{year}-{month:02}-{day:02}" for year in (1900, 2000, 2023, 2024) for month in range(14) for day in range(33)
    ]
    texts_of = [*(f"{day}T00:00:00.000Z" for day in days), "2026-01-01T23:59:59.999Z", "2026-01-01T24:00:00.000Z", "x"]
    (here,) = {each for each in ITEM.computed if each.source == "created_at"}
    expected = {text for text in texts_of if here.values(text) != (None,)}
    assert len(expected) == 365 * 4 + 2 + 1
    listed = ", ".join(f"('{text}')" for text in texts_of)
    sql = f"SELECT m.text FROM (VALUES {listed}) AS m(text) WHERE ({as_moment('m.text')}) IS NOT NULL"
    assert {row["text"] for row in destination.query(sql)} == expected


def test_labels_tasks_and_properties_are_rows(destination: Destination) -> None:
    pages = [rows("pages"), rows("pages", id="20", labels=[]), rows("pages", id="21", labels=None)]
    facets = [rows("tasks"), rows("tasks", id="t2", status="complete"), rows("content_properties")]
    gone = [rows("pages", id="22"), rows("tasks", id="t3", content_id="22"), rows("tombstones", id="22")]
    destination.load([rows("spaces"), *pages, *facets, *gone])
    item, space = "cdm:doc:item:acme:10", "cdm:doc:space:acme:1"
    tags = destination.query("SELECT * FROM cdm_doc_item_tag ORDER BY tag")
    assert tags == [{"item_cdm_id": item, "space_cdm_id": space, "tag": tag} for tag in ("a", "b")]
    first, second = destination.query("SELECT * FROM cdm_doc_task ORDER BY source_task_id")
    assert (second["source_task_id"], second["status"]) == ("t2", "complete")
    assert first == {
        "item_cdm_id": item, "space_cdm_id": space, "source_task_id": "t1", "status": "open", "body": "do it",
        "created_by_cdm_id": "cdm:work:user:acme:u1", "assigned_to_cdm_id": "cdm:work:user:acme:u2",
        "completed_by_cdm_id": None, "created_at": datetime(2026, 1, 1, 10, tzinfo=timezone.utc),
        "updated_at": datetime(2026, 1, 2, 10, tzinfo=timezone.utc),
        "due_at": datetime(2026, 2, 1, tzinfo=timezone.utc), "completed_at": None,
    }  # fmt: skip
    (found,) = destination.query("SELECT * FROM cdm_doc_item_property")
    value = found.pop("value")
    assert (json.loads(value) if isinstance(value, str) else value) == {"v": [2]}
    assert found == {
        "item_cdm_id": item, "space_cdm_id": space, "source_property_id": "c1", "key": "editor", "version": 2,
        "updated_at": datetime(2026, 1, 2, 10, tzinfo=timezone.utc),
    }  # fmt: skip


def test_a_group_has_a_row_also_when_nobody_belongs_to_it(destination: Destination) -> None:
    empty = {"group_id": "g2", "group_name": "ghosts", "account_id": "none"}
    destination.load([rows("group_members"), rows("group_members", **empty)])
    found = {row["cdm_id"]: row["name"] for row in destination.rows("cdm_work_group")}
    assert found == {"cdm:work:group:acme:g1": "staff", "cdm:work:group:acme:g2": "ghosts"}
    later = {**empty, "group_name": "spirits", "observed_at": "2026-01-05T10:00:00.000Z"}
    destination.load([rows("group_members", **later)])
    assert {row["name"] for row in destination.rows("cdm_work_group")} == {"staff", "spirits"}


def test_what_follows_from_other_columns_follows_them(destination: Destination) -> None:
    destination.load([rows("spaces"), rows("pages"), rows("attachments"), rows("space_permissions")])
    file = destination.query("SELECT file_size, created_ts FROM cdm_doc_item WHERE doc_type = 'attachment'")
    assert file == [{"file_size": 1234, "created_ts": datetime(2026, 1, 1, 10, tzinfo=timezone.utc)}]
    granted = destination.query("SELECT kind, target_type FROM cdm_doc_access")
    assert granted == [{"kind": "permission", "target_type": "space"}]
    destination.load([rows("content_inventory", version=4), rows("tombstones", detected_at="2026-01-09T10:00:00.000Z")])
    page = destination.query("SELECT position, deleted_ts FROM cdm_doc_item WHERE doc_type = 'page'")
    assert page == [
        {
            "position": RECORDS["content_inventory"]["position"],
            "deleted_ts": datetime(2026, 1, 9, 10, tzinfo=timezone.utc),
        }
    ]
    destination.load([rows("pages", observed_at="2026-02-09T10:00:00.000Z", version=5, position=None)])
    page = destination.query("SELECT position, deleted_ts, version_number FROM cdm_doc_item WHERE doc_type = 'page'")
    assert page == [{"position": None, "deleted_ts": None, "version_number": 5}]


def test_rows_tell_the_run_that_changed_them_and_when_they_were_first_seen(destination: Destination) -> None:
    def told_by() -> dict[str, Any]:
        (row,) = destination.rows("cdm_doc_item")
        return row

    destination.load([rows("pages")])
    first = told_by()
    destination.load([rows("pages", observed_at="2026-01-04T10:00:00.000Z")])
    seen = told_by()
    destination.load([rows("pages", observed_at="2026-01-05T10:00:00.000Z", title="Other")])
    changed = told_by()
    runs = [row["run_id"] for row in sorted(destination.rows("cdm_ingest_run"), key=lambda row: row["changed_at"])]
    assert [first["run_id"], seen["run_id"], changed["run_id"]] == [runs[0], runs[0], runs[2]]
    assert first["first_seen_at"] == seen["first_seen_at"] == changed["first_seen_at"] == first["changed_at"]
