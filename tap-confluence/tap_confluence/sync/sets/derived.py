"""What is read content by content, or listed without an order of change: properties and tasks.

All of it is compared with the memory of set streams (``sets.SetMemory``): of a content the number of its last version,
of a task a digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2s

from tap_confluence.api.base import Api
from tap_confluence.api.query import BY_ID, Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.sets.sets import Allows, ParentSet, Planned, SetReading, failed

DERIVED = ("content_versions", "content_properties", "tasks")
PROPERTIES = "content_properties"

Known = Mapping[str, Mapping[str, str]]
"""By space, what was written: the version by content."""


def properties(
    api: Api, space_ids: Sequence[str], known: Known, *, statuses: tuple[str, ...], allows: Allows
) -> list[Planned]:
    """The properties of contents whose version is not the one that was written.

    Requests: P / 250 for P pages and blog posts without bodies, and one per changed content.
    """
    walks: list[Planned] = []
    for chunk in chunks(space_ids, min(api.max_spaces(kind) for kind in BY_ID)):
        listings = [Query(kind, chunk, statuses=statuses) for kind in BY_ID]
        walks.append((chunk, partial(_changed, api, listings, known, allows)))
    return walks


def _changed(api: Api, listings: Sequence[Query], known: Known, allows: Allows) -> SetReading:
    proofs = []
    for listing in listings:
        pages = Walk(api, listing)
        for page in pages:
            for record in filter(allows, page.records):
                yield read_properties(api, record, known.get(record["space_id"], {}).get(record["id"]))
        proofs.append(pages.proof)
    return proofs[-1] if all(proof.whole for proof in proofs) else None


def read_properties(api: Api, record: Record, before: str | None) -> ParentSet:
    """The properties of one content; nothing is asked when its version is known."""
    number = str(record["version"])
    if before == number:
        return ParentSet(record["space_id"], record["id"], [], number)
    parent = {"content_id": record["id"], "content_type": record["type"]}
    rows: Rows = []
    try:
        for page in Walk(api, Query(PROPERTIES, container=(record["type"], record["id"]))):
            rows += [{**parent, **row, "observed_at": page.observed_at} for row in page.records]
    except ConfluenceError as error:
        return failed(error, PROPERTIES, ParentSet(record["space_id"], record["id"], [], before or ""), record)
    return ParentSet(record["space_id"], record["id"], rows, number)


def tasks(api: Api, space_ids: Sequence[str], body_format: str | None, allows: Allows) -> list[Planned]:
    """All tasks of the spaces: v2 has no order of change for them (FACTS 1.8). Requests: T / 250 for T tasks."""
    query = Query("tasks", body_format=body_format)
    each = chunks(space_ids, api.max_spaces("tasks"))
    return [(chunk, partial(_tasks, api, replace(query, space_ids=chunk), allows)) for chunk in each]


def _tasks(api: Api, query: Query, allows: Allows) -> SetReading:
    pages = Walk(api, query)
    for page in pages:
        for record in filter(allows, page.records):
            said = {name: value for name, value in record.items() if name not in ("observed_at", "raw")}
            digest = blake2s(json.dumps(said, sort_keys=True).encode(), digest_size=5).hexdigest()
            yield ParentSet(record["space_id"], record["id"], [record], digest)
    return pages.proof
