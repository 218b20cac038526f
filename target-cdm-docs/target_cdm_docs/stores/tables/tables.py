"""The tables: the data model's columns, and the ones that a store keeps for itself.

Columns and tables whose names begin with ``_`` are a store's memory: they make the other columns a function of the set
of records, whatever their order (CONTRACT 2.4). Nobody else needs them, so such columns stand behind the others.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import UnionType
from typing import Any

from cdm_docs.model import rows as model

from target_cdm_docs.stores.base import RawRecord
from target_cdm_docs.stores.tables.computed import Column, Computed, members, moment, version_number

SCHEMA_VERSION = 5
"""Goes up with every change of these tables; stands in ``cdm_schema_version`` of each database."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: Its name, without schema.
        columns: Those that a batch writes.
        stamps: Those that have a default and are set by statements of their own.
        key: Names of the primary key's columns.
        indexes: Columns of each further index: ids, numbers, kinds and moments.
        words: Columns of people's words, of any length, that get an index for finding a whole one, and of which rows:
            an index of many equal words is slow to write.
        computed: Columns that follow from others: a session writes them wherever it writes their source.
    """

    name: str
    columns: tuple[Column, ...]
    stamps: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    words: tuple[tuple[str, str], ...] = ()
    computed: tuple[Computed, ...] = ()

    @property
    def everything(self) -> tuple[Column, ...]:
        """All columns, in the order in which they stand in a new table."""
        columns = (*self.columns, *self.stamps, *(column for each in self.computed for column in each.columns))
        return tuple(sorted(columns, key=lambda column: column.name.startswith("_")))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that a batch writes."""
        return tuple(column.name for column in self.columns)

    def type_of(self, name: str) -> str:
        """A column's type."""
        return next(column.type for column in self.everything if column.name == name)

    @property
    def is_of_runs(self) -> bool:
        """Whether each row tells the run that changed it last."""
        return any(column.name == "run_id" for column in self.stamps)

    def with_computed(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, before: int = 0, run_id: str | None = None
    ) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """Return columns and rows with what follows from them.

        Args:
            columns: Those that are written.
            rows: Their values.
            before: How many other values stand before them in each row.
            run_id: The run that new rows are of, where the table tells it.
        """
        found = [(columns.index(each.source) + before, each) for each in self.computed if each.source in columns]
        names = [column.name for _, each in found for column in each.columns]
        also = {} if run_id is None or not self.is_of_runs else {"run_id": run_id}
        if not found and not also:
            return columns, rows
        tail = also.values()
        wider = [(*row, *[value for place, each in found for value in each.values(row[place])], *tail) for row in rows]
        return [*columns, *names, *also], wider


def _column_type(hint: Any) -> str:
    if typing.get_origin(hint) in (UnionType, typing.Union):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    return {str: "text", int: "bigint"}.get(hint, "json")


def fields(row_type: type) -> tuple[Column, ...]:
    """A row class's fields as columns."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    return tuple(Column(field.name, _column_type(hints[field.name])) for field in _stored(row_type))


def _stored(row_type: type) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(row_type) if field.metadata.get("column", True)]


def getter(row_type: type) -> attrgetter[tuple[Any, ...]]:
    """A function from a row to its values, in the order of the columns."""
    return attrgetter(*(field.name for field in _stored(row_type)))


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


def _hidden(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, {"_version": "bigint", "_base": "json"}.get(name, "text")) for name in names)


_CLOCK = ("_version", "_observed_at", "_digest")
"""What decides which of two records' rows is kept: compared in this order."""
_SET_CLOCK = ("_version", "_observed_at", "_set")
"""The same of a set of rows."""

_STAMPS = (Column("synced_at", "timestamptz", "now()"), Column("changed_at", "timestamptz", "now()"))
_PUBLIC_STAMPS = (*_STAMPS, Column("first_seen_at", "timestamptz", "now()"), Column("run_id", "text"))


def _public(
    name: str,
    row_type: type,
    *hidden: str,
    key: tuple[str, ...] = ("cdm_id",),
    indexes: tuple[tuple[str, ...], ...] = (),
    words: tuple[tuple[str, str], ...] = (),
    computed: tuple[Computed, ...] = (),
    stamps: tuple[Column, ...] = (),
) -> Table:
    columns = fields(row_type)
    moments = tuple(moment(column.name) for column in columns if column.name.endswith("_at"))
    indexes = (*indexes, ("changed_at",))
    return Table(name, columns + _hidden(*hidden), (*_PUBLIC_STAMPS, *stamps), key, indexes, words, moments + computed)


