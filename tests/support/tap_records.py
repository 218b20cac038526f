"""Records as the tap sends them, one full record a stream (CONTRACT 1.2), and settings to map them with.

Bodies are in a format of the tests' own, ``test``: JSON with the references and the text that reading it yields. So a
test of the mapping says what a body refers to, and does not depend on how Confluence writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdm_docs.content.chunks.cutting import Cutting
from cdm_docs.content.document import Document
from cdm_docs.content.nodes import Block, Paragraph
from cdm_docs.content.reference import Context, Reference
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmDocChunk, CdmDocLink, CdmRows

Record = dict[str, Any]
SITE = "https://acme.example/wiki"


@dataclass(frozen=True)
class Part:
    heading_path: str | None
    text: str


def read(body: str, body_format: str | None, context: Context, text_format: str) -> Document:
    """What a body of the format ``test`` says; any other body is text and nothing else."""
    if body_format != "test":
        return Document((), None if text_format == "none" else body, blocks=[Paragraph([body])])
    said = json.loads(body)
    references = tuple(Reference(**reference) for reference in said.get("references", ()))
    text = None if text_format == "none" else f"{said.get('text', '')} ({text_format}, {context.space_key})"
    blocks = [Paragraph([f"{said.get('text', '')} ({context.space_key})"])]
    return Document(references, text, bool(said.get("recovered")), tuple(said.get("problems", ())), blocks)


def chunk(blocks: Sequence[Block], cutting: Cutting) -> Iterator[Part]:
    """Pieces of ``size`` characters, below a heading that tells the overlap."""
    text = "".join(str(part) for block in blocks if isinstance(block, Paragraph) for part in block.children)
    for start in range(0, len(text), cutting.size):
        yield Part(f"overlap {cutting.overlap}", text[start : start + cutting.size])


OPTIONS = Options(source_system="acme", read=read, chunk=chunk)
CHUNKED = replace(OPTIONS, chunks_enabled=True, cutting=Cutting(8, 2))

BODY = json.dumps(
    {
        "text": "Hello, hello, world",
        "references": [
            {"kind": "internal", "written": "page:ENG/Other", "space_key": "ENG", "title": "Other", "anchor_text": "o"},
            {"kind": "internal", "written": "id:77", "content_id": "77", "url": f"{SITE}/pages/77", "anchor": "top"},
            {"kind": "attachment", "written": "file:a.png", "filename": "a.png"},
            {"kind": "mention", "written": "user:u9", "account_id": "u9"},
            {"kind": "jira", "written": "jira:ABC-1", "extra": [["jira_key", "ABC-1"]]},
        ],
    }
)


def _content(content_id: str, kind: str, url: str, **more: Any) -> Record:
    return {
        "id": content_id,
        "type": kind,
        "status": "current",
        "title": f"A {kind}",
        "space_id": "1",
        "space_key": "ENG",
        "created_at": "2026-01-01T10:00:00.000Z",
        "updated_at": "2026-01-02T10:00:00.000Z",
        "author_id": "u1",
        "version": 3,
        "version_author_id": "u2",
        "version_message": "typo",
        "version_minor_edit": True,
        "url": f"{SITE}{url}",
        "observed_at": "2026-01-03T10:00:00.000Z",
        "raw": {"id": content_id, "odd": [1, None, "ü"]},
        **more,
    }


_DOCUMENT: Record = {
    "space_name": "Engineering",
    "parent_id": "9",
    "parent_type": "page",
    "position": 4,
    "owner_id": "u3",
    "subtype": "live",
    "labels": ["b", "a"],
    "body": BODY,
    "body_format": "test",
}
_TREE: Record = {"parent_id": "9", "parent_type": "folder", "position": 4, "owner_id": "u3"}
_COMMENT: Record = {
    "container_id": "10",
    "container_type": "page",
    "parent_comment_id": None,
    "body": BODY,
    "body_format": "test",
    "resolution_status": "open",
    "inline_marker_ref": None,
    "inline_original_selection": None,
}

RECORDS: dict[str, Record] = {
    "spaces": {
        "id": "1", "key": "ENG", "name": "Eng", "type": "global", "status": "current", "description": "We",
        "homepage_id": "9", "author_id": "u1", "owner_id": "u2", "created_at": "2025-01-01T00:00:00.000Z",
        "alias": "eng", "url": f"{SITE}/spaces/ENG", "observed_at": "2026-01-03T10:00:00.000Z", "raw": {"id": "1"},
    },
    "pages": _content("10", "page", "/spaces/ENG/pages/10/A", **_DOCUMENT),
    "blogposts": _content("11", "blogpost", "/spaces/ENG/blog/2026/01/01/11/A", **_DOCUMENT),
    "attachments": _content(
        "att12", "attachment", "/spaces/ENG/pages/10/A?preview=att12", container_id="10", container_type="page",
        media_type="image/png", file_size=1234, file_id="f-1", comment="1st", content_path="a/b", content_sha256="ab",
        download_url=f"{SITE}/download/attachments/10/a.png",
    ),
    "footer_comments": _content("13", "footer_comment", "/spaces/ENG/pages/10/A?focusedCommentId=13", **_COMMENT),
    "inline_comments": _content(
        "14", "inline_comment", "/spaces/ENG/pages/10/A?focusedCommentId=14", **_COMMENT
        | {"parent_comment_id": "13", "inline_marker_ref": "m-1", "inline_original_selection": "hello"},
    ),
    "content_versions": {
        "content_id": "10", "content_type": "page", "number": 2, "created_at": "2026-01-01T12:00:00.000Z",
        "author_id": "u1", "message": "second", "minor_edit": False, "body": BODY, "body_format": "test",
        "observed_at": "2026-01-03T10:00:00.000Z",
    },
    "content_labels": {
        "content_id": "10", "content_type": "page", "label_id": "5", "name": "howto", "prefix": "global",
        "observed_at": "2026-01-03T10:00:00.000Z",
    },
    "folders": _content("15", "folder", "/spaces/ENG/folder/15", **_TREE),
    "whiteboards": _content("16", "whiteboard", "/spaces/ENG/whiteboard/16", **_TREE),
    "databases": _content("17", "database", "/spaces/ENG/database/17", **_TREE),
    "embeds": _content("18", "embed", "/spaces/ENG/embed/18", **_TREE),
    "space_permissions": {
        "space_id": "1", "permission_id": "p1", "principal_type": "GROUP", "principal_id": "g1", "operation": "read",
        "target_type": "space", "observed_at": "2026-01-03T10:00:00.000Z",
    },
    "content_restrictions": {
        "content_id": "10", "content_type": "page", "operation": "read", "principal_type": "user", "principal_id": "u1",
        "observed_at": "2026-01-03T10:00:00.000Z",
    },
    "group_members": {
        "group_id": "g1", "group_name": "staff", "account_id": "u1", "observed_at": "2026-01-03T10:00:00.000Z",
    },
    "users": {
        "account_id": "u1", "display_name": "Ada L.", "public_name": "ada", "email": "ada@acme.example",
        "account_type": "atlassian", "account_status": "active", "time_zone": "Europe/Berlin",
        "observed_at": "2026-01-03T10:00:00.000Z", "raw": {"accountId": "u1"},
    },
    "tombstones": {
        "type": "page", "id": "10", "space_id": "1", "reason": "trashed", "detected_at": "2026-01-04T10:00:00.000Z",
    },
    "content_inventory": {
        "type": "page", "id": "10", "space_id": "1", "status": "current", "title": "Moved", "parent_id": "8",
        "position": 7, "version": 3, "seen_at": "2026-01-04T10:00:00.000Z",
    },
    "sync_errors": {
        "error_id": "e1", "stream": "pages", "id": "10", "space_id": "1", "url": f"{SITE}/api/v2/pages/10",
        "http_status": 500, "stage": "read", "message": "HTTP 500", "attempts": 6,
        "occurred_at": "2026-01-04T10:00:00.000Z",
    },
    "tasks": {
        "id": "t1", "content_id": "10", "content_type": "page", "space_id": "1", "status": "open", "body": "do it",
        "created_by": "u1", "assigned_to": "u2", "completed_by": None, "created_at": "2026-01-01T10:00:00.000Z",
        "updated_at": "2026-01-02T10:00:00.000Z", "due_at": "2026-02-01T00:00:00.000Z", "completed_at": None,
        "observed_at": "2026-01-03T10:00:00.000Z", "raw": {},
    },
    "content_properties": {
        "id": "c1", "content_id": "10", "content_type": "page", "key": "editor", "value": {"v": [2]}, "version": 2,
        "updated_at": "2026-01-02T10:00:00.000Z", "observed_at": "2026-01-03T10:00:00.000Z",
    },
}  # fmt: skip
"""By stream: a record with all its fields."""


def told(stream: str, /, **changed: Any) -> Record:
    """A full record, changed."""
    return {**RECORDS[stream], **changed}


def links_of(rows: CdmRows) -> list[CdmDocLink]:
    """The links that a record became."""
    return [member for one in rows.sets for member in one.members if isinstance(member, CdmDocLink)]


def chunks_of(rows: CdmRows) -> list[CdmDocChunk]:
    """The chunks that a record became."""
    return [member for one in rows.sets for member in one.members if isinstance(member, CdmDocChunk)]
