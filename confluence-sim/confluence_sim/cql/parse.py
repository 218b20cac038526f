"""CQL text to a tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator>!=|>=|<=|!~|=|>|<|~)
      | (?P<mark>[(),])
      | (?P<word>[\w.:@+/-]+)
    )""",
    re.VERBOSE,
)


class CqlError(ValueError):
    """A query that Confluence, or this part of it, does not understand."""


@dataclass(frozen=True)
class Function:
    """A value that is computed when the query runs, such as ``now("-4h")``."""

    name: str
    arguments: tuple[str, ...]


Value: TypeAlias = "str | Function"


@dataclass(frozen=True)
class Clause:
    """A field held against values; ``in`` has several."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True)
class Both:
    """All parts (``and``)."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """Any part (``or``)."""

    parts: tuple[Node, ...]


Node: TypeAlias = "Clause | Not | Both | Either"


@dataclass(frozen=True)
class Query:
    """What is asked: which contents, in which order ((field, descending), ...)."""

    where: Node
    order: tuple[tuple[str, bool], ...]


def clauses(node: Node) -> Iterator[Clause]:
    """Yield the clauses of a query that speak for what it finds: all but the negated ones."""
    if isinstance(node, Clause):
        yield node
    elif not isinstance(node, Not):
        for part in node.parts:
            yield from clauses(part)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            found = TOKEN.match(text, position)
            if found is None:
                self.fail(text[position:].strip()[:20])
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            position = found.end()

    def fail(self, near: str | None = None) -> NoReturn:
        if near is None:
            near = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
        raise CqlError(f"Could not parse cql : {self.text} (near {near})")

    def word(self, *wanted: str) -> bool:
        """Take the next token if it is one of these keywords or marks."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind in ("word", "mark") and text.lower() in wanted:
                self.at += 1
                return True
        return False

    def take(self, *kinds: str) -> str:
        if self.at == len(self.tokens) or self.tokens[self.at][0] not in kinds:
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def query(self) -> Query:
        if self.at < len(self.tokens) and self.tokens[0][1].lower() == "not":
            self.fail()  # a negated clause may not come first (FACTS 2.12)
        where = self.either()
        order: list[tuple[str, bool]] = []
        if self.word("order"):
            if not self.word("by"):
                self.fail()
            order.append(self.one_order())
            while self.word(","):
                order.append(self.one_order())
        if self.at != len(self.tokens):
            self.fail()
        return Query(where, tuple(order))

    def one_order(self) -> tuple[str, bool]:
        field = self.take("word").lower()
        descending = self.word("desc")
        if not descending:
            self.word("asc")
        return field, descending

    def either(self) -> Node:
        parts = [self.both()]
        while self.word("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.one()]
        while self.word("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def one(self) -> Node:
        if self.word("not"):
            return Not(self.one())
        if self.word("("):
            inner = self.either()
            if not self.word(")"):
                self.fail()
            return inner
        field = self.take("word").lower()
        if self.word("not"):
            if not self.word("in"):
                self.fail()
            return Not(Clause(field, "in", self.values()))
        if self.word("in"):
            return Clause(field, "in", self.values())
        return Clause(field, self.take("operator"), (self.value(),))

    def values(self) -> tuple[Value, ...]:
        if not self.word("("):
            self.fail()
        found = [self.value()]
        while self.word(","):
            found.append(self.value())
        if not self.word(")"):
            self.fail()
        return tuple(found)

    def value(self) -> Value:
        quoted = self.at < len(self.tokens) and self.tokens[self.at][0] == "string"
        text = self.take("string", "word")
        if quoted:
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if not self.word("("):
            return text
        arguments: list[str] = []
        while not self.word(")"):
            if arguments and not self.word(","):
                self.fail()
            arguments.append(self.take("string")[1:-1])
        return Function(text.lower(), tuple(arguments))


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        CqlError: it is not one.
    """
    return _Reader(text).query()
