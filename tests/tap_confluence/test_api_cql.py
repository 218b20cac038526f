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


def test_clauses_are_joined_and_empty_ones_left_out() -> None:
    assert cql.both("type = comment", "", cql.changed_within(90)) == ('type = comment and lastmodified >= now("-90m")')
