"""Random pages: both formats read the same, and two readers of Markdown read the text as the page was meant."""

from __future__ import annotations

import pytest
from support import random_trees as drawn
from support.random_pages import check


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

    def note(nodes: list[drawn.Node]) -> None:
        for node in nodes:
            kinds.add(node.kind)
            note(node.inside)

    for seed in range(300):
        note(drawn.page(seed))
    named = "text code status mention emoji date break paragraph heading rule quote panel expand table row cell"
    assert kinds == {*named.split(), "code block", "bullets", "numbers", "item", "tasks", "task"}
