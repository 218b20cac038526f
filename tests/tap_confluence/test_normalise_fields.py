from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_confluence.normalise import content
from tap_confluence.normalise.values import Context, integer, numeric_id, timestamp

CONTEXT = Context(
    site_url="https://acme.atlassian.net/wiki",
    observed_at="2026-01-05T09:00:00.000Z",
    body_format="storage",
    space_keys={"11": "ENG"},
    space_names={"11": "Engineering"},
    container_spaces={"500": "11"},
)
REAL = Path(__file__).parents[3] / "shared" / "real-pages" / "cloud-v2-responses"

COMMON = {
    *("id", "type", "status", "title", "space_id", "space_key", "created_at", "updated_at", "author_id", "version"),
    *("version_author_id", "version_message", "version_minor_edit", "url", "observed_at", "raw"),
}
DOCUMENT = {
    "space_name",
    "parent_id",
    "parent_type",
    "position",
    "owner_id",
    "subtype",
    "labels",
    "body",
    "body_format",
}
ATTACHMENT = {
    *("container_id", "container_type", "media_type", "file_size", "file_id", "comment", "download_url"),
    *("content_path", "content_sha256"),
}
SPACE = {
    *("id", "key", "name", "type", "status", "description", "homepage_id", "author_id", "owner_id", "created_at"),
    *("alias", "url", "raw", "observed_at"),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-05T09:00:00.000Z", "2026-01-05T09:00:00.000Z"),
        ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.000Z"),
        ("2026-01-05T09:00:00.1Z", "2026-01-05T09:00:00.100Z"),
        ("2026-01-05T09:00:00.123456789Z", "2026-01-05T09:00:00.123Z"),
        ("2026-01-05T09:00:00.000+02:00", "2026-01-05T07:00:00.000Z"),
        ("2026-01-05T09:00:00.000-0330", "2026-01-05T12:30:00.000Z"),
        ("2026-01-01T00:30:00+01", "2025-12-31T23:30:00.000Z"),
        ("2026-01-05T09:00", "2026-01-05T09:00:00.000Z"),
        ("2026-01-05", "2026-01-05T00:00:00.000Z"),
        (1763499437434, "2025-11-18T20:57:17.434Z"),
        ("1763499437435", "2025-11-18T20:57:17.435Z"),
        (1763499437436.0, "2025-11-18T20:57:17.436Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        ("2026-13-05T09:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("gestern um 17:42", None),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**30, None),
    ],
)
def test_a_moment_in_any_notation_is_utc_with_milliseconds(value: object, expected: str | None) -> None:
    assert timestamp(value) == expected


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(-14 * 60, 14 * 60),
)
def test_moments_compare_as_strings_whatever_their_offset(moment: datetime, offset_minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    found = timestamp(aware.isoformat(timespec="milliseconds"))
    expected = aware.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    assert found == expected


@given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
def test_epoch_milliseconds_come_through_exactly(milliseconds: int) -> None:
    found = timestamp(milliseconds)
    assert found is not None
    back = datetime.fromisoformat(found.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert back // timedelta(milliseconds=1) == milliseconds


def page_object(**changes: Any) -> dict[str, Any]:
    return {
        "id": "500",
        "status": "current",
        "title": "Home",
        "spaceId": "11",
        "parentId": "499",
        "parentType": "folder",
        "position": 1709,
        "authorId": "557058:a",
        "ownerId": None,
        "subtype": "live",
        "createdAt": "2025-11-18T20:10:12.198Z",
        "version": {
            "number": 9,
            "message": "why",
            "minorEdit": True,
            "authorId": "557058:b",
            "createdAt": "2025-11-19T05:44:33.959Z",
            "ncsStepVersion": "44",
        },
        "body": {"storage": {"representation": "storage", "value": "<p>x</p>"}},
        "_links": {"webui": "/spaces/ENG/pages/500/Home", "tinyui": "/x/AwAW"},
        **changes,
    }


def test_a_page_has_every_field_of_the_contract() -> None:
    source = page_object()
    record = content.page(source, CONTEXT)
    assert record == {
        "id": "500",
        "type": "page",
        "status": "current",
        "title": "Home",
        "space_id": "11",
        "space_key": "ENG",
        "space_name": "Engineering",
        "created_at": "2025-11-18T20:10:12.198Z",
        "updated_at": "2025-11-19T05:44:33.959Z",
        "author_id": "557058:a",
        "version": 9,
        "version_author_id": "557058:b",
        "version_message": "why",
        "version_minor_edit": True,
        "url": "https://acme.atlassian.net/wiki/spaces/ENG/pages/500/Home",
        "observed_at": "2026-01-05T09:00:00.000Z",
        "raw": {name: value for name, value in source.items() if name != "body"},
        "parent_id": "499",
        "parent_type": "folder",
        "position": 1709,
        "owner_id": None,
        "subtype": "live",
        "labels": None,
        "body": "<p>x</p>",
        "body_format": "storage",
    }


@pytest.mark.parametrize(
    "value", ["a\nb", "x", "\u00b2", "1 2", "1|2", "9" * 5000, str(2**63), "", 0.5, True, None, ["1"]]
)
def test_what_is_no_id_of_a_space_or_content_is_null(value: object) -> None:
    assert numeric_id(value) is None


@pytest.mark.parametrize("value", ["1", "att2632313373359", str(2**63 - 1)])
def test_an_id_is_as_long_as_64_bits(value: str) -> None:
    assert numeric_id(value) == value


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1e308, float("nan"), "9" * 5000, "\u00b2", "1.5", [], True])
def test_a_number_that_no_column_holds_is_null(value: object) -> None:
    assert integer(value) is None


