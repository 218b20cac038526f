"""The inputs of the coverage-guided fuzzer (``run.py`` beside this file): where it begins, and what it once broke."""

from __future__ import annotations

import pytest
from support.fuzzing import HARNESSES

BROKEN: dict[str, list[bytes]] = {
    "addresses": [
        b"https://\x00 /spaces",  # a host of characters that no host has
        b"https://a/\x0c/",  # a context path of a form feed, which is none when the address is read again
        b"/\r/[x",  # what separates the slashes is taken away, and a host remains that is none
    ],
    "storage": [b'<ac:structured-macro ac:name="jira">'],
}
"""By harness: inputs that once broke a promise."""


@pytest.mark.parametrize("name", sorted(HARNESSES))
def test_sound_inputs_break_no_promise(name: str) -> None:
    seeds = HARNESSES[name].seeds()
    assert seeds
    for seed in seeds:
        HARNESSES[name].check(seed)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, found in BROKEN.items() for data in found])
def test_what_once_broke_a_promise_breaks_none(name: str, data: bytes) -> None:
    HARNESSES[name].check(data)
