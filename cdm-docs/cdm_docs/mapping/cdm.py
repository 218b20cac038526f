"""Records of the data model's own streams back into rows: what a mapper sent is accepted as it is. Pure."""

from __future__ import annotations

from typing import Any, TypeVar, get_type_hints

import msgspec

from cdm_docs.mapping.clocks import digest_of
from cdm_docs.mapping.streams import ROW_TYPES, EmptySet, Failure
from cdm_docs.model.rows import (
    AccessSet,
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
)

Record = dict[str, Any]
_Row = TypeVar("_Row")


_MOST_BYTES = 1200
"""Longest text in a column by which rows are found: the databases' indexes hold some 2,700 bytes of two such."""


class _Beside(msgspec.Struct):
    """What a record has beside its columns; None where another mapper than ours made it."""

    clock_version: int | None = None
    clock_observed_at: str | None = None
    clock_digest: str | None = None
    owner_cdm_id: str | None = None
    set_id: str | None = None

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
    clock = beside.clock(Clock(0, link.created_at or "", ""))
    return CdmRows(links=((clock, beside.owner_cdm_id or link.from_item_cdm_id, (link,)),))


def map_access(record: Record) -> CdmRows:
    """Map ``cdm_doc_access``: a member of a set; without a ``set_id`` all of one target are a set."""
    access, beside = _read(record, CdmDocAccess)
    member = AccessSet(beside.set_id or f"cdm_doc_access:{access.target_cdm_id}", access)
    return CdmRows(access=((beside.clock(Clock(0, "", "")), member),))


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
    return CdmRows(chunks=((beside.clock(Clock(0, "", "")), chunk.item_cdm_id, (chunk,)),))


def map_tombstone(record: Record) -> CdmRows:
    """Map ``cdm_doc_tombstone``."""
    tombstone, _ = _read(record, CdmDocTombstone)
    return CdmRows(tombstones=(tombstone,))


def map_place(record: Record) -> CdmRows:
    """Map ``cdm_doc_place``."""
    place, beside = _read(record, ItemPlace)
    return CdmRows(places=((beside.clock(Clock(0, "", digest_of(place))), place),))


def map_facet(record: Record) -> CdmRows:
    """Map ``cdm_doc_facet``."""
    facet, beside = _read(record, Facet)
    return CdmRows(facets=((beside.clock(Clock(0, "", digest_of(facet))), facet),))


def map_empty_set(record: Record) -> CdmRows:
    """Map ``cdm_doc_empty_set``.

    Raises:
        ValueError: ``kind`` is unknown.
    """
    empty, beside = _read(record, EmptySet)
    clock, owner = beside.clock(Clock(0, "", "")), empty.owner_cdm_id
    match empty.kind:
        case "link":
            return CdmRows(links=((clock, owner, ()),))
        case "chunk":
            return CdmRows(chunks=((clock, owner, ()),))
        case "access":
            return CdmRows(access=((clock, AccessSet(owner, None)),))
    raise ValueError(f"`kind` {empty.kind!r} is none of link, chunk, access")


def map_failure(record: Record) -> CdmRows:
    """Map ``cdm_doc_failure``.

    Raises:
        ValueError: ``failure`` is no object.
    """
    failure = _read(record, Failure)[0].failure
    if not isinstance(failure, dict):
        raise ValueError("`failure` is no object")  # noqa: TRY004 - a bad record, not a bad call
    return CdmRows(failures=(failure,))