def test_numbers_for_ids_become_texts() -> None:
    record = content.page(page_object(id=500, spaceId=11, parentId=499), CONTEXT)
    assert (record["id"], record["space_id"], record["parent_id"], record["space_key"]) == ("500", "11", "499", "ENG")


def test_a_body_that_was_not_asked_for_has_no_format() -> None:
    record = content.page(page_object(), Context(CONTEXT.site_url, CONTEXT.observed_at))
    assert (record["body"], record["body_format"]) == (None, None)
    record = content.page(page_object(body={}), CONTEXT)
    assert (record["body"], record["body_format"]) == (None, None)


def test_an_attachment_is_in_its_containers_space_where_that_is_known() -> None:
    source = {"id": "att7", "pageId": "500", "downloadLink": "/download/attachments/500/a.png?version=1"}
    record = content.attachment(source, CONTEXT)
    assert (record["container_id"], record["container_type"]) == ("500", "page")
    assert (record["space_id"], record["space_key"]) == ("11", "ENG")
    assert record["download_url"] == "https://acme.atlassian.net/wiki/download/attachments/500/a.png?version=1"
    elsewhere = content.attachment({"id": "att8", "blogPostId": 9}, CONTEXT)
    assert (elsewhere["container_id"], elsewhere["container_type"], elsewhere["space_id"]) == ("9", "blogpost", None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
field_names = st.sampled_from(
    [
        *("id", "key", "name", "type", "status", "description", "homepageId", "authorId", "spaceOwnerId", "createdAt"),
        *("currentActiveAlias", "_links", "title", "spaceId", "parentId", "parentType", "position", "ownerId", "body"),
        *("subtype", "version", "pageId", "blogPostId", "mediaType", "fileSize", "fileId", "comment", "downloadLink"),
    ]
)


@given(st.dictionaries(field_names | st.text(max_size=8), json_values, max_size=12))
def test_no_object_of_the_api_makes_a_record_fail_or_lack_a_field(source: dict[str, Any]) -> None:
    assert set(content.space(source, CONTEXT)) == SPACE
    assert set(content.page(source, CONTEXT)) == COMMON | DOCUMENT
    assert set(content.blogpost(source, CONTEXT)) == COMMON | DOCUMENT
    assert set(content.attachment(source, CONTEXT)) == COMMON | ATTACHMENT


@pytest.mark.skipif(not REAL.exists(), reason="the captured responses are not beside this checkout")
def test_captured_responses_of_a_real_site_become_records() -> None:
    page = content.page(json.loads((REAL / "page-after-update.json").read_bytes()), CONTEXT)
    assert (page["id"], page["version"], page["body"]) == ("1441795", 2, "<p>hello world</p>")
    (attachment,) = [
        content.attachment(row, CONTEXT) for row in json.loads((REAL / "page-attachments.json").read_bytes())["results"]
    ]
    assert (attachment["id"], attachment["file_size"], attachment["version"]) == ("att1441849", 14, 5)
    spaces = [content.space(row, CONTEXT) for row in json.loads((REAL / "spaces.json").read_bytes())["results"]]
    assert spaces
    assert all(space["id"] and space["key"] and space["created_at"] for space in spaces)
