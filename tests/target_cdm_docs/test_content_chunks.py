"""Texts cut into chunks: along headings, then to size, stable where nothing was edited."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from cdm_docs.content.chunks import chunk
from cdm_docs.content.read import read
from support.bodies import HERE, PAGES, page_name, real_pages


def pieces(text: str, size: int = 100, overlap: int = 0) -> list[tuple[str | None, str]]:
    return [(each.heading_path, each.text) for each in chunk(text, size=size, overlap=overlap)]


def test_a_text_is_cut_along_its_headings() -> None:
    text = "intro\n\n# A\n\na\n\n### B\n\nb\n\n## C\n\nc\n\n# D\n\nd"
    assert pieces(text) == [(None, "intro"), ("A", "a"), ("A > B", "b"), ("A > C", "c"), ("D", "d")]


def test_a_heading_with_nothing_below_it_is_a_chunk() -> None:
    assert pieces("# A\n\n## B\n\n## C\n\nc\n\n# D") == [("A > B", "B"), ("A > C", "c"), ("D", "D")]


def test_a_path_has_no_markup() -> None:
    text = "# **A** `b` [c\\]](https://e.org) \\*d\\* <em>e</em>\n\nx"
    assert pieces(text) == [("A b c] *d* e", "x")]


def test_a_hash_inside_of_code_is_no_heading() -> None:
    assert pieces("# A\n\n```sh\n# no\n```\n\n~~~\n# no\n```\n~~~\n\n# B\n\nb") == [
        ("A", "```sh\n# no\n```\n\n~~~\n# no\n```\n~~~"),
        ("B", "b"),
    ]


def test_a_long_section_is_cut_to_size_and_overlaps() -> None:
    words = [f"w{number}" for number in range(200)]
    found = pieces("# A\n\n" + " ".join(words), size=100, overlap=20)
    assert all(len(text) <= 100 for _, text in found)
    assert {path for path, _ in found} == {"A"}
    for (_, first), (_, second) in pairwise(found):
        assert second.split()[0] in first.split()
    assert [word for word in words if not any(word in text.split() for _, text in found)] == []


def test_a_text_without_words_has_no_chunks() -> None:
    assert pieces("") == pieces(" \n\n ") == []


def test_an_edit_of_one_section_leaves_the_chunks_of_the_others() -> None:
    section = "# {}\n\n" + "some words of it. " * 30
    before = "\n\n".join(section.format(name) for name in "ABC")
    after = before.replace("# B\n\nsome", "# B\n\nother")
    changed = [one for one in pieces(after) if one not in pieces(before)]
    assert changed
    assert {path for path, _ in changed} == {"B"}


@real_pages
@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_no_word_of_a_real_page_is_in_no_chunk(page: Path) -> None:
    text = read(page.read_text(encoding="utf-8"), "storage", HERE, "markdown").text or ""
    found = chunk(text, size=1000, overlap=200)
    assert all(len(each.text) <= 1000 for each in found)
    held = {word for each in found for word in re.findall(r"\w+", f"{each.heading_path} {each.text}")}
    assert set(re.findall(r"\w+", text)) <= held
