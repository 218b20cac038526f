"""What one page shows of another: places of other pages' text in a body, and excerpts for other pages to show. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdm_docs.content.macros.shown import INCLUDES, Macro, inline_of
from cdm_docs.content.nodes import Block, Include, Inline, Link, Paragraph

_EXCERPT = "excerpt"
_NAME = "name"
"""The parameter that tells excerpts of one page apart, in both macros."""


@dataclass(slots=True)
class Reuse:
    """What the macros of one body show of other pages and let other pages show.

    Attributes:
        includes: By the key of the reference to the other page: the places of its text.
        excerpts: By name, empty for the unnamed one: the first of each.
    """

    includes: dict[tuple[str, str], list[Include]] = field(default_factory=dict)
    excerpts: dict[str, list[Block]] = field(default_factory=dict)

    def note(self, macro: Macro) -> None:
        """Keep what a macro shows of another page, or lets it show."""
        if macro.name == _EXCERPT and macro.blocks is not None:
            self.excerpts.setdefault(macro.text(_NAME), macro.blocks)
        elif macro.name in INCLUDES:
            self._include(macro)

    def note_line(self, macro: Macro, line: list[Inline]) -> None:
        """Keep an excerpt that is a part of a sentence."""
        if macro.name == _EXCERPT:
            self.excerpts.setdefault(macro.text(_NAME), [Paragraph(line)])

    def take(self, includes: Mapping[tuple[str, str], list[Include]], excerpts: Mapping[str, list[Block]]) -> None:
        """Keep what was read of a part of the body by itself."""
        for key, places in includes.items():
            self.includes.setdefault(key, []).extend(places)
        for name, blocks in excerpts.items():
            self.excerpts.setdefault(name, blocks)

    def _include(self, macro: Macro) -> None:
        for value in macro.parameters.values():
            for part in value:
                if isinstance(part, Link) and part.reference is not None and part.reference.kind == "include":
                    place = Include(inline_of(macro), None if macro.name == "include" else macro.text(_NAME))
                    key = part.reference.kind, part.reference.written
                    self.includes.setdefault(key, []).append(place)
