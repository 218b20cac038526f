"""What ``--plan`` prints: the plan of a run, with what it will cost. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tap_confluence.api.query import Record
from tap_confluence.sync.parts import FULL_TABLE, stream_of
from tap_confluence.sync.planning.plan import Group, Strategy

FULL = "full table"
MOST_SPACES = 100
"""Spaces of one sweep."""
SETS = "all, written where changed"
WHEN_LITTLE_CHANGED = "when little changed"
AT_LEAST = "at least; how many rows there are cannot be told"
COUNTED = "as many rows as a search counts"
SWEEP = "sweep of what is known"
OF_SETS = "at least; 1 request per 50 to 250 of what is there"
ROWS_A_SEARCH = 200
BODIES_A_SEARCH = 50
"""Rows that a search gives at a time, without and with bodies (FACTS 2.6)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One space of one stream.

    Attributes:
        stream: The stream.
        space: Key of the space; None where a stream belongs to none.
        start: From when changes are read; None is the beginning.
        end: Always ``now``: the interval is half open.
        strategy: How the space is read.
        group: Number of the walk that reads it, with others.
    """

    stream: str
    space: str | None
    start: str | None
    end: str
    strategy: str
    group: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one walk or sweep costs (FACTS 5.2).

    Attributes:
        group: Its number.
        stream: Its stream.
        requests: Requests.
        points: Points.
        estimate: What the figures mean.
    """

    group: int
    stream: str
    requests: int
    points: int
    estimate: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, ready to be shown."""

    site: str
    account: str
    spaces: Sequence[Mapping[str, Any]]
    lines: Sequence[Line]
    costs: Sequence[Cost]

    @property
    def requests(self) -> int:
        """All requests, the identity check and the list of spaces among them."""
        return 1 + -(-max(len(self.spaces), 1) // 250) + sum(cost.requests for cost in self.costs)

    @property
    def is_least(self) -> bool:
        """Whether some of it may cost more."""
        return any(cost.estimate in (AT_LEAST, OF_SETS) for cost in self.costs)

    @property
    def points(self) -> int:
        """All points."""
        return 2 + len(self.spaces) + sum(cost.points for cost in self.costs)


@dataclass(frozen=True, slots=True)
class Part:
    """What is planned for one part of the content.

    Attributes:
        groups: Its walks.
        rows: How many rows first walks will list, as far as that is known.
        swept: Spaces that are to be swept.
        known: Rows that are known in these.
        page_size: Rows a request of a sweep.
        searched: Whether its lists are searches.
        apart: Whether its spaces are listed one by one; each such list ends with an empty page (FACTS 7.3).
        since: Bookmarks by space.
    """

    groups: Sequence[Group]
    rows: Mapping[Group, int]
    swept: Sequence[str]
    known: int
    page_size: int
    searched: bool
    apart: bool
    since: Mapping[str, str]


def preview(
    site: str,
    account: str,
    spaces: Iterable[Record],
    parts: Mapping[str, Part],
    *,
    start_date: str | None,
    sets: Mapping[str, int],
) -> Preview:
    """Make a plan showable.

    Args:
        site: The site's address.
        account: Who reads.
        spaces: The spaces of the run.
        parts: What is planned for each part of a stream.
        start_date: Rows that changed earlier are not written.
        sets: By set stream, the requests that it takes at least.
    """
    shown = [{name: space[name] for name in ("id", "key", "name", "type")} for space in spaces]
    keys = {space["id"]: space["key"] for space in shown}
    lines: list[Line] = []
    costs: list[Cost] = []
    for name, part in parts.items():
        stream = stream_of(name)
        first = [group for group in part.groups if group.strategy is Strategy.FIRST]
        for group in part.groups:
            number = len(costs) + 1
            strategy = FULL if name in FULL_TABLE else group.strategy.value
            for space_id in group.space_ids:
                start = part.since.get(space_id) if group.since else start_date
                lines.append(Line(stream, keys[space_id], start or None, "now", strategy, number))
            costs.append(_cost(number, stream, group, part, clock=group in first[:1]))
        if part.swept:
            requests = max(-(-len(part.swept) // MOST_SPACES), -(-part.known // part.page_size))
            requests += round(1.5 * len(part.swept)) if part.apart else 0
            costs.append(Cost(len(costs) + 1, stream, requests, requests + part.known, SWEEP))
    for name, requests in sets.items():
        places = [None] if name == "group_members" else keys.values()
        lines += [Line(name, key, None, "now", SETS, len(costs) + 1) for key in places]
        costs.append(Cost(len(costs) + 1, name, requests, requests, OF_SETS))
    return Preview(site, account, shown, lines, costs)


def _cost(number: int, stream: str, group: Group, part: Part, *, clock: bool) -> Cost:
    """What one walk costs; ``clock`` is the question for the server's newest change, one for all first walks."""
    if group.since is not None:
        if group.remembered < group.first_look:
            return Cost(number, stream, 1 + part.apart, 1 + part.apart + group.first_look, WHEN_LITTLE_CHANGED)
        requests = -(-(group.remembered + 1) // group.query.limit) + part.apart
        return Cost(number, stream, requests, requests * (1 + group.query.limit), WHEN_LITTLE_CHANGED)
    listed = part.rows.get(group)
    size = group.query.limit
    if part.searched:
        size = min(size, BODIES_A_SEARCH if group.query.body_format else ROWS_A_SEARCH)
    requests = max(1, -(-(listed or 0) // size)) + clock + (len(group.space_ids) if part.apart else 0)
    points = requests + (listed or 0) + clock
    return Cost(number, stream, requests, points, AT_LEAST if listed is None else COUNTED)


def as_json(shown: Preview) -> str:
    """The plan for programs."""
    total = {"requests": shown.requests, "points": shown.points}
    return json.dumps({**asdict(shown), "total": total}, indent=2, ensure_ascii=False)


def as_table(shown: Preview) -> str:
    """The plan for people."""
    parts = [
        f"{shown.site} as {shown.account}",
        _table(("key", "name", "type"), [(s["key"], s["name"], s["type"]) for s in shown.spaces]),
        _table(
            ("stream", "space", "from", "to", "strategy"),
            [(line.stream, line.space, line.start or "the beginning", line.end, line.strategy) for line in shown.lines],
        ),
        _table(
            ("walk", "stream", "requests", "points", ""),
            [(str(c.group), c.stream, str(c.requests), str(c.points), c.estimate) for c in shown.costs],
        ),
        f"in all {'at least' if shown.is_least else 'about'} {shown.requests} requests, {shown.points} points",
    ]
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    texts = [[*head], *([cell or "" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts
    )
