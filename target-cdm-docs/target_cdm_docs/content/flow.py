"""What both formats' walks share: when a line has begun, and how deep a walk goes. Pure."""

from __future__ import annotations

from target_cdm_docs.content.nodes import Block, Inline, Paragraph

MAX_DEPTH = 80
"""Elements in elements; what lies deeper is read as mere text, so that no walk and no rendering runs out of stack."""


def is_begun(line: list[Inline]) -> bool:
    """Say whether a line has any content yet."""
    for part in line:  # noqa: SIM110 - asked for every paragraph; a generator takes three times as long
        if not isinstance(part, str) or part.strip():
            return True
    return False


def paragraph(line: list[Inline]) -> list[Block]:
    """Return a line as a paragraph, unless it is blank."""
    return [Paragraph(line)] if is_begun(line) else []
