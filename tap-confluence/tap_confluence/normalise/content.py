"""Spaces, pages, blog posts, attachments and comments of v2 (FACTS 1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_confluence.normalise.values import (
    Context,
    Record,
    absolute,
    body_of,
    boolean,
    container_of,
    dig,
    identifier,
    integer,
    numeric_id,
    part,
    text,
    timestamp,
    without_body,
)


def space(source: Mapping[str, Any], context: Context) -> Record:
    """A v2 space (FACTS 1.15)."""
    return {
        "id": numeric_id(source.get("id")),
        "key": text(source.get("key")),
        "name": text(source.get("name")),
        "type": text(source.get("type")),
        "status": text(source.get("status")),
        "description": text(dig(source, "description", "plain", "value")),
        "homepage_id": identifier(source.get("homepageId")),
        "author_id": identifier(source.get("authorId")),
        "owner_id": identifier(source.get("spaceOwnerId")),
        "created_at": timestamp(source.get("createdAt")),
        "alias": text(source.get("currentActiveAlias")),
        "url": absolute(context.site_url, dig(source, "_links", "webui")),
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }


def page(source: Mapping[str, Any], context: Context) -> Record:
    """A v2 page (FACTS 1.13)."""
    return _document(source, context, "page")


def blogpost(source: Mapping[str, Any], context: Context) -> Record:
    """A v2 blog post."""
    return _document(source, context, "blogpost")


def _document(source: Mapping[str, Any], context: Context, kind: str) -> Record:
    record = _content(source, context, kind, numeric_id(source.get("spaceId")))
    body, body_format = body_of(source, context)
    record.update(
        space_name=context.space_names.get(record["space_id"] or ""),
        parent_id=identifier(source.get("parentId")),
        parent_type=text(source.get("parentType")),
        position=integer(source.get("position")),
        owner_id=identifier(source.get("ownerId")),
        subtype=text(source.get("subtype")),
        labels=None,
        body=body,
        body_format=body_format,
    )
    return record


def attachment(source: Mapping[str, Any], context: Context) -> Record:
    """A v2 attachment (FACTS 1.14); its space is its container's, as far as that is known."""
    container_id, container_type = container_of(source)
    record = _content(source, context, "attachment", context.container_spaces.get(container_id or ""))
    record.update(
        url=absolute(context.site_url, dig(source, "_links", "webui") or source.get("webuiLink")),
        container_id=container_id,
        container_type=container_type,
        media_type=text(source.get("mediaType")),
        file_size=integer(source.get("fileSize")),
        file_id=identifier(source.get("fileId")),
        comment=text(source.get("comment")),
        download_url=absolute(context.site_url, source.get("downloadLink") or dig(source, "_links", "download")),
        content_path=None,
        content_sha256=None,
    )
    return record


def comment(source: Mapping[str, Any], context: Context, *, location: str) -> Record:
    """A v2 comment, ``footer`` or ``inline`` (FACTS 1.18).

    v2 does not tell when and by whom a comment was made; its first version does.
    """
    container_id, container_type = container_of(source)
    record = _content(source, context, "comment", context.container_spaces.get(container_id or ""))
    if record["version"] == 1:
        record["created_at"] = record["created_at"] or record["updated_at"]
        record["author_id"] = record["author_id"] or record["version_author_id"]
    body, body_format = body_of(source, context)
    record.update(
        location=location,
        container_id=container_id,
        container_type=container_type,
        parent_comment_id=numeric_id(source.get("parentCommentId")),
        body=body,
        body_format=body_format,
        resolution_status=text(source.get("resolutionStatus")),
        inline_marker_ref=text(dig(source, "properties", "inlineMarkerRef")),
        inline_original_selection=text(dig(source, "properties", "inlineOriginalSelection")),
    )
    return record


def tree_item(source: Mapping[str, Any], context: Context, *, kind: str) -> Record:
    """A v2 folder, whiteboard, database or embed; when a folder was made is a number on live sites (FACTS 1.20)."""
    record = _content(source, context, kind, numeric_id(source.get("spaceId")))
    record.update(
        parent_id=identifier(source.get("parentId")),
        parent_type=text(source.get("parentType")),
        position=integer(source.get("position")),
    )
    return record


def _content(source: Mapping[str, Any], context: Context, kind: str, space_id: str | None) -> Record:
    """The fields that all content has; ``version.createdAt`` is the time of the last change (FACTS 3.1)."""
    get, version = source.get, part(source, "version")
    created_at = timestamp(get("createdAt"))
    return {
        "id": numeric_id(get("id")),
        "type": kind,
        "status": text(get("status")),
        "title": text(get("title")),
        "space_id": space_id,
        "space_key": context.space_keys.get(space_id or ""),
        "created_at": created_at,
        "updated_at": timestamp(version.get("createdAt")) or created_at,
        "author_id": identifier(get("authorId")),
        "version": integer(version.get("number")),
        "version_author_id": identifier(version.get("authorId")),
        "version_message": text(version.get("message")),
        "version_minor_edit": boolean(version.get("minorEdit")),
        "url": absolute(context.site_url, part(source, "_links").get("webui")),
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }
