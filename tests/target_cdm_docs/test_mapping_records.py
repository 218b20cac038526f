"""CONTRACT 2.3, record by record: which rows a stream's record becomes, column by column."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from cdm_docs.content.chunks.cutting import Cutting
from cdm_docs.mapping.registry import MAPPED, is_mapped, map_record
from cdm_docs.model.rows import CdmRows
from support.tap_records import BODY, CHUNKED, OPTIONS, RECORDS, SITE, Record, chunks_of, links_of, told

CREATED, UPDATED, OBSERVED = "2026-01-01T10:00:00.000Z", "2026-01-02T10:00:00.000Z", "2026-01-03T10:00:00.000Z"
LATER = "2026-01-04T10:00:00.000Z"


def item_id(content_id: str) -> str:
    return f"cdm:doc:item:acme:{content_id}"


def user_id(account_id: str) -> str:
    return f"cdm:work:user:acme:{account_id}"


def kinds(rows: CdmRows) -> set[str]:
    """The kinds of rows that a record became."""
    return {field.name for field in dataclasses.fields(rows) if getattr(rows, field.name)}


def columns(row: Any) -> Record:
    return dataclasses.asdict(row)


def common_item(content_id: str, kind: str, **more: Any) -> Record:
    """An item's columns as far as all content has them in common."""
    return {
        "cdm_id": item_id(content_id),
        "source_system": "acme",
        "source_item_id": content_id,
        "space_cdm_id": "cdm:doc:space:acme:1",
        "title": f"A {kind}",
        "status": "current",
        "created_by_cdm_id": user_id("u1"),
        "updated_by_cdm_id": user_id("u2"),
        "created_at": CREATED,
        "updated_at": UPDATED,
        "raw_source": {"id": content_id, "odd": [1, None, "ü"]},
        "tags": None,
        "mime_type": None,
        "latest_revision_cdm_id": f"cdm:doc:revision:acme:{content_id}:3",
        "deleted_at": None,
        "deleted_reason": None,
        **more,
    }


def test_every_stream_of_the_contract_is_mapped() -> None:
    assert set(RECORDS) == {name for name in MAPPED if not name.startswith("cdm_")}
    own = {"space", "item", "revision", "link", "access", "chunk", "tombstone"}
    assert {f"cdm_doc_{name}" for name in own} | {"cdm_work_user"} <= set(MAPPED)
    assert is_mapped("pages")
    assert not is_mapped("issues")


def test_a_space_becomes_a_space() -> None:
    rows = map_record("spaces", told("spaces"), OPTIONS)
    assert kinds(rows) == {"spaces"}
    ((clock, space),) = rows.spaces
    assert clock[:2] == (0, OBSERVED)
    assert columns(space) == {
        "cdm_id": "cdm:doc:space:acme:1",
        "source_system": "acme",
        "source_space_id": "1",
        "key": "ENG",
        "name": "Eng",
        "description": "We",
        "url": f"{SITE}/spaces/ENG",
        "properties": {
            "type": "global",
            "status": "current",
            "alias": "eng",
            "homepage_cdm_id": item_id("9"),
            "author_cdm_id": user_id("u1"),
            "owner_cdm_id": user_id("u2"),
        },
        "created_at": "2025-01-01T00:00:00.000Z",
        "deleted_at": None,
    }


@pytest.mark.parametrize(("stream", "kind", "content_id"), [("pages", "page", "10"), ("blogposts", "blogpost", "11")])
def test_a_document_becomes_item_revision_and_links(stream: str, kind: str, content_id: str) -> None:
    rows = map_record(stream, told(stream), OPTIONS)
    assert kinds(rows) == {"items", "revisions", "sets"}
    ((clock, item),) = rows.items
    assert clock[:2] == (3, OBSERVED)
    assert columns(item) == common_item(
        content_id,
        kind,
        parent_item_cdm_id=item_id("9"),
        doc_type=kind,
        tags=["a", "b"],
        url=RECORDS[stream]["url"],
        properties={"position": 4, "owner_cdm_id": user_id("u3"), "subtype": "live"},
    )
    ((clock, revision),) = rows.revisions
    assert clock[:2] == (2, OBSERVED)
    assert columns(revision) == {
        "cdm_id": f"cdm:doc:revision:acme:{content_id}:3",
        "source_system": "acme",
        "source_revision_id": f"{content_id}:3",
        "item_cdm_id": item_id(content_id),
        "revision_number": 3,
        "revision_label": None,
        "author_cdm_id": user_id("u2"),
        "created_at": UPDATED,
        "summary": "typo",
        "body": BODY,
        "body_format": "test",
        "text": "Hello, hello, world (markdown, ENG)",
        "text_format": "markdown",
        "content_sha256": hashlib.sha256(BODY.encode()).hexdigest(),
        "properties": {"minor_edit": True},
    }
    (of_links,) = rows.sets
    links = links_of(rows)
    assert (of_links.kind, of_links.size) == ("link", len(links))
    assert (of_links.clock[:2], of_links.owner) == ((3, OBSERVED), item_id(content_id))
    assert [(link.link_type, link.to_item_cdm_id, link.anchor_text, link.url) for link in links] == [
        ("internal", None, "o", None),
        ("internal", item_id("77"), None, f"{SITE}/pages/77"),
        ("attachment", None, None, None),
        ("mention", None, None, None),
        ("jira", None, None, None),
    ]
    assert [link.properties for link in links] == [
        {"written": "page:ENG/Other", "space_key": "ENG", "title": "Other"},
        {"written": "id:77", "anchor": "top"},
        {"written": "file:a.png", "filename": "a.png", "container_cdm_id": item_id(content_id)},
        {"written": "user:u9", "user_cdm_id": user_id("u9")},
        {"written": "jira:ABC-1", "jira_key": "ABC-1"},
    ]
    assert {(link.from_item_cdm_id, link.created_at, link.source_system) for link in links} == {
        (item_id(content_id), None, "acme")
    }
    assert len({link.cdm_id for link in links}) == len(links)
    assert all(link.cdm_id.removeprefix("cdm:doc:link:acme:") == link.source_link_id for link in links)


