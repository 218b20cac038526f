"""Large bodies: time grows with their length and with nothing else."""

from __future__ import annotations

import time

import pytest
from support.bodies import HERE
from target_cdm_docs.content.document import Document
from target_cdm_docs.content.read import read

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


def seconds(shape: tuple[str, str, str], length: int) -> float:
    before, unit, after = shape
    body = before + unit * (length // len(unit)) + after
    started = time.process_time()
    document = read(body, "storage", HERE, "markdown")
    assert document.text is not None
    return time.process_time() - started


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_eight_times_the_body_takes_about_eight_times_as_long(shape: tuple[str, str, str]) -> None:
    small = min(seconds(shape, 40_000) for _ in range(3))
    assert seconds(shape, 320_000) < 24 * small + 0.05


def ten_megabytes() -> Document:
    section = "<h2>A heading</h2>" + "<p>Some words of a page that somebody wrote at length. </p>" * 20
    section += "<ul><li>One item</li><li>Another <strong>one</strong></li></ul>"
    body = section * (10_000_000 // len(section))
    return read(body, "storage", HERE, "markdown")


def test_ten_megabytes_are_read_in_seconds() -> None:
    started = time.process_time()
    document = ten_megabytes()
    assert time.process_time() - started < 20
    assert len(document.text or "") > 7_000_000
    assert document.problems == ()


def test_ten_megabytes_of_text_in_one_place_are_beyond_the_parser_and_read_all_the_same() -> None:
    text = read(f"<p>{'word ' * 2_100_000}</p>", "storage", HERE, "plain").text or ""
    assert text.count("word") == 2_100_000
