"""Records of the data model's own streams back into rows: what a mapper sent is accepted as it is. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypeVar, get_type_hints

import msgspec

from cdm_docs.mapping.clocks import digest_of
from cdm_docs.mapping.confluence.records import Number
from cdm_docs.mapping.streams import ROW_TYPES, EmptySet, Failure
from cdm_docs.model.rows import (
    FACET_KINDS,
    SET_KINDS,
    CdmDocAccess,
    CdmDocChunk,
    CdmDocItem,
    CdmDocLink,
    CdmDocRevision,
    CdmDocSpace,
    CdmDocTombstone,
    CdmRows,
    CdmWorkGroup,
    CdmWorkUser,
    Clock,
    Facet,
    ItemPlace,
    Member,
    SetPart,
)

Record = dict[str, Any]
_Row = TypeVar("_Row")


_NO_CLOCK = Clock(0, "", "")

_MOST_BYTES = 1200
"""Longest text in a column by which rows are found: the databases' indexes hold some 2,700 bytes of two such."""


class _Beside(msgspec.Struct):
    """What a record has beside its columns; None where another mapper than ours made it."""

    clock_version: Number | None = None
    clock_observed_at: str | None = None
    clock_digest: str | None = None
    owner_cdm_id: str | None = None
    set_id: str | None = None
    set_size: Number | None = None

    def clock(self, otherwise: Clock) -> Clock:
        """Return the record's clock, or another where it has none."""
        if self.clock_digest is None:
            return otherwise
        return Clock(self.clock_version or 0, self.clock_observed_at or "", self.clock_digest)


def _bounded(row_type: type) -> list[str]:
    names = {"source_system", "doc_type", "updated_at", "kind", "set_id"} | ({"key"} if row_type is Facet else set())
    return [name for name in get_type_hints(row_type) if name.endswith("cdm_id") or name in names]


_BOUNDED = {row_type: _bounded(row_type) for row_type in (*ROW_TYPES.values(), _Beside)}
"""By row: the columns by which it is found."""


def _read(record: Record, row_type: type[_Row]) -> tuple[_Row, _Beside]:
    row, beside = msgspec.convert(record, row_type, strict=False), msgspec.convert(record, _Beside, strict=False)
    for said in (row, beside):
        for name in _BOUNDED[type(said)]:
            value = getattr(said, name)
            if value is not None and len(value.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
                raise ValueError(f"`{name}` is longer than {_MOST_BYTES} bytes")
    return row, beside


def map_space(record: Record) -> CdmRows:
    """Map ``cdm_doc_space``."""
    space, beside = _read(record, CdmDocSpace)
    return CdmRows(spaces=((beside.clock(Clock(0, "", digest_of(space))), space),))


def map_item(record: Record) -> CdmRows:
    """Map ``cdm_doc_item``; without a clock the newer ``updated_at`` wins.

    Raises:
        ValueError: ``tags`` is no list of texts.
    """
    item, beside = _read(record, CdmDocItem)
    if item.tags is not None and not (isinstance(item.tags, list) and all(isinstance(tag, str) for tag in item.tags)):
        raise ValueError("`tags` is no list of texts")
    return CdmRows(items=((beside.clock(Clock(0, item.updated_at or "", digest_of(item))), item),))


def map_revision(record: Record) -> CdmRows:
    """Map ``cdm_doc_revision``."""
    revision, beside = _read(record, CdmDocRevision)
    told = int(revision.body is not None or revision.content_sha256 is not None)
    return CdmRows(revisions=((beside.clock(Clock(told, "", digest_of(revision))), revision),))


def map_link(record: Record) -> CdmRows:
    """Map ``cdm_doc_link``: a member of a set; without a clock those of one ``created_at`` are a set."""
    link, beside = _read(record, CdmDocLink)
    owner = beside.owner_cdm_id or link.from_item_cdm_id
    return _member("link", owner, beside, Clock(0, link.created_at or "", ""), link)


def map_access(record: Record) -> CdmRows:
    """Map ``cdm_doc_access``: a member of a set; without a ``set_id`` all of one target are a set."""
    access, beside = _read(record, CdmDocAccess)
    return _member("access", beside.set_id or f"cdm_doc_access:{access.target_cdm_id}", beside, _NO_CLOCK, access)


def map_user(record: Record) -> CdmRows:
    """Map ``cdm_work_user``."""
    user, beside = _read(record, CdmWorkUser)
    return CdmRows(users=((beside.clock(Clock(0, "", digest_of(user))), user),))


def map_group(record: Record) -> CdmRows:
    """Map ``cdm_work_group``."""
    group, beside = _read(record, CdmWorkGroup)
    return CdmRows(groups=((beside.clock(Clock(0, "", digest_of(group))), group),))


def map_chunk(record: Record) -> CdmRows:
    """Map ``cdm_doc_chunk``: a member of its item's set."""
    chunk, beside = _read(record, CdmDocChunk)
    return _member("chunk", chunk.item_cdm_id, beside, _NO_CLOCK, chunk)


def map_tombstone(record: Record) -> CdmRows:
    """Map ``cdm_doc_tombstone``."""
    tombstone, _ = _read(record, CdmDocTombstone)
    return CdmRows(tombstones=(tombstone,))


def map_place(record: Record) -> CdmRows:
    """Map ``cdm_doc_place``."""
    place, beside = _read(record, ItemPlace)
    return CdmRows(places=((beside.clock(Clock(0, "", digest_of(place))), place),))


def map_facet(record: Record) -> CdmRows:
    """Map ``cdm_doc_facet``: for itself, or a member of its item's set.

    Raises:
        ValueError: ``kind`` is unknown, ``value`` is no JSON text, or a label is no text.
    """
    facet, beside = _read(record, Facet)
    if isinstance(facet.value, str):
        facet = replace(facet, value=json.loads(facet.value))
    if facet.kind not in FACET_KINDS:
        raise ValueError(f"`kind` {facet.kind!r} is none of {', '.join(FACET_KINDS)}")
    if facet.kind == "label" and not (facet.whole_set and isinstance(facet.value, str | None)):
        raise ValueError("a label is a text, and a member of a set")
    if not facet.whole_set:
        return CdmRows(facets=((beside.clock(Clock(0, "", digest_of(facet))), facet),))
    return _member(facet.kind, facet.item_cdm_id, beside, _NO_CLOCK, None if facet.value is None else facet)


def map_empty_set(record: Record) -> CdmRows:
    """Map ``cdm_doc_empty_set``.

    Raises:
        ValueError: ``kind`` is unknown.
    """
    empty, beside = _read(record, EmptySet)
    if empty.kind not in SET_KINDS:
        raise ValueError(f"`kind` {empty.kind!r} is none of {', '.join(SET_KINDS)}")
    return _member(empty.kind, empty.owner_cdm_id, beside, _NO_CLOCK, None)


def _member(kind: str, owner: str, beside: _Beside, otherwise: Clock, member: Member | None) -> CdmRows:
    members = () if member is None else (member,)
    return CdmRows(sets=(SetPart(kind, owner, beside.clock(otherwise), beside.set_size, members),))


def map_failure(record: Record) -> CdmRows:
    """Map ``cdm_doc_failure``.

    Raises:
        ValueError: ``failure`` is no object.
    """
    failure = _read(record, Failure)[0].failure
    if not isinstance(failure, dict):
        raise ValueError("`failure` is no object")  # noqa: TRY004 - a bad record, not a bad call
    return CdmRows(failures=(failure,))
