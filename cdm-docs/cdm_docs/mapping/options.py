"""What a user may choose about the mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from cdm_docs.content.document import Context, Document
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
    """Cuts a text into pieces."""

    def __call__(self, text: str, *, size: int, overlap: int) -> Iterable[Piece]:
        """Return the pieces in the order of the text; ``size`` and ``overlap`` in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of CONTRACT 2.1 that concern the mapping, and the two functions that read a body.

    Attributes:
        source_system: The ``<sys>`` in every cdm_id.
        text_format: ``markdown``, ``plain`` or ``none``.
        chunks_enabled: Whether pages and blog posts are cut into chunks.
        chunk_size: Longest chunk, in characters.
        chunk_overlap: What neighbouring chunks share, in characters.
        read: Reads a body.
        chunk: Cuts a text.
        ids: The primary keys of this source.
    """

    source_system: str = "confluence"
    text_format: str = "markdown"
    chunks_enabled: bool = False
    chunk_size: int = 1000
    chunk_overlap: int = 200
    read: Reader
    chunk: Chunker
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        """Derive what follows from the settings."""
        object.__setattr__(self, "ids", Ids(self.source_system))
