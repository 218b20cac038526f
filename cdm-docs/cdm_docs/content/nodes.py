"""What a body says, without the format that it was written in. Pure.

Both formats are read into these nodes, and every rendering is made of them: so both formats of a page read the same.
Text is a plain ``str``. What has no shape of its own in a text (mentions, emoji, dates, markers of macros) is text as
well; what only moves things about (layouts, columns, comment markers) has no node at all.

The dataclasses are not frozen: a page has thousands of them, and a frozen one takes three times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cdm_docs.content.document import Reference

Style: TypeAlias = Literal["strong", "em", "strike", "sub", "sup"]


@dataclass(slots=True)
class Break:
    """A line break inside a paragraph."""


@dataclass(slots=True)
class Code:
    """Code inside a line."""

    text: str


@dataclass(slots=True)
class Status:
    """A status lozenge."""

    text: str


@dataclass(slots=True)
class Styled:
    """Emphasised text."""

    style: Style
    children: list[Inline]


@dataclass(slots=True)
class Link:
    """A link; its URL is None where only the site's database could tell it: people, Jira issues, short links."""

    url: str | None
    children: list[Inline]
    reference: Reference | None = None


@dataclass(slots=True)
class Image:
    """An image; ``alt`` is its description or its file name."""

    url: str
    alt: str
    title: str | None = None
    reference: Reference | None = None


Inline: TypeAlias = "str | Break | Code | Status | Styled | Link | Image"


@dataclass(slots=True)
class Paragraph:
    """Running text."""

    children: list[Inline]


@dataclass(slots=True)
class Heading:
    """A heading; levels are 1 to 6."""

    level: int
    children: list[Inline]


@dataclass(slots=True)
class Item:
    """An item of a list; ``done`` is None unless it is a task."""

    blocks: list[Block]
    done: bool | None = None


@dataclass(slots=True)
class ItemList:
    """A list; ``start`` is the first number of an ordered one, None for bullets and tasks."""

    items: list[Item]
    start: int | None = None


@dataclass(slots=True)
class CodeBlock:
    """Lines of code, or any text whose spaces and line ends count."""

    text: str
    language: str | None = None
    title: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Quote:
    """A quotation."""

    blocks: list[Block]


@dataclass(slots=True)
class Panel:
    """A coloured box; ``kind`` is a word for a reader, None for a box without meaning."""

    kind: str | None
    title: list[Inline]
    blocks: list[Block]


@dataclass(slots=True)
class Expand:
    """Content that a reader unfolds."""

    title: list[Inline]
    blocks: list[Block]


@dataclass(slots=True)
class Cell:
    """A cell of a table."""

    blocks: list[Block]
    header: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class Table:
    """A table: rows of cells."""

    rows: list[list[Cell]]


@dataclass(slots=True)
class Rule:
    """A line across the page."""


@dataclass(slots=True)
class Nodes:
    """A body, read.

    Attributes:
        blocks: What it says.
        references: Every distinct reference (by kind and canonical form), in the order of first appearance.
        cut: Number of places that were too deep to tell their structure.
    """

    blocks: list[Block]
    references: tuple[Reference, ...]
    cut: int


Block: TypeAlias = "Paragraph | Heading | ItemList | CodeBlock | Quote | Panel | Expand | Table | Rule"
