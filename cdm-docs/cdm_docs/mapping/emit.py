"""Rows as records of the streams of ``mapping.streams``: what an inline mapper sends on. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from cdm_docs.mapping.clocks import digest_of
from cdm_docs.mapping.streams import ROW_TYPES
from cdm_docs.model.rows import CdmRows, Clock, Facet, SetPart

Record = dict[str, Any]


def _columns(row_type: type) -> Callable[[Any], Record]:
    names = [field.name for field in dataclasses.fields(row_type)]
    values = attrgetter(*names)
    return lambda row: dict(zip(names, values(row), strict=True))


_COLUMNS = {stream: _columns(row_type) for stream, row_type in ROW_TYPES.items()}


_ROWS = (
    ("users", "cdm_work_user"),
    ("groups", "cdm_work_group"),
    ("spaces", "cdm_doc_space"),
    ("items", "cdm_doc_item"),
    ("revisions", "cdm_doc_revision"),
    ("places", "cdm_doc_place"),
)
"""Rows that have a clock and nothing else beside them: field of ``CdmRows`` and stream."""


def emit(rows: CdmRows) -> Iterator[tuple[str, Record]]:
    """Yield the records that say what rows say, with their streams.

    ``mapping.cdm`` makes the same rows of them, whatever became of their order.
    """
    for field, stream in _ROWS:
        for clock, row in getattr(rows, field):
            yield _record(stream, clock, row)
    for part in rows.sets:
        yield from _members(part)
    for clock, facet in rows.facets:
        yield _record("cdm_doc_facet", clock, facet, cdm_id=_facet_id(facet))
    for tombstone in rows.tombstones:
        yield "cdm_doc_tombstone", _COLUMNS["cdm_doc_tombstone"](tombstone)
    for failure in rows.failures:
        told = failure.get("error_id") or digest_of(failure)
        yield (
            "cdm_doc_failure",
            {"cdm_id": f"cdm:doc:failure:{failure.get('source_system')}:{told}", "failure": failure},
        )


_STREAM_OF = {"link": "cdm_doc_link", "access": "cdm_doc_access", "chunk": "cdm_doc_chunk"}


def _members(part: SetPart) -> Iterator[tuple[str, Record]]:
    """Yield a set's members one by one: each tells the set's owner, clock and size."""
    if not part.members:
        version, observed_at, digest = part.clock
        yield (
            "cdm_doc_empty_set",
            {
                "cdm_id": f"{part.kind}:{part.owner}",
                "kind": part.kind,
                "owner_cdm_id": part.owner,
                "set_size": part.size,
                "clock_version": version,
                "clock_observed_at": observed_at,
                "clock_digest": digest,
            },
        )
    for member in part.members:
        more: Record = {"set_size": part.size}
        if part.kind == "link":
            more["owner_cdm_id"] = part.owner
        elif part.kind == "access":
            more["set_id"] = part.owner
        elif isinstance(member, Facet):
            more["cdm_id"] = _facet_id(member)
        yield _record(_STREAM_OF.get(part.kind, "cdm_doc_facet"), part.clock, member, **more)


def _facet_id(facet: Facet) -> str:
    return f"{facet.kind}:{facet.item_cdm_id}:{facet.key}"


def _record(stream: str, clock: Clock, row: object, **more: Any) -> tuple[str, Record]:
    record = _COLUMNS[stream](row)
    record |= more
    if isinstance(row, Facet) and row.value is not None:
        # As text: few targets have a column for a text here and an object there.
        record["value"] = json.dumps(row.value, separators=(",", ":"))
    record["clock_version"], record["clock_observed_at"], record["clock_digest"] = clock
    return stream, record