SPACE = _public(
    "cdm_doc_space",
    model.CdmDocSpace,
    *_CLOCK,
    words=(("key", ""),),
    computed=(members("properties", type="text", status="text", homepage_cdm_id="text", owner_cdm_id="text"),),
)
ITEM = _public(
    "cdm_doc_item",
    model.CdmDocItem,
    *_CLOCK,
    "_seen_at",
    "_base",
    indexes=(("space_cdm_id",), ("parent_item_cdm_id",), ("doc_type", "updated_at"), ("updated_by_cdm_id",)),
    words=(("title", "doc_type NOT IN ('attachment', 'comment')"),),
    computed=(
        members("properties", owner_cdm_id="text", position="bigint", file_size="bigint"),
        version_number("latest_revision_cdm_id"),
    ),
)
REVISION = _public(
    "cdm_doc_revision",
    model.CdmDocRevision,
    *_CLOCK,
    indexes=(("item_cdm_id", "revision_number"), ("author_cdm_id",)),
    computed=(members("properties", media_type="text", file_size="bigint"),),
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
    computed=(members("properties", kind="text", target_type="text"),),
)
USER = _public("cdm_work_user", model.CdmWorkUser, *_CLOCK)
GROUP = _public("cdm_work_group", model.CdmWorkGroup, *_CLOCK)
CHUNK = _public(
    "cdm_doc_chunk",
    model.CdmDocChunk,
    *_SET_CLOCK,
    "_digest",
    indexes=(("item_cdm_id",), ("metadata_changed_at",)),
    stamps=(Column("metadata_changed_at", "timestamptz", "now()", follows="metadata"),),
)
TOMBSTONE = _public("cdm_doc_tombstone", model.CdmDocTombstone, *_CLOCK, key=("target_cdm_id",))
RAW = Table(
    "raw_record",
    fields(RawRecord) + _hidden(*_CLOCK),
    _PUBLIC_STAMPS,
    ("source_system", "stream", "record_key"),
    (("changed_at",),),
    computed=(moment("updated_at"),),
)
PLACE = Table(
    "_cdm_place",
    (*fields(model.ItemPlace), *_hidden(*_CLOCK, "_seen_at")),
    _STAMPS,
    ("cdm_id",),
    (),
)
FACET = Table(
    "_cdm_facet",
    (*_text("item_cdm_id", "kind", "key"), Column("value", "json"), *_hidden(*_CLOCK)),
    _STAMPS,
    ("item_cdm_id", "kind", "key"),
    (),
)
NAME = Table(
    "_cdm_name",
    _text("name_digest", "item_cdm_id", "source_system", "kind", "scope", "name", "held_at"),
    _STAMPS,
    ("name_digest", "item_cdm_id"),
    (("item_cdm_id",), ("scope",)),
)
SET = Table(
    "_cdm_set",
    (*_text("kind", "owner"), *_hidden(*_SET_CLOCK, "_digest")),
    _STAMPS,
    ("kind", "owner"),
    (),
)
PENDING = Table(
    "_cdm_pending",
    (*_text("kind", "owner", "key"), *_hidden(*_SET_CLOCK, "_digest"), Column("size", "bigint"), *_text("row")),
    _STAMPS,
    ("kind", "owner", "key", *_SET_CLOCK, "_digest"),
    (("kind", "key"),),
)
HASH = Table("_cdm_hash", (Column("key", "bigint"), Column("hash", "text")), _STAMPS, ("key",), ())
RUN = Table(
    "cdm_ingest_run",
    (
        *_text("run_id", "started_at", "finished_at", "status"),
        Column("scope", "json"),
        Column("total", "bigint"),
        Column("progress_counter", "bigint"),
        Column("failed_counter", "bigint"),
        Column("counts", "json"),
        Column("error_msgs", "json"),
        Column("replaced_characters", "bigint"),
    ),
    _STAMPS,
    ("run_id",),
    (("started_at",),),
    computed=(
        moment("started_at"),
        moment("finished_at"),
        members("scope", site="text", account_id="text", requests="bigint", points="bigint", seconds_waited="bigint"),
    ),
)
VERSION = Table(
    "cdm_schema_version",
    (Column("version", "bigint"), Column("package_version", "text"), Column("names", "text")),
    (Column("applied_at", "timestamptz", "now()"),),
    ("version",),
    (),
)

TABLES = (
    *(SPACE, ITEM, REVISION, LINK, ACCESS, USER, GROUP, CHUNK, TOMBSTONE, RUN, RAW),
    *(PLACE, FACET, NAME, SET, PENDING, HASH, VERSION),
)
