"""Streams that are read in several parts, each with walks, bookmarks and sweeps of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PARTS: Mapping[str, tuple[str, ...]] = {
    "footer_comments": ("footer_comments", "footer_replies"),
    "inline_comments": ("inline_comments", "inline_replies"),
}
"""Threads and the answers in them: what Cloud lists in two ways (FACTS 1.18)."""
TREE = ("folders", "whiteboards", "databases", "embeds")
"""What stands in the tree beside pages."""
ARCHIVED = "archived"
"""The status of pages that no search shows (FACTS 3.9)."""
FULL_TABLE = TREE
"""Parts that are written whole in every run; what a finished walk does not show any more is gone."""
CONTENT = (
    *("pages", "blogposts", "attachments"),
    *("footer_comments", "footer_replies", "inline_comments", "inline_replies"),
    *TREE,
)
"""Parts that are read by walks over spaces, with a bookmark per space."""
WITH_BODY = tuple(part for part in CONTENT if part not in ("attachments", *TREE))
IN_MANY_CHAINS = ("pages",)
"""Parts whose first walk is worth dealing out over all threads; of others there are few."""
TYPES: Mapping[str, str] = {
    "pages": "page",
    "blogposts": "blogpost",
    "attachments": "attachment",
    "footer_comments": "footer_comment",
    "footer_replies": "footer_reply",
    "inline_comments": "inline_comment",
    "inline_replies": "inline_reply",
    **{part: part.removesuffix("s") for part in TREE},
}
"""The type of content that each part holds, as ``inventory.Key`` has it."""
PART_OF: Mapping[str, str] = {kind: part for part, kind in TYPES.items()}
_STREAMS = {part: stream for stream, parts in PARTS.items() for part in parts}


def parts_of(stream: str) -> tuple[str, ...]:
    """The parts of a stream; most streams are their own only part."""
    return PARTS.get(stream, (stream,))


def content_of(streams: Iterable[str]) -> tuple[str, ...]:
    """The parts of these streams that are read by walks over spaces."""
    return tuple(part for stream in streams for part in parts_of(stream) if part in CONTENT)


def stream_of(part: str) -> str:
    """The stream that a part's rows belong to."""
    return _STREAMS.get(part, part)
