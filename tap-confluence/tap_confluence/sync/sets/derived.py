"""What is read content by content, or listed without an order of change: properties and tasks.

All of it is compared with the memory of set streams (``sets.SetMemory``): of a content's properties the number of its
last version, of its tasks a digest of them all.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from hashlib import blake2s

from tap_confluence.api.base import Api
from tap_confluence.api.query import BY_ID, Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.sets.sets import (
    EMPTY,
    EMPTY_DIGEST,
    Allows,
    ParentSet,
    Planned,
    SetReading,
    failed,
)

DERIVED = ("content_versions", "content_properties", "tasks")
PROPERTIES = "content_properties"

NO_PROPERTY: Record = dict.fromkeys(("id", "content_id", "content_type", "key", "value", "version", "updated_at"))
NO_TASK: Record = dict.fromkeys(
    (
        *("id", "content_id", "content_type", "space_id", "status", "body", "created_by", "assigned_to"),
        *("completed_by", "created_at", "updated_at", "due_at", "completed_at", "raw"),
    )
)
"""The fields of a property, and of a task, of a content that has none."""

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


def whole_set(members: Rows, observed_at: str, empty: Record) -> Rows:
    """All members of a content's set with one ``observed_at`` and their number, or the row that says there are none.

    Its id names the content: ids are the key of these streams.
    """
    common = {"observed_at": observed_at, "set_size": len(members)}
    return [{**row, **common} for row in members or [{**empty, "id": f"{EMPTY}:{empty['content_id']}"}]]


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
    found: Rows = []
    observed_at = ""
    try:
        for page in Walk(api, Query(PROPERTIES, container=(record["type"], record["id"]))):
            observed_at = observed_at or page.observed_at
            found += page.records
    except ConfluenceError as error:
        return failed(error, PROPERTIES, ParentSet(record["space_id"], record["id"], [], before or ""), record)
    distinct = list({row["id"]: {**parent, **row} for row in found}.values())
    rows = whole_set(distinct, observed_at, {**NO_PROPERTY, **parent})
    return ParentSet(record["space_id"], record["id"], rows, number)


def contents(space_id: str) -> str:
    """What the tasks of a space are remembered under, by the contents that bear them."""
    return f"{space_id}/contents"


def tasks(api: Api, space_ids: Sequence[str], body_format: str | None, allows: Allows, known: Known) -> list[Planned]:
    """All tasks of the spaces: v2 has no order of change for them (FACTS 1.8). Requests: T / 250 for T tasks.

    A content whose tasks are all gone is told by what is remembered of it: ``known``, by partition.
    """
    query = Query("tasks", body_format=body_format)
    walks: list[Planned] = []
    for chunk in chunks(space_ids, api.max_spaces("tasks")):
        names = tuple(map(contents, chunk))
        before = {name: known.get(name, {}) for name in names}
        walks.append((names, partial(_tasks, api, replace(query, space_ids=chunk), allows, before)))
    return walks


def _tasks(api: Api, query: Query, allows: Allows, known: Known) -> SetReading:
    pages = Walk(api, query)
    held, unwanted = TaskSets(), set()
    for page in pages:
        for record in page.records:
            if allows(record):
                held.add(record)
            else:
                unwanted.add(record["content_id"])
    yield from held.sets()
    for partition, before in known.items():
        for content_id in before.keys() - held.contents - unwanted:
            if pages.proof.whole and before[content_id] != EMPTY_DIGEST:
                empty = {**NO_TASK, "content_id": content_id, "space_id": partition.partition("/")[0]}
                rows = whole_set([], pages.proof.first_observed_at, empty)
                yield ParentSet(partition, content_id, rows, EMPTY_DIGEST)
    return pages.proof


class TaskSets:
    """Tasks by the content that bears them: a list shows them in the order of their own ids."""

    def __init__(self) -> None:
        """None yet."""
        self._held: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self._observed_at = ""

    @property
    def contents(self) -> AbstractSet[str]:
        """The contents that bear any."""
        return self._held.keys()

    def add(self, record: Record) -> None:
        """A list showed a task; it is kept as text, which takes a fraction of a dictionary."""
        self._observed_at = self._observed_at or record["observed_at"]
        self._held[record["content_id"]][record["id"]] = json.dumps(record).encode()

    def sets(self) -> Generator[ParentSet, None, None]:
        """The tasks of each content, with a digest of what they say."""
        for content_id, tasks_of in self._held.items():
            rows = [json.loads(text) for _, text in sorted(tasks_of.items())]
            said = [{name: row[name] for name in row if name not in ("observed_at", "raw")} for row in rows]
            digest = blake2s(json.dumps(said, sort_keys=True).encode(), digest_size=5).hexdigest()
            partition = contents(rows[0]["space_id"] or "")
            yield ParentSet(partition, content_id, whole_set(rows, self._observed_at, {}), digest)
