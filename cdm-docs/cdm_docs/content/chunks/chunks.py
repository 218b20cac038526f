"""A body's nodes cut into chunks for retrieval: along their headings, then to size. Pure.

Sections are cut each by itself. Small ones that stand side by side are one chunk below the heading that they share,
with their own headings in the text; which ones, ``grouping`` says. An edit of a section changes no chunk that holds
nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from cdm_docs.content.chunks.cutting import Chunk, Cutting
from cdm_docs.content.chunks.grouping import groups
from cdm_docs.content.chunks.pieces import inner_blocks, pieces_of
from cdm_docs.content.chunks.prose import tail
from cdm_docs.content.chunks.without_urls import without_urls
from cdm_docs.content.nodes import Block, Expand, Heading, Panel, Quote
from cdm_docs.content.text.plain import to_plain

_AROUND_TITLE = 9
"""Characters of a heading beside its title: six signs at most, a blank and two line ends."""
_Trail = tuple[tuple[int, str, int], ...]
"""Levels and titles of the headings that something stands below, outermost first, and which of the body's each is."""


@dataclass(slots=True)
class _Section:
    trail: _Trail
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Texts:
    """What is told of a section: ``news`` is what its trail has beyond that of the section before it."""

    trail: _Trail
    texts: list[str]
    is_parent: bool = False
    news: _Trail = ()


def chunk(blocks: Sequence[Block], cutting: Cutting) -> tuple[Chunk, ...]:
    """Cut a body into chunks.

    Args:
        blocks: The body, read.
        cutting: How to cut it.

    Returns:
        The chunks in order; none for a body without words.
    """
    shown = blocks if cutting.links else without_urls(blocks)
    sections = [_Texts(section.trail, _texts(section, cutting)) for section in _sections(shown)]
    for each, follower in pairwise([*sections, _Texts((), [])]):
        depth = len(each.trail)
        each.is_parent = len(follower.trail) > depth and follower.trail[:depth] == each.trail
    told = [each for each in sections if each.texts or not each.is_parent]
    for before, each in pairwise([_Texts((), []), *told]):
        each.news = each.trail[_common(before.trail, each.trail) :]
    ranks = [each.trail[-1][:2] if each.trail else (0, "") for each in told]
    chunks: list[Chunk] = []
    for start, end in groups(ranks, [_length(each, cutting) for each in told], cutting.size):
        if end - start > 1:
            chunks.append(_joined(told[start:end]))
        else:
            chunks += (Chunk(_path(told[start].trail), text) for text in _alone(told[start]))
    return tuple(chunks)


def _sections(blocks: Sequence[Block]) -> list[_Section]:
    """Return what stands below each heading."""
    sections = [_Section(())]
    for block in _with_open_boxes(blocks):
        if isinstance(block, Heading):
            title = to_plain([block])
            if title:
                above = tuple(each for each in sections[-1].trail if each[0] < block.level)
                sections.append(_Section((*above, (block.level, title, len(sections)))))
        else:
            sections[-1].blocks.append(block)
    return sections


def _with_open_boxes(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks, those of panels, quotations and expands that hold headings one by one."""
    for block in blocks:
        if isinstance(block, (Panel, Quote, Expand)) and _holds_heading(block):
            yield from _with_open_boxes(inner_blocks(block))
        else:
            yield block


def _holds_heading(box: Panel | Quote | Expand) -> bool:
    return any(
        isinstance(block, Heading) or (isinstance(block, (Panel, Quote, Expand)) and _holds_heading(block))
        for block in box.blocks
    )


def _texts(section: _Section, cutting: Cutting) -> list[str]:
    """Return a section in texts of the wanted size; running text that goes on repeats its last sentences."""
    out: list[str] = []
    length = 0
    last: str | None = None
    for piece, running in pieces_of(section.blocks, cutting):
        more = cutting.measure(piece) + 2
        if out and length + more <= cutting.size:
            out[-1] += f"\n\n{piece}"
            length += more
        else:
            room = min(cutting.overlap, cutting.size - more)
            again = tail(last, room, cutting.measure) if last and running and room > 0 else ""
            out.append(f"{again}\n\n{piece}" if again and not piece.startswith(again) else piece)
            length = cutting.measure(out[-1])
        last = piece if running else None
    return out


def _alone(section: _Texts) -> list[str]:
    """Return the texts of a section; a heading with nothing below it, not even another heading, is its own text."""
    if section.texts or not section.trail:
        return section.texts
    return [section.trail[-1][1]]


def _length(section: _Texts, cutting: Cutting) -> int | None:
    """Return what a section takes in a chunk that it shares; None for one that is too long to share any."""
    if len(section.texts) > 1:
        return None
    titles = sum(cutting.measure(title) + _AROUND_TITLE for _, title, _ in section.news)
    length = titles + sum(cutting.measure(text) for text in section.texts) + 2
    return length if 2 * length <= cutting.size else None


def _joined(sections: list[_Texts]) -> Chunk:
    """Return small neighbours as one text below the headings that all of them share."""
    shared = sections[0].trail
    for section in sections[1:]:
        shared = shared[: _common(shared, section.trail)]
    told = []
    for place, section in enumerate(sections):
        news = section.news if place else section.trail[len(shared) :]
        told += [f"{'#' * level} {title}" for level, title, _ in news]
        told += section.texts
    return Chunk(_path(shared), "\n\n".join(told))


def _common(one: _Trail, other: _Trail) -> int:
    """Return how many headings two trails begin with together."""
    return sum(takewhile(bool, (mine == its for mine, its in zip(one, other, strict=False))))


def _path(trail: _Trail) -> str | None:
    return " > ".join(title for _, title, _ in trail) or None
