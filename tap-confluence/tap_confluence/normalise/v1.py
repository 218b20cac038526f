"""Objects of ``/rest/api`` (Cloud's search, Data Center) in, records of the one schema out. Pure.

As in ``normalise``, whatever is unknown or missing becomes null, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_confluence.normalise.values import (
    Context,
    Record,
    absolute,
    body_of,
    boolean,
    dig,
    identifier,
    integer,
    numeric_id,
    text,
    timestamp,
    without_body,
)


def user_id(source: object) -> str | None:
    """The id of a user: Data Center has keys instead of account ids (FACTS 7.4)."""
    for name in ("accountId", "userKey", "username"):
        if found := identifier(dig(source, name)):
            return found
    return None


def content(source: Mapping[str, Any], context: Context, kind: str) -> Record:
    """The fields that all content has.

    ``version.when`` is missing on some old versions (FACTS 7.4); ``history.lastUpdated`` tells the same then.
    """
    space_id = numeric_id(dig(source, "space", "id"))
    created_at = timestamp(dig(source, "history", "createdDate"))
    changed = timestamp(dig(source, "version", "when")) or timestamp(dig(source, "history", "lastUpdated", "when"))
    return {
        "id": numeric_id(source.get("id")),
        "type": kind,
        "status": text(source.get("status")),
        "title": text(source.get("title")),
        "space_id": space_id,
        "space_key": text(dig(source, "space", "key")) or context.space_keys.get(space_id or ""),
        "created_at": created_at,
        "updated_at": changed or created_at,
        "author_id": user_id(dig(source, "history", "createdBy")),
        "version": integer(dig(source, "version", "number")),
        "version_author_id": user_id(dig(source, "version", "by")),
        "version_message": text(dig(source, "version", "message")),
        "version_minor_edit": boolean(dig(source, "version", "minorEdit")),
        "url": absolute(context.site_url, dig(source, "_links", "webui")),
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }


def space(source: Mapping[str, Any], context: Context) -> Record:
    """A space of Data Center: no owner, no alias, no author; two types only (FACTS 7)."""
    return {
        "id": numeric_id(source.get("id")),
        "key": text(source.get("key")),
        "name": text(source.get("name")),
        "type": text(source.get("type")),
        "status": text(source.get("status")),
        "description": text(dig(source, "description", "plain", "value")),
        "homepage_id": identifier(dig(source, "homepage", "id")),
        "author_id": None,
        "owner_id": None,
        "created_at": None,
        "alias": None,
        "url": absolute(context.site_url, dig(source, "_links", "webui")),
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }


def document(source: Mapping[str, Any], context: Context, *, kind: str) -> Record:
    """A page or blog post."""
    record = content(source, context, kind)
    body, body_format = body_of(source, context)
    ancestors = source.get("ancestors")
    above = ancestors[-1] if isinstance(ancestors, list) and ancestors else None
    record.update(
        space_name=text(dig(source, "space", "name")),
        parent_id=identifier(dig(above, "id")),
        parent_type=text(dig(above, "type")),
        position=integer(dig(source, "extensions", "position")),
        owner_id=None,
        subtype=None,
        labels=None,
        body=body,
        body_format=body_format,
    )
    return record


def attachment(source: Mapping[str, Any], context: Context) -> Record:
    """An attachment; on Cloud it names its file as v2 does."""
    record = content(source, context, "attachment")
    record.update(
        container_id=numeric_id(dig(source, "container", "id")),
        container_type=text(dig(source, "container", "type")),
        media_type=text(dig(source, "extensions", "mediaType")) or text(dig(source, "metadata", "mediaType")),
        file_size=integer(dig(source, "extensions", "fileSize")),
        file_id=identifier(dig(source, "extensions", "fileId")),
        comment=text(dig(source, "extensions", "comment")),
        download_url=absolute(context.site_url, dig(source, "_links", "download")),
        content_path=None,
        content_sha256=None,
    )
    return record


def comment(source: Mapping[str, Any], context: Context) -> Record:
    """A comment or a reply; the comments above it are its ancestors, the one that it answers last.

    Without ``extensions``, which name its location and have to be asked for, nobody knows where it stands.
    """
    record = content(source, context, "comment")
    location = text(dig(source, "extensions", "location"))
    if location is None and isinstance(source.get("extensions"), dict):
        location = "footer"
    body, body_format = body_of(source, context)
    inline = dig(source, "extensions", "inlineProperties")
    record.update(
        location=location,
        container_id=numeric_id(dig(source, "container", "id")),
        container_type=text(dig(source, "container", "type")),
        parent_comment_id=_answered(source.get("ancestors")),
        body=body,
        body_format=body_format,
        resolution_status=text(dig(source, "extensions", "resolution", "status")) if location == "inline" else None,
        inline_marker_ref=text(dig(inline, "markerRef")),
        inline_original_selection=text(dig(inline, "originalSelection")),
    )
    return record


def tree_item(source: Mapping[str, Any], context: Context, *, kind: str) -> Record:
    """A folder, whiteboard, database or embed (FACTS 1.20): what has a place in the tree beside pages."""
    record = content(source, context, kind)
    ancestors = source.get("ancestors")
    above = ancestors[-1] if isinstance(ancestors, list) and ancestors else None
    record.update(
        parent_id=identifier(dig(above, "id")),
        parent_type=text(dig(above, "type")),
        position=integer(dig(source, "extensions", "position")),
    )
    return record


def _answered(ancestors: object) -> str | None:
    found = [item for item in ancestors if dig(item, "type") == "comment"] if isinstance(ancestors, list) else []
    return numeric_id(dig(found[-1], "id")) if found else None
