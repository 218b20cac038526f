"""Where a listing of Cloud goes on (FACTS 1.2 to 1.7). Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from tap_confluence.client.errors import ConfluenceResponseError
from tap_confluence.client.site import split
from tap_confluence.client.transport import Response

_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)


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
