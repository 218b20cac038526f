"""Records of every stream with fields that are missing, null, odd or plainly wrong, for hypothesis to choose from."""

from __future__ import annotations

import typing
from types import UnionType
from typing import Any

import msgspec
from cdm_docs.mapping.confluence import facts, records
from hypothesis import strategies as st
from support.tap_records import BODY, RECORDS, Record

STRUCTS: dict[str, type[records.Record]] = {
    "spaces": records.Space,
    "pages": records.Document,
    "blogposts": records.Document,
    "attachments": records.Attachment,
    "footer_comments": records.Comment,
    "inline_comments": records.Comment,
    "content_versions": facts.ContentVersion,
    "content_labels": facts.ContentLabel,
    "folders": records.TreeContent,
    "whiteboards": records.TreeContent,
    "databases": records.TreeContent,
    "embeds": records.TreeContent,
    "space_permissions": facts.SpacePermission,
    "content_restrictions": facts.ContentRestriction,
    "group_members": facts.GroupMember,
    "users": facts.User,
    "tombstones": facts.Tombstone,
    "content_inventory": facts.Seen,
    "sync_errors": facts.SyncError,
    "tasks": facts.Task,
    "content_properties": facts.ContentProperty,
}
"""By stream: what its records are read as."""

TEXT = st.text(max_size=8) | st.sampled_from(["null", "true", "0", " ", "ﬃ\u2028", "a\x00b", "\ud800", "🙂"])
MOMENT = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
_BODY_FIELDS = {
    "body": st.sampled_from([BODY, "{}", '{"text": "x\\ny"}', '{"problems": ["cut"], "recovered": true}']),
    "body_format": st.just("test"),
}


_ANNOTATED: dict[Any, st.SearchStrategy[Any]] = {
    records.Id: TEXT.filter(bool),
    records.Ref: TEXT,
    records.Number: st.integers(-(2**63), 2**63 - 1),
}


def required(struct: type[msgspec.Struct]) -> set[str]:
    """Names of the fields that a record must have."""
    return {field.name for field in msgspec.structs.fields(struct) if field.required}


def _of_type(hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) in (UnionType, typing.Union):
        return st.one_of(*[_of_type(part) for part in typing.get_args(hint)])
    if typing.get_origin(hint) is typing.Annotated:
        return _ANNOTATED[hint]
    known: dict[Any, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        str: TEXT,
        int: st.integers(),
        bool: st.booleans(),
        list[str]: st.lists(TEXT, max_size=3),
        dict[str, Any]: st.dictionaries(TEXT, JSON, max_size=3),
        Any: JSON,
    }
    return known[hint]


def well_formed(stream: str) -> st.SearchStrategy[Record]:
    """Records that the stream's schema allows: any field but what identifies it may be missing or null."""
    struct = STRUCTS[stream]
    hints = typing.get_type_hints(struct, include_extras=True)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name in struct.__struct_fields__:
        if name in struct.moments:
            fields[name] = MOMENT if name in required(struct) else MOMENT | st.none()
        elif name in _BODY_FIELDS and "body_format" in hints:
            fields[name] = _BODY_FIELDS[name] | st.none()
        else:
            fields[name] = _of_type(hints[name])
    if struct is records.Space:
        fields["raw"] = st.dictionaries(TEXT, JSON, max_size=2)
    needed = required(struct)
    return st.fixed_dictionaries(
        {name: how for name, how in fields.items() if name in needed},
        optional={name: how for name, how in fields.items() if name not in needed},
    )


def malformed(stream: str) -> st.SearchStrategy[Record]:
    """Full records with up to three fields that hold anything at all, or are not there."""
    anything = st.one_of(JSON, st.just(...))
    names = [*RECORDS[stream], "unheard_of"]

    def with_changes(changes: dict[str, Any]) -> Record:
        return {name: value for name, value in (RECORDS[stream] | changes).items() if value is not ...}

    return st.dictionaries(st.sampled_from(names), anything, min_size=1, max_size=3).map(with_changes)
