"""What must hold of the tap for any bytes: of queries, addresses, answers and the names of files."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from confluence_sim.cql import parse
from confluence_sim.cql.parse import Clause, clauses
from support.fuzz_target import text_of
from tap_confluence.api import cql, searches
from tap_confluence.api.cloud.cursors import next_cursor
from tap_confluence.api.query import Query
from tap_confluence.client.answers import TruncatedError, decode, refusal
from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceError, ConfluenceResponseError
from tap_confluence.client.site import (
    decode_tiny,
    encode_tiny,
    join,
    may_lead_to,
    parse_page_ref,
    parse_site,
)
from tap_confluence.client.transport import Response
from tap_confluence.normalise import content, data_center, details, sets, v1
from tap_confluence.normalise.values import Context
from tap_confluence.sync.files import MOST_NAME_BYTES, safe_name, safe_part

NOW = "2026-01-05T09:30:00.000Z"
SITES = tuple(map(parse_site, ("https://acme.atlassian.net", "https://wiki.example", "https://e.org/confluence")))
CONTEXT = Context(
    site_url="https://acme.atlassian.net/wiki",
    observed_at=NOW,
    body_format="storage",
    space_keys={"11": "ENG"},
    space_names={"11": "Engineering"},
    container_spaces={"500": "11"},
)
GIVEN = {"kind": "page", "location": "footer"}
MODULES = (content, data_center, details, sets, v1)
NORMALISERS: dict[str, Callable[..., Any]] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__
    and not name.startswith("_")
    and list(inspect.signature(function).parameters)[1:2] == ["context"]
}
"""Everything that makes something of an object of the API."""


def queries(data: bytes) -> None:
    """Whatever the values are, they stay in their quotes: a server reads the clauses that were meant."""
    values = text_of(data).split("\n")
    assert parse(cql.within("space", values)).where == Clause("space", "in", tuple(values))
    for kind in searches.SEARCHES.values():
        query = Query("pages", ids=tuple(values), labels=tuple(values))
        found = clauses(parse(searches.clauses(kind, query, values, NOW)).where)
        told = {(clause.field, clause.operator): clause.values for clause in found}
        assert all(told[field, "in"] == tuple(values) for field in ("space", "label", "content"))


def addresses(data: bytes) -> None:
    """Any address is one of this site or a refusal in words, and leads nowhere it must not."""
    text = text_of(data)
    for site in SITES:
        with suppress(ConfluenceConfigError):
            page = parse_page_ref(text, site)
            assert page.id.isdigit() if page.id is not None else page.title
        target = join(site.url, text)
        if target is not None and may_lead_to(site.url, target):
            assert target.startswith("https:")
    with suppress(ConfluenceConfigError):
        found = parse_site(text)
        assert parse_site(found.url) == found
    if number := decode_tiny(text):
        assert decode_tiny(encode_tiny(number)) == number


def answers(data: bytes) -> None:
    """Any answer is JSON or none; any object is a record with every field of its kind; any refusal has words."""
    headers = {"Link": text_of(data)[:200], "Location": text_of(data)[:200], "Content-Type": "application/json"}
    for status in (302, 400, 403, 429, 500, 599):
        kind, message = refusal(status, headers, data, has_cursor=True, scope=None, mask=str)
        assert issubclass(kind, ConfluenceError)
        assert len(message) < 1000 + len(headers["Location"])
    try:
        read = decode(data)
    except TruncatedError:
        return
    json.dumps(read).encode()
    with suppress(ConfluenceResponseError):
        next_cursor(Response(read, headers, NOW), "listing pages")
    if isinstance(read, dict):
        for name, function in NORMALISERS.items():
            wanted = {key: value for key, value in GIVEN.items() if key in inspect.signature(function).parameters}
            found = function(read, CONTEXT, **wanted)
            assert type(found) is type(function({}, CONTEXT, **wanted)), name
            json.dumps(found, allow_nan=False)


def files(data: bytes) -> None:
    """Any title is one file's name, here and on Windows, that leads nowhere else; any id one directory's."""
    text = text_of(data)
    name, part = safe_name(text), safe_part(text)
    for each in (name, part):
        assert each not in {"", ".", ".."}
        assert PurePosixPath(each).name == PureWindowsPath(each).name == each
    assert len(name.encode()) <= MOST_NAME_BYTES + 1
