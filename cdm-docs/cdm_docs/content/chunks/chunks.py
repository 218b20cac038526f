"""A body's nodes cut into chunks for retrieval: along their headings, then to size. Pure.

Sections are cut each by itself, so an edit of one changes the chunks of no other. Small ones that stand side by side
are one chunk below the heading that they share, with their own headings in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise, takewhile

from cdm_docs.content.chunks.cutting import Chunk, Cutting
from cdm_docs.content.chunks.pieces import inner_blocks, pack, pieces_of
from cdm_docs.content.chunks.prose import tail
from cdm_docs.content.chunks.without_urls import without_urls
from cdm_docs.content.nodes import Block, Expand, Heading, Panel, Quote
from cdm_docs.content.text.plain import to_plain

_SMALL = 8
"""A section is small when this many of it would fit into a chunk."""
_Trail = tuple[tuple[int, str], ...]
"""Levels and titles of the headings that something stands below, outermost first."""


@dataclass(slots=True)
class _Section:
    trail: _Trail
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Texts:
    trail: _Trail
    texts: list[str]
    is_parent: bool = False


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
    told = (each for each in sections if each.texts or not each.is_parent)
    chunks: list[Chunk] = []
    for small, group in groupby(told, key=lambda each: _is_small(each, cutting)):
        found = list(group)
        if small and len(found) > 1:
            chunks += _joined(found, cutting)
        else:
            chunks += (Chunk(_path(each.trail), text) for each in found for text in _alone(each))
    return tuple(chunks)


def _sections(blocks: Sequence[Block]) -> list[_Section]:
    """Return what stands below each heading."""
    sections = [_Section(())]
    for block in _with_open_boxes(blocks):
        if isinstance(block, Heading):
            title = to_plain([block])
            if title:
                above = tuple(each for each in sections[-1].trail if each[0] < block.level)
                sections.append(_Section((*above, (block.level, title))))
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


def _is_small(section: _Texts, cutting: Cutting) -> bool:
    title = cutting.measure(section.trail[-1][1]) if section.trail else 0
    return len(section.texts) <= 1 and title + sum(map(cutting.measure, section.texts)) <= cutting.size // _SMALL


def _joined(sections: list[_Texts], cutting: Cutting) -> Iterator[Chunk]:
    """Yield small neighbours as one text below the headings that all of them share, as far as they fit."""
    shared = sections[0].trail
    for section in sections:
        same = (mine == its for mine, its in zip(shared, section.trail, strict=False))
        shared = shared[: sum(takewhile(bool, same))]
    told = []
    for section in sections:
        own = section.trail[len(shared) :]
        heading = f"{'#' * own[-1][0]} {own[-1][1]}" if own else ""
        if heading or section.texts:
            told.append("\n\n".join(filter(None, [heading, *section.texts])))
    for text in pack(told, cutting.size, "\n\n", cutting.measure):
        yield Chunk(_path(shared), text)


def _path(trail: _Trail) -> str | None:
    return " > ".join(title for _, title in trail) or None
