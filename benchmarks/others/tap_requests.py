"""The loop that people write first: pages of each space, and for each page its attachments. Argument: the site."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import requests


def listed(session: requests.Session, url: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a list."""
    while url:
        answer = session.get(url, params=params, timeout=60)
        answer.raise_for_status()
        found = answer.json()
        yield from found["results"]
        following = found["_links"].get("next")
        url, params = (urljoin(url, following), {}) if following else ("", {})


def main() -> None:
    """Write each row as a line."""
    api = f"{sys.argv[1]}/api/v2"
    with requests.Session() as session:
        session.auth = ("me@example.com", "token")
        for space in listed(session, f"{api}/spaces", limit=250):
            pages = {"limit": 250, "space-id": space["id"], "body-format": "storage"}
            for page in listed(session, f"{api}/pages", **pages):
                print(json.dumps(page))
                for attachment in listed(session, f"{api}/pages/{page['id']}/attachments", limit=250):
                    print(json.dumps(attachment))


main()
