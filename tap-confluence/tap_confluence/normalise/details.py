"""Versions, properties, tasks and users: v2 objects beside the content itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import (
    Context,
    Record,
    body_of,
    boolean,
    container_of,
    dig,
    identifier,
    integer,
    text,
    timestamp,
    without_body,
)

VERSIONED = ("page", "blogpost", "attachment", "comment")
FILE = ("media_type", "file_size", "file_id", "comment")
"""What a version of an attachment tells of its file, as far as it is told."""


def version(source: Mapping[str, Any], context: Context) -> Record:
    """One version of a content, with the body that it had (FACTS 1.19); of old files v2 tells no more than the name."""
    entity: Mapping[str, Any] = next((source[kind] for kind in VERSIONED if isinstance(source.get(kind), dict)), {})
    body, body_format = body_of(entity, context)
    return {
        **dict.fromkeys(FILE),
        "title": text(entity.get("title")),
        "number": integer(source.get("number")),
        "created_at": timestamp(source.get("createdAt")),
        "author_id": identifier(source.get("authorId")),
        "message": text(source.get("message")),
        "minor_edit": boolean(source.get("minorEdit")),
        "body": body,
        "body_format": body_format,
    }


def current_version(record: Record) -> Record:
    """The newest version of a content, in the form of ``version``, as far as the content's own record tells of it."""
    made = dig(record["raw"], "version", "createdAt") or dig(record["raw"], "version", "when")
    return {
        **{name: record.get(name) for name in (*FILE, "title", "body", "body_format")},
        "number": record["version"],
        "created_at": timestamp(made) or (record["created_at"] if record["version"] == 1 else None),
        "author_id": record["version_author_id"],
        "message": record["version_message"],
        "minor_edit": record["version_minor_edit"],
    }


def content_property(source: Mapping[str, Any], context: Context) -> Record:
    """A property of a content: any JSON value under a key."""
    del context
    return {
        "id": identifier(source.get("id")),
        "key": text(source.get("key")),
        "value": source.get("value"),
        "version": integer(dig(source, "version", "number")),
        "updated_at": timestamp(dig(source, "version", "createdAt")),
    }


def task(source: Mapping[str, Any], context: Context) -> Record:
    """A task on a page or blog post."""
    content_id, content_type = container_of(source)
    body, _ = body_of(source, context)
    return {
        "id": identifier(source.get("id")),
        "content_id": content_id,
        "content_type": content_type,
        "space_id": identifier(source.get("spaceId")),
        "status": text(source.get("status")),
        "body": body,
        "created_by": identifier(source.get("createdBy")),
        "assigned_to": identifier(source.get("assignedTo")),
        "completed_by": identifier(source.get("completedBy")),
        **{f"{name}_at": timestamp(source.get(f"{name}At")) for name in ("created", "updated", "due", "completed")},
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }


def user(source: Mapping[str, Any], context: Context) -> Record:
    """A user; what the profile hides is null (FACTS 1.21)."""
    return {
        "account_id": user_id(source),
        "display_name": text(source.get("displayName")),
        "public_name": text(source.get("publicName")),
        "email": text(source.get("email")) or None,
        "account_type": text(source.get("accountType")),
        "account_status": text(source.get("accountStatus")),
        "time_zone": text(source.get("timeZone")),
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }
