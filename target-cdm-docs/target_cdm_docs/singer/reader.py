"""Singer lines to messages, with the number of the line in every complaint."""

from __future__ import annotations

import json
import os
import re
import select
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import IO, Any, NamedTuple

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader

CHUNK = 1 << 20
"""Bytes that are read at once."""

DEEPEST = 400
"""Levels of a message that are read; a decoder follows some 960, and a record may have half as many as these."""

LONGEST_NUMBER = 1000
"""Characters; numbers of PostgreSQL have up to 16,383 digits behind the point."""

_BLANK = (b"\r\n", b"\r", "\r\n")

_NESTING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_EXTREME = re.compile(r"[eE][+-]?[0-9]{4,}$")
"""An exponent that PostgreSQL's numbers do not have."""


class BadLineError(Exception):
    """A line that is no Singer message; the message names its number."""


class Line(NamedTuple):
    """A line of the input, and its number, from 1."""

    number: int
    text: bytes


class LineReader(GenericSingerReader[bytes]):
    """Reads standard input as bytes: numbers stay numbers, and nothing is decoded twice.

    Attributes:
        line: The line at hand.
        patience: Seconds of silence after which ``when_idle`` is called, again and again; None: never.
        when_idle: What is to be done while the tap waits, too.
    """

    def __init__(self) -> None:
        """Read nothing yet."""
        super().__init__()
        self.line = Line(0, b"")
        self.patience: float | None = None
        self.when_idle: Callable[[], None] = lambda: None
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode
        self._decode_as_written = msgspec.json.Decoder(dict[str, Any], float_hook=_as_written).decode

    @property
    def number(self) -> int:
        """Number of the line at hand, from 1."""
        return self.line.number

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Read all lines, and call what takes their messages."""
        lines: Any = self._with_content(self._lines(file_input or self.default_input))
        return super().process_lines(lines, callbacks)

    def _with_content(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Leave out lines that hold a carriage return alone, which programs of Windows write between others."""
        for line in lines:
            if line in _BLANK:
                self.line = Line(self.number + 1, b"")
            else:
                yield line

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield lines, without their ends; never wait for one longer than one has patience."""
        if self.patience is None or not isinstance(file, BufferedReader):
            yield from file
            return
        descriptor = file.fileno()
        begun: list[bytes] = []
        while True:
            while not select.select([descriptor], [], [], self.patience)[0]:
                self.when_idle()
            chunk = os.read(descriptor, CHUNK)
            if not chunk:
                break
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                yield b"".join((*begun, line))
                begun = []
            begun.append(rest)
        if last := b"".join(begun):
            yield last

    def deserialize_json(self, line: bytes | str) -> dict[str, Any]:
        """Decode a line.

        Raises:
            BadLineError: It is no JSON object, or has no type.
        """
        text = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
        self.line = Line(self.number + 1, text)
        message = self.message(self.line)
        if not isinstance(message.get("type"), str):
            raise BadLineError(f"line {self.number} of the input is no Singer message: it has no 'type'")
        return message

    def message(self, line: Line) -> dict[str, Any]:
        """Return a line's message.

        Raises:
            BadLineError: It is no JSON object.
        """
        try:
            return self._decode(line.text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as refused:
            return _leniently(line, refused)

    def as_written(self, line: Line) -> dict[str, Any]:
        """Return a line's message with its numbers as they were written: 1.10 is no 1.1, and 1e400 no infinity."""
        try:
            return self._decode_as_written(line.text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            read: dict[str, Any] = json.loads(_cut(line.text), parse_float=_as_written)
            return read

    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        raise BadLineError(f"line {self.number} of the input has the unknown type {str(message_dict['type'])[:80]!r}")


def _leniently(line: Line, refused: Exception) -> dict[str, Any]:
    """Read what the fast decoder refuses: halves of surrogate pairs, which titles may hold, and deep nesting."""
    try:
        message = json.loads(
            _cut(line.text) if isinstance(refused, RecursionError) else line.text, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        message = None
    if isinstance(refused, RecursionError) and isinstance(message, dict) and message.get("type") != "RECORD":
        message = None  # a record may cost itself, but half a STATE or SCHEMA is none
    if not isinstance(message, dict):
        raise BadLineError(f"line {line.number} of the input is not a JSON object: {refused}") from None
    return message


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _cut(line: bytes) -> bytes:
    """Take what is nested too deeply for any decoder out of a line, one level below ``DEEPEST``.

    Raises:
        ValueError: Its brackets do not match.
    """
    kept, begin, depth = [], 0, 0
    for found in _NESTING.finditer(line):
        bracket = found[0]
        if bracket in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(line[begin : found.start()])
        elif bracket in b"]}":
            if depth == DEEPEST + 1:
                kept.append(b"null")
                begin = found.end()
            depth -= 1
    if depth:
        raise ValueError("brackets that do not match")
    return b"".join((*kept, line[begin:]))


def _as_written(number: str) -> msgspec.Raw | str:
    """A number as it stands in a text of JSON; as a text of its own where no database has such a number."""
    return number if len(number) > LONGEST_NUMBER or _EXTREME.search(number) else msgspec.Raw(number)
