"""CQL as text: quoting that no key can break."""

from __future__ import annotations

import pytest
from confluence_sim.cql import parse
from confluence_sim.cql.parse import Clause
from tap_confluence.api import cql


@pytest.mark.parametrize("key", ["ENG", "~712020:5b10", 'say "hi"', "back\\slash", '\\" or type = page or "'])
def test_a_quoted_value_is_read_as_it_was_written(key: str) -> None:
    found = parse(cql.within("space", [key]))
    assert found.where == Clause("space", "in", (key,))


def test_a_way_back_has_six_digits_at_most_and_reaches_as_far() -> None:
    assert cql.changed_within(999_999).endswith('now("-999999m")')
    assert cql.changed_within(1_000_001).endswith('now("-16667h")')
    began, now = "2024-01-05T09:00:30.000Z", "2026-01-05T09:00:00.000Z"
    assert cql.from_here(began, now, descending=False) == 'created >= now("-17545h")'
    assert cql.from_here(began, now, descending=True) == 'lastmodified <= now("-17543h")'


def test_clauses_are_joined_and_empty_ones_left_out() -> None:
    assert cql.both("type = comment", "", cql.changed_within(90)) == ('type = comment and lastmodified >= now("-90m")')
