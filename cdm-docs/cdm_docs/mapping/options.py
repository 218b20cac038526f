"""What a user may choose about the mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cdm_docs.content.chunks.cutting import DEFAULT, Cutting
from cdm_docs.content.document import Document
from cdm_docs.content.nodes import Block
from cdm_docs.content.reference import Context
from cdm_docs.model.ids import Ids

Reader = Callable[[str, str | None, Context, str], Document]
"""(body, body format, where it was written, text format) to what it says."""


class Piece(Protocol):
    """A part of a text, below its headings."""

    @property
    def heading_path(self) -> str | None:
        """The headings above it."""

    @property
    def text(self) -> str:
        """The text itself."""


class Chunker(Protocol):
    """Cuts a body into pieces."""

    def __call__(self, blocks: Sequence[Block], cutting: Cutting) -> Iterable[Piece]:
        """Return the pieces in the order of the body."""


@dataclass(frozen=True, slots=True)
class FileText:
    """What a file says.

    Attributes:
        blocks: As far as it could be read.
        problem: Why it could not, or not to its end.
    """

    blocks: Sequence[Block]
    problem: str | None = None


class ReadFile(Protocol):
    """Reads files that the tap downloaded."""

    def __call__(self, path: str, media_type: str | None, name: str | None) -> FileText | None:
        """Return what a file says; None for one that has no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of CONTRACT 2.1 that concern the mapping, and the two functions that read a body.

    Attributes:
        source_system: The ``<sys>`` in every cdm_id.
        text_format: ``markdown``, ``plain`` or ``none``.
        chunks_enabled: Whether pages and blog posts are cut into chunks.
        cutting: How chunks are cut.
        former_base_urls: Base URLs that the site had before; links to them lead to the site of now.
        chunk_context: Whether title and path of headings stand in front of a chunk's text.
        read: Reads a body.
        read_file: Reads a file that the tap downloaded; None where files are not read.
        write: Renders what a file says, by text format.
        chunk: Cuts a body.
        ids: The primary keys of this source.
    """

    source_system: str = "confluence"
    text_format: str = "markdown"
    chunks_enabled: bool = False
    cutting: Cutting = DEFAULT
    chunk_context: bool = False
    former_base_urls: tuple[str, ...] = ()
    read: Reader
    read_file: ReadFile | None = None
    write: Mapping[str, Callable[[list[Block]], str]] = field(default_factory=dict)
    chunk: Chunker
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        """Derive what follows from the settings."""
        object.__setattr__(self, "ids", Ids(self.source_system))
