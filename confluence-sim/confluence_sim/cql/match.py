"""Which contents a query means."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from confluence_sim.clock import EPOCH, to_ms
from confluence_sim.cql.dates import span
from confluence_sim.cql.parse import Both, Clause, CqlError, Either, Function, Node, Not, Query
from confluence_sim.model import Content, User, Version

if TYPE_CHECKING:
    from confluence_sim.world import World

Test = Callable[[Content], bool]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
TYPES = ("page", "blogpost", "attachment", "comment", "folder", "whiteboard", "database", "embed")
DATES = ("created", "lastmodified")


def _moment(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


@dataclass(frozen=True)
class Searcher:
    """Who searches what: the index of a world, some seconds behind it (FACTS 2.10).

    Args:
        world: the truth.
        user: who asks; None for anonymous.
    """

    world: World
    user: User | None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this user's dates are read (FACTS 2.7: disputed, so a switch)."""
        switches = self.world.switches
        own = self.user.time_zone if self.user is not None and switches.cql_zone == "user" else None
        return ZoneInfo("UTC" if switches.cql_zone == "utc" else own or switches.site_time_zone)

    def indexed(self, content: Content) -> Version | None:
        """Return the version of a content that the index knows, or None."""
        lag = self.world.switches.index_lag_seconds
        if not lag:
            return content.current
        known_until = self.world.clock.now_ms() - round(1000 * lag)
        return next((item for item in reversed(content.versions) if to_ms(item.created_at) <= known_until), None)

    def modified_ms(self, content: Content) -> int:
        """Return the indexed time of the last change: not quite the version's own (FACTS 2.11)."""
        version = self.indexed(content) or content.current
        return to_ms(version.created_at) + round(1000 * self.world.switches.index_skew_seconds)

    def finds(self, content: Content) -> bool:
        """Tell whether a content is in the index at all, for this user."""
        return (
            content.status == "current"
            and self.indexed(content) is not None
            and not self._hidden(content)
            and self.world.is_in_place(content)
            and self.world.can_see(self.user, content)
        )

    def _hidden(self, content: Content) -> bool:
        """Tell whether a content is missing from an index that is not whole: always the same ones (FACTS 11.4)."""
        share = self.world.switches.index_hides_share
        return share > 0 and random.Random(f"index {content.id}").random() < share

    def test(self, node: Node) -> Test:
        """Return a query's tree as one function.

        Raises:
            CqlError: a field, an operator or a value this part of CQL does not know.
        """
        if isinstance(node, Not):
            inner = self.test(node.part)
            return lambda content: not inner(content)
        if isinstance(node, Both):
            tests = [self.test(part) for part in node.parts]
            return lambda content: all(each(content) for each in tests)
        if isinstance(node, Either):
            tests = [self.test(part) for part in node.parts]
            return lambda content: any(each(content) for each in tests)
        return self._clause(node)

    def _clause(self, clause: Clause) -> Test:
        if clause.field in DATES:
            return self._date(clause)
        if clause.field in ("title", "text"):
            return self._words(clause)
        read = self._readers().get(clause.field)
        if read is None:
            raise CqlError(f"No such field here: {clause.field}")
        if clause.operator not in ("=", "!=", "in"):
            raise CqlError(f"The operator {clause.operator} does not go with {clause.field}")
        wanted = {self._plain(value) for value in clause.values}
        if clause.field == "type" and not wanted <= set(TYPES):
            raise CqlError(f"No such type here: {', '.join(sorted(wanted - set(TYPES)))}")
        if clause.operator == "!=":
            return lambda content: wanted.isdisjoint(read(content))
        return lambda content: not wanted.isdisjoint(read(content))

    def _plain(self, value: str | Function) -> str:
        if isinstance(value, str):
            return value
        if value == Function("currentuser", ()) and self.user is not None:
            return self.user.account_id
        raise CqlError(f"No such function here: {value.name}")

    def _readers(self) -> dict[str, Callable[[Content], Iterable[str]]]:
        spaces = self.world.spaces
        return {
            "type": lambda content: (content.type,),
            "id": _ids,
            "content": _ids,
            "space": lambda content: (spaces[content.space_id].key,),
            "space.key": lambda content: (spaces[content.space_id].key,),
            "space.type": lambda content: (spaces[content.space_id].type,),
            "label": self._labels,
            "parent": lambda content: (content.parent_id,) if content.parent_id else (),
            "ancestor": lambda content: [item.id for item in self.world.ancestors_of(content)],
            "container": lambda content: (content.container_id,) if content.container_id else (),
            "creator": lambda content: (content.author_id,),
            "contributor": lambda content: {version.author_id for version in content.versions},
        }

    def _labels(self, content: Content) -> Iterable[str]:
        for label in content.labels:
            if label.prefix != "my":
                yield label.name
                yield f"{label.prefix}:{label.name}"
            elif self.user is not None and label.owner_id == self.user.account_id:
                yield f"my:{label.name}"

    def _date(self, clause: Clause) -> Test:
        now = _moment(self.world.clock.now_ms())
        refused = self.world.switches.cql_gap_is_refused
        begin, end = span(clause.values[0], zone=self.zone, now=now, gap_is_refused=refused)

        def read(content: Content) -> datetime:
            return _moment(self.modified_ms(content) if clause.field == "lastmodified" else to_ms(content.created_at))

        if clause.operator == "=":
            return lambda content: begin <= read(content) < end
        if clause.operator == "!=":
            return lambda content: not begin <= read(content) < end
        compare = COMPARE.get(clause.operator)
        if compare is None:
            raise CqlError(f"The operator {clause.operator} does not go with {clause.field}")
        return lambda content: compare(read(content), begin)

    def _words(self, clause: Clause) -> Test:
        wanted = [self._plain(value).lower() for value in clause.values]

        def holds(content: Content) -> bool:
            known = self.indexed(content) or content.current
            text = known.title if clause.field == "title" else f"{known.title} {known.body}"
            if clause.operator in ("=", "!=", "in"):
                return text.lower() in wanted
            return all(word in text.lower() for word in wanted[0].replace("*", " ").split())

        if clause.operator not in ("=", "!=", "in", "~", "!~") or (
            clause.field == "text" and "~" not in clause.operator
        ):
            raise CqlError(f"The operator {clause.operator} does not go with {clause.field}")
        return (lambda content: not holds(content)) if clause.operator.startswith("!") else holds


def _ids(content: Content) -> Iterable[str]:
    return (content.id, content.id.removeprefix("att"))


def _wanted_types(node: Node) -> set[str] | None:
    """Return the types a query is bound to at its top, or None."""
    for part in node.parts if isinstance(node, Both) else (node,):
        if isinstance(part, Clause) and part.field == "type" and part.operator in ("=", "in"):
            return {value for value in part.values if isinstance(value, str)}
    return None


def search(query: Query, searcher: Searcher, *, archived_spaces: bool, current_spaces: bool = True) -> list[Content]:
    """Return what a query finds, in no order.

    Args:
        query: what is asked.
        searcher: by whom.
        archived_spaces: look into archived spaces too (FACTS 2.14).
        current_spaces: look into the others.

    Raises:
        CqlError: see ``Searcher.test``.
    """
    matches = searcher.test(query.where)
    spaces = searcher.world.spaces
    open_ids = {
        item.id for item in spaces.values() if (archived_spaces if item.status == "archived" else current_spaces)
    }
    types = _wanted_types(query.where)
    return [
        content
        for content in searcher.world.contents.values()
        if (types is None or content.type in types)
        and content.space_id in open_ids
        and matches(content)
        and searcher.finds(content)
    ]
