"""What both formats' walks share: when a line has begun, and how deep a walk goes. Pure."""

from __future__ import annotations

from cdm_docs.content.nodes import Block, Inline, Paragraph

MAX_DEPTH = 60
"""Elements in elements; what lies deeper is read as mere text, so that no walk and no rendering runs out of stack."""

WIDEST = 1000
"""Columns or rows of a merged cell, as in HTML."""
_MOST_DIGITS = 9
HIGHEST_NUMBER = 10**_MOST_DIGITS - 1
"""Of an ordered list in CommonMark."""


def is_begun(line: list[Inline]) -> bool:
    """Say whether a line has any content yet."""
    for part in line:  # noqa: SIM110 - asked for every paragraph; a generator takes three times as long
        if not isinstance(part, str) or part.strip():
            return True
    return False


def paragraph(line: list[Inline]) -> list[Block]:
    """Return a line as a paragraph, unless it is blank."""
    return [Paragraph(line)] if is_begun(line) else []


def whole_number(written: str | None, most: int) -> int:
    """Return a number that an attribute gives, from 0 to ``most``; 1 where it gives none."""
    if not written or not written.isascii() or not written.isdigit() or len(written) > _MOST_DIGITS:
        return 1
    return min(int(written), most)
