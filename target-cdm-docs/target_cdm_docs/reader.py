"""Singer lines to messages, with the number of the line in every complaint."""

from __future__ import annotations

import json
import os
import select
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import IO, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader

CHUNK = 1 << 20
"""Bytes that are read at once."""


class BadLineError(Exception):
    """A line that is no Singer message; the message names its number."""


class LineReader(GenericSingerReader[bytes]):
    """Reads standard input as bytes: numbers stay numbers, and nothing is decoded twice.

    Attributes:
        number: Number of the line at hand, from 1.
        size: Its bytes.
        patience: Seconds of silence after which ``when_idle`` is called, again and again; None: never.
        when_idle: What is to be done while the tap waits, too.
    """

    def __init__(self) -> None:
        """Read nothing yet."""
        super().__init__()
        self.number = 0
        self.size = 0
        self.patience: float | None = None
        self.when_idle: Callable[[], None] = lambda: None
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Read all lines, and call what takes their messages."""
        lines: Any = self._lines(file_input or self.default_input)
        return super().process_lines(lines, callbacks)

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
        self.number += 1
        self.size = len(line)
        try:
            message = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as refused:
            message = self._leniently(line, refused)
        if not isinstance(message.get("type"), str):
            raise BadLineError(f"line {self.number} of the input is no Singer message: it has no 'type'")
        return message

    def _leniently(self, line: bytes | str, refused: Exception) -> dict[str, Any]:
        """Read what the fast decoder refuses: halves of surrogate pairs, which titles may hold."""
        try:
            message = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise BadLineError(f"line {self.number} of the input is not a JSON object: {refused}") from None
        return message

    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        raise BadLineError(f"line {self.number} of the input has the unknown type {str(message_dict['type'])[:80]!r}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
