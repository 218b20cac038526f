"""Bodies nobody would write: never an exception, never a lost word, and Markdown that reads back as it was meant."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Paragraph, Person, Status, Styled
from cdm_docs.content.read import read
from cdm_docs.content.storage.blocks import read_storage
from cdm_docs.content.storage.fragment import parse
from cdm_docs.content.text import tidy as tidying
from cdm_docs.content.text.markdown import to_markdown
from cdm_docs.content.text.tidy import tidy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml.html import fromstring
from markdown_it import MarkdownIt
from support.bodies import HERE
from support.read_back import read as read_back
from support.read_back import written


def names(written: str) -> list[str]:
    return written.split()


FORMATS = ("markdown", "plain", "none")
TAGS = names(
    "p h1 h3 ul ol li table tbody tr th td strong em del code pre a br hr div span blockquote time img "
    "ac:link ac:link-body ac:plain-text-link-body ac:image ac:caption ac:structured-macro ac:parameter "
    "ac:rich-text-body ac:plain-text-body ac:task-list ac:task ac:task-body ac:task-status ac:placeholder "
    "ac:adf-extension ac:adf-node ac:adf-content ac:adf-fallback ac:adf-attribute ac:emoticon ac:layout "
    "ri:page ri:attachment ri:user ri:url ri:space x:y"
)
ATTRIBUTES = names(
    "ac:name ac:anchor ac:alt ac:title ri:filename ri:content-title ri:account-id ri:value ri:space-key href src "
    "colspan rowspan start type key datetime"
)
VALUES = ("code", "info", "status", "expand", "panel", "toc", "3", "-1", "99999", "https://e.org/[", "#x", "]]>", "|")
NASTY = st.text(alphabet="ab1 _*`~[]()<>&!#|\\-+.:\n\u00a0가)“\x00\ud800", max_size=12)
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> str:
    tag = draw(st.sampled_from(TAGS))
    given_attributes = draw(st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES) | NASTY, max_size=2))
    written = "".join(f' {name}="{escape(value)}"' for name, value in given_attributes.items())
    inside = draw(st.lists(elements(depth - 1) | NASTY.map(escape), max_size=3)) if depth else []
    return f"<{tag}{written}>{''.join(inside)}</{tag}>"


NODES = names(
    "doc paragraph heading bulletList orderedList listItem taskList taskItem codeBlock blockquote panel expand rule "
    "table tableRow tableHeader tableCell mediaSingle media caption mention emoji date status inlineCard blockCard "
    "extension bodiedExtension inlineExtension text hardBreak placeholder decisionList layoutSection future"
)
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | NASTY
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3), max_leaves=5
)
MARKS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["strong", "em", "code", "link", "subsup", "strike", "underline"]) | JSON},
        optional={"attrs": st.dictionaries(st.sampled_from(["href", "type"]), JSON, max_size=2) | JSON},
    )
    | JSON,
    max_size=3,
)
ATTRS = st.dictionaries(
    st.sampled_from(
        names("level order panelType title text id alt url colspan rowspan timestamp shortName extensionKey state")
    ),
    JSON,
    max_size=3,
)


def adf_node(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(NODES) | JSON},
        optional={"text": JSON, "attrs": ATTRS | JSON, "marks": MARKS | JSON, "content": st.lists(inner, max_size=3)},
    )


@FUZZ
@given(st.lists(elements() | NASTY, max_size=3).map("".join), st.sampled_from(FORMATS))
def test_no_storage_format_stops_a_run(body: str, text_format: str) -> None:
    document = read(body, "storage", HERE, text_format)
    assert (document.text is None) == (text_format == "none")
    (document.text or "").encode()


@FUZZ
@given(st.text(alphabet="<>/&;!-[]CDATA\"'= apb:#x0\ud800", max_size=60), st.sampled_from(FORMATS))
def test_no_broken_markup_stops_a_run(body: str, text_format: str) -> None:
    document = read(body, "storage", HERE, text_format)
    assert document.recovered == bool(document.problems)


@FUZZ
@given(st.recursive(JSON, adf_node, max_leaves=12), st.sampled_from(FORMATS))
def test_no_adf_stops_a_run(tree: Any, text_format: str) -> None:
    document = read(json.dumps(tree), "atlas_doc_format", HERE, text_format)
    (document.text or "").encode()
    cut = json.dumps(tree)[:-1]
    assert (read(cut, "atlas_doc_format", HERE, text_format).text is None) == (text_format == "none")


@FUZZ
@given(st.text(alphabet='{}[]",:ab\\ud80t\ud800', max_size=60))
def test_no_broken_json_stops_a_run(body: str) -> None:
    (read(body, "atlas_doc_format", HERE, "markdown").text or "").encode()


HOLDERS = names("p h1 h3 ul ol li table tbody tr th td strong em del code pre div span blockquote a x future")


@st.composite
def holders(draw: st.DrawFn, depth: int = 5) -> str:
    """Elements that hold text, in any order: not those that Confluence writes empty, as breaks and images."""
    tag = draw(st.sampled_from(HOLDERS))
    inside = draw(st.lists(holders(depth - 1), max_size=3)) if depth else []
    return f"<{tag}>{' kept '.join(['', *inside, ''])}</{tag}>" if inside else f"<{tag}>kept</{tag}>"


@FUZZ
@given(st.lists(holders(), min_size=1, max_size=3).map("".join))
def test_no_word_of_any_storage_format_is_lost(body: str) -> None:
    for text_format in ("plain", "markdown"):
        text = read(body, "storage", HERE, text_format).text or ""
        assert text.count("kept") == body.count("kept")


KEPT = {"type": "text", "text": " kept "}
CONTAINERS = names(
    "paragraph heading bulletList orderedList listItem taskList taskItem decisionList decisionItem blockquote panel "
    "expand nestedExpand table tableRow tableHeader tableCell mediaSingle caption layoutSection layoutColumn codeBlock "
    "bodiedExtension multiBodiedExtension future"
)


def container(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    content = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries({"type": st.sampled_from(CONTAINERS), "content": content})


@FUZZ
@given(st.recursive(st.just(KEPT), container, max_leaves=8))
def test_no_word_of_any_adf_is_lost(tree: Any) -> None:
    body = json.dumps({"type": "doc", "content": [tree]})
    for text_format in ("plain", "markdown"):
        text = read(body, "atlas_doc_format", HERE, text_format).text or ""
        assert text.count("kept") == body.count("kept")


STATUS = '<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">Done</ac:parameter></ac:structured-macro>'
INLINE = st.recursive(
    st.text(alphabet="ab1 _*`~[]()<>&!#|\\-+.:가)“", max_size=8).map(escape)
    | st.text(alphabet="ab`| \\*", max_size=5).map(lambda text: f"<code>{escape(text)}</code>")
    | st.sampled_from(
        [
            "<br/>",
            '<ac:link><ri:user ri:account-id="5:u"/></ac:link>',
            '<ac:link><ri:page ri:content-title="P [x]"/></ac:link>',
            STATUS,
        ]
    ),
    lambda inner: st.tuples(
        st.sampled_from(["strong", "em", "del", 'a href="https://e.org/x"', 'a href="/wiki/spaces/K/pages/7"']),
        st.lists(inner, max_size=3),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0].split()[0]}>"),
    max_leaves=6,
)


@FUZZ
@given(st.lists(INLINE, min_size=1, max_size=4).map("".join))
def test_styles_links_and_breaks_read_back_as_the_nodes_mean_them(line: str) -> None:
    root, _ = parse(f"<p>{line}</p>")
    blocks = read_storage(root, HERE).blocks
    meant = [run for block in blocks if isinstance(block, Paragraph) for run in written(tidy(block.children))]
    assert read_back(to_markdown(blocks)) == meant


PIECES = st.recursive(
    st.text(alphabet="ab *_~ \n\u00a0!", max_size=5)
    | st.text(alphabet="ab ", max_size=3).map(Code)
    | st.sampled_from(["", " ", "x"])
    | st.builds(Break)
    | st.builds(Status, st.just("Done"))
    | st.builds(Person, st.just("5:u"))
    | st.builds(Image, st.just("u"), st.just("a")),
    lambda inner: (
        st.builds(Styled, st.sampled_from(["strong", "em"]), st.lists(inner, max_size=2))
        | st.builds(Link, st.sampled_from(["u", "v", None]), st.lists(inner, max_size=2))
    ),
    max_leaves=6,
)


@settings(FUZZ, max_examples=1000)
@given(st.lists(PIECES, max_size=5))
def test_a_line_that_is_tidy_at_sight_is_what_taking_it_apart_would_give(line: list[Inline]) -> None:
    pieces: list[tidying._Piece] = []
    tidying._take_apart(line, None, 0, pieces)
    apart = tidying._put_together(tidying._spaced(tidying._joined(pieces)))
    assert written(tidy(line)) == written(apart)
    assert to_markdown([Paragraph(line)]) == to_markdown([Paragraph(apart)])


@pytest.mark.parametrize("block", ["p", "h2", "li", "td"])
@FUZZ
@given(st.lists(INLINE, min_size=1, max_size=4).map("".join))
def test_markdown_reads_back_as_the_text_that_was_written(block: str, line: str) -> None:
    wrapped = {
        "p": f"<p>{line}</p>",
        "h2": f"<h2>{line}</h2>",
        "li": f"<ul><li><p>{line}</p></li></ul>",
        "td": f"<table><tr><th>x</th></tr><tr><td>{line}</td></tr></table>",
    }[block]
    markdown, plain = (read(wrapped, "storage", HERE, each).text or "" for each in ("markdown", "plain"))
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    shown = fromstring(f"<div>{html.replace('<br', ' <br')}</div>").text_content()
    assert shown.split() == (plain.removeprefix("- ") if block == "li" else plain).split()
