"""What changed in a group of spaces since their bookmarks: newest first, as far back as the oldest bookmark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tap_confluence.api.base import Api
from tap_confluence.api.query import BY_ID, Record, Sort
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.planning.plan import Group
from tap_confluence.sync.state.bookmarks import Versions
from tap_confluence.sync.timestamps import EPOCH
from tap_confluence.sync.walks.first_sync import is_rejection
from tap_confluence.sync.walks.reading import Finished, Found, Reading, Watermark, newest, verified

IDS_A_SEARCH = 100
"""Ids that one search names: the address of a question has its bounds (FACTS 2.12)."""
Changes = defaultdict[str, dict[str, str]]
"""By space, when each row changed, by id."""


@dataclass(frozen=True, slots=True)
class Lookback:
    """What is known about a group when its walk begins; nothing changes it meanwhile.

    Attributes:
        floors: By space, its bookmark less the lookback: what changed earlier is verified.
        known: Versions of the rows inside the lookback that were written already (law 4).
        container_spaces: The spaces of those rows.
    """

    floors: Mapping[str, str]
    known: Versions = field(default_factory=dict)
    container_spaces: Mapping[str, str] = field(default_factory=dict)

    def may_matter(self, record: Record) -> bool:
        """Whether a row is worth asking which space it is in; what was written already is told at once."""
        if record["space_id"] is None and self.knows(record):
            record["space_id"] = self.container_spaces[record["id"]]
        return record["space_id"] is not None or (record["updated_at"] or "") >= min(self.floors.values())

    def wants(self, record: Record) -> bool:
        """Whether a row of a known space is news."""
        floor = self.floors.get(record["space_id"])
        if floor is None or (record["updated_at"] or floor) < floor:
            return False
        return not self.knows(record)

    def knows(self, record: Record) -> bool:
        """Whether exactly this version was written already."""
        return record["id"] in self.known and self.known[record["id"]] == record["version"]


def read_changes(api: Api, group: Group, lookback: Lookback, watermark: Watermark) -> Reading:
    """A small first look, which is all when little happened; else the changes are listed, and read oldest first.

    There is no first look where it would show rows that are remembered alone.

    An edit during the walk jumps to its head and is younger than T0, so the next run finds it (law 2).

    Requests: 1 when at most ``first_look`` rows changed; else 1 + changes / 250 (listing) + changes / 250 (bodies).
    What a search lists takes rows / 200 (listing) + changes / 50 (bodies).

    Raises:
        ConfluenceError: The walk failed.
    """
    since = group.since or EPOCH
    t0 = watermark.shown
    is_searched = group.query.body_format is not None and api.lag_minutes(group.query) > 0
    if group.catch_up is not None or is_searched or group.remembered >= group.first_look:
        return (yield from _catch_up(api, group, lookback, group.catch_up.t0 if group.catch_up else t0))
    pages = Walk(api, replace(group.query, limit=group.first_look), enough=lambda row: _before(row, since), at_most=1)
    for page in pages:
        watermark.see(page)
        t0 = verified(api, group.query, max(t0, newest(page)), page.observed_at)
        yield Found(page, t0)
    if pages.is_finished:
        return Finished(t0, pages.proof)
    return (yield from _catch_up(api, group, lookback, t0))


def _before(record: Record, since: str) -> bool:
    return (record["updated_at"] or since) < since


def _catch_up(api: Api, group: Group, lookback: Lookback, t0: str, *, again: bool = False) -> Reading:
    """List what changed without bodies, then read it by id, per space in ascending order of change (law 5).

    What has no bodies, or cannot be asked for by id, is read from the list.

    Ascending, so that each chunk moves its space's bookmark: killed at any moment, the next run goes on from there.
    What is listed is remembered too, so that a run with a small budget gets further than its list (law 15).
    """
    since = group.since or EPOCH
    begun = group.catch_up
    bare = group.query.body_format is not None and (group.stream in BY_ID or api.lag_minutes(group.query) > 0)
    changes: Changes = defaultdict(dict)
    for space_id, changed in (begun.changed if begun else {}).items():
        floor = lookback.floors.get(space_id, "9")
        changes[space_id].update({content_id: at for content_id, at in changed.items() if at >= floor})
    pages = Walk(
        api,
        replace(group.query, body_format=None) if bare else group.query,
        cursor=begun.cursor if begun else None,
        enough=lambda row: _before(row, since),
    )
    proof = None
    if begun is None or begun.cursor is not None:
        try:
            for page in pages:
                if begun is None:
                    t0 = verified(api, group.query, max(t0, newest(page)), pages.so_far.first_observed_at)
                listed = _news(page.records, lookback, changes) if bare else {}
                yield Found(page, t0, again=again, listed=listed, bare=bare)
        except ConfluenceError as error:
            if again or not is_rejection(error, pages, resumed=begun is not None):
                raise
            space_ids = group.space_ids if group.query.space_ids else ()
            anew = replace(group, query=replace(group.query, space_ids=space_ids), catch_up=None)
            return (yield from _catch_up(api, anew, lookback, EPOCH, again=True))
        proof = pages.proof
    size = IDS_A_SEARCH if api.lag_minutes(group.query) else api.max_ids
    for space_id, changed in changes.items():
        ordered = sorted(changed, key=lambda content_id: (changed[content_id], content_id))
        for chunk in chunks(ordered, size):
            spaces = group.query.space_ids if size == IDS_A_SEARCH else ()
            query = replace(group.query, space_ids=spaces, ids=chunk, sort=Sort.ID, limit=api.max_ids, since=None)
            *before, last = Walk(api, query)
            for page in before:
                yield Found(page, t0)
            yield Found(last, t0, through=(space_id, min(changed[chunk[-1]], t0)))
    return Finished(t0, proof)


def _news(records: Iterable[Record], lookback: Lookback, changes: Changes) -> Changes:
    """Note what a page without bodies says has changed; returns what it adds."""
    added: Changes = defaultdict(dict)
    for record in records:
        if lookback.wants(record) and record["id"] not in changes[record["space_id"]]:
            at = record["updated_at"] or EPOCH
            changes[record["space_id"]][record["id"]] = added[record["space_id"]][record["id"]] = at
    return added
