"""Large bodies: work grows with their length and with nothing else."""

from __future__ import annotations

import pytest
from cdm_docs.content.document import Document
from cdm_docs.content.read import read
from support.bodies import HERE
from support.work import calls

MACRO = "<ac:structured-macro ac:name='{}'><ac:rich-text-body>{}</ac:rich-text-body></ac:structured-macro>"
SHAPES = {
    "text": ("<p>", "word_ * [and] more ~ of & it ".replace("&", "&amp;"), "</p>"),
    "paragraphs": ("", "<p>some text, not long</p>", ""),
    "styles": ("<p>", "<strong>a<em>b</em></strong> <em>c</em>", "</p>"),
    "empty wrappers": ("<div>", " <span/>", "<ac:image/></div>"),
    "lines below many wrappers": ("<span>" * 60, "<b>a</b>", "<p>x</p>" + "</span>" * 60),
    "items": ("<ul>", "<li>item</li>", "</ul>"),
    "deep quotations": ("<blockquote>" * 60, "<p>x</p>", "</blockquote>" * 60),
    "rows": ("<table>", "<tr><td rowspan='900' colspan='90'>a</td><td>b</td></tr>", "</table>"),
    "cells": ("<table><tr>", "<td>a</td>", "</tr></table>"),
    "links": ("<p>", "<ac:link><ri:page ri:content-title='P'/></ac:link>", "</p>"),
    "macros": ("", MACRO.format("info", "<p>x</p>"), ""),
    "unclosed": ("", "<p>a & b<li>", ""),
    "tildes": ("<p>", "~a", "</p>"),
    "entities": ("<p>", "&nbsp;&rarr;", "</p>"),
}


def body_of(shape: tuple[str, str, str], length: int) -> str:
    before, unit, after = shape
    return before + unit * (length // len(unit)) + after


def rendered(shape: tuple[str, str, str], length: int) -> Document:
    return read(body_of(shape, length), "storage", HERE, "markdown")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_eight_times_the_body_is_eight_times_the_work(shape: tuple[str, str, str]) -> None:
    rendered(shape, 40_000)
    assert calls(lambda: rendered(shape, 320_000)) < 9 * calls(lambda: rendered(shape, 40_000))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_body_of_two_megabytes_of_one_shape_is_read_to_its_end(shape: tuple[str, str, str]) -> None:
    assert rendered(shape, 2_000_000).text is not None


def ten_megabytes() -> Document:
    section = "<h2>A heading</h2>" + "<p>Some words of a page that somebody wrote at length. </p>" * 20
    section += "<ul><li>One item</li><li>Another <strong>one</strong></li></ul>"
    body = section * (10_000_000 // len(section))
    return read(body, "storage", HERE, "markdown")


@pytest.mark.timeout(120)
def test_ten_megabytes_are_read_to_their_end() -> None:
    document = ten_megabytes()
    assert len(document.text or "") > 7_000_000
    assert document.problems == ()


def test_ten_megabytes_of_text_in_one_place_are_beyond_the_parser_and_read_all_the_same() -> None:
    text = read(f"<p>{'word ' * 2_100_000}</p>", "storage", HERE, "plain").text or ""
    assert text.count("word") == 2_100_000
