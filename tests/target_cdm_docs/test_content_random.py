"""Random pages: both formats read the same, and two readers of Markdown read the text as the page was meant."""

from __future__ import annotations

import pytest
from support.random_pages.checking import check
from support.random_pages.drawing import page
from support.random_pages.nodes import Node

KINDS = """
text code status mention emoji date break image card formula jira paragraph heading rule quote panel expand table row
cell bullets numbers item tasks task decisions decision app macro layout old tooltip picture contents
""".split()  # noqa: SIM905 - a list of words reads best as a text


@pytest.mark.parametrize("first", range(0, 300, 100))
def test_random_pages_read_the_same_in_both_formats_and_read_back_as_they_were_meant(first: int) -> None:
    for seed in range(first, first + 100):
        check(seed)


@pytest.mark.chaos
@pytest.mark.parametrize("first", range(300, 100_300, 5000))
def test_a_hundred_thousand_random_pages_read_back_as_they_were_meant(first: int) -> None:
    for seed in range(first, first + 5000):
        check(seed)


def test_random_pages_hold_everything_that_a_page_may_hold() -> None:
    kinds: set[str] = set()
    merged = 0

    def note(nodes: list[Node]) -> None:
        nonlocal merged
        for node in nodes:
            kinds.add(node.kind)
            merged += node.kind == "cell" and node.value.columns * node.value.rows > 1
            note(node.inside)

    for seed in range(300):
        note(page(seed))
    two_words = {"code block", "block card", "new panel", "app line", "bodied app", "macro line", "old line"}
    assert kinds == {*KINDS, *two_words}
    assert merged > 10
