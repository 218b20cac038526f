"""What ``/search`` shows of a content's text. Pure."""

from __future__ import annotations

import html
import re

from confluence_sim.cql import Query, clauses

STRATEGIES = ("highlight", "indexed", "none", "highlight_unescaped", "indexed_unescaped")
LENGTH = 300
"""Characters of an excerpt before it is cut off."""


def plain_text(storage: str) -> str:
    """Return the words of a storage body."""
    cdata = re.sub(r"<!\[CDATA\[(.*?)]]>", lambda found: html.escape(found[1]), storage, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", cdata)).split())


def searched_words(query: Query) -> list[str]:
    """Return the words a query looks for in texts and titles."""
    asked = [item for item in clauses(query.where) if item.field in ("text", "title") and item.operator == "~"]
    return [
        word for item in asked for value in item.values if isinstance(value, str) for word in re.findall(r"\w+", value)
    ]


def excerpt(text: str, strategy: str, words: list[str]) -> str:
    """Return a text as one of the strategies shows it; highlighting puts marks around the words searched for."""
    if strategy == "none":
        return ""
    shown = text[:LENGTH]
    if not strategy.endswith("_unescaped"):
        shown = html.escape(shown, quote=False)
    if strategy.startswith("highlight") and words:
        pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        shown = re.sub(f"({pattern})", r"@@@hl@@@\1@@@endhl@@@", shown, flags=re.IGNORECASE)
    return shown
