"""Set streams: the whole set of a parent is written together, when it is not as it was (CONTRACT 1.2).

No set makes a new version of its parent (FACTS 3.3), so all sets are read in every run and compared with a memory of
their digests in STATE, under ``bookmarks.<stream>.sets``: by space (or ``-``), one packed text of parents and digests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2s
from http import HTTPStatus
from typing import Any

from tap_confluence.api.base import Api
from tap_confluence.api.query import ItemFailure, Query, Record
from tap_confluence.api.walk import Proof, Walk, chunks
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceError, ends_everything, is_of_one
from tap_confluence.normalise.sets import ROLE, resolved
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.state.packing import pack, unpack
from tap_confluence.sync.walks.feed import MOST_IN_VAIN, Ended, Prefetcher

EMPTY = "none"
"""The id that says of a parent that its set is empty."""
EMPTY_DIGEST = "-"
EMPTIES: Mapping[str, Record] = {
    "content_labels": {"label_id": EMPTY, "name": None, "prefix": None},
    "content_restrictions": {"operation": EMPTY, "principal_type": EMPTY, "principal_id": EMPTY},
    "space_permissions": {
        "permission_id": EMPTY,
        "principal_type": None,
        "principal_id": EMPTY,
        "operation": None,
        "target_type": None,
    },
    "group_members": {"account_id": EMPTY},
}
"""By stream, the row that stands for an empty set."""


@dataclass(frozen=True, slots=True)
class ParentSet:
    """One parent and its set, as a page of rows or the end of a walk showed them.

    Attributes:
        partition: What it is remembered under: a space or a group.
        id: The parent.
        rows: Its set, or what is new of it.
        digest: What to remember of it.
        failure: Why it could not be read, and when: it is remembered as it was, and tried again by the next run.
    """

    partition: str
    id: str
    rows: Rows
    digest: str
    failure: tuple[ItemFailure, str] | None = None


def parent_set(stream: str, partition: str, record: Record, members: Sequence[Record], observed_at: str) -> ParentSet:
    """Make rows of a parent and its members, each once; all have one ``observed_at`` and tell how many they are.

    A member without an id is none: it could not be a row, and a set that tells of more rows than come never counts.
    """
    named = [name for name, value in EMPTIES[stream].items() if value == EMPTY]
    keyed = {tuple(row[name] for name in named): row for row in members}
    distinct = [row for key, row in keyed.items() if None not in key]
    common = {**record["parent"], "observed_at": observed_at, "set_size": len(distinct)}
    rows = [{**row, **common} for row in distinct or [EMPTIES[stream]]]
    if not distinct:
        return ParentSet(partition, record["id"], rows, EMPTY_DIGEST)
    lines = sorted(json.dumps(row, sort_keys=True, ensure_ascii=True) for row in distinct)
    return ParentSet(partition, record["id"], rows, blake2s("\n".join(lines).encode(), digest_size=5).hexdigest())


def failed(error: ConfluenceError, stream: str, before: ParentSet, record: Record) -> ParentSet:
    """What hangs on one content could not be read: it is remembered as it was ``before``.

    Raises:
        ConfluenceError: The error itself, where nothing more can be asked.
    """
    if ends_everything(error):
        raise error
    failure = ItemFailure.of(error, stream, record["id"], space_id=record["space_id"], url=record["url"])
    return replace(before, failure=(failure, record["observed_at"]))


class SetMemory:
    """``bookmarks.<stream>.sets``: what was written of each parent."""

    def __init__(self, state: dict[str, Any]) -> None:
        """Take the stream's own dictionary inside STATE."""
        self._state = state
        self._open: dict[str, dict[str, str]] = {}

    def of(self, partition: str) -> dict[str, str]:
        """Digests by parent; writable until ``flush``."""
        if partition not in self._open:
            lines = unpack(self._state.get("sets", {}).get(partition))
            pairs = (line.rpartition(" ") for line in lines)  # on Data Center, names of groups are their ids
            self._open[partition] = {key: value for key, _, value in pairs}
        return self._open[partition]

    def flush(self, partition: str) -> None:
        """Bring STATE up to date."""
        self._state.setdefault("sets", {})[partition] = pack(
            f"{key} {value}" for key, value in self.of(partition).items()
        )

    def forget(self, partition: str) -> None:
        """Drop what is known of a space that is out of scope."""
        self._open.pop(partition, None)
        self._state.get("sets", {}).pop(partition, None)

    @property
    def partitions(self) -> list[str]:
        """What is remembered at all."""
        return list(self._state.get("sets", {}))


