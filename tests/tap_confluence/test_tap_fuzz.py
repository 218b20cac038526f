"""Whatever stands in keys, labels, links and answers: no CQL but ours, no exception, every field of the schema."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus

import pytest
from confluence_sim.cql import parse
from confluence_sim.cql.parse import Clause, clauses
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fuzz_tap import CONTEXT, GIVEN, NORMALISERS, NOW
from tap_confluence.api import cql, searches
from tap_confluence.api.cloud.cursors import next_cursor
from tap_confluence.api.query import Query
from tap_confluence.client.answers import refusal
from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceError, ConfluenceResponseError
from tap_confluence.client.site import join, may_lead_to, parse_page_ref, parse_site
from tap_confluence.client.transport import Response

hostile = st.text(max_size=20) | st.lists(
    st.sampled_from(['"', "\\", "'", " or ", " and ", ")", "(", "type = page", "order by", "\n", ",", "*", "~", "%"]),
    max_size=8,
).map("".join)
words = st.lists(hostile, min_size=1, max_size=4)


def spoken(text: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The clauses of a query by field and operator, as a server reads it."""
    found = parse(text)
    return {(clause.field, clause.operator): clause.values for clause in clauses(found.where)}


@given(words)
def test_whatever_the_values_are_a_clause_is_read_as_it_was_meant(values: list[str]) -> None:
    assert parse(cql.within("space", values)).where == Clause("space", "in", tuple(values))


@pytest.mark.parametrize("cloud", [True, False])
@pytest.mark.parametrize("kind", sorted(searches.SEARCHES))
@given(keys=words, labels=words, ids=words)
def test_no_key_label_or_id_gets_out_of_its_quotes_in_a_search(
    kind: str, cloud: bool, keys: list[str], labels: list[str], ids: list[str]
) -> None:
    search = searches.SEARCHES[kind]
    query = Query(kind, ids=tuple(ids), labels=tuple(labels), since="2026-01-05T09:00:00.000Z")
    plain = spoken(searches.clauses(search, Query(kind), [], NOW, cloud=cloud))
    found = spoken(searches.clauses(search, query, keys, NOW, base="2026-01-05T09:10:00.000Z", cloud=cloud))
    assert (found["space", "in"], found["label", "in"]) == (tuple(keys), tuple(labels))
    assert found["content", "in"] == tuple(ids)
    more = {("space", "in"), ("label", "in"), ("content", "in"), ("lastmodified", ">="), ("created", ">=")}
    assert set(found) == {*plain, *more}
    assert all(found[name] == value for name, value in plain.items())


@given(keys=words)
def test_as_many_keys_go_into_a_query_as_its_address_bears(keys: list[str]) -> None:
    most = searches.most_keys(keys)
    assert 1 <= most <= searches.MAX_KEYS
    longest = max(keys, key=lambda key: len(quote_plus(cql.quote(key))))
    text = cql.within("space", [longest] * most)
    assert most == 1 or len(quote_plus(text)) <= searches.MOST_CHARACTERS + len(quote_plus("space in ()"))


NAMES = [
    *("id", "key", "name", "type", "status", "title", "body", "version", "number", "storage", "value", "_links"),
    *("createdAt", "spaceId", "pageId", "history", "createdDate", "createdBy", "lastUpdated", "when", "by", "webui"),
    *("space", "container", "ancestors", "extensions", "inlineProperties", "resolution", "metadata", "labels", "base"),
    *("results", "restrictions", "read", "update", "user", "group", "operation", "principal", "target", "subject"),
    *("properties", "dueAt", "position", "children", "content", "userKey", "username", "email", "accountId", "prefix"),
]
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["500", "11", NOW])
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=25,
)
objects = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), anything, max_size=12)


def test_every_kind_of_object_is_put_to_the_test() -> None:
    assert len(NORMALISERS) >= 20


@pytest.mark.parametrize("name", sorted(NORMALISERS))
@settings(max_examples=50)
@given(source=objects)
def test_no_object_of_the_api_makes_a_normaliser_stumble(name: str, source: dict[str, Any]) -> None:
    function: Callable[..., Any] = NORMALISERS[name]
    wanted = {key: value for key, value in GIVEN.items() if key in inspect.signature(function).parameters}
    found, empty = function(source, CONTEXT, **wanted), function({}, CONTEXT, **wanted)
    assert type(found) is type(empty)
    if isinstance(found, dict):
        assert found.keys() == empty.keys()
        json.dumps({key: value for key, value in found.items() if key != "raw"})


PARTS = ["https://", "http://", "acme.atlassian.net", "/wiki", "/spaces/", "/pages/", "/x/", "?pageId=", "[::1]", ":9"]
links = st.lists(st.sampled_from([*PARTS, "%", "%2F", "..", "@", "#", "AAAB", "123"]) | st.text(max_size=4), max_size=8)


brackets = st.lists(st.sampled_from([*PARTS, "[", "]", "\\", "?cursor=", "&", "\u2100", ":x"]), max_size=6).map("".join)


@given(brackets | links.map("".join))
def test_no_link_that_a_server_gives_makes_the_tap_stumble(link: str) -> None:
    headers = {"Link": f'<{link}>; rel="next"', "Location": link}
    answers: list[dict[str, Any]] = [{"results": [], "_links": {"next": link}}, {"results": []}]
    for data in answers:
        with suppress(ConfluenceResponseError):
            assert next_cursor(Response(data, headers, NOW), "listing pages") is None or "cursor=" in link
    kind, message = refusal(302, headers, b"", has_cursor=False, scope=None, mask=str)
    assert issubclass(kind, ConfluenceError)
    assert message.startswith("302 Found")
    joined = join("https://acme.atlassian.net/wiki/x", link)
    assert joined is None or isinstance(may_lead_to("https://acme.atlassian.net/wiki", joined), bool)


@given(links.map("".join))
def test_no_link_makes_the_parsers_stumble(link: str) -> None:
    site = parse_site("https://acme.atlassian.net")
    with suppress(ConfluenceConfigError):
        assert parse_site(link).url.startswith(("https://", "http://"))
    with suppress(ConfluenceConfigError):
        page = parse_page_ref(link, site)
        assert (page.id is None) == (page.title is not None)