def test_the_rendering_is_kept_as_chosen() -> None:
    for text_format, text in (("plain", "Hello, hello, world (plain, ENG)"), ("none", None)):
        options = dataclasses.replace(OPTIONS, text_format=text_format)
        ((_, revision),) = map_record("pages", told("pages"), options).revisions
        assert revision.text == text
        assert revision.text_format == (text_format if text else None)


def test_a_mended_body_says_so() -> None:
    body = '{"recovered": true, "problems": ["an open tag"]}'
    ((_, revision),) = map_record("pages", told("pages", body=body), OPTIONS).revisions
    assert revision.properties == {"minor_edit": True, "recovered": True, "problems": ["an open tag"]}


def test_a_document_without_body_says_nothing_about_links_and_chunks() -> None:
    rows = map_record("pages", told("pages", body=None, body_format=None), CHUNKED)
    assert kinds(rows) == {"items", "revisions"}
    ((clock, revision),) = rows.revisions
    assert clock.version == 0
    assert (revision.body, revision.text, revision.content_sha256) == (None, None, None)
    assert revision.properties == {"minor_edit": True}


def test_a_document_that_refers_to_nothing_has_an_empty_set_of_links() -> None:
    rows = map_record("pages", told("pages", body="{}"), OPTIONS)
    assert [(one.kind, one.owner, one.size, one.members) for one in rows.sets] == [("link", item_id("10"), 0, ())]


def test_chunks_are_cut_from_the_text() -> None:
    rows = map_record("pages", told("pages", body='{"text": "abcdefghabcdefgh"}'), CHUNKED)
    of_chunks = rows.sets[1]
    chunks = chunks_of(rows)
    assert (of_chunks.kind, of_chunks.size, of_chunks.clock[:2], of_chunks.owner) == (
        "chunk",
        3,
        (3, OBSERVED),
        item_id("10"),
    )
    assert [chunk.text for chunk in chunks] == ["abcdefgh", "abcdefgh", " (ENG)"]
    assert [chunk.chunk_index for chunk in chunks] == [0, 1, 2]
    digest = hashlib.sha256(b"overlap 2\nabcdefgh").hexdigest()[:16]
    assert [chunk.cdm_id for chunk in chunks[:2]] == [f"cdm:doc:chunk:acme:10:{digest}:{n}" for n in (0, 1)]
    assert {(c.total_chunks, c.item_cdm_id, c.revision_cdm_id, c.heading_path, c.deleted_at) for c in chunks} == {
        (3, item_id("10"), "cdm:doc:revision:acme:10:3", "overlap 2", None)
    }
    assert chunks[0].metadata == {
        "page_id": "10",
        "doc_type": "page",
        "title": "A page",
        "labels": ["a", "b"],
        "space_key": "ENG",
        "space_name": "Engineering",
        "url": RECORDS["pages"]["url"],
        "created_date": CREATED,
        "last_modified": UPDATED,
        "last_modified_iso": UPDATED,
        "version": 3,
        "author": "u2",
        "source": "acme",
    }


def test_chunks_need_no_kept_text() -> None:
    options = dataclasses.replace(CHUNKED, text_format="none", cutting=Cutting(1000))
    rows = map_record("pages", told("pages"), options)
    (chunk,) = chunks_of(rows)
    assert chunk.text == "Hello, hello, world (ENG)"
    assert rows.revisions[0][1].text is None


def test_an_attachment_becomes_item_revision_and_the_link_from_its_container() -> None:
    rows = map_record("attachments", told("attachments"), OPTIONS)
    assert kinds(rows) == {"items", "revisions", "sets"}
    ((_, item),) = rows.items
    file = {"file_id": "f-1", "file_size": 1234, "comment": "1st"}
    assert columns(item) == common_item(
        "att12",
        "attachment",
        parent_item_cdm_id=item_id("10"),
        doc_type="attachment",
        mime_type="image/png",
        url=RECORDS["attachments"]["url"],
        properties={**file, "download_url": f"{SITE}/download/attachments/10/a.png", "container_type": "page"},
    )
    ((clock, revision),) = rows.revisions
    assert clock[:2] == (2, OBSERVED)
    assert (revision.body, revision.text, revision.content_sha256) == (None, None, "ab")
    assert revision.properties == {**file, "media_type": "image/png", "content_path": "a/b", "minor_edit": True}
    assert [one.owner for one in rows.sets] == [item.cdm_id]
    (link,) = links_of(rows)
    assert link.created_at == CREATED
    assert (link.from_item_cdm_id, link.to_item_cdm_id, link.link_type) == (item_id("10"), item.cdm_id, "attachment")
    assert (link.url, link.anchor_text) == (f"{SITE}/download/attachments/10/a.png", "A attachment")
    assert link.properties == {"container": True}
