"""What was asked of a site: the request log and its totals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One answered request.

    Args:
        method: HTTP method.
        path: without the query.
        query: values by name.
        status: of the answer.
        rows: objects in the answer.
        bytes: length of the answer's body.
        points: what it costs (FACTS 5.2).
        user_agent: as sent.
        authorized: whether credentials (or cookies) came with it.
        at: the world's clock.
        fault: name of the fault that spoiled the answer, or "".
    """

    method: str
    path: str
    query: dict[str, list[str]]
    status: int
    rows: int
    bytes: int
    points: int
    user_agent: str
    authorized: bool
    at: str
    fault: str = ""


@dataclass(frozen=True)
class Totals:
    """Sums over a log."""

    requests: int
    rows: int
    bytes: int
    points: int


class RequestLog:
    """A list of requests that may grow while it is read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Request] = []

    def append(self, entry: Request) -> None:
        """Add a request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()

    def totals(self) -> Totals:
        """Return the sums."""
        entries = list(self)
        return Totals(
            requests=len(entries),
            rows=sum(entry.rows for entry in entries),
            bytes=sum(entry.bytes for entry in entries),
            points=sum(entry.points for entry in entries),
        )

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(list(self._entries))

    def __getitem__(self, index: int) -> Request:
        with self._lock:
            return self._entries[index]
