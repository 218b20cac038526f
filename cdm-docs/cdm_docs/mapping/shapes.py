"""Whether a stream that is called like one of ours is one: what its SCHEMA must say before its first record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CONTENT = ("id", "title", "version", "space_id")
_COMMENT = ("id", "version", "container_id")
_TREE = ("id", "title")

CORE: dict[str, tuple[str, ...]] = {
    "spaces": ("id", "key"),
    "pages": _CONTENT,
    "blogposts": _CONTENT,
    "attachments": ("id", "title", "version", "container_id"),
    "footer_comments": _COMMENT,
    "inline_comments": _COMMENT,
    "content_versions": ("content_id", "number"),
    "content_labels": ("content_id", "name"),
    "folders": _TREE,
    "whiteboards": _TREE,
    "databases": _TREE,
    "embeds": _TREE,
    "space_permissions": ("space_id", "principal_type", "principal_id", "operation"),
    "content_restrictions": ("content_id", "principal_type", "principal_id", "operation"),
    "group_members": ("group_id", "account_id"),
    "users": ("account_id",),
    "tombstones": ("type", "id", "detected_at"),
    "content_inventory": ("type", "id", "seen_at"),
    "sync_errors": ("error_id",),
    "tasks": ("id", "content_id"),
    "content_properties": ("id", "content_id", "key"),
}
"""By stream: the fields without which its rows would say nothing. A tap may leave out any other."""

_NUMBERS = {"version", "number"}


def fault_of(stream: str, properties: Mapping[str, Any]) -> str | None:
    """Return what a SCHEMA lacks to be that of a known stream; None if nothing.

    Args:
        stream: A stream of ``registry.MAPPED``.
        properties: The properties of its SCHEMA.
    """
    core = CORE.get(stream, ("cdm_id",))
    if missing := [name for name in core if name not in properties]:
        return f"its SCHEMA lacks {', '.join(missing)}"
    for name in core:
        declared = properties[name].get("type") if isinstance(properties[name], dict) else None
        types = {declared} if isinstance(declared, str) else set(declared or ())
        wanted = {"integer", "number", "string"} if name in _NUMBERS else {"string"}
        if types and not types & wanted:
            number = "a number" if name in _NUMBERS else "a text"
            return f"its {name} is {' or '.join(sorted(types - {'null'}) or ['null'])}, not {number}"
    return None
