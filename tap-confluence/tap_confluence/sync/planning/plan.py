"""What a run will ask, decided before it asks: one plan, shared by the streams and printed by ``--plan``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tap_confluence.api.query import BY_ID, Query, Sort
from tap_confluence.sync.selection.options import ReadOptions
from tap_confluence.sync.state.bookmarks import Bookmarks, CatchUp, Resume
from tap_confluence.sync.timestamps import earlier, later

FIRST_LOOK = 25
"""Rows of the first request of an incremental walk: mostly nothing happened (FACTS 5.2 on its price)."""
MOST_BARE = 250
"""Rows a request of a list without bodies, at most."""
LIKE_AGE_DAYS = 1.0
"""Bookmarks of one group lie at most this far apart, so that one space left behind does not drag others back."""


class Strategy(str, Enum):
    """How a group of spaces is read."""

    FIRST = "first sync"
    RESUME = "first sync, resumed"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Spaces of one stream that are read by one walk.

    Attributes:
        stream: Whose rows are wanted.
        strategy: How.
        space_ids: The spaces that the walk covers.
        query: What it asks; its ``space_ids`` are empty when the listing is that of the whole site.
        since: An incremental walk may end at rows older than this; None for a first sync.
        first_look: Rows of its first request.
        remembered: Rows inside the lookback that will be shown again.
        resume: The unfinished first walk that is continued.
        catch_up: The many changes that an earlier run began to read.
        whole: The walk that failed and of which this is a part.
        most: Spaces that a listing may name.
    """

    stream: str
    strategy: Strategy
    space_ids: tuple[str, ...]
    query: Query
    since: str | None = None
    first_look: int = FIRST_LOOK
    remembered: int = 0
    resume: Resume | None = None
    catch_up: CatchUp | None = None
    whole: Group | None = None
    most: int = 0


def plan_stream(
    options: ReadOptions, space_ids: Sequence[str], bookmarks: Bookmarks, now: str | None = None
) -> list[Group]:
    """The walks of one stream: unfinished ones first, then first ones, then incremental ones, the oldest first.

    A bookmark that lies days ahead of the server's clock ``now`` proves nothing (law 17): its space is read from the
    start. Linear in the spaces.
    """
    latest = None if now is None else later(now, days=LIKE_AGE_DAYS)
    known: dict[str, str] = {}
    for space_id in space_ids:
        through = bookmarks.value(space_id)
        if through and space_id not in options.resync and (latest is None or through <= latest):
            known[space_id] = through
    fresh = {space_id for space_id in space_ids if space_id not in known}
    resumed = []
    for resume in bookmarks.resumes():
        left = tuple(space_id for space_id in resume.space_ids if space_id in fresh)
        if left and _is_wanted(options, resume.query):
            resumed.append(_resumed(options, replace(resume, space_ids=left)))
            fresh.difference_update(left)
    caught = []
    for catch_up in bookmarks.catch_ups():
        left = tuple(space_id for space_id in catch_up.space_ids if space_id in known)
        if left and _is_wanted(options, catch_up.query):
            caught.append(_catching_up(options, replace(catch_up, space_ids=left)))
            for space_id in left:
                del known[space_id]
    return [
        *resumed,
        *(_first(options, *chain) for chain in _chains([each for each in space_ids if each in fresh], options)),
        *caught,
        *(_incremental(options, *group, bookmarks) for group in _of_like_age(known, options)),
    ]


def halves_of(group: Group) -> tuple[Group, ...]:
    """A walk as two over half of its spaces each, or by spaces instead of the whole site; none where it covers one."""
    size = -(-len(group.space_ids) // 2) if group.query.space_ids else group.most
    if not size or (len(group.space_ids) == 1 and group.query.space_ids):
        return ()
    return tuple(
        replace(
            group,
            space_ids=space_ids,
            query=replace(group.query, space_ids=space_ids),
            catch_up=None,
            resume=None,
            whole=group.whole or group,
        )
        for space_ids in (group.space_ids[at : at + size] for at in range(0, len(group.space_ids), size))
    )


def _query(options: ReadOptions, space_ids: Iterable[str], sort: Sort) -> Query:
    return Query(
        kind=options.stream,
        space_ids=tuple(space_ids),
        statuses=options.statuses,
        sort=sort,
        body_format=options.body_format,
        limit=options.page_size,
    )


def _is_wanted(options: ReadOptions, query: Query) -> bool:
    """Whether an unfinished walk asked what would be asked now; of how many rows a page does not matter."""
    wanted = replace(_query(options, query.space_ids, query.sort), limit=query.limit, since=query.since)
    limits = options.listing_limits
    of_site = not limits.most or (limits.whole_from if query.sort is Sort.ID else limits.changes_from) is not None
    return query == wanted and (bool(query.space_ids) or of_site)


def _resumed(options: ReadOptions, resume: Resume) -> Group:
    return Group(options.stream, Strategy.RESUME, resume.space_ids, resume.query, resume=resume)


def _catching_up(options: ReadOptions, catch_up: CatchUp) -> Group:
    return Group(
        options.stream,
        Strategy.INCREMENTAL,
        catch_up.space_ids,
        catch_up.query,
        since=catch_up.since,
        catch_up=catch_up,
    )


def _first(options: ReadOptions, space_ids: Sequence[str], named: bool) -> Group:
    query = _query(options, space_ids if named else (), Sort.ID)
    return Group(options.stream, Strategy.FIRST, tuple(space_ids), query, most=options.listing_limits.most)


def _incremental(options: ReadOptions, space_ids: Sequence[str], named: bool, bookmarks: Bookmarks) -> Group:
    oldest = min(bookmarks.value(space_id) or "" for space_id in space_ids)
    remembered = sum(len(bookmarks.seen(space_id)) for space_id in space_ids)
    since = earlier(oldest, minutes=options.lookback_minutes)
    query = replace(_query(options, space_ids if named else (), Sort.NEWEST), since=since)
    if query.body_format is None or query.kind in BY_ID:  # without bodies, many rows are as light as a few
        query = replace(query, limit=max(query.limit, min(MOST_BARE, FIRST_LOOK + remembered)))
    return Group(
        options.stream,
        Strategy.INCREMENTAL,
        tuple(space_ids),
        query,
        since=since,
        first_look=min(options.page_size, FIRST_LOOK + remembered),
        remembered=remembered,
        most=options.listing_limits.most,
    )


def _chains(space_ids: Sequence[str], options: ReadOptions) -> list[tuple[Sequence[str], bool]]:
    """First walks side by side; the sizes of spaces are not known, so they are dealt out like cards."""
    if not space_ids:
        return []
    listings = options.listing_limits.listings(space_ids)
    if not listings[0][1]:
        return list(listings)
    count = max(-(-len(space_ids) // options.first_spaces), min(len(space_ids), options.chains))
    return [(space_ids[start::count], True) for start in range(count)]


def _of_like_age(known: Mapping[str, str], options: ReadOptions) -> Iterator[tuple[Sequence[str], bool]]:
    """Groups whose bookmarks lie close together, each small enough for one listing, or of the whole site's."""
    classes: list[list[str]] = []
    limit = ""
    for space_id in sorted(known, key=known.__getitem__):
        if not classes or (options.listing_limits.most and known[space_id] > limit):
            classes.append([])
            limit = later(known[space_id], days=LIKE_AGE_DAYS)
        classes[-1].append(space_id)
    for of_like_age in classes:
        yield from options.listing_limits.listings(of_like_age, changes=True)
