"""Words for what Confluence only draws: kinds of panels, emoticons. Pure."""

from __future__ import annotations

import re
import sys

STORAGE_PANELS = {"info": "Info", "tip": "Tip", "note": "Note", "warning": "Warning", "panel": None}
"""Macros that are boxes, and what to call them."""

ADF_PANELS = {
    "info": "Info",
    "success": "Tip",
    "tip": "Tip",
    "note": "Note",
    "warning": "Note",
    "error": "Warning",
    "custom": None,
}
"""Types of ADF's panels, called as the macros that they are in storage format: what the editor of Cloud calls success,
warning and error are the macros tip, note and warning there, and its purple note is an ADF extension (FACTS 8.3)."""

EMOTICONS = {
    "smile": "🙂",
    "sad": "🙁",
    "cheeky": "😛",
    "laugh": "😃",
    "wink": "😉",
    "thumbs-up": "👍",
    "thumbs-down": "👎",
    "information": "ℹ️",  # noqa: RUF001 - the sign itself
    "tick": "✅",
    "cross": "❌",
    "warning": "⚠️",
    "plus": "➕",  # noqa: RUF001 - the sign itself
    "minus": "➖",  # noqa: RUF001 - the sign itself
    "question": "❓",
    "light-on": "💡",
    "light-off": "💡",
    "yellow-star": "⭐",
    "red-star": "⭐",
    "green-star": "⭐",
    "blue-star": "⭐",
    "heart": "❤️",
    "broken-heart": "💔",
}
"""The emoticons of storage format by ``ac:name``."""

SHORT_NAMES = {
    ":slight_smile:": "🙂",
    ":disappointed:": "🙁",
    ":stuck_out_tongue:": "😛",
    ":smiley:": "😃",
    ":wink:": "😉",
    ":thumbsup:": "👍",
    ":thumbsdown:": "👎",
    ":info:": "ℹ️",  # noqa: RUF001 - the sign itself
    ":information_source:": "ℹ️",  # noqa: RUF001 - the sign itself
    ":check_mark:": "✅",
    ":white_check_mark:": "✅",
    ":cross_mark:": "❌",
    ":x:": "❌",
    ":warning:": "⚠️",
    ":plus:": "➕",  # noqa: RUF001 - the sign itself
    ":minus:": "➖",  # noqa: RUF001 - the sign itself
    ":question:": "❓",
    ":question_mark:": "❓",
    ":light_bulb_on:": "💡",
    ":bulb:": "💡",
    ":star:": "⭐",
    ":heart:": "❤️",
    ":broken_heart:": "💔",
}
"""Emoji that Atlassian draws itself and writes without a character, by their short name."""


_CODE_POINTS = re.compile(r"[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,9}", re.IGNORECASE)


def emoji(character: str | None, short_name: str | None, name: str | None, emoji_id: str | None) -> str:
    """Return an emoji as a character where there is one, else its short name.

    Args:
        character: What the body gives to show in its place; some bodies repeat the short name here.
        short_name: e.g. ``:check_mark:``.
        name: ``ac:name`` of storage format; ``blue-star`` stands there for every emoji that is none of the old ones.
        emoji_id: Code points such as ``1f1e9-1f1ea``, or the id of an image that Atlassian or the site drew.
    """
    if character and not character.startswith(":"):
        return character
    shown = _of_code_points(emoji_id or "")
    if shown:
        return shown
    if short_name:
        return SHORT_NAMES.get(short_name, short_name)
    return EMOTICONS.get(name or "", f":{name}:") if name else character or ""


def _of_code_points(written: str) -> str:
    if not _CODE_POINTS.fullmatch(written):
        return ""
    points = [int(each, 16) for each in written.split("-")]
    if any(point > sys.maxunicode or 0xD800 <= point <= 0xDFFF for point in points):  # noqa: PLR2004 - surrogates
        return ""
    shown = "".join(map(chr, points))
    return shown if shown.isprintable() or len(points) > 1 else ""
