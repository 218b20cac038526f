"""ADF's JSON, read without trust: whatever is missing or of another type is simply not there. Pure.

A body that is no JSON, or JSON deeper than the decoder goes, is not given up: its texts are found one by one and make
one paragraph each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

_LONE = "lone surrogates were replaced"
Node: TypeAlias = "dict[str, Any]"
_SURROGATES = re.compile("[\ud800-\udfff]")
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPED_SURROGATE = re.compile(rf"(\\\\|{_PAIR})|\\u[dD][89a-fA-F][0-9a-fA-F]{{2}}")
_TEXT = re.compile(r'"text"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\Z)', re.DOTALL)


def parse(body: str) -> tuple[Node, tuple[str, ...]]:
    """Decode a body.

    Args:
        body: ADF as Confluence gave it; may be broken or hostile.

    Returns:
        The document's node, and what had to be mended, in a few words each; empty for a sound body.
    """
    text, lone = _SURROGATES.subn("\ufffd", body)
    try:
        return _document(msgspec.json.decode(text)), (_LONE,) if lone else ()
    except (msgspec.DecodeError, RecursionError):
        text, escaped = _without_lone_escapes(text)
    problems = [_LONE] if lone or escaped else []
    try:
        return _document(msgspec.json.decode(text)), tuple(problems)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)[:80]
        problems.append(f"broken JSON was mended: {reason}")
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": each}]} for each in _texts(text)]
    return {"type": "doc", "content": paragraphs}, tuple(problems)


def children(node: Node) -> list[Node]:
    """Return the nodes below a node."""
    content = node.get("content")
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def marks(node: Node) -> list[Node]:
    """Return the marks of a text."""
    found = node.get("marks")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def attributes(node: Node) -> Node:
    """Return the attributes of a node or a mark."""
    found = node.get("attrs")
    return found if isinstance(found, dict) else {}


def string(container: Node, name: str) -> str:
    """Return a text or a number as text; empty when there is neither."""
    value = container.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def kind(node: Node) -> str:
    """Return the type of a node."""
    found = node.get("type")
    return found if isinstance(found, str) else ""


def texts_below(node: Node) -> str:
    """Return all text below a node, however deep."""
    out: list[str] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        text = string(each, "text")
        if text:
            out.append(text)
        waiting += reversed(children(each))
    return " ".join(out)


def _document(decoded: Any) -> Node:
    return decoded if isinstance(decoded, dict) else {}


def _without_lone_escapes(text: str) -> tuple[str, int]:
    lone = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal lone
        if match[1]:
            return match[1]
        lone += 1
        return "\\ufffd"

    return _ESCAPED_SURROGATE.sub(replace, text), lone


def _texts(text: str) -> Iterator[str]:
    return (_text_of(match[1]) for match in _TEXT.finditer(text))


def _text_of(written: str) -> str:
    try:
        return msgspec.json.decode(f'"{written}"', type=str)
    except msgspec.DecodeError:
        return written