SetReading = Generator[ParentSet, None, "Proof | None"]
Planned = tuple[tuple[str, ...], Callable[[], SetReading]]
"""The partitions that a walk covers, and the walk."""
FLUSH_EVERY = 250
"""Parents between two moments at which STATE is brought up to date; more where packing many takes its time."""


Listings = Iterable[tuple[tuple[str, ...], bool]]
"""The spaces of each listing, and whether it names them."""
Allows = Callable[[Record], bool]
"""Whether a parent passes the filters by label."""


def by_search(api: Api, query: Query, listings: Listings, allows: Allows) -> list[Planned]:
    """Sets that come with their parents, listed by spaces or for the site; one that was cut off is asked for alone."""
    walks: list[Planned] = []
    for space_ids, named in listings:
        asked = replace(query, space_ids=space_ids if named else ())
        walks.append((space_ids, partial(_listed, api, asked, space_ids, allows)))
    return walks


def by_ids(api: Api, stream: str, ids: Sequence[str], allows: Allows) -> Generator[ParentSet, None, None]:
    """The sets of these parents."""
    for chunk in chunks(ids, api.max_spaces(stream)):
        yield from _listed(api, Query(stream, ids=chunk), None, allows)


def _listed(api: Api, query: Query, space_ids: tuple[str, ...] | None, allows: Allows) -> SetReading:
    wanted = None if space_ids is None else frozenset(space_ids)
    pages = Walk(api, query)
    for page in pages:
        for record in page.records:
            if (wanted is None or record["space_id"] in wanted) and allows(record):
                members = record["members"] if record["whole"] else _members(api, query.kind, record)
                yield parent_set(query.kind, record["space_id"] or "", record, members, page.observed_at)
    return pages.proof


def by_parent(api: Api, stream: str, parents: Iterable[tuple[str, str, Record]]) -> list[Planned]:
    """Sets that are listed parent by parent: container type, partition, and the parent."""
    return [((each[1],), partial(_asked, api, stream, *each)) for each in parents]


def _asked(api: Api, stream: str, kind: str, partition: str, record: Record) -> SetReading:
    """The set of one parent; one that cannot be read is named, and costs no other its own (law 16)."""
    members: list[Record] = []
    observed_at = ""
    pages = Walk(api, Query(stream, container=(kind, record["id"])))
    try:
        for page in pages:
            observed_at = observed_at or page.observed_at
            members += page.records
        if stream == "space_permissions":
            members = _with_holders(api, record["id"], members)
    except ConfluenceError as error:
        if not is_of_one(error):
            raise
        space_id = record["id"] if kind == "space" else None
        failure = ItemFailure.of(error, stream, record["id"], space_id=space_id)
        yield ParentSet(partition, record["id"], [], "", (failure, record["observed_at"]))
        return None
    yield parent_set(stream, partition, record, members, observed_at)
    return pages.proof


def _with_holders(api: Api, space_id: str, permissions: list[Record]) -> list[Record]:
    """The permissions of a space, with those who hold a role in place of the role (FACTS 11.1).

    Raises:
        ConfluenceError: Who holds the roles cannot be read.
    """
    has_roles = api.has_roles()
    if has_roles is None:
        has_roles = any(row["principal_type"] == ROLE for row in permissions)
    if not has_roles:
        return permissions
    query = Query("role_assignments", container=("space", space_id))
    return resolved(permissions, [row for page in Walk(api, query) for row in page.records])


def _members(api: Api, stream: str, record: Record) -> list[Record]:
    query = Query(stream, container=(record["type"], record["id"]))
    return [row for page in Walk(api, query) for row in page.records]


