"""Which small neighbours share a chunk: so that an edit of one regroups no other. Pure.

Were neighbours packed from the first to the last, one that grows would move every boundary behind it. Here boundaries
have ranks that follow from their headings alone: before a heading of a higher level first, then by a checksum of the
title. All sections are halved at the boundary of the highest rank, and each half again, until what is left fits. What
a half holds decides nothing outside of it. (The ranks make a Cartesian tree, also known as a treap: a heading that is
put in or taken away, too, moves only the boundaries around it.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from zlib import crc32


def groups(headings: Sequence[tuple[int, str]], lengths: Sequence[int | None], size: int) -> Iterator[tuple[int, int]]:
    """Yield the groups of sections, each as its first and the one behind its last.

    Args:
        headings: Level and title of each section.
        lengths: What each takes in a chunk; None for one that stands alone.
        size: What the sections of a group may take together.
    """
    if not headings:
        return
    taken = list(accumulate((size + 1 if length is None else length for length in lengths), initial=0))
    left, right, root = _tree([(level, crc32(title.encode("utf-8", "replace"))) for level, title in headings])
    waiting = [(0, len(headings), root)]
    while waiting:
        start, end, boundary = waiting.pop()
        if boundary < 0 or taken[end] - taken[start] <= size:
            yield start, end
        else:
            waiting += [(boundary, end, right[boundary]), (start, boundary, left[boundary])]


def _tree(ranks: Sequence[tuple[int, int]]) -> tuple[list[int], list[int], int]:
    """Return the tree of the boundaries before all sections but the first, the lowest rank on top.

    Returns:
        For each boundary the highest to its left, and to its right, below it; and the highest of all. -1 is none.
    """
    left, right = ([-1] * len(ranks) for _ in "lr")
    spine: list[int] = []
    for place in range(1, len(ranks)):
        below = -1
        while spine and ranks[spine[-1]] > ranks[place]:
            below = spine.pop()
        left[place] = below
        if spine:
            right[spine[-1]] = place
        spine.append(place)
    return left, right, spine[0] if spine else -1
