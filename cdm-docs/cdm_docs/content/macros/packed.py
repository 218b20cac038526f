"""Parameters in which known apps keep a text packed: base64, deflate, percent codes, JSON. Pure.

The notations are those that the apps' own storage format shows; whatever does not unpack as expected is no text.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

MOST_UNPACKED = 1_000_000
"""Bytes that a packed text may unpack to: more is a bomb."""
PLAN = "roadmap"
"""The macro that ``plan`` is about."""
DIAGRAMS = {"plantumlcloud": "plantuml", "mermaid-cloud": "mermaid"}
"""Macros that keep a diagram packed, and its language."""
_RAW_DEFLATE = -15
_TITLES = ("title", "name", "description")
_DEEPEST = 12


def diagram(name: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the language and the source of a diagram that a macro keeps packed in ``data``; None if it keeps none."""
    language = DIAGRAMS.get(name)
    source = _inflated(values.get("data", "")) if language else None
    return (language, source) if language and source else None


def plan(values: Mapping[str, str]) -> list[str]:
    """Return the titles in a ``roadmap``: its own, its lanes', bars' and markers', in their order."""
    if "source" not in values:
        return []
    try:
        decoded = msgspec.json.decode(unquote(values["source"]))
    except (msgspec.DecodeError, RecursionError):
        return []
    return [text for text in _titles(decoded, 0) if text.strip()]


def _inflated(packed: str) -> str | None:
    try:
        raw = base64.b64decode("".join(packed.split()), validate=True)
        text = zlib.decompressobj(_RAW_DEFLATE).decompress(raw, MOST_UNPACKED).decode()
    except (binascii.Error, ValueError, zlib.error):
        return None
    return unquote(text)


def _titles(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from (value[key] for key in _TITLES if isinstance(value.get(key), str))
        for each in value.values():
            yield from _titles(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _titles(each, depth + 1)
