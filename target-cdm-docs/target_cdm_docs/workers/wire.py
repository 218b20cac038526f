"""What goes between the target and a worker: lines there, rows back. Pure, but for the pipe that it is handed.

Of what a record may become, rows of documents alone travel: they are what takes time. Whatever else one becomes, and
each record that cannot be mapped, is left to the target itself, which then knows as much as if it had never asked.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmDocChunk, CdmDocItem, CdmDocLink, CdmDocRevision, CdmRows, Clock, SetPart
from msgspec import Struct

_LENGTH = struct.Struct("!Q")


class Job(NamedTuple):
    """A record to be mapped.

    Attributes:
        stream: The known stream as which it is mapped.
        line: Its line of the input.
    """

    stream: str
    line: bytes


class _Line(Struct, gc=False):
    record: dict[str, Any]


class _Rows(Struct, array_like=True, gc=False):
    """Rows that may travel; the members of a set are of one kind, so that each is decoded into what it is at once."""

    items: tuple[tuple[Clock, CdmDocItem], ...]
    revisions: tuple[tuple[Clock, CdmDocRevision], ...]
    links: tuple[tuple[str, Clock, int | None, tuple[CdmDocLink, ...]], ...]
    chunks: tuple[tuple[str, Clock, int | None, tuple[CdmDocChunk, ...]], ...]

    def whole(self) -> CdmRows:
        """Return them as the mapping made them."""
        sets = [SetPart("link", *each) for each in self.links] + [SetPart("chunk", *each) for each in self.chunks]
        return CdmRows(items=self.items, revisions=self.revisions, sets=tuple(sets))


_encode = msgspec.msgpack.Encoder().encode
_decode_jobs = msgspec.msgpack.Decoder(list[Job]).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_decode_rows = msgspec.msgpack.Decoder(list[_Rows | None]).decode


def encode_jobs(jobs: Sequence[Job]) -> bytes:
    """Return jobs as a message."""
    return _encode(jobs)


def decode_rows(message: bytes | bytearray) -> list[CdmRows | None]:
    """Return the rows of each job in an answer; None where the target has to map it."""
    return [None if each is None else each.whole() for each in _decode_rows(message)]


def answer(message: bytes | bytearray, options: Options) -> bytes:
    """Map the records of a message, and return the answer to it."""
    return b"".join((_array(len(jobs := _decode_jobs(message))), *[_answer(job, options) for job in jobs]))


def all_left(count: int) -> bytearray:
    """Return the answer to so many jobs that leaves them all to the target."""
    return bytearray(_encode([None] * count))


def _array(length: int) -> bytes:
    """Return what an array of MessagePack begins with."""
    return b"\xdd" + length.to_bytes(4, "big")


def _answer(job: Job, options: Options) -> bytes:
    try:
        rows = map_record(job.stream, _decode_line(job.line).record, options)
        return _encode(_travelling(rows))
    except (MappingError, msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return _encode(None)


def _travelling(rows: CdmRows) -> _Rows | None:
    links: Any = tuple((part.owner, part.clock, part.size, part.members) for part in rows.sets if part.kind == "link")
    chunks: Any = tuple((part.owner, part.clock, part.size, part.members) for part in rows.sets if part.kind == "chunk")
    found = _Rows(rows.items, rows.revisions, links, chunks)
    return found if found.whole() == rows else None


def send(channel: socket.socket, message: bytes) -> None:
    """Send a message whole.

    Raises:
        OSError: Nobody is there any more.
    """
    channel.sendall(_LENGTH.pack(len(message)))
    channel.sendall(message)


def receive(channel: socket.socket) -> bytearray:
    """Wait for a message, in as few calls of the system as may be: each wants Python's lock, which another may hold.

    Raises:
        EOFError: Nobody is there any more.
        OSError: Likewise.
    """
    (length,) = _LENGTH.unpack(_read(channel, _LENGTH.size))
    return _read(channel, length)


def _read(channel: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    with memoryview(buffer) as whole:
        read = 0
        while read < length:
            with whole[read:] as rest:
                more = channel.recv_into(rest, 0, socket.MSG_WAITALL)
            if not more:
                raise EOFError
            read += more
    return buffer
