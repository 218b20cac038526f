"""What a body says, without the format that it was written in. Pure.

Both formats are read into these nodes, and every rendering is made of them: so both formats of a page read the same.
Text is a plain ``str``. What has no shape of its own in a text (emoji, dates, markers of macros) is text as well; what
only moves things about (layouts, columns, comment markers) has no node at all.

A page has thousands of them: a struct takes a quarter of the time of a dataclass to make. The collector of cycles need
not look at them (``gc=False``): a tree has none.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from cdm_docs.content.reference import Reference

Style: TypeAlias = Literal["strong", "em", "strike", "sub", "sup"]


class Break(Struct, gc=False):
    """A line break inside a paragraph."""


class Code(Struct, gc=False):
    """Code inside a line."""

    text: str


class Status(Struct, gc=False):
    """A status lozenge."""

    text: str


class Person(Struct, gc=False):
    """Somebody mentioned, by account id: what they are called is known elsewhere, and changes."""

    account_id: str


class Styled(Struct, gc=False):
    """Emphasised text."""

    style: Style
    children: list[Inline]


class Link(Struct, gc=False):
    """A link; its URL is None where only the site's database could tell it: people, Jira issues, short links."""

    url: str | None
    children: list[Inline]
    reference: Reference | None = None


class Image(Struct, gc=False):
    """An image; ``alt`` is its description or its file name."""

    url: str
    alt: str
    title: str | None = None
    reference: Reference | None = None


Inline: TypeAlias = "str | Break | Code | Status | Person | Styled | Link | Image"


class Paragraph(Struct, gc=False):
    """Running text."""

    children: list[Inline]


class Heading(Struct, gc=False):
    """A heading; levels are 1 to 6."""

    level: int
    children: list[Inline]


class Item(Struct, gc=False):
    """An item of a list; ``done`` is None unless it is a task."""

    blocks: list[Block]
    done: bool | None = None


class ItemList(Struct, gc=False):
    """A list; ``start`` is the first number of an ordered one, None for bullets and tasks."""

    items: list[Item]
    start: int | None = None


class CodeBlock(Struct, gc=False):
    """Lines of code, or any text whose spaces and line ends count."""

    text: str
    language: str | None = None
    title: list[Inline] = field(default_factory=list)


class Quote(Struct, gc=False):
    """A quotation."""

    blocks: list[Block]


class Panel(Struct, gc=False):
    """A coloured box; ``kind`` is a word for a reader, None for a box without meaning."""

    kind: str | None
    title: list[Inline]
    blocks: list[Block]


class Expand(Struct, gc=False):
    """Content that a reader unfolds."""

    title: list[Inline]
    blocks: list[Block]


class Cell(Struct, gc=False):
    """A cell of a table."""

    blocks: list[Block]
    header: bool = False
    columns: int = 1
    rows: int = 1


class Table(Struct, gc=False):
    """A table: rows of cells."""

    rows: list[list[Cell]]


class Rule(Struct, gc=False):
    """A line across the page."""


class Include(Struct, gc=False):
    """The place of another page's text.

    Attributes:
        marker: What stands there.
        excerpt: Name of the excerpt that is shown, empty for the unnamed one; None for the whole page.
    """

    marker: list[Inline]
    excerpt: str | None


class Nodes(Struct, gc=False):
    """A body, read.

    Attributes:
        blocks: What it says.
        references: Every distinct reference (by kind and canonical form), in the order of first appearance.
        cut: Number of places that were too deep to tell their structure.
        includes: By the key of its reference: where other pages are shown inside of this one.
        excerpts: What other pages may show of this one, by its name; the first of each.
    """

    blocks: list[Block]
    references: tuple[Reference, ...]
    cut: int
    includes: dict[tuple[str, str], list[Include]] = {}
    excerpts: dict[str, list[Block]] = {}


Block: TypeAlias = "Paragraph | Heading | ItemList | CodeBlock | Quote | Panel | Expand | Table | Rule"
