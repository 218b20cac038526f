"""Which stream becomes which rows: the table to open first. Pure.

A source system is a module beside ``mapping.confluence`` and its rows in this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from cdm_docs.mapping import cdm
from cdm_docs.mapping.confluence import (
    access,
    attachments,
    documents,
    facets,
    facts,
    items,
    records,
    spaces,
    sweeps,
)
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmRows

Record = dict[str, Any]
_decode = msgspec.json.Decoder().decode
_Struct = TypeVar("_Struct", bound=records.Record)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one stream is mapped.

    Attributes:
        to_rows: A record to rows. Raises ``ValueError`` (of which msgspec's errors are a kind) for a bad one.
        emits: The streams of ``mapping.streams`` that say the same.
    """

    to_rows: Callable[[Record, Options], CdmRows]
    emits: tuple[str, ...]


def _source(kind: type[_Struct], to_rows: Callable[[_Struct, Options], CdmRows], *emits: str) -> Mapping:
    def convert(record: Record, options: Options) -> CdmRows:
        return to_rows(msgspec.convert(record, kind, strict=False), options)

    return Mapping(convert, emits)


def _unflattened(record: Record) -> Record:
    """Take texts for the objects and lists that a tap's ``flattening_enabled`` made them of.

    Raises:
        ValueError: Such a text is no JSON.
    """
    texts = [name for name in ("raw", "labels") if isinstance(record.get(name), str)]
    return record | {name: _decode(record[name]) for name in texts} if texts else record


def _documents(doc_type: str) -> Mapping:
    def to_rows(record: records.Document, options: Options) -> CdmRows:
        return documents.map_document(record, doc_type, options)

    return _source(records.Document, to_rows, *_CONTENT, "cdm_doc_chunk")


def _comments(kind: str) -> Mapping:
    def to_rows(record: records.Comment, options: Options) -> CdmRows:
        return documents.map_comment(record, kind, options)

    return _source(records.Comment, to_rows, *_CONTENT)


def _tree(doc_type: str) -> Mapping:
    def to_rows(record: records.TreeContent, options: Options) -> CdmRows:
        return items.map_tree_content(record, doc_type, options)

    return _source(records.TreeContent, to_rows, "cdm_doc_item")


def _own(stream: str, to_rows: Callable[[Record], CdmRows]) -> tuple[str, Mapping]:
    return stream, Mapping(lambda record, _: to_rows(record), (stream,))


_FACETS = ("cdm_doc_facet", "cdm_doc_empty_set")
_CONTENT = ("cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_empty_set")
_ACCESS = ("cdm_doc_access", "cdm_doc_empty_set")

MAPPED: dict[str, Mapping] = {
    "spaces": _source(records.Space, spaces.map_space, "cdm_doc_space"),
    "pages": _documents("page"),
    "blogposts": _documents("blogpost"),
    "attachments": _source(
        records.Attachment, attachments.map_attachment, *_CONTENT, "cdm_doc_chunk", "cdm_doc_failure"
    ),
    "footer_comments": _comments("footer"),
    "inline_comments": _comments("inline"),
    "content_versions": _source(facts.ContentVersion, documents.map_version, "cdm_doc_revision"),
    "content_labels": _source(facts.ContentLabel, facets.map_label, *_FACETS),
    "folders": _tree("folder"),
    "whiteboards": _tree("whiteboard"),
    "databases": _tree("database"),
    "embeds": _tree("embed"),
    "space_permissions": _source(facts.SpacePermission, access.map_space_permission, *_ACCESS),
    "content_restrictions": _source(facts.ContentRestriction, access.map_content_restriction, *_ACCESS),
    "group_members": _source(facts.GroupMember, access.map_group_member, *_ACCESS, "cdm_work_group"),
    "users": _source(facts.User, spaces.map_user, "cdm_work_user"),
    "tombstones": _source(facts.Tombstone, sweeps.map_tombstone, "cdm_doc_tombstone"),
    "content_inventory": _source(facts.Seen, sweeps.map_seen, "cdm_doc_place"),
    "sync_errors": _source(facts.SyncError, sweeps.map_sync_error, "cdm_doc_failure"),
    "tasks": _source(facts.Task, facets.map_task, *_FACETS),
    "content_properties": _source(facts.ContentProperty, facets.map_property, *_FACETS),
} | dict(
    [
        _own("cdm_doc_space", cdm.map_space),
        _own("cdm_doc_item", cdm.map_item),
        _own("cdm_doc_revision", cdm.map_revision),
        _own("cdm_doc_link", cdm.map_link),
        _own("cdm_doc_access", cdm.map_access),
        _own("cdm_work_user", cdm.map_user),
        _own("cdm_work_group", cdm.map_group),
        _own("cdm_doc_chunk", cdm.map_chunk),
        _own("cdm_doc_tombstone", cdm.map_tombstone),
        _own("cdm_doc_place", cdm.map_place),
        _own("cdm_doc_facet", cdm.map_facet),
        _own("cdm_doc_empty_set", cdm.map_empty_set),
        _own("cdm_doc_failure", cdm.map_failure),
    ]
)
"""By stream (CONTRACT 2.3): how it is mapped."""

DEEPEST = 200
"""Levels of objects and lists in a record."""

TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"

_NAMES = ("id", "cdm_id", "error_id", "content_id", "group_id", "space_id", "account_id")


def is_too_deep(record: Record) -> bool:
    """Return whether a record is nested deeper than anybody writes, and deeper than every reader of JSON follows."""
    level: list[Any] = [record]
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [each for values in inner for each in values if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def is_mapped(stream: str) -> bool:
    """Return whether the data model knows a stream."""
    return stream in MAPPED


def emitted_by(stream: str) -> tuple[str, ...]:
    """Return the streams that a mapper sends for a stream of ``MAPPED``, with or without chunks."""
    return MAPPED[stream].emits


def map_record(stream: str, record: Record, options: Options) -> CdmRows:
    """Return what a record says, as rows.

    Args:
        stream: One of ``MAPPED``.
        record: As the stream's tap, or a mapper, sent it.
        options: Settings.

    Raises:
        MappingError: The record cannot be mapped; the message names stream, id and field.
    """
    mapping = MAPPED[stream]
    try:
        whole = _unflattened(record)
        if is_too_deep(whole):
            raise ValueError(TOO_DEEP)  # noqa: TRY301 - told with the record's name, as all its faults
        return mapping.to_rows(whole, options)
    except (ValueError, RecursionError) as error:
        raise MappingError(_complaint(stream, record, error)) from None


def _complaint(stream: str, record: Record, error: Exception) -> str:
    name = next((name for name in _NAMES if record.get(name) is not None), None)
    which = f"with {name} {str(record[name])[:200]!r}" if name else "without id"
    reason, _, path = str(error).partition(" - at `$.")
    reason = reason[:1].lower() + reason[1:]
    field = f"`{path}: " if path else ""
    return f"stream {stream!r}: record {which}: {field}{reason}"
