"""What is known of the rows of one kind in one space: columns of numbers in the order of ids, packed for STATE. Pure.

A row takes 17 bytes in memory and about 8 characters in STATE, so that a million of them are no weight (a dictionary
of tuples takes 400 bytes a row).
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from operator import sub
from typing import Final, NamedTuple

from tap_confluence.client.errors import ConfluenceConfigError

SEEN: Final = 1
"""The sweep that is under way has seen the row, or it was written meanwhile."""
MISSING: Final = 2
"""A finished sweep did not see it, and nobody has asked for it by its id yet."""
LEFT: Final = 4
"""Beside ``MISSING``: it may have left by configuration, since the filters were others when it was seen (law 9)."""
HELD: Final = 8
"""The guard held its tombstone back; the next sweep that misses it agrees (law 10)."""
UNKNOWN_VERSION: Final = 2**32 - 1
_ROW_BYTES = 17
_MOST_PENDING = 256
"""New rows between others that wait at least, before all columns are written anew."""


class Known(NamedTuple):
    """What is remembered of a row; ``digest`` is 0 when the row is known but not wanted (law 13)."""

    version: int
    digest: int
    marks: int = SEEN


class KnownRows:
    """The rows by number, the digits of their ids.

    >>> rows = KnownRows()
    >>> rows.put(7, Known(1, 5))
    >>> rows.get(7)
    Known(version=1, digest=5, marks=1)
    """

    def __init__(self, packed: str | None = None) -> None:
        """Take what ``pack`` made, or begin without any row.

        Raises:
            ConfluenceConfigError: The text is not what ``pack`` makes.
        """
        self._ids, self._versions, self._digests, self._marks = _unpacked(packed)
        self._pending: dict[int, Known] = {}

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._ids) + len(self._pending)

    def get(self, number: int) -> Known | None:
        """What is known of a row."""
        at = self._find(number)
        if at is None:
            return self._pending.get(number)
        return Known(self._versions[at], self._digests[at], self._marks[at])

    def put(self, number: int, known: Known) -> None:
        """Know a row; most are new and come in the order of their ids."""
        if not self._ids or number > self._ids[-1]:
            self._ids.append(number)
            self._versions.append(known.version)
            self._digests.append(known.digest)
            self._marks.append(known.marks)
        elif (at := self._find(number)) is not None:
            self._versions[at], self._digests[at], self._marks[at] = known
        else:
            self._pending[number] = known
            if len(self._pending) > max(_MOST_PENDING, len(self._ids) // 16):
                self._settle()

    def mark(self, number: int, marks: int) -> None:
        """Set the marks of a row, if it is known."""
        at = self._find(number)
        if at is not None:
            self._marks[at] = marks
        elif number in self._pending:
            self._pending[number] = self._pending[number]._replace(marks=marks)

    def clear(self, marks: int) -> None:
        """Take some marks off all rows."""
        self._settle()
        self._marks = bytearray(self._marks.translate(bytes(each & ~marks for each in range(256))))

    def marked(self, marks: int, value: int) -> list[int]:
        """The rows whose ``marks`` are ``value``."""
        self._settle()
        return [number for number, each in zip(self._ids, self._marks, strict=True) if each & marks == value]

    def miss(self, marks: int) -> None:
        """Mark what was not seen as missing, with further marks."""
        self._settle()
        table = bytes(each if each & SEEN else each | MISSING | marks for each in range(256))
        self._marks = bytearray(self._marks.translate(table))

    def unwanted(self, numbers: Iterable[int]) -> set[int]:
        """Those of the rows that are known but not wanted."""
        return {number for number in numbers if (known := self.get(number)) is not None and not known.digest}

    @property
    def numbers(self) -> array[int]:
        """All rows, ascending; not to be changed by the caller."""
        self._settle()
        return self._ids

    def among(self, numbers: set[int]) -> set[int]:
        """Those of the numbers that are known."""
        return numbers.intersection(self._ids) | (numbers & self._pending.keys())

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget rows."""
        self._settle()
        places = sorted(at for at in map(self._find, set(numbers)) if at is not None)
        self._rebuild([(at, at + 1, None) for at in places])

    def pack(self) -> str:
        """All of it as one printable text: the number of rows, and their columns, compressed."""
        self._settle()
        before = array("Q", (0,)) + self._ids[:-1] if self._ids else self._ids
        packer = zlib.compressobj(1)
        packed = bytearray(packer.compress(_planes(array("Q", map(sub, self._ids, before)))))
        for column in (self._versions, self._digests):
            packed += packer.compress(_planes(column))
        packed += packer.compress(self._marks) + packer.flush()
        return f"{len(self)}.{base64.b64encode(packed).decode('ascii')}"

    def _find(self, number: int) -> int | None:
        at = bisect_left(self._ids, number)
        return at if at < len(self._ids) and self._ids[at] == number else None

    def _settle(self) -> None:
        """Bring what waits into its places."""
        if self._pending:
            pending, self._pending = self._pending, {}
            places = [(bisect_left(self._ids, number), number) for number in sorted(pending)]
            self._rebuild([(at, at, (number, pending[number])) for at, number in places])

    def _rebuild(self, changes: list[tuple[int, int, tuple[int, Known] | None]]) -> None:
        """Write the columns anew: leave out what stands from place to place, and put a row there instead, if any."""
        if not changes:
            return
        ids, versions, digests, marks = array("Q"), array("I"), array("I"), bytearray()
        start = 0
        for begin, end, row in [*changes, (len(self._ids), len(self._ids), None)]:
            ids += self._ids[start:begin]
            versions += self._versions[start:begin]
            digests += self._digests[start:begin]
            marks += self._marks[start:begin]
            if row is not None:
                ids.append(row[0])
                versions.append(row[1].version)
                digests.append(row[1].digest)
                marks.append(row[1].marks)
            start = end
        self._ids, self._versions, self._digests, self._marks = ids, versions, digests, marks


