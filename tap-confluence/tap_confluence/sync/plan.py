"""What a run will ask, decided before it asks: one plan, shared by the streams and printed by ``--plan``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tap_confluence.api.base import Query, Sort
from tap_confluence.sync.state.bookmarks import Bookmarks, Resume
from tap_confluence.sync.timestamps import days_between, earlier

FIRST_LOOK = 25
"""Rows of the first request of an incremental walk: mostly nothing happened (FACTS 5.2 on its price)."""
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
        query: What it asks; its ``space_ids`` are empty when the listing exists only for the whole site.
        since: An incremental walk may end at rows older than this; None for a first sync.
        first_look: Rows of its first request.
        resume: The unfinished walk that is continued.
    """

    stream: str
    strategy: Strategy
    space_ids: tuple[str, ...]
    query: Query
    since: str | None = None
    first_look: int = FIRST_LOOK
    resume: Resume | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the settings say about reading one stream.

    Attributes:
        stream: Its name.
        statuses: Statuses of the content.
        body_format: None for no bodies.
        page_size: Rows a request.
        lookback_minutes: Overlap behind a bookmark.
        max_spaces: Spaces that one listing may name; 0 when it exists only for the whole site.
        first_spaces: Spaces that one first walk may cover.
        chains: First walks side by side.
        resync: Ids of spaces to read from the start although they have a bookmark.
    """

    stream: str
    statuses: tuple[str, ...]
    body_format: str | None
    page_size: int
    lookback_minutes: float
    max_spaces: int
    first_spaces: int
    chains: int
    resync: frozenset[str] = frozenset()


def plan_stream(wishes: Wishes, space_ids: Sequence[str], bookmarks: Bookmarks) -> list[Group]:
    """The walks of one stream: unfinished ones first, then first ones, then incremental ones."""
    known = [space_id for space_id in space_ids if bookmarks.value(space_id) and space_id not in wishes.resync]
    fresh = [space_id for space_id in space_ids if space_id not in set(known)]
    resumed = [_resumed(wishes, resume) for resume in bookmarks.resumes() if _usable(wishes, resume, set(fresh))]
    covered = {space_id for group in resumed for space_id in group.space_ids}
    first = [space_id for space_id in fresh if space_id not in covered]
    return [
        *resumed,
        *(_first(wishes, chain) for chain in _chains(first, wishes)),
        *(_incremental(wishes, group, bookmarks) for group in _of_like_age(known, wishes, bookmarks)),
    ]


def _query(wishes: Wishes, space_ids: Iterable[str], sort: Sort) -> Query:
    return Query(
        kind=wishes.stream,
        space_ids=tuple(space_ids) if wishes.max_spaces else (),
        statuses=wishes.statuses,
        sort=sort,
        body_format=wishes.body_format,
        limit=wishes.page_size,
    )


def _usable(wishes: Wishes, resume: Resume, fresh: set[str]) -> bool:
    """Whether an unfinished walk asked what would be asked now, of spaces that are all still to be read."""
    wanted = _query(wishes, resume.query.space_ids, Sort.ID)
    return (
        resume.query == wanted
        and bool(resume.query.space_ids) == bool(wishes.max_spaces)
        and fresh.issuperset(resume.space_ids)
    )


def _resumed(wishes: Wishes, resume: Resume) -> Group:
    return Group(wishes.stream, Strategy.RESUME, resume.space_ids, resume.query, resume=resume)


def _first(wishes: Wishes, space_ids: Sequence[str]) -> Group:
    return Group(wishes.stream, Strategy.FIRST, tuple(space_ids), _query(wishes, space_ids, Sort.ID))


def _incremental(wishes: Wishes, space_ids: Sequence[str], bookmarks: Bookmarks) -> Group:
    oldest = min(bookmarks.value(space_id) or "" for space_id in space_ids)
    remembered = sum(len(bookmarks.seen(space_id)) for space_id in space_ids)
    since = earlier(oldest, minutes=wishes.lookback_minutes)
    return Group(
        wishes.stream,
        Strategy.INCREMENTAL,
        tuple(space_ids),
        replace(_query(wishes, space_ids, Sort.NEWEST), since=since),
        since=since,
        first_look=min(wishes.page_size, FIRST_LOOK + remembered),
    )


def _chains(space_ids: Sequence[str], wishes: Wishes) -> list[Sequence[str]]:
    """First walks side by side; the sizes of spaces are not known, so they are dealt out like cards."""
    if not space_ids:
        return []
    if not wishes.max_spaces:
        return [space_ids]
    count = max(-(-len(space_ids) // wishes.first_spaces), min(len(space_ids), wishes.chains))
    return [space_ids[start::count] for start in range(count)]


def _of_like_age(space_ids: Sequence[str], wishes: Wishes, bookmarks: Bookmarks) -> list[list[str]]:
    """Groups whose bookmarks lie close together, each small enough for one listing."""
    ordered = sorted(space_ids, key=lambda space_id: bookmarks.value(space_id) or "")
    size = wishes.max_spaces or len(ordered)
    groups: list[list[str]] = []
    for space_id in ordered:
        group = groups[-1] if groups else []
        oldest = bookmarks.value(group[0]) if group else None
        age_gap = days_between(oldest, bookmarks.value(space_id) or oldest) if oldest else 0.0
        if not group or len(group) == size or (wishes.max_spaces and age_gap > LIKE_AGE_DAYS):
            groups.append([space_id])
        else:
            group.append(space_id)
    return groups
