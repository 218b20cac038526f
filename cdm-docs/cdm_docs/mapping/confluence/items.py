"""Content as items: what pages, attachments, comments and folders have in common. Pure."""

from __future__ import annotations

import dataclasses
import re
from operator import attrgetter
from typing import Any

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import ContentVersion
from cdm_docs.mapping.confluence.records import Content, TreeContent
from cdm_docs.mapping.options import Options
from cdm_docs.model.ids import Ids
from cdm_docs.model.rows import CdmDocItem, CdmDocRevision, CdmRows, Clock

MIME_TYPES = {
    "storage": "application/vnd.atlassian.confluence.storage+xml",
    "atlas_doc_format": "application/vnd.atlassian.adf+json",
}
"""``mime_type`` by format of the body. Neither format has a registered type; these say whose they are and how to
parse them. None when the body was not read."""

# The hash of a body stands for it and for the text made from it: no need to hash megabytes again.
_all_but_the_body = attrgetter(
    *(field.name for field in dataclasses.fields(CdmDocRevision) if field.name not in {"body", "text"})
)
_SITE = re.compile(r"(https?://[^/?#]+(?:/[^/?#]+)*?)/(?:spaces|pages|display|x|download)(?:[/?#]|$)")


def told(**properties: Any) -> dict[str, Any] | None:
    """Return the properties that have a value; None when none has."""
    return {name: value for name, value in properties.items() if value is not None} or None


def site_url_of(url: str | None) -> str | None:
    """Return the site's base URL, with its context path, from the URL of a piece of its content (FACTS 1.14)."""
    match = _SITE.match(url) if url else None
    return match[1] if match else None


def parent_of(parent_id: str | None, parent_type: str | None, ids: Ids) -> str | None:
    """Return the item that content lies below; None at the root, and below what is no content (a space)."""
    return ids.item(parent_id) if parent_id and parent_type != "space" else None


def person(account_id: str | None, ids: Ids) -> str | None:
    """Return the cdm_id of an account, where one is told."""
    return ids.user(account_id) if account_id else None


def revision_id(record: Content, ids: Ids) -> str:
    """Return the cdm_id of the version that a record tells; 0 stands for a version without a number."""
    return ids.revision(record.id, record.version or 0)


def item_of(
    record: Content,
    doc_type: str,
    options: Options,
    *,
    parent: str | None,
    properties: dict[str, Any] | None,
    mime_type: str | None = None,
    tags: list[str] | None = None,
    has_revision: bool = True,
) -> CdmDocItem:
    """Return the item of a piece of content.

    Args:
        record: The content.
        doc_type: What it is in the data model.
        options: Settings.
        parent: Item that it lies below or hangs on.
        properties: What has no column.
        mime_type: Type of its body or file.
        tags: Label names; None when not read.
        has_revision: Whether its versions are rows.
    """
    ids = options.ids
    return CdmDocItem(
        cdm_id=ids.item(record.id),
        source_system=options.source_system,
        source_item_id=record.id,
        space_cdm_id=ids.space(record.space_id) if record.space_id else None,
        parent_item_cdm_id=parent,
        title=record.title,
        doc_type=doc_type,
        mime_type=mime_type,
        status=record.status,
        created_by_cdm_id=person(record.author_id, ids),
        updated_by_cdm_id=person(record.version_author_id, ids),
        created_at=record.created_at,
        updated_at=record.updated_at,
        url=record.url,
        tags=tags,
        raw_source=record.raw,
        properties=properties,
        latest_revision_cdm_id=revision_id(record, ids) if has_revision else None,
    )


def revision_of(record: Content, options: Options, *, properties: dict[str, Any] | None, **body: Any) -> CdmDocRevision:
    """Return the version that a record of content tells.

    Args:
        record: The content.
        options: Settings.
        properties: What has no column.
        body: ``body``, ``body_format``, ``text``, ``text_format``, ``content_sha256``; None where not given.
    """
    ids = options.ids
    columns = dict.fromkeys(("body", "body_format", "text", "text_format", "content_sha256")) | body
    return CdmDocRevision(
        cdm_id=revision_id(record, ids),
        source_system=options.source_system,
        source_revision_id=f"{record.id}:{record.version or 0}",
        item_cdm_id=ids.item(record.id),
        revision_number=record.version,
        revision_label=None,
        author_cdm_id=person(record.version_author_id, ids),
        created_at=record.updated_at,
        summary=record.version_message,
        properties=properties,
        **columns,
    )


def revision_clock(revision: CdmDocRevision, record: Content | ContentVersion) -> Clock:
    """Return the clock of a revision: how much the record told of it, before when it was told.

    0: no body, nor what a file is like; 1: a body, or what a file is like; 2: a body and its URL, without which links
    in it lead nowhere, or the hash of a file.
    """
    is_hashed = revision.content_sha256 is not None
    is_placed = revision.body is not None and record.url is not None
    is_file = "media_type" in (revision.properties or {})
    return clock_of(is_hashed + (is_placed or is_file), record.observed_at, _all_but_the_body(revision))


def map_tree_content(record: TreeContent, doc_type: str, options: Options) -> CdmRows:
    """Map a folder, whiteboard, database or embed: an item without revisions."""
    ids = options.ids
    parent = parent_of(record.parent_id, record.parent_type, ids)
    item = item_of(
        record,
        doc_type,
        options,
        parent=parent,
        properties=told(position=record.position, owner_cdm_id=person(record.owner_id, ids)),
        has_revision=False,
    )
    return CdmRows(items=((clock_of(record.version, record.observed_at, item), item),))
