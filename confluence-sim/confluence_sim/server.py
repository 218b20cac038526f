"""HTTP/1.1 with keep-alive on werkzeug's threaded server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from confluence_sim.origins import App, Origins
from confluence_sim.site import EMAIL, TOKEN, Site
from confluence_sim.wsgi import DELIVER

if TYPE_CHECKING:
    from confluence_sim.faults import Fault
    from confluence_sim.model import User
    from confluence_sim.world import World

POLL_SECONDS = 0.02


class Handler(WSGIRequestHandler):
    """Answers in one write and keeps the connection, which werkzeug's own ``run_wsgi`` always closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    now: Callable[[], int]
    """The world's clock in milliseconds: ``Date`` tells the world's time, for it is the server's clock."""
    open_sockets: set[socket.socket]

    def setup(self) -> None:
        """Remember the connection, so that closing the site ends it."""
        super().setup()
        self.open_sockets.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.open_sockets.discard(self.connection)
        super().finish()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the value of ``Date``."""
        return super().date_time_string(type(self).now() / 1000 if timestamp is None else timestamp)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the site keeps its own log."""

    def run_wsgi(self) -> None:
        """Answer one request."""
        self.environ = environ = self.make_environ()
        length = int(self.headers.get("Content-Length") or 0)
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return lambda _: None

        body_read = environ["wsgi.input"] = _Counted(self.rfile, length)
        body = b"".join(self.server.app(environ, start_response))
        body_read.drain()
        status, headers = started
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        with BytesIO() as packet:  # head and body in one packet: two would wait for each other's acknowledgement
            wire, self.wfile = self.wfile, packet
            self.end_headers()
            self.wfile = wire
            packet.write(b"" if self.command == "HEAD" else body)
            deliver = environ.get(DELIVER)
            if deliver is None:
                wire.write(packet.getvalue())
            else:
                deliver(self, packet.getvalue())


class _Counted:
    """The request's body, and nothing of the request behind it."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Read at most what the body has left."""
        size = self._left if size < 0 else min(size, self._left)
        data: bytes = self._stream.read(size)
        self._left -= len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        """Read a line of the body."""
        data: bytes = self._stream.readline(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def drain(self) -> None:
        """Leave the connection at the start of the next request."""
        while self._left and self.read(65536):
            continue


def listen(app: Any, host: str, port: int, now: Callable[[], int]) -> BaseWSGIServer:
    """Open a listener for a WSGI application whose ``Date`` comes from ``now``."""
    namespace = {"now": staticmethod(now), "open_sockets": set()}
    handler = type("BoundHandler", (Handler,), namespace)
    return make_server(host, port, app, threaded=True, request_handler=handler)


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[None]:
    """Run a listener in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        for connection in list(server.RequestHandlerClass.open_sockets):  # type: ignore[attr-defined]  # see listen()
            with suppress(OSError):  # already gone
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.server_close()


@contextmanager
def serve(
    world: World,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    email: str = EMAIL,
    token: str = TOKEN,
    user: User | None = None,
    faults: Iterable[Fault] = (),
) -> Iterator[Site]:
    """Serve a world over HTTP until the block ends.

    Args:
        world: the truth; verbs may change it while it is served.
        port: 0 takes a free one.
        host: address to listen on.
        email: e-mail address of the account that may ask.
        token: its API token.
        user: who that account is; default: the world's first user.
        faults: what goes wrong from the start; ``site.faults`` adds and clears.

    Yields:
        The site: its address, credentials and request log.
    """
    site = Site(world, email=email, token=token, user=user, faults=faults)
    server = listen(site, host, port, world.told_ms)
    site.url = f"http://{host}:{server.server_port}"
    with ExitStack() as further:

        def opens(app: App) -> str:
            another = listen(app, host, 0, world.told_ms)
            further.enter_context(running(another))
            return f"http://{host}:{another.server_port}"

        site.origins = Origins(opens)
        with running(server):
            yield site