def count_of(packed: str) -> int:
    """How many rows a packed text holds, without unpacking it."""
    return int(packed.partition(".")[0])


def _planes(column: array[int]) -> bytes:
    """A column as its bytes, all lowest ones first: numbers that are alike compress well so."""
    raw, width = _little_endian(column).tobytes(), column.itemsize
    return b"".join(raw[place::width] for place in range(width))


def _column(kind: str, planes: bytes, rows: int) -> array[int]:
    column = array(kind)
    raw = bytearray(len(planes))
    for place in range(column.itemsize):
        raw[place :: column.itemsize] = planes[place * rows : (place + 1) * rows]
    column.frombytes(bytes(raw))
    return _little_endian(column)


def _little_endian(column: array[int]) -> array[int]:
    """The column with its bytes in the order of STATE, on any machine."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column


def _unpacked(packed: str | None) -> tuple[array[int], array[int], array[int], bytearray]:
    if packed is None:
        return array("Q"), array("I"), array("I"), bytearray()
    try:
        count, _, text = packed.partition(".")
        raw = zlib.decompress(base64.b64decode(text, validate=True))
        rows = len(raw) // _ROW_BYTES
        ids = array("Q", accumulate(_column("Q", raw[: 8 * rows], rows)))
        is_whole = count == str(rows) and len(raw) == rows * _ROW_BYTES and not any(map(int.__ge__, ids, ids[1:]))
    except (zlib.error, ValueError, OverflowError):
        is_whole = False
    if not is_whole:
        raise ConfluenceConfigError(
            "--state: holds a damaged memory; start without this STATE to read everything again"
        )
    versions, digests = (_column("I", raw[at * rows : (at + 4) * rows], rows) for at in (8, 12))
    return ids, versions, digests, bytearray(raw[16 * rows :])
