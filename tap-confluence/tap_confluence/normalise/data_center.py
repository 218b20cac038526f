"""What Data Center alone has in this form: versions, properties, permissions, users. Pure (FACTS 7.4 to 7.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_confluence.normalise.sets import PRINCIPALS, UNKNOWN
from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import (
    Context,
    Record,
    body_of,
    boolean,
    dig,
    identifier,
    integer,
    text,
    timestamp,
    without_body,
)

ANONYMOUS = "anonymous"


def version(source: Mapping[str, Any], context: Context) -> Record:
    """One version of a content; ``when`` is missing on some old ones."""
    content = source.get("content")
    body, body_format = body_of(content if isinstance(content, dict) else {}, context)
    return {
        "title": text(dig(content, "title")),
        "media_type": text(dig(content, "extensions", "mediaType")) or text(dig(content, "metadata", "mediaType")),
        "file_size": integer(dig(content, "extensions", "fileSize")),
        "file_id": None,
        "comment": text(dig(content, "extensions", "comment")),
        "number": integer(source.get("number")),
        "created_at": timestamp(source.get("when")),
        "author_id": user_id(source.get("by")),
        "message": text(source.get("message")),
        "minor_edit": boolean(source.get("minorEdit")),
        "body": body,
        "body_format": body_format,
    }


def content_property(source: Mapping[str, Any], context: Context) -> Record:
    """A property of a content."""
    del context
    return {
        "id": identifier(source.get("id")),
        "key": text(source.get("key")),
        "value": source.get("value"),
        "version": integer(dig(source, "version", "number")),
        "updated_at": timestamp(dig(source, "version", "when")),
    }


def permission(source: Mapping[str, Any], context: Context) -> Record:
    """A permission on a space; it has no id, so what it says is its id."""
    del context
    subject = source.get("subject")
    kind = text(dig(subject, "type")) or UNKNOWN
    named = user_id(subject) if kind == "user" else text(dig(subject, "name"))
    principal_id = named or (UNKNOWN if kind in PRINCIPALS else kind)
    operation = text(dig(source, "operation", "operationKey"))
    target = text(dig(source, "operation", "targetType"))
    return {
        "permission_id": f"{kind}:{principal_id}:{operation}:{target}",
        "principal_type": kind,
        "principal_id": principal_id,
        "operation": operation,
        "target_type": target,
    }


def permissions_of(source: Mapping[str, Any], context: Context) -> list[Record]:
    """The permissions of a space as releases before 9.1 expand them: several subjects each (FACTS 7.6).

    A user or a group that has no id is unknown, never anonymous: that would let everybody in.
    """
    listed = source.get("permissions")
    found = []
    for row in _objects(listed):
        what = {
            "operationKey": dig(row, "operation", "operation"),
            "targetType": dig(row, "operation", "targetType"),
        }
        for kind in PRINCIPALS:
            for one in _objects(dig(row, "subjects", kind, "results")):
                is_anonymous = one.get("type") == ANONYMOUS or row.get("anonymousAccess") is True
                subject = {**one, "type": ANONYMOUS if is_anonymous else kind}
                found.append(permission({"subject": subject, "operation": what}, context))
    return found


def _objects(listed: object) -> list[dict[str, Any]]:
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def user(source: Mapping[str, Any], context: Context) -> Record:
    """A user; the e-mail address is hidden (FACTS 7.4)."""
    return {
        "account_id": user_id(source),
        "display_name": text(source.get("displayName")),
        "public_name": text(source.get("username")),
        "email": text(source.get("email")) or None,
        "account_type": text(source.get("type")),
        "account_status": text(source.get("status")),
        "time_zone": None,
        "observed_at": context.observed_at,
        "raw": without_body(source),
    }
