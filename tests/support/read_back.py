"""A line of Markdown as CommonMark reads it, and as the nodes mean it: runs of text with their styles and link."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Person, Status, Styled
from cdm_docs.content.text.markdown_lines import fit_url
from markdown_it import MarkdownIt
from markdown_it.token import Token

Run: TypeAlias = "tuple[str, frozenset[str], str | None]"
"""Text, the styles it stands in (``code`` is one), and where it links to."""
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
setattr(_MARKDOWN, "validateLink", lambda _: True)  # noqa: B010 - typed as a method; what a renderer refuses is not ours to say
_OPENS = {"strong_open": "strong", "em_open": "em", "s_open": "strike"}
_TAGS = {"strong": "strong", "em": "em", "del": "strike", "sub": "sub", "sup": "sup"}
_TAG = re.compile(r"<(/?)(\w+)>")


def written(line: Iterable[Inline]) -> list[Run]:
    """Return the runs that a line of nodes means."""
    return _joined(_of_nodes(line, frozenset(), None))


def read(markdown: str) -> list[Run]:
    """Return the runs of all lines of a Markdown text, one after another."""
    found: list[Run] = []
    for token in _MARKDOWN.parse(markdown):
        found += _of_tokens(token.children or [])
    return _joined(found)


def _of_nodes(line: Iterable[Inline], styles: frozenset[str], url: str | None) -> list[Run]:
    out: list[Run] = []
    for part in line:
        if isinstance(part, str):
            out.append((part, styles, url))
        elif isinstance(part, (Code, Status)):
            out.append((part.text, styles | {"code"}, url))
        elif isinstance(part, Person):
            out.append((f"@{{{part.account_id}}}", styles, url))
        elif isinstance(part, Styled):
            out += _of_nodes(part.children, styles | {part.style}, url)
        elif isinstance(part, Link):
            target = fit_url(part.url) if part.url else None
            out += _of_nodes(part.children, styles, url or target)
        elif isinstance(part, Image):
            out.append((f"[image {part.alt}]", styles, url))
        elif isinstance(part, Break):
            out.append(("\n", frozenset(), None))
    return out


def _of_tokens(tokens: Iterable[Token]) -> list[Run]:
    out: list[Run] = []
    styles: list[str] = []
    url: str | None = None
    for token in tokens:
        tag = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
        if token.type in _OPENS:
            styles.append(_OPENS[token.type])
        elif token.type in ("strong_close", "em_close", "s_close") or (tag is not None and tag[1]):
            styles.pop()
        elif token.type in ("hardbreak", "softbreak") or (tag is not None and tag[2] == "br"):
            out.append(("\n", frozenset(), None))
        elif tag is not None:
            styles.append(_TAGS.get(tag[2], tag[2]))
        elif token.type == "link_open":
            url = str(token.attrGet("href"))
        elif token.type == "link_close":
            url = None
        elif token.type == "image":
            out.append((f"[image {token.content}]", frozenset(styles), url))
        else:
            out.append((token.content, frozenset([*styles, "code"] if token.type == "code_inline" else styles), url))
    return out


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs with neighbours of the same marks made one, and white space between two runs without marks."""
    flat: list[Run] = []
    for text, styles, url in runs:
        for piece in re.split(r"(\s+)", text):
            if not piece:
                continue
            run: Run = (piece, styles, url) if piece.strip() else ("\n" if "\n" in piece else " ", frozenset(), None)
            if flat and run[0].strip() and flat[-1][1:] == run[1:] and flat[-1][0].strip():
                run = (flat.pop()[0] + run[0], styles, url)
            flat.append(run)
    return flat
