"""A SOCKS5 proxy of a few lines (RFC 1928): no authentication, IPv4 and names, one thread a connection."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

IPV4, NAME = 1, 3


@contextmanager
def socks_proxy() -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Serve until the block ends; yields the proxy's address and whom it was asked for."""
    asked: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=_serve, args=(client, asked), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", asked


def _serve(client: socket.socket, asked: list[tuple[str, int]]) -> None:
    with client, suppress(OSError):
        _exactly(client, _exactly(client, 2)[1])
        client.sendall(b"\x05\x00")
        kind = _exactly(client, 4)[3]
        if kind == IPV4:
            host = socket.inet_ntoa(_exactly(client, 4))
        else:
            host = _exactly(client, _exactly(client, 1)[0]).decode()
        (port,) = struct.unpack(">H", _exactly(client, 2))
        asked.append((host, port))
        with socket.create_connection((host, port)) as there:
            client.sendall(b"\x05\x00\x00\x01" + bytes(6))
            back = threading.Thread(target=_pass_on, args=(there, client), daemon=True)
            back.start()
            _pass_on(client, there)
            back.join()


def _exactly(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := sock.recv(size - len(got))):
        got += more
    return got


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
