"""A tiny HTTP server whose answers a test writes down: for what a simulated Confluence would never say."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut_at: int | None = None
    """Close the connection after this many bytes of the body, though the length promises all of it."""
    pause: float = 0.0
    """Seconds before each byte of the body."""
    measured: bool = True
    """Whether the length of the body is told before it comes."""


@dataclass
class Scripted:
    url: str
    asked: list[Asked]
    connections: list[object] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


@contextmanager
def scripted(answer: Callable[[Asked], Said], tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    asked: list[Asked] = []
    connections: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms for an answer

        def setup(self) -> None:
            super().setup()
            connections.append(self)

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Asked(self.command, parts.path, parse_qs(parts.query), dict(self.headers.items()), body)
            asked.append(request)
            said = answer(request)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.measured:
                self.send_header("Content-Length", str(len(said.body)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            if said.pause:
                for byte in said.body:
                    time.sleep(said.pause)
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                return
            if said.cut_at is None:
                self.wfile.write(said.body)
                return
            self.wfile.write(said.body[: said.cut_at])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = _serve  # noqa: N815 - the base class looks for this name
        do_POST = _serve  # noqa: N815 - likewise

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Scripted(f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}", asked, connections)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class HandClock:
    """Time that passes only by sleeping."""

    now: float = 1000.0
    sleeps: list[float] = field(default_factory=list)
    stopped: bool = False

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.sleeps.append(seconds)
        self.now += seconds
        return self.stopped

    def stop(self) -> None:
        self.stopped = True
