"""CONTRACT 2.3, record by record: comments, versions, labels, access, people, sweeps."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from cdm_docs.mapping.registry import MAPPED, emitted_by, map_record
from cdm_docs.mapping.streams import ROW_TYPES
from cdm_docs.model.rows import CdmRows, Facet, SetPart
from support.tap_records import OPTIONS, RECORDS, Record, links_of, told

OBSERVED, LATER = "2026-01-03T10:00:00.000Z", "2026-01-04T10:00:00.000Z"
PAGE, SPACE, GROUP = "cdm:doc:item:acme:10", "cdm:doc:space:acme:1", "cdm:work:group:acme:g1"


def user_id(account_id: str) -> str:
    return f"cdm:work:user:acme:{account_id}"


def rows_of(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), OPTIONS)


def kinds(rows: CdmRows) -> set[str]:
    return {field.name for field in dataclasses.fields(rows) if getattr(rows, field.name)}


@pytest.mark.parametrize(
    ("stream", "content_id", "parent", "kind"),
    [("footer_comments", "13", PAGE, "footer"), ("inline_comments", "14", "cdm:doc:item:acme:13", "inline")],
)
def test_a_comment_hangs_on_what_it_answers(stream: str, content_id: str, parent: str, kind: str) -> None:
    rows = rows_of(stream)
    assert kinds(rows) == {"items", "revisions", "sets"}
    ((_, item),) = rows.items
    assert (item.source_item_id, item.doc_type, item.parent_item_cdm_id) == (content_id, "comment", parent)
    inline = {"inline_marker_ref": "m-1", "inline_original_selection": "hello"} if kind == "inline" else {}
    assert item.properties == {"kind": kind, "container_cdm_id": PAGE, "resolution_status": "open", **inline}
    assert rows.revisions[0][1].text == "Hello, hello, world (markdown, ENG)"
    # Files named in a comment hang on its page.
    (file,) = [link for link in links_of(rows) if link.link_type == "attachment"]
    assert (file.from_item_cdm_id, file.properties["container_cdm_id"]) == (item.cdm_id, PAGE)


def test_a_version_becomes_a_revision_and_no_link() -> None:
    rows = rows_of("content_versions")
    assert kinds(rows) == {"revisions"}
    ((clock, revision),) = rows.revisions
    assert clock[:2] == (1, OBSERVED)
    assert revision.cdm_id == "cdm:doc:revision:acme:10:2"
    assert (revision.item_cdm_id, revision.revision_number, revision.summary) == (PAGE, 2, "second")
    assert (revision.author_cdm_id, revision.created_at) == (user_id("u1"), "2026-01-01T12:00:00.000Z")
    assert revision.text == "Hello, hello, world (markdown, None)"
    assert revision.properties == {"minor_edit": False}


def test_the_current_version_is_the_same_row_however_it_is_told() -> None:
    page = told("pages")
    version = told(
        "content_versions",
        number=3,
        created_at=page["updated_at"],
        author_id=page["version_author_id"],
        message=page["version_message"],
        minor_edit=page["version_minor_edit"],
        body=page["body"],
        observed_at=page["observed_at"],
        space_key=page["space_key"],
        url=page["url"],
    )
    assert map_record("pages", page, OPTIONS).revisions == map_record("content_versions", version, OPTIONS).revisions


def as_version(stream: str, **changed: Any) -> Record:
    """A record of content as ``content_versions`` tells its newest version."""
    record = told(stream)
    same = ("container_id", "body", "body_format", "space_key", "url", "observed_at", "media_type", "file_size")
    return {
        "content_id": record["id"],
        "content_type": record["type"],
        "number": record["version"],
        "created_at": record["updated_at"],
        "author_id": record["version_author_id"],
        "message": record["version_message"],
        "minor_edit": record["version_minor_edit"],
        **{name: record.get(name) for name in (*same, "file_id", "comment")},
        **changed,
    }


@pytest.mark.parametrize("stream", ["footer_comments", "inline_comments"])
def test_the_newest_version_of_a_comment_is_the_same_row_however_it_is_told(stream: str) -> None:
    told_twice = map_record("content_versions", as_version(stream), OPTIONS)
    assert told_twice.revisions == map_record(stream, told(stream), OPTIONS).revisions


def test_the_newest_version_of_a_file_is_the_same_row_however_it_is_told_but_for_where_its_bytes_lie() -> None:
    file = told("attachments", content_path=None, content_sha256=None)
    said = map_record("content_versions", as_version("attachments"), OPTIONS)
    assert said.revisions == map_record("attachments", file, OPTIONS).revisions


def test_a_version_that_tells_less_of_a_file_never_takes_the_place_of_one_that_tells_more() -> None:
    name_alone = as_version("attachments", media_type=None, file_size=None, file_id=None, comment=None)
    bare, known, fetched = (
        map_record(stream, row, OPTIONS).revisions[0][0]
        for stream, row in (
            ("content_versions", {**name_alone, "observed_at": LATER}),
            ("content_versions", {**as_version("attachments"), "observed_at": LATER}),
            ("attachments", told("attachments", content_path="a", content_sha256="ab")),
        )
    )
    assert bare < known < fetched


def the_set(stream: str, **changed: Any) -> SetPart:
    (part,) = rows_of(stream, **changed).sets
    return part


def test_labels_are_a_set_of_facets() -> None:
    part = the_set("content_labels", set_size=2)
    assert (part.kind, part.owner, part.clock, part.size) == ("label", PAGE, (0, OBSERVED, ""), 2)
    assert [dataclasses.astuple(facet) for facet in part.members] == [(PAGE, "label", "5", "howto", True)]
    assert the_set("content_labels", label_id="none", name=None, prefix=None).members == ()
    (named_none,) = the_set("content_labels", name="none").members
    assert isinstance(named_none, Facet)
    assert named_none.value == "none"


@pytest.mark.parametrize(("stream", "kind"), [("tasks", "task"), ("content_properties", "property")])
def test_tasks_and_properties_are_a_set_where_its_size_is_told(stream: str, kind: str) -> None:
    part = the_set(stream, set_size=2)
    assert (part.kind, part.owner, part.clock, part.size) == (kind, PAGE, (0, OBSERVED, ""), 2)
    (alone,) = rows_of(stream).facets
    assert [dataclasses.replace(alone[1], whole_set=True)] == list(part.members)
    assert the_set(stream, id="none", set_size=0).members == ()
    assert the_set(stream, id="none:10", set_size=0).members == ()


def test_tasks_and_properties_are_facets_of_their_own() -> None:
    ((clock, task),) = rows_of("tasks").facets
    assert clock[:2] == (0, OBSERVED)
    assert (clock[:2], task.item_cdm_id, task.kind, task.key, task.whole_set) == (
        (0, OBSERVED),
        PAGE,
        "task",
        "t1",
        False,
    )
    assert task.value == {
        "id": "t1", "status": "open", "body": "do it", "created_by_cdm_id": user_id("u1"),
        "assigned_to_cdm_id": user_id("u2"), "created_at": "2026-01-01T10:00:00.000Z",
        "updated_at": "2026-01-02T10:00:00.000Z", "due_at": "2026-02-01T00:00:00.000Z",
    }  # fmt: skip
    ((clock, prop),) = rows_of("content_properties").facets
    assert (clock[:2], prop.item_cdm_id, prop.kind, prop.key) == ((2, OBSERVED), PAGE, "property", "c1")
    assert prop.value == {
        "id": "c1", "key": "editor", "value": {"v": [2]}, "version": 2, "updated_at": "2026-01-02T10:00:00.000Z"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "doc_type"),
    [("folders", "folder"), ("whiteboards", "whiteboard"), ("databases", "database"), ("embeds", "embed")],
)
def test_other_content_becomes_an_item_alone(stream: str, doc_type: str) -> None:
    rows = rows_of(stream)
    assert kinds(rows) == {"items"}
    ((_, item),) = rows.items
    assert (item.doc_type, item.parent_item_cdm_id) == (doc_type, "cdm:doc:item:acme:9")
    assert item.latest_revision_cdm_id is None
    assert item.properties == {"position": 4, "owner_cdm_id": user_id("u3")}


def test_content_below_a_space_has_no_parent() -> None:
    assert rows_of("folders", parent_type="space").items[0][1].parent_item_cdm_id is None
    assert rows_of("pages", parent_id=None).items[0][1].parent_item_cdm_id is None


@pytest.mark.parametrize(
    ("stream", "set_id", "expected"),
    [
        (
            "space_permissions",
            f"space_permissions:{SPACE}",
            (SPACE, GROUP, "group", "read", {"kind": "permission", "target_type": "space", "permission_id": "p1"}),
        ),
        (
            "content_restrictions",
            f"content_restrictions:{PAGE}",
            (PAGE, user_id("u1"), "user", "read", {"kind": "restriction"}),
        ),
        (
            "group_members",
            f"group_members:{GROUP}",
            (GROUP, user_id("u1"), "user", "member", {"kind": "membership", "group_name": "staff"}),
        ),
    ],
)
def test_access_comes_as_members_of_sets(stream: str, set_id: str, expected: tuple[Any, ...]) -> None:
    rows = rows_of(stream)
    assert kinds(rows) - {"groups"} == {"sets"}
    part = the_set(stream, set_size=3)
    assert (part.kind, part.owner, part.clock, part.size) == ("access", set_id, (0, OBSERVED, ""), 3)
    (row,) = part.members
    member = dataclasses.astuple(row)
    assert member[1:] == ("acme", *expected)
    assert member[0].startswith("cdm:doc:access:acme:")


@pytest.mark.parametrize(
    ("stream", "empty"),
    [
        ("space_permissions", {"principal_id": "none", "principal_type": None, "operation": None}),
        ("content_restrictions", {"principal_id": "none", "principal_type": "none", "operation": "none"}),
        ("group_members", {"account_id": "none"}),
    ],
)
def test_an_empty_set_has_no_member(stream: str, empty: Record) -> None:
    assert the_set(stream, **empty) == dataclasses.replace(the_set(stream), members=())


def test_a_user_becomes_a_user() -> None:
    rows = rows_of("users")
    assert kinds(rows) == {"users"}
    assert dataclasses.asdict(rows.users[0][1]) == {
        "cdm_id": user_id("u1"), "source_system": "acme", "display_name": "Ada L.", "email": "ada@acme.example",
        "account_type": "atlassian", "account_status": "active",
        "properties": {"public_name": "ada", "time_zone": "Europe/Berlin"},
    }  # fmt: skip


def test_tombstones_name_what_is_gone() -> None:
    rows = rows_of("tombstones")
    assert kinds(rows) == {"tombstones"}
    assert dataclasses.astuple(rows.tombstones[0]) == (
        f"cdm:doc:tombstone:{PAGE}", "acme", PAGE, "trashed", LATER, SPACE, None
    )  # fmt: skip
    (moved,) = rows_of("tombstones", reason="moved", moved_to_space_id="2").tombstones
    assert moved.moved_to_space_cdm_id == "cdm:doc:space:acme:2"
    (space,) = rows_of("tombstones", type="space", id="1", reason="space_removed").tombstones
    assert space.target_cdm_id == SPACE


def test_the_inventory_tells_places() -> None:
    ((clock, place),) = rows_of("content_inventory").places
    assert clock[:2] == (3, LATER)
    assert dataclasses.astuple(place) == (
        PAGE, "acme", "10", SPACE, "cdm:doc:item:acme:8", "Moved", "page", "current", 7
    )  # fmt: skip
    assert rows_of("content_inventory", type="inline_comment").places[0][1].doc_type == "comment"
    assert rows_of("content_inventory", type="sweep", id="1") == CdmRows()


def test_a_sync_error_becomes_an_entry_of_the_run() -> None:
    rows = rows_of("sync_errors")
    assert kinds(rows) == {"failures"}
    assert rows.failures == ({"source_system": "acme", **RECORDS["sync_errors"]},)


@pytest.mark.parametrize("stream", sorted(MAPPED))
def test_a_mapper_has_a_stream_for_everything_that_a_record_becomes(stream: str) -> None:
    assert set(emitted_by(stream)) <= set(ROW_TYPES)
    assert emitted_by(stream)
