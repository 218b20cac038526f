"""What ``docs/reliability.md`` promises is tested by what it names: files, tests, faults and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from confluence_sim.faults import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`|^ {4}(\S.*)$", PAGE, re.MULTILINE)
WORDS = {word for pair in CODE for word in re.split(r"[\s,:]+", "".join(pair))}
TESTS = {path.name: path for path in ROOT.glob("tests/**/test_*.py")}
DEFINED = {name for path in TESTS.values() for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)}


def test_the_page_names_many_tests() -> None:
    assert len([word for word in WORDS if word.startswith("test_")]) >= 20


@pytest.mark.parametrize("word", sorted(word for word in WORDS if re.fullmatch(r"test_\w+(\.py)?", word)))
def test_a_test_that_the_page_names_exists(word: str) -> None:
    assert word in TESTS or word in DEFINED


@pytest.mark.parametrize("word", sorted(word for word in WORDS if "/" in word and word.endswith((".py", ".md"))))
def test_a_file_that_the_page_names_exists(word: str) -> None:
    assert (ROOT / word).is_file()


def test_the_table_of_faults_names_each_of_them() -> None:
    table = PAGE[PAGE.index("### Faults, one at a time") :]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(KINDS)


def test_what_the_page_says_of_their_number_is_true() -> None:
    told = re.findall(r"each of (\d+) alone|(\d+) faults each", PAGE)
    assert {int(number) for pair in told for number in pair if number} == {len(KINDS)}
