"""Standard output that takes little at a time."""

from __future__ import annotations

import io
from typing import Any


class Narrow(io.RawIOBase):
    """An output without a buffer that takes a few bytes at a time, as a pipe does when signals come."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken += data[:7]
        return len(data[:7])
