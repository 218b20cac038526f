"""What nobody could verify about Confluence, one named switch each (FACTS tags them "unverified")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Switches:
    """How this Confluence behaves where the sources are silent or disagree. The number names the fact."""

    attachment_created_at_moves: bool = True
    """1.14: a new version of an attachment moves its ``createdAt`` (visible in captured answers)."""
    archive_bumps_version: bool = False
    """3.9: archiving a page makes a new version."""
    bad_basic_v1: str = "not_permitted"
    """4.7: the words of v1's 403 for a wrong pair: ``not_permitted`` or ``stackless``."""
    bad_basic_v2_list: int = 401
    """4.7: the status of a v2 list for a wrong pair."""
    comment_lists_hold_replies: bool = False
    """1.18: the site-wide comment lists hold replies besides roots."""
    cursor_first: bool = True
    """1.5: the cursor stands first in the query of ``next``; else last."""
    cursor_padding: int = 0
    """10: letters added to every cursor (cursors of 300 characters were seen)."""
    limit_over_maximum: int = 400
    """1.1: what a ``limit`` over the maximum answers: 400, or 200 with the limit lowered silently."""
    move_bumps_version: bool = False
    """3.4: a move makes a new version of the moved page."""
    resolving_bumps_version: bool = False
    """3.3: resolving an inline comment makes a new version of it."""
    title_matches_substring: bool = False
    """1.9: the ``title`` filter matches parts of titles."""
