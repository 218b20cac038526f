"""Links to a place in the same body, led to the heading there as renderers of Markdown name it. Pure.

Confluence names a place by an ``anchor`` macro, or by a heading's text with or without its blanks, on Data Center with
the page's title and a dash before it. GitHub, and what follows it, knows headings alone, by their text in lower case
with dashes for blanks. An anchor between two headings is led to the one above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from cdm_docs.content.nodes import Heading, Link
from cdm_docs.content.text.plain import to_plain

_UNNAMED = re.compile(r"[\W_]+")
_DROPPED = re.compile(r"[^\w\- ]")


@dataclass(slots=True)
class Anchors:
    """The places of a body, and the links to them, in the order in which the body is read."""

    headings: list[Heading] = field(default_factory=list)
    _named: dict[str, int] = field(default_factory=dict)
    _links: list[Link] = field(default_factory=list)
    _since: list[str] = field(default_factory=list)

    def heading(self, heading: Heading, known: int | None = None) -> Heading:
        """Keep a heading whose line has just been read.

        Args:
            heading: The heading.
            known: How many anchors there were before its line: the others are its own.
        """
        for name in self._since[known:] if known is not None else ():
            self._named[name] = len(self.headings)
        self.headings.append(heading)
        return heading

    @property
    def known(self) -> int:
        """How many anchors have been read."""
        return len(self._since)

    def anchor(self, name: str) -> None:
        """Keep a place by its name."""
        self._since.append(name)
        self._named.setdefault(name, len(self.headings) - 1)

    def link(self, link: Link) -> Link:
        """Keep a link if it leads to a place in the same body."""
        if link.url is not None and link.url.startswith("#"):
            self._links.append(link)
        return link

    def settle(self) -> None:
        """Lead every link to its heading; one that names no place of the body stays as it was written."""
        if not self._links:
            return
        slugs = _slugs(self.headings)
        by_text = {_UNNAMED.sub("", to_plain([each])).lower(): place for place, each in enumerate(self.headings)}
        for link in self._links:
            name = unquote((link.url or "")[1:])
            place = self._named.get(name)
            for written in (name, name.partition("-")[2]):
                if place is None and written:
                    place = by_text.get(_UNNAMED.sub("", written).lower())
            if place is not None and place >= 0:
                link.url = f"#{quote(slugs[place])}"


def _slugs(headings: list[Heading]) -> list[str]:
    seen: dict[str, int] = {}
    slugs = []
    for heading in headings:
        slug = _DROPPED.sub("", to_plain([heading]).strip().lower()).replace(" ", "-")
        repeat = seen.get(slug)
        seen[slug] = 0 if repeat is None else repeat + 1
        slugs.append(slug if repeat is None else f"{slug}-{repeat + 1}")
    return slugs