def changed(
    stream: str,
    walks: Sequence[Planned],
    memory: SetMemory,
    failures: Failures,
    *,
    threads: int,
    most: int | None = None,
) -> Generator[Rows, None, None]:
    """Walk all parents, some at once, and yield the sets that are not as they were.

    Parents that a finished walk did not show are forgotten: should they come back, they are written again. ``most``
    parents are enough; None for all.
    """
    parents = 0
    prefetcher = Prefetcher(threads)
    writer = _SetWriter(stream, memory, failures)
    try:
        for partitions, item in prefetcher.feed(walks):
            if isinstance(item, ParentSet):
                if rows := writer.news(item):
                    yield rows
                if writer.note(item):
                    yield CHECKPOINT
                parents += 1
                if parents == most or writer.is_refused:
                    return
            else:
                writer.close(partitions, item)
                yield CHECKPOINT
    finally:
        prefetcher.close()
        writer.tell_failures()


class _SetWriter:
    """Where what was told is compared with what was written."""

    def __init__(self, stream: str, memory: SetMemory, failures: Failures) -> None:
        self._stream = stream
        self._memory = memory
        self._failures = failures
        self._shown: defaultdict[str, set[str]] = defaultdict(set)
        self._dirty: set[str] = set()
        self._fresh = 0
        self._failed: list[tuple[ItemFailure, str]] = []
        self._has_read = False

    def news(self, item: ParentSet) -> Rows:
        """The rows that are to be written."""
        self._shown[item.partition].add(item.id)
        if item.failure is not None:
            self._failed.append(item.failure)
            return []
        self._has_read = True
        return [] if self._memory.of(item.partition).get(item.id) == item.digest else item.rows

    def note(self, item: ParentSet) -> bool:
        """Its rows are written; tells whether STATE was brought up to date."""
        known = self._memory.of(item.partition)
        if item.failure is not None or known.get(item.id) == item.digest:
            return False
        known[item.id] = item.digest
        self._dirty.add(item.partition)
        self._fresh += 1
        if self._fresh < max(FLUSH_EVERY, len(known) // 20):
            return False
        self._flush()
        return True

    @property
    def is_refused(self) -> bool:
        """Whether this account may read nothing of the stream, as far as was asked."""
        return len(self._failed) > MOST_IN_VAIN and self._status_of_all() == HTTPStatus.FORBIDDEN

    def _status_of_all(self) -> int | None:
        """What every parent was answered alike; None where one was read, or they differ."""
        statuses = {failure.http_status for failure, _ in self._failed}
        return statuses.pop() if len(statuses) == 1 and not self._has_read else None

    def tell_failures(self) -> None:
        """Tell of what could not be read; what is refused of every parent alike is told once.

        A 403 of all of them is about the stream: the credentials lack a scope or permission.
        """
        status = self._status_of_all() if len(self._failed) > 1 else None
        failed, self._failed = self._failed, []
        if status is not None:
            first, observed_at = failed[0]
            message = f"{first.message}; and so of all {len(failed)} that were asked for"
            if status == HTTPStatus.FORBIDDEN:
                error = ConfluenceAuthError(message, http_status=status, attempts=first.attempts, url=first.url)
                self._failures.of(self._stream, error)
                return
            failed = [(replace(first, id=None, space_id=None, message=message), observed_at)]
        for failure, observed_at in failed:
            self._failures.of_items([failure], observed_at)

    def close(self, partitions: Sequence[str], ended: Ended[Proof | None]) -> None:
        """A walk is over: what it did not show is forgotten, if it showed everything."""
        if ended.error is not None:
            of_spaces = self._stream != "group_members"  # ``<space>`` or ``<space>/<part>``, or groups
            spaces = [partition.partition("/")[0] for partition in partitions] if of_spaces else ()
            self._failures.of(self._stream, ended.error, spaces)
        else:
            self._failures.succeeded(self._stream)
        if ended.result is not None and ended.result.whole:
            for partition in partitions:
                known = self._memory.of(partition)
                for gone in known.keys() - self._shown[partition]:
                    del known[gone]
                    self._dirty.add(partition)
        self._flush()

    def _flush(self) -> None:
        self._fresh = 0
        for partition in self._dirty:
            self._memory.flush(partition)
        self._dirty.clear()
