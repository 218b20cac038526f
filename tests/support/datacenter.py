"""Asking a served Data Center as a careful client does."""

from __future__ import annotations

from typing import Any

import requests
from confluence_sim import DataCenterSite, World
from confluence_sim.model import Content, Space

API = "/rest/api"


def pages(world: World, space: Space, number: int) -> list[Content]:
    """Write pages named and filled by their numbers."""
    return [world.create_page(space, title=f"Page {at}", body=f"<p>{at}</p>") for at in range(number)]


def get(site: DataCenterSite, path: str, *, token: str | None = None, **query: Any) -> requests.Response:
    """Send a GET below the context path, with the site's own personal access token or another."""
    headers = {"Authorization": f"Bearer {site.token if token is None else token}"}
    return requests.get(site.base_url + path, params=query, headers=headers, timeout=10, allow_redirects=False)


def one(site: DataCenterSite, path: str, **query: Any) -> dict[str, Any]:
    """Return a single answer, which must be good."""
    answer = get(site, API + path, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows(site: DataCenterSite, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return all rows of a list: ``start`` goes on by what came, and an empty page is the end (FACTS 7.3)."""
    found: list[dict[str, Any]] = []
    while True:
        page = one(site, path, **{**query, "start": len(found)})
        if not page["results"]:
            return found
        found += page["results"]


def ids(site: DataCenterSite, path: str, **query: Any) -> list[str]:
    """Return the ids of all rows of a list."""
    return [row["id"] for row in rows(site, path, **query)]
