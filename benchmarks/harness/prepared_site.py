"""A Cloud that answers from bytes made beforehand: ``prepared_site.py FILE LATENCY…`` of a file by ``generate.py``.

It listens on one port of the loopback interface for each latency (seconds before an answer leaves), and writes the
ports in one line when it is ready. Lists of v2 are paged and linked as FACTS 1.1 to 1.3 have it; v1 lists content and a
page's attachments as it did (FACTS 2.3, at most 50 with bodies: 2.6). ``/count`` tells the requests since it was asked.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"
ME = "712020:00000000-0000-4000-8000-000000000001"
MOST, MOST_WITH_BODY = 250, 50


class Record(msgspec.Struct):
    """What is read of a record."""

    id: str = ""
    title: str | None = ""
    account_id: str = ""
    space_id: str | None = ""
    space_key: str | None = ""
    container_id: str | None = ""
    media_type: str | None = ""
    updated_at: str | None = ""
    raw: msgspec.Raw = msgspec.Raw(b"{}")
    body: msgspec.Raw = msgspec.Raw(b'""')


class Line(msgspec.Struct):
    """What is read of a line."""

    type: str
    stream: str = ""
    record: Record | None = None


@dataclass(frozen=True)
class Row:
    """A row's bytes, open at their end: as v2 and v1 have it, and the body that either may have."""

    v2: bytes
    v1: bytes
    body: bytes


@dataclass
class Site:
    """The rows, by what they are listed by."""

    spaces: list[Row] = field(default_factory=list)
    pages: list[Row] = field(default_factory=list)
    attachments: list[Row] = field(default_factory=list)
    by_space: dict[str, list[Row]] = field(default_factory=dict)
    by_page: dict[str, list[Row]] = field(default_factory=dict)
    people: dict[str, bytes] = field(default_factory=dict)
    requests: int = 0

    def add(self, stream: str, record: Record) -> None:
        """Take a record in."""
        raw = bytes(record.raw)
        if stream == "users":
            self.people[record.account_id] = raw
        elif stream == "spaces":
            self.spaces.append(Row(raw[:-1], b"", b""))
        elif stream == "pages":
            value = b'"body":{"storage":{"representation":"storage","value":' + bytes(record.body) + b"}}"
            row = Row(raw[:-1], _as_v1(record, "page"), value)
            self.pages.append(row)
            for key in (record.space_id, record.space_key):
                self.by_space.setdefault(str(key), []).append(row)
        elif stream == "attachments":
            row = Row(raw[:-1], _as_v1(record, "attachment"), b"")
            self.attachments.append(row)
            self.by_page.setdefault(str(record.container_id), []).append(row)

    def answer(self, target: str, content: bytes) -> bytes | None:
        """Return what a path with its query is answered; nothing where there is none."""
        parts = urlsplit(target)
        args = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path
        if path == "/count":
            count, self.requests = self.requests, 0
            return str(count).encode()
        self.requests += 1
        if path == f"{V1}/user/current":
            return msgspec.json.encode({"type": "known", "accountId": ME, "displayName": "Me"})
        if path == f"{V2}/users-bulk":
            known = (self.people.get(each, b"") for each in msgspec.json.decode(content)["accountIds"])
            return b'{"results":[' + b",".join(filter(None, known)) + b"]}"
        if path.startswith(V1):
            return self._v1(path, args)
        lists: dict[str, Callable[[], list[Row]]] = {
            f"{V2}/spaces": lambda: self.spaces,
            f"{V2}/pages": lambda: self._of_spaces(args.get("space-id")),
            f"{V2}/attachments": lambda: self.attachments,
            f"{V2}/blogposts": list,
        }
        if path in lists:
            return _page_of_v2(lists[path](), path, args)
        if path.startswith(f"{V2}/pages/") and path.endswith("/attachments"):
            return _page_of_v2(self.by_page.get(path.split("/")[-2], []), path, args)
        return None

    def _of_spaces(self, ids: str | None) -> list[Row]:
        if ids is None:
            return self.pages
        return [row for each in ids.split(",") for row in self.by_space.get(each, [])]

    def _v1(self, path: str, args: dict[str, str]) -> bytes | None:
        if path == f"{V1}/content":
            rows = self.by_space.get(args.get("spaceKey", ""), [])
        elif path.endswith("/child/attachment"):
            rows = self.by_page.get(path.split("/")[-3], [])
        else:
            return None
        with_body = "body.storage" in args.get("expand", "")
        start, limit = int(args.get("start", 0)), min(int(args.get("limit", 25)), MOST_WITH_BODY if with_body else MOST)
        chosen = rows[start : start + limit]
        joined = b",".join(b"%s,%s}" % (row.v1, row.body) if with_body else row.v1 + b"}" for row in chosen)
        more = {**args, "start": start + limit, "limit": limit}
        links = {"next": f"{path.removeprefix('/wiki')}?{urlencode(more)}"} if start + limit < len(rows) else {}
        told = msgspec.json.encode({"start": start, "limit": limit, "size": len(chosen), "_links": links})
        return b'{"results":[%s],%s' % (joined, told[1:])


