"""Rows as records of the streams of ``mapping.streams``: what an inline mapper sends on. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from cdm_docs.mapping.clocks import digest_of
from cdm_docs.mapping.streams import ROW_TYPES
from cdm_docs.model.rows import CdmRows, Clock

Record = dict[str, Any]


def _columns(row_type: type) -> Callable[[Any], Record]:
    names = [field.name for field in dataclasses.fields(row_type)]
    values = attrgetter(*names)
    return lambda row: dict(zip(names, values(row), strict=True))


_COLUMNS = {stream: _columns(row_type) for stream, row_type in ROW_TYPES.items()}


def emit(rows: CdmRows) -> Iterator[tuple[str, Record]]:
    """Yield the records that say what rows say, with their streams.

    ``mapping.cdm`` makes the same rows of them, whatever became of their order.
    """
    for clock, user in rows.users:
        yield _record("cdm_work_user", clock, user)
    for clock, group in rows.groups:
        yield _record("cdm_work_group", clock, group)
    for clock, space in rows.spaces:
        yield _record("cdm_doc_space", clock, space)
    for clock, item in rows.items:
        yield _record("cdm_doc_item", clock, item)
    for clock, revision in rows.revisions:
        yield _record("cdm_doc_revision", clock, revision)
    yield from _sets(rows)
    for clock, place in rows.places:
        yield _record("cdm_doc_place", clock, place)
    for clock, facet in rows.facets:
        yield _record("cdm_doc_facet", clock, facet, cdm_id=f"{facet.kind}:{facet.item_cdm_id}:{facet.key}")
    for tombstone in rows.tombstones:
        yield "cdm_doc_tombstone", _COLUMNS["cdm_doc_tombstone"](tombstone)
    for failure in rows.failures:
        told = failure.get("error_id") or digest_of(failure)
        yield (
            "cdm_doc_failure",
            {"cdm_id": f"cdm:doc:failure:{failure.get('source_system')}:{told}", "failure": failure},
        )


def _sets(rows: CdmRows) -> Iterator[tuple[str, Record]]:
    for clock, owner, links in rows.links:
        for link in links:
            yield _record("cdm_doc_link", clock, link, owner_cdm_id=owner)
        if not links:
            yield _empty("link", owner, clock)
    for clock, owner, chunks in rows.chunks:
        for chunk in chunks:
            yield _record("cdm_doc_chunk", clock, chunk)
        if not chunks:
            yield _empty("chunk", owner, clock)
    for clock, access in rows.access:
        if access.member is None:
            yield _empty("access", access.set_id, clock)
        else:
            yield _record("cdm_doc_access", clock, access.member, set_id=access.set_id)


def _record(stream: str, clock: Clock, row: object, **more: str) -> tuple[str, Record]:
    record = _COLUMNS[stream](row)
    record |= more
    record["clock_version"], record["clock_observed_at"], record["clock_digest"] = clock
    return stream, record


def _empty(kind: str, owner: str, clock: Clock) -> tuple[str, Record]:
    version, observed_at, digest = clock
    return "cdm_doc_empty_set", {
        "cdm_id": f"{kind}:{owner}",
        "kind": kind,
        "owner_cdm_id": owner,
        "clock_version": version,
        "clock_observed_at": observed_at,
        "clock_digest": digest,
    }
