"""The tables: the data model's columns, and the ones that a store keeps for itself.

Columns whose names begin with ``_`` and tables that are marked internal are a store's memory: they make the other
columns a function of the set of records, whatever their order (CONTRACT 2.4). Nobody else needs them.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from dataclasses import dataclass
from operator import attrgetter
from types import UnionType
from typing import Any

from target_cdm_docs.cdm import model
from target_cdm_docs.stores.base import RawRecord

SCHEMA_VERSION = 1
"""Goes up with every change of these tables; stands in ``cdm_schema_version`` of each database."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type is ``text``, ``bigint``, ``json`` or ``timestamptz``."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: Its name, without schema.
        columns: Those that a batch writes.
        stamps: Those that have a default and are set by statements of their own.
        key: Names of the primary key's columns.
        indexes: Columns of each further index.
        comment: What a row is.
    """

    name: str
    columns: tuple[Column, ...]
    stamps: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    comment: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that a batch writes."""
        return tuple(column.name for column in self.columns)

    def type_of(self, name: str) -> str:
        """A column's type."""
        return next(column.type for column in (*self.columns, *self.stamps) if column.name == name)


_COMMENTS = {
    "cdm_id": "Primary key; depends only on source_system and the source's ids",
    "source_system": "Which source the row comes from (setting source_system)",
    "created_at": "When the source created it, RFC 3339 UTC",
    "updated_at": "When the source last changed it, RFC 3339 UTC",
    "deleted_at": "When it was found to be gone, RFC 3339 UTC; null while it is there",
    "deleted_reason": "Why it is gone: trashed, deleted, archived, moved, out_of_scope, permission_lost, space_removed",
    "properties": "What has no column of its own",
    "raw_source": "The source's own object, without body",
    "url": "Absolute URL",
    "tags": "Names of the labels, in order; null when never told",
    "space_cdm_id": "The space that holds the item (cdm_doc_space)",
    "parent_item_cdm_id": "The item above it, or that it hangs on (cdm_doc_item)",
    "latest_revision_cdm_id": "Its newest version (cdm_doc_revision)",
    "item_cdm_id": "The item it belongs to (cdm_doc_item)",
    "revision_cdm_id": "The version it was cut from (cdm_doc_revision)",
    "from_item_cdm_id": "The item that holds the link (cdm_doc_item)",
    "to_item_cdm_id": "The item it leads to; null when that is not known here",
    "target_cdm_id": "The space or item it is about",
    "body": "As the source wrote it, byte for byte",
    "text": "For reading and searching",
    "synced_at": "When it was last seen",
    "changed_at": "When its content last changed",
    "_clock": "Version, time of observation and digest of the record that the row follows from",
    "_digest": "Hash of the content, to see whether it changed",
    "_owner": "Whose set the row is a member of",
    "_seen_at": "Newest time at which the source showed it",
    "_ref": "Hash of the name it refers to, to find it when that name changes hands",
}

_STAMPS = (
    Column("synced_at", "timestamptz", _COMMENTS["synced_at"]),
    Column("changed_at", "timestamptz", _COMMENTS["changed_at"]),
)


def _column_type(hint: Any) -> str:
    if typing.get_origin(hint) in (UnionType, typing.Union):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    return {str: "text", int: "bigint"}.get(hint, "json")


