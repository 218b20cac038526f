"""Labels, restrictions, permissions and memberships: what belongs to a parent as one set. Pure.

A whole parent is ``{"id", "space_id", "container_id", "parent", "members", "whole"}``: ``parent`` and each of
``members`` together are a row of the stream, but for ``observed_at``; ``whole`` is false when the server cut the set
off (FACTS 7.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import Context, Record, dig, identifier, text

OPERATIONS = ("read", "update")
PRINCIPALS = ("user", "group")
ROLE = "role"
UNKNOWN = "unknown"
"""Kind or id of whoever an answer does not name: never left out, as a restriction to nobody is none."""


def label(source: Mapping[str, Any], context: Context) -> Record:
    """A label of a content."""
    del context
    name = text(source.get("name"))
    label_id = identifier(source.get("id"))
    return {
        "label_id": label_id or f"{source.get('prefix')}:{name}",
        "name": name,
        "prefix": text(source.get("prefix")),
    }


def names_of(labels: object) -> set[str]:
    """What a search would find labels by: the name, and with its prefix for personal ones alone (FACTS 9.10)."""
    rows = [row for row in labels if isinstance(row, dict)] if isinstance(labels, list) else []
    own = {str(row.get("name")) for row in rows if row.get("prefix") != "my"}
    return own | {f"{row.get('prefix')}:{row.get('name')}" for row in rows}


def labelled_content(source: Mapping[str, Any], context: Context) -> Record:
    """What bears a label."""
    del context
    return {"id": identifier(source.get("id"))}


def labels_of(source: Mapping[str, Any], context: Context) -> Record:
    """A content that search shows, with its labels."""
    listed = dig(source, "metadata", "labels")
    rows = _results(listed)
    return {**_parent(source), "members": [label(row, context) for row in rows], "whole": not _is_cut(listed)}


def restrictions_of(source: Mapping[str, Any], context: Context) -> Record:
    """A content that search shows, with who alone may read or update it."""
    found = {name: dig(source, "restrictions", name) for name in OPERATIONS}
    members = [row for name, restriction in found.items() for row in restricted_to(restriction, context, name)]
    cut = any(_is_cut(dig(each, "restrictions", kind)) for each in found.values() for kind in PRINCIPALS)
    return {**_parent(source), "members": members, "whole": not cut}


def restricted_to(restriction: object, context: Context, operation: str = "read") -> list[Record]:
    """The principals of one operation of v1's restrictions.

    Args:
        restriction: As v1 shows it.
        context: Of the answer.
        operation: What it restricts, where it does not say.
    """
    del context
    told = text(dig(restriction, "operation")) or operation
    found: list[Record] = []
    for kind in PRINCIPALS:
        rows = dig(restriction, "restrictions", kind, "results")
        for row in rows if isinstance(rows, list) else []:
            named = user_id(row) if kind == "user" else identifier(dig(row, "id")) or text(dig(row, "name"))
            who = (kind, named) if named else (UNKNOWN, UNKNOWN)
            found.append({"operation": told, "principal_type": who[0], "principal_id": who[1]})
    return found


def permission(source: Mapping[str, Any], context: Context) -> Record:
    """A permission on a space."""
    del context
    return {
        "permission_id": identifier(source.get("id")),
        "principal_type": text(dig(source, "principal", "type")) or UNKNOWN,
        "principal_id": identifier(dig(source, "principal", "id")) or UNKNOWN,
        "operation": text(dig(source, "operation", "key")),
        "target_type": text(dig(source, "operation", "targetType")),
    }


def role_assignment(source: Mapping[str, Any], context: Context) -> Record:
    """Who holds which role in a space: a user, a group or an access class (FACTS 11.1)."""
    del context
    kind = text(dig(source, "principal", "principalType"))
    return {
        "role_id": identifier(source.get("roleId")),
        "principal_type": kind.lower() if kind else UNKNOWN,
        "principal_id": identifier(dig(source, "principal", "principalId")) or UNKNOWN,
    }


def resolved(permissions: Sequence[Record], holders: Sequence[Record]) -> list[Record]:
    """Permissions with who holds a role in place of the role: one for each holder (FACTS 11.1).

    A role that holds nothing the permissions tell of is shown with its holders and without an operation, which lets
    nobody in.

    Args:
        permissions: As ``permission`` makes them.
        holders: As ``role_assignment`` makes them.
    """
    granted = [each for each in permissions if each["principal_type"] == ROLE]
    known = {each["principal_id"] for each in granted}
    untold = dict.fromkeys(holder["role_id"] for holder in holders if holder["role_id"] not in known)
    granted += [
        {"permission_id": role_id, "principal_id": role_id, "operation": None, "target_type": None}
        for role_id in untold
    ]
    return [
        *(each for each in permissions if each["principal_type"] != ROLE),
        *(
            {
                **each,
                "permission_id": f"{each['permission_id']}/{holder['principal_type']}/{holder['principal_id']}",
                "principal_type": holder["principal_type"],
                "principal_id": holder["principal_id"],
            }
            for each in granted
            for holder in holders
            if holder["role_id"] == each["principal_id"]
        ),
    ]


def group(source: Mapping[str, Any], context: Context) -> Record:
    """A group; Data Center has names alone."""
    del context
    name = text(source.get("name"))
    return {"id": identifier(source.get("id")) or name, "name": name}


def member(source: Mapping[str, Any], context: Context) -> Record:
    """A member of a group."""
    del context
    return {"account_id": user_id(source)}


def _parent(source: Mapping[str, Any]) -> Record:
    content_id = identifier(source.get("id"))
    return {
        "id": content_id,
        "type": text(source.get("type")),
        "space_id": identifier(dig(source, "space", "id")),
        "container_id": identifier(dig(source, "container", "id")) if source.get("type") == "attachment" else None,
        "url": None,
        "parent": {"content_id": content_id, "content_type": text(source.get("type"))},
    }


def _results(listed: object) -> list[dict[str, Any]]:
    rows = dig(listed, "results")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _is_cut(listed: object) -> bool:
    """Whether an inner list goes on elsewhere, or did not come at all."""
    return not isinstance(dig(listed, "results"), list) or bool(dig(listed, "_links", "next"))
