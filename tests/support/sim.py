"""Asking a served simulator, with or without Atlassian's document between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from confluence_sim import Clock, Site, World
from support.judge import document, judging

V2 = "/wiki/api/v2"
V1 = "/wiki/rest/api"
START = "2026-01-05T09:00:00.000Z"


def new_world(*, tick_ms: int = 1000) -> World:
    """Return an empty world whose clock ticks a second with every verb."""
    return World(Clock(START), tick_ms=tick_ms)


def ask(site: Site, path: str, **query: Any) -> requests.Response:
    """Send a GET with the site's own credentials; underscores in names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in query.items()}
    return requests.get(site.url + path, params=named, auth=(site.email, site.token), timeout=10)


def rows(site: Site, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return all rows of a v2 list, following ``next``."""
    found: list[dict[str, Any]] = []
    answer = ask(site, path, **query)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["results"]
        following = page["_links"].get("next")
        if following is None:
            return found
        answer = ask(site, following)


def ids(site: Site, path: str, **query: Any) -> list[str]:
    """Return the ids of all rows of a v2 list."""
    return [row["id"] for row in rows(site, path, **query)]


@contextmanager
def judged(site: Site) -> Iterator[None]:
    """Hold every exchange of the block against Atlassian's document where it is at hand; fail on any violation.

    In the block ``site.url`` leads through the judge; without the document it leads straight to the site.
    """
    if document("v2") is None:
        yield
        return
    straight = site.url
    with judging(straight) as judge:
        site.url = judge.url
        try:
            yield
        finally:
            site.url = straight
    assert judge.judged > 0 or document("v1") is None
    assert not judge.violations, "\n".join(judge.violations)
