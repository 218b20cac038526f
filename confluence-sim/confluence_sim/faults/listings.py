"""Listings that page in odd ways: empty, short, in circles, to elsewhere (FACTS 1.3 to 1.7)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from werkzeug import Request as HttpRequest
from werkzeug.datastructures import MultiDict

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.fault import Strike

AGAIN = "again:"
"""Begins a cursor that stands for the place of another one, or for the start."""


def rows_of(reply: Reply) -> list[dict[str, object]] | None:
    """Return the rows of a listing; None for any other answer."""
    results = reply.body.get("results") if isinstance(reply.body, dict) else None
    return results if isinstance(results, list) and reply.status == 200 else None  # noqa: PLR2004 - OK


def with_next(reply: Reply, change: Callable[[str], str | None]) -> Reply:
    """Return a listing whose links to the next page, in the body and in the header, are changed; None removes them."""
    links = dict(reply.body["_links"])
    before = links.pop("next", "")
    after = change(before)
    headers = {name: value for name, value in reply.headers.items() if name != "Link"}
    if after is not None:
        links["next"] = after
        headers["Link"] = f'<{after}>; rel="next", <{links.get("base", "")}>; rel="base"'
    return replace(reply, body={**reply.body, "_links": links}, headers=headers)


def with_query(address: str, **values: str) -> str:
    """Return an address with these values in its query, where they stood or at the end."""
    parts = urlsplit(address)
    query = MultiDict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in values.items():
        query[name] = value
    return urlunsplit(parts._replace(query=urlencode(list(query.items(multi=True)))))


def asking(request: HttpRequest, address: str) -> HttpRequest:
    """Return the same request with the query of ``address``."""
    return HttpRequest({**request.environ, "QUERY_STRING": urlsplit(address).query})


def _address(strike: Strike) -> str:
    """Return the address of a question in the form in which its answer's own links would name it.

    The gateway's prefix is not in them (FACTS 1.4), and in v1 the context path is not (FACTS 2.3).
    """
    path = re.sub(r"^/ex/confluence/[^/]+", "", strike.request.path)
    links = strike.reply.body["_links"]
    return f"{path.removeprefix(links.get('context', ''))}?{strike.request.query_string.decode()}"


def untangled(request: HttpRequest) -> HttpRequest:
    """Return the request that is meant where the cursor stands for another place."""
    cursor = request.args.get("cursor", "")
    try:
        text = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return request
    if not text.startswith(AGAIN):
        return request
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    meant = text[len(AGAIN) :]
    return asking(request, f"?{urlencode([*kept, ('cursor', meant)] if meant else kept)}")


def empty_page(strike: Strike) -> Reply | None:
    """No rows, but a link to the page that would have come (FACTS 1.7)."""
    if rows_of(strike.reply) is None:
        return None
    meant = AGAIN + strike.request.args.get("cursor", "")
    here = with_query(_address(strike), cursor=base64.b64encode(meant.encode()).decode())
    empty = replace(strike.reply, body={**strike.reply.body, "results": []}, rows=0)
    return with_next(empty, lambda _: here)


def short_page(strike: Strike) -> Reply | None:
    """Fewer rows than asked for, and a link to the rest (FACTS 1.7)."""
    rows = rows_of(strike.reply) or []
    if len(rows) < 2 or "limit" not in strike.request.args:  # noqa: PLR2004 - one row cannot be split
        return None
    limit = strike.request.args["limit"]
    fewer = str(strike.dice.randrange(1, len(rows)))
    short = strike.ask(asking(strike.request, with_query(_address(strike), limit=fewer)))
    if rows_of(short) is None or "next" not in short.body["_links"]:
        return short  # another fault struck the shorter question
    return with_next(short, lambda link: with_query(link, limit=limit))


def repeated_cursor(strike: Strike) -> Reply | None:
    """The link leads to the page that was just asked for."""
    cursor = strike.request.args.get("cursor")
    if cursor is None or rows_of(strike.reply) is None:
        return None
    return with_next(strike.reply, lambda _: with_query(_address(strike), cursor=cursor))


def foreign_next(strike: Strike) -> Reply | None:
    """The link leads to a foreign host, with the right cursor."""
    if rows_of(strike.reply) is None or "next" not in strike.reply.body["_links"]:
        return None
    return with_next(strike.reply, lambda link: strike.fault.to + link)
