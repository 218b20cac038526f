"""Answers that get lost on their way: cut, damaged or dripping bytes."""

from __future__ import annotations

import gzip
import json
import os
import socket
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.fault import Strike

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

PIECES = 25


def encoded(reply: Reply) -> bytes:
    """Return an answer's body as bytes."""
    body = reply.body
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return body.encode() if isinstance(body, str) else body


def _cut(strike: Strike, body: bytes) -> bytes:
    return body[: strike.dice.randrange(1, len(body))]


def truncated_json(strike: Strike) -> Reply | None:
    """Half a JSON text with a ``Content-Length`` that fits the half."""
    body = encoded(strike.reply)
    return replace(strike.reply, body=_cut(strike, body)) if len(body) > 1 else None


def truncated_gzip(strike: Strike) -> Reply | None:
    """A compressed answer whose end is missing, with a ``Content-Length`` that fits what is there."""
    reply = strike.reply
    if "Content-Encoding" in reply.headers or "gzip" not in strike.request.headers.get("Accept-Encoding", ""):
        return None
    body = _cut(strike, gzip.compress(encoded(reply), mtime=0))
    return replace(reply, body=body, headers={**reply.headers, "Content-Encoding": "gzip"})


def reset_mid_body(strike: Strike) -> Reply:
    """The connection is reset while the body is on its way."""
    part = strike.dice.random()

    def deliver(handler: BaseHTTPRequestHandler, packet: bytes) -> None:
        head = packet.index(b"\r\n\r\n") + 4
        connection = handler.connection
        handler.close_connection = True
        connection.sendall(packet[: head + int(part * (len(packet) - head))])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() then resets
        os.close(connection.detach())

    return replace(strike.reply, deliver=deliver)


def slow_drip(strike: Strike) -> Reply:
    """The body takes ``amount`` seconds, a little at a time, so that no single silence is long."""
    pause = strike.amount / PIECES

    def deliver(handler: BaseHTTPRequestHandler, packet: bytes) -> None:
        size = max(1, len(packet) // PIECES)
        for start in range(0, len(packet), size):
            handler.wfile.write(packet[start : start + size])
            time.sleep(pause)

    return replace(strike.reply, deliver=deliver)
