"""How chunks are to be cut, and what one is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[str], int]
"""The length of a text, in whatever a chunk's size counts: characters, or tokens of some model."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """How chunks are to be cut.

    Attributes:
        size: Longest chunk, as ``measure`` counts.
        overlap: What neighbouring chunks of running text share at most.
        links: Whether links keep their URLs; they are rows of their own anyway.
        measure: What sizes count.
    """

    size: int
    overlap: int = 0
    links: bool = False
    measure: Measure = len


DEFAULT = Cutting(1000, 200)
"""As the settings say where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a body.

    Attributes:
        heading_path: Titles of the headings it stands below, outermost first, with `` > `` between; None above the
            first.
        text: The piece itself as Markdown without escapes; its own heading belongs to the path.
    """

    heading_path: str | None
    text: str
