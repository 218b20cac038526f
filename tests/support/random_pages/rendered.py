"""What readers of Markdown make of a text: every word with its styles and its link, and the blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from lxml.html import HtmlElement, fromstring
from markdown_it import MarkdownIt
from support.random_pages.meaning import WORD, Meant

_MARKDOWN_IT = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_STYLES = {"strong": "strong", "em": "em", "del": "del", "s": "del", "sub": "sub", "sup": "sup", "code": "code"}


def by_cmark(markdown: str) -> str:
    """Return the HTML that GitHub's own parser makes."""
    html: str = cmarkgfm.markdown_to_html_with_extensions(
        markdown, options=Options.CMARK_OPT_UNSAFE, extensions=["table", "strikethrough"]
    )
    return html


READERS: dict[str, Callable[[str], str]] = {"markdown-it": _MARKDOWN_IT.render, "cmark": by_cmark}


def tree(html: str) -> HtmlElement:
    """Return rendered HTML as a tree."""
    return fromstring(f"<div>{html}</div>")


def words(root: HtmlElement) -> list[Meant]:
    """Return every word with its styles and its link."""
    return list(_words(root, frozenset(), None))


def _words(element: HtmlElement, styles: frozenset[str], url: str | None) -> Iterator[Meant]:
    inside = styles | {_STYLES[element.tag]} if element.tag in _STYLES else styles
    target = element.get("href") if element.tag == "a" else url
    for word in WORD.findall(element.get("alt") or element.text or ""):
        yield word, inside, target
    for child in element:
        yield from _words(child, inside, target)
        for word in WORD.findall(child.tail or ""):
            yield word, inside, target


def shapes(root: HtmlElement) -> list[tuple[Any, ...]]:
    """Return the blocks, in their order; those in a table's cells are none."""
    out: list[tuple[Any, ...]] = []
    for child in root:
        if child.tag == "table":
            rows = child.findall(".//tr")
            out.append(("table", len(rows), len(rows[0])))
            continue
        if child.tag == "pre":
            code = child.find("code")
            assert code is not None
            language = (code.get("class") or child.get("lang") or "").removeprefix("language-") or None
            out.append(("pre", language, (code.text or "").rstrip()))
        elif re.fullmatch("h[1-6]", str(child.tag)):
            out.append(("h", int(str(child.tag)[1])))
        elif child.tag == "ol":
            out.append(("ol", int(child.get("start") or 1), len(child)))
        elif child.tag == "ul":
            out.append(("ul", len(child)))
        elif child.tag in ("hr", "blockquote"):
            out.append((child.tag,))
        out += shapes(child)
    return out
