"""What ``--plan`` prints: the plan of a run, with what it will cost at least."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tap_confluence.api.base import Record
from tap_confluence.sync.parts import FULL_TABLE, stream_of
from tap_confluence.sync.plan import Group, Strategy

FULL = "full table"
SETS = "all, written where changed"
ESTIMATES = {
    Strategy.FIRST: "at least; a first sync takes 1 request per 250 rows",
    Strategy.RESUME: "at least; the rest of a first sync takes 1 request per 250 rows",
    Strategy.INCREMENTAL: "when little changed",
}


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
    """What one walk costs at least (FACTS 5.2).

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
    def points(self) -> int:
        """All points."""
        return 2 + len(self.spaces) + sum(cost.points for cost in self.costs)


def preview(
    site: str,
    account: str,
    spaces: Iterable[Record],
    plan: Mapping[str, Sequence[Group]],
    since: Mapping[str, str],
    *,
    sets: Mapping[str, int],
) -> Preview:
    """Make a plan showable; pure.

    Args:
        site: The site's address.
        account: Who reads.
        spaces: The spaces of the run.
        plan: Walks by part of a stream.
        since: Bookmarks by ``part/space id``.
        sets: By set stream, the requests that it takes at least.
    """
    shown = [{name: space[name] for name in ("id", "key", "name", "type")} for space in spaces]
    keys = {space["id"]: space["key"] for space in shown}
    lines: list[Line] = []
    costs: list[Cost] = []
    groups = [(stream, group) for stream, planned in plan.items() for group in planned]
    asked: set[str] = set()
    for number, (stream, group) in enumerate(groups, start=1):
        for space_id in group.space_ids:
            start = since.get(f"{stream}/{space_id}") if group.since else None
            strategy = FULL if stream in FULL_TABLE else group.strategy.value
            lines.append(Line(stream_of(stream), keys[space_id], start, "now", strategy, number))
        clock = int(group.strategy is Strategy.FIRST and stream not in asked)
        if clock:
            asked.add(stream)
        rows = group.first_look if group.strategy is Strategy.INCREMENTAL else 0
        costs.append(Cost(number, stream_of(stream), 1 + clock, 1 + clock + rows, ESTIMATES[group.strategy]))
    for number, (stream, requests) in enumerate(sets.items(), start=len(groups) + 1):
        places = [None] if stream == "group_members" else keys.values()
        lines += [Line(stream, key, None, "now", SETS, number) for key in places]
        costs.append(Cost(number, stream, requests, requests, "at least; 1 request per 50 to 250 of what is there"))
    return Preview(site, account, shown, lines, costs)


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
        f"in all at least {shown.requests} requests, {shown.points} points",
    ]
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    texts = [[*head], *([cell or "" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts
    )
