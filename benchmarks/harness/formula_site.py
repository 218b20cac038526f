"""A Cloud of any size whose rows follow from their numbers: nothing is kept, so the tap alone takes memory.

It answers the questions of a sync of pages, and of all else that there is nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRST_SPACE, FIRST_PAGE = 10_000, 1_000_000
ACCOUNT = "712020:00000000-0000-4000-8000-000000000001"
V2 = "/wiki/api/v2"


@dataclass(frozen=True)
class Formula:
    """How large the site is.

    Attributes:
        spaces: Spaces.
        pages: Pages, dealt out over the spaces in the order of their ids.
        body_bytes: Bytes of each body.
    """

    spaces: int
    pages: int
    body_bytes: int

    @cached_property
    def body(self) -> str:
        """The body of every page."""
        words = "The lamp is lit at dusk and trimmed at midnight. "
        return f"<p>{words * (self.body_bytes // len(words))}</p>"

    def space(self, number: int) -> dict[str, Any]:
        """A space as v2 lists it."""
        return {
            "id": str(FIRST_SPACE + number),
            "key": f"S{number}",
            "name": f"Space {number}",
            "type": "global",
            "status": "current",
            "authorId": ACCOUNT,
            "createdAt": _moment(number),
            "_links": {"webui": f"/spaces/S{number}"},
        }

    def page(self, number: int, *, body: bool) -> dict[str, Any]:
        """A page as v2 lists it."""
        space = number * self.spaces // self.pages
        return {
            "id": str(FIRST_PAGE + 3 * number),
            "status": "current",
            "title": f"Page {number} about {number * 7919 % 100_003}",
            "spaceId": str(FIRST_SPACE + space),
            "parentId": str(FIRST_PAGE + 3 * (number - 1)) if number else None,
            "parentType": "page",
            "position": number,
            "authorId": ACCOUNT,
            "ownerId": ACCOUNT,
            "createdAt": _moment(number),
            "version": {"number": 1 + number % 3, "authorId": ACCOUNT, "createdAt": _moment(number)},
            "body": {"storage": {"representation": "storage", "value": self.body}} if body else {},
            "_links": {"webui": f"/spaces/S{space}/pages/{FIRST_PAGE + 3 * number}"},
        }

    def within(self, space_ids: list[str]) -> list[range]:
        """The numbers of the pages of some spaces, ascending; of all when none is named."""
        numbers = sorted(int(each) - FIRST_SPACE for each in space_ids) or range(self.spaces)
        starts = [-(-number * self.pages // self.spaces) for number in range(self.spaces + 1)]
        return [range(starts[number], starts[number + 1]) for number in numbers]


def _moment(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_600_000_000 + number))


def _cut(ranges: list[range], start: int, limit: int) -> list[int]:
    """So many numbers of some ranges, from the ``start``-th on."""
    found: list[int] = []
    for each in ranges:
        found += each[start : start + limit - len(found)]
        start = max(0, start - len(each))
    return found


@contextmanager
def serve(formula: Formula) -> Iterator[str]:
    """Serve a site; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer a list."""
            parts = urlsplit(self.path)
            args = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.reply(_answer(formula, parts.path, args))

        def do_POST(self) -> None:
            """Answer ``users-bulk``."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.reply({"results": []})

        def reply(self, answer: dict[str, Any]) -> None:
            """Send an answer."""
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/wiki"
    finally:
        server.shutdown()
        server.server_close()


def _answer(formula: Formula, path: str, args: dict[str, str]) -> dict[str, Any]:
    start, limit = int(args.get("cursor", 0)), int(args.get("limit", 25))
    if path.endswith("/user/current"):
        return {"type": "known", "accountId": ACCOUNT, "displayName": "Me"}
    if path == f"{V2}/spaces":
        found = [formula.space(number) for number in range(formula.spaces)[start : start + limit]]
        more = start + limit < formula.spaces
    elif path == f"{V2}/pages" and "id" not in args:
        ranges = formula.within(args["space-id"].split(",") if "space-id" in args else [])
        total = sum(map(len, ranges))
        numbers = _cut(ranges, start, limit)
        if args.get("sort") == "-modified-date":
            numbers = [each[-1] for each in ranges[-1:] if each]
            total = 1
        found = [formula.page(number, body="body-format" in args) for number in numbers]
        more = start + limit < total
    else:
        found, more = [], False
    link = f"{path}?cursor={start + limit}&limit={limit}"
    return {"results": found, "_links": {"base": "http://127.0.0.1/wiki", **({"next": link} if more else {})}}