def fields(row_type: type) -> tuple[Column, ...]:
    """A row class's fields as columns."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    return tuple(
        Column(field.name, _column_type(hints[field.name]), _COMMENTS.get(field.name, ""))
        for field in _stored(row_type)
    )


def _stored(row_type: type) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(row_type) if field.metadata.get("column", True)]


def getter(row_type: type) -> attrgetter[tuple[Any, ...]]:
    """A function from a row to its values, in the order of the columns."""
    return attrgetter(*(field.name for field in _stored(row_type)))


def _hidden(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", _COMMENTS[name]) for name in names)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", _COMMENTS.get(name, "")) for name in names)


def _public(
    name: str,
    row_type: type,
    *hidden: str,
    key: tuple[str, ...] = ("cdm_id",),
    indexes: tuple[tuple[str, ...], ...] = (),
) -> Table:
    comment = (inspect.getdoc(row_type) or name).splitlines()[0]
    return Table(name, fields(row_type) + _hidden(*hidden), _STAMPS, key, indexes, comment)


SPACE = _public("cdm_doc_space", model.CdmDocSpace, "_clock", "_digest", indexes=(("key",),))
ITEM = _public(
    "cdm_doc_item",
    model.CdmDocItem,
    "_clock",
    "_digest",
    "_seen_at",
    indexes=(("space_cdm_id", "title"), ("parent_item_cdm_id",), ("doc_type", "updated_at"), ("updated_by_cdm_id",)),
)
REVISION = _public(
    "cdm_doc_revision",
    model.CdmDocRevision,
    "_clock",
    "_digest",
    indexes=(("item_cdm_id", "revision_number"), ("author_cdm_id",)),
)
LINK = _public(
    "cdm_doc_link",
    model.CdmDocLink,
    "_owner",
    "_digest",
    "_ref",
    indexes=(("to_item_cdm_id",), ("from_item_cdm_id",), ("_owner",), ("_ref",)),
)
ACCESS = _public(
    "cdm_doc_access",
    model.CdmDocAccess,
    "_owner",
    "_digest",
    indexes=(("target_cdm_id",), ("principal_cdm_id",), ("_owner",)),
)
USER = _public("cdm_work_user", model.CdmWorkUser, "_clock", "_digest")
CHUNK = _public("cdm_doc_chunk", model.CdmDocChunk, "_clock", "_digest", indexes=(("item_cdm_id",),))
TOMBSTONE = _public("cdm_doc_tombstone", model.CdmDocTombstone, "_clock", "_digest", key=("target_cdm_id",))
RAW = Table(
    "raw_record",
    fields(RawRecord) + _hidden("_clock", "_digest"),
    _STAMPS,
    ("source_system", "stream", "record_key"),
    (),
    "A record as it came, passed through unmapped",
)
PLACE = Table(
    "cdm_doc_place",
    (*fields(model.ItemPlace), *_hidden("_clock", "_digest", "_seen_at")),
    _STAMPS,
    ("cdm_id",),
    (),
    "Internal: where items were last seen to stand, told without their content",
)
FACET = Table(
    "cdm_doc_facet",
    (*_text("item_cdm_id", "kind", "key"), Column("value", "json", ""), *_hidden("_clock", "_digest")),
    _STAMPS,
    ("item_cdm_id", "kind", "key"),
    (),
    "Internal: labels, tasks and properties of items, as other streams than the items' own told them",
)
NAME = Table(
    "cdm_doc_name",
    _text("name_digest", "item_cdm_id", "source_system", "kind", "scope", "name", "held_at"),
    _STAMPS,
    ("name_digest", "item_cdm_id"),
    (("item_cdm_id",), ("scope",)),
    "Internal: every title and file name that an item ever had, and when it was last seen to have it",
)
SET = Table(
    "cdm_doc_set",
    (*_text("kind", "owner"), *_hidden("_clock", "_digest")),
    _STAMPS,
    ("kind", "owner"),
    (),
    "Internal: how new the stored set of links, chunks or access rows of each owner is, also of empty ones",
)
RUN = Table(
    "cdm_ingest_run",
    (
        *_text("run_id", "started_at", "finished_at", "status"),
        Column("scope", "json", "What the run covers"),
        Column("total", "bigint", "Records expected; null when unknown"),
        Column("progress_counter", "bigint", "Records taken so far"),
        Column("failed_counter", "bigint", "Records that could not be taken"),
        Column("counts", "json", "Records by stream"),
        Column("error_msgs", "json", "What failed, one entry each"),
        Column("replaced_characters", "bigint", "Characters that a database cannot hold, replaced by U+FFFD"),
    ),
    _STAMPS,
    ("run_id",),
    (("started_at",),),
    "A run of the target",
)
VERSION = Table(
    "cdm_schema_version",
    (Column("version", "bigint", "Version of the tables"), Column("package_version", "text", "Who made it")),
    (Column("applied_at", "timestamptz", "When"),),
    ("version",),
    (),
    "Internal: which versions of these tables this database has seen; also the lock that writers take in turn",
)

TABLES = (SPACE, ITEM, REVISION, LINK, ACCESS, USER, CHUNK, TOMBSTONE, RUN, RAW, PLACE, FACET, NAME, SET, VERSION)