def _as_v1(record: Record, kind: str) -> bytes:
    found = {
        "id": record.id,
        "type": kind,
        "status": "current",
        "title": record.title,
        "version": {"number": 1, "when": record.updated_at, "message": "", "minorEdit": False},
        "extensions": {"mediaType": record.media_type} if kind == "attachment" else {},
    }
    return msgspec.json.encode(found)[:-1]


def _page_of_v2(rows: list[Row], path: str, args: dict[str, str]) -> bytes:
    start, limit = int(args.get("cursor", 0)), min(int(args.get("limit", 25)), MOST)
    ordered = rows[::-1] if args.get("sort", "").startswith("-") and limit == 1 else rows
    chosen = ordered[start : start + limit]
    joined = b",".join(
        b"%s,%s}" % (row.v2, row.body or b'"body":{}') if "body-format" in args else row.v2 + b"}" for row in chosen
    )
    links: dict[str, Any] = {"base": "https://acme.atlassian.net/wiki"}
    if start + limit < len(rows):
        links["next"] = f"{path}?{urlencode({**args, 'cursor': start + limit, 'limit': limit})}"
    return b'{"results":[%s],"_links":%s}' % (joined, msgspec.json.encode(links))


class Connection(asyncio.Protocol):
    """A connection that stays open; its requests are answered one after the other."""

    def __init__(self, site: Site, latency: float) -> None:
        self.site, self.latency = site, latency
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self.read += data
        while b"\r\n\r\n" in self.read:
            head, _, rest = self.read.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(":") for line in lines[1:])}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            content, self.read = rest[:length], rest[length:]
            answer = _response(self.site.answer(lines[0].split(" ")[1], content))
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)
            else:
                self.transport.write(answer)


def _response(content: bytes | None) -> bytes:
    status = "200 OK" if content is not None else "404 Not Found"
    content = content if content is not None else b'{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found"}]}'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nDate: {formatdate(usegmt=True)}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def serve(site: Site, latencies: list[float]) -> None:
    """Serve until this process is ended."""
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda latency=latency: Connection(site, latency), "127.0.0.1", 0)  # type: ignore[misc]
        for latency in latencies
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    """Read the file and serve."""
    path, *latencies = sys.argv[1:]
    decoder = msgspec.json.Decoder(Line)
    site = Site()
    with open(path, "rb") as lines:  # noqa: PTH123 - a word of the command line
        for line in lines:
            found = decoder.decode(line)
            if found.type == "RECORD" and found.record is not None:
                site.add(found.stream, found.record)
    asyncio.run(serve(site, [float(each) for each in latencies]))


if __name__ == "__main__":
    main()
