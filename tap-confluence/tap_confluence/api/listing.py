"""One page of a v2 listing: its rows, and where it goes on (FACTS 1.2 to 1.7). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from tap_confluence.api.base import Record
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceResponseError
from tap_confluence.client.site import split
from tap_confluence.client.transport import Response

_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)


def rows(answer: Response, what: str) -> list[dict[str, Any]]:
    """The rows of a listing.

    Raises:
        ConfluenceResponseError: There is no list of objects where they belong; an empty list is fine.
    """
    results = answer.data.get("results") if isinstance(answer.data, dict) else None
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise ConfluenceResponseError(f"{what}: the answer has no list of results; it is not a Confluence listing")
    return results


def one(answer: Response, what: str) -> dict[str, Any]:
    """The single object that was asked for.

    Raises:
        ConfluenceResponseError: It is none.
    """
    if not isinstance(answer.data, dict):
        raise ConfluenceResponseError(f"{what}: the answer is not an object; it is not a Confluence's")
    return answer.data


def identity_refused(error: ConfluenceAuthError) -> ConfluenceAuthError:
    """A refusal of the identity check: also a 403 is about the credentials, ends everything, and so loses its status.

    A 401 keeps it: what to advise depends on it.
    """
    status = None if error.http_status == HTTPStatus.FORBIDDEN else error.http_status
    return ConfluenceAuthError(str(error), http_status=status, attempts=error.attempts, url=error.url)


def named(records: Sequence[Record], what: str) -> None:
    """See that every record has an id: one without would pass for gone, with all that belongs to it.

    Raises:
        ConfluenceResponseError: One has none.
    """
    if any(record["id"] is None for record in records):
        raise ConfluenceResponseError(f"{what}: a row came without an id")


def next_cursor(answer: Response, what: str) -> str | None:
    """The cursor of the next page; None at the end.

    Only the cursor is taken from the link: its host, path and prefix are wrong in one way or another (FACTS 1.3, 1.4),
    and it may stand anywhere in the query (FACTS 1.5). The end is signalled by the absence of the link in the body and
    in the ``Link`` header alike.

    Raises:
        ConfluenceResponseError: There is a link to more, but no cursor in it.
    """
    links = answer.data.get("_links") if isinstance(answer.data, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if not link:
        match = _NEXT.search(answer.headers.get("Link", ""))
        link = match[1] if match else None
    if not link:
        return None
    parts = split(str(link))
    cursors = parse_qs(parts.query).get("cursor", []) if parts else []
    if len(cursors) != 1:
        raise ConfluenceResponseError(f"{what}: the link to the next page holds no cursor")
    return cursors[0]
