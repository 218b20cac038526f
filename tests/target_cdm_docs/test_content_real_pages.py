"""Renderings of real pages: as they were read by eye once, and with every word of the body."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from cdm_docs.content.read import read
from markdown_it import MarkdownIt
from support.bodies import GOLDEN, HERE, PAGES, golden_text, independent_tree, page_name, query, real_pages, words_of

pytestmark = real_pages
PANELS = "//ac:adf-node[@type='panel'] | //ac:structured-macro[@ac:name='info' or @ac:name='note']"
BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def is_in_order(wanted: list[str], text: str) -> bool:
    place = 0
    for word in wanted:
        place = text.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_page_reads_as_its_golden_file(page: Path) -> None:
    assert golden_text(page) == (GOLDEN / f"{page_name(page)}.md").read_text(encoding="utf-8")


def test_every_real_page_has_a_golden_file_and_every_golden_file_a_page() -> None:
    assert {page_name(page) for page in PAGES} == {file.stem for file in GOLDEN.glob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
@pytest.mark.parametrize("text_format", ["markdown", "plain"])
def test_no_word_of_a_page_is_lost_repeated_or_moved(page: Path, text_format: str) -> None:
    body = page.read_text(encoding="utf-8")
    wanted = words_of(body)
    text = read(body, "storage", HERE, text_format).text
    assert text is not None
    text = BACKSLASH.sub(r"\1", text) if text_format == "markdown" else text
    assert len(wanted) > 50
    assert is_in_order(wanted, text)
    if text_format == "plain":
        numbers = sum(word.isdigit() for word in words(text))
        assert len(words(text)) <= len(wanted) + numbers + 6 * body.count("<ac:")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_markdown_is_read_back_as_what_was_written(page: Path) -> None:
    body = page.read_text(encoding="utf-8")
    tree = independent_tree(body)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(golden_text(page))
    found = Counter(token.type for token in tokens)
    inside = Counter(child.type for token in tokens for child in token.children or [])
    seen = "[not(ancestor::ac:adf-fallback)]"
    headings = " or ".join(f"self::h{level}" for level in range(1, 7))
    assert found["heading_open"] == len(query(tree, f"//*[{headings}][normalize-space()]{seen}"))
    assert found["table_open"] == len(query(tree, f"//table{seen}"))
    assert found["fence"] == len(query(tree, f"//ac:structured-macro[@ac:name='code'] | //pre{seen}"))
    assert found["list_item_open"] == len(query(tree, f"//li[not(ancestor::table)]{seen}"))
    assert found["blockquote_open"] == len(query(tree, f"//blockquote{seen} | {PANELS}"))
    assert inside["image"] == len(query(tree, f"//ac:image{seen} | //img{seen}"))
