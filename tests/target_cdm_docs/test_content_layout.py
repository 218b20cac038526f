"""Blocks in blocks as Markdown: a CommonMark parser finds the same ones, nested in the same way."""

from __future__ import annotations

import re
from typing import Any

from cdm_docs.content.read import read
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from support.bodies import HERE

LINES = ("text", "one<br/>- two<br/>3. three", "# no", "---", "1. no", "&gt; no", "~~~", "| a |", "[x] no", "= no")
LEAVES: st.SearchStrategy[str] = st.sampled_from(
    [*(f"<p>{line}</p>" for line in LINES), "<h2>head</h2>", "<pre>code\n\n  more</pre>", "<hr/>"]
)


def items(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    item = st.lists(inner, min_size=1, max_size=3).map(lambda blocks: f"<li>{''.join(blocks)}</li>")
    start = st.sampled_from(["<ul>", "<ol>", '<ol start="7">', '<ol start="99">'])
    several = st.lists(item, min_size=1, max_size=3)
    return st.tuples(start, several).map(lambda pair: f"{pair[0]}{''.join(pair[1])}</{pair[0][1:3]}>")


def quotes(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, min_size=1, max_size=3).map(lambda blocks: f"<blockquote>{''.join(blocks)}</blockquote>")


BODIES = st.lists(
    st.recursive(LEAVES, lambda inner: items(inner) | quotes(inner), max_leaves=8), min_size=1, max_size=4
).map("".join)


def outline(html: str) -> Any:
    """Return tags in tags, and words: what is left of a page without its spaces and its tight or loose lists."""
    text = re.sub(r"</?p>|<br ?/?>|</?code[^>]*>", " ", html)

    def told(element: etree._Element) -> list[Any]:
        out: list[Any] = (element.text or "").split()
        for child in element:
            out += [(child.tag, child.get("start"), told(child)), *(child.tail or "").split()]
        return out

    return told(etree.fromstring(f"<r>{text}</r>"))


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_markdown_has_the_blocks_of_the_body(body: str) -> None:
    markdown = read(body, "storage", HERE, "markdown").text or ""
    html = MarkdownIt("commonmark", {"xhtmlOut": True}).enable(["table"]).render(markdown)
    assert outline(html) == outline(body)
