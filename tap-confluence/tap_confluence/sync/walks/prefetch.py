"""Reading ahead: walks run in threads, across streams, while one thread writes what they found.

Each walk is a chain of requests, one after another; up to ``concurrency`` of them run at once, started in the order in
which they were given. What they found waits in one bounded queue per stream, so memory is bounded by
``concurrency`` x ``PAGES_AHEAD`` listing pages, however slow the writing is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
TaskT = TypeVar("TaskT")

PAGES_AHEAD = 2
"""Pages per thread that may wait for the writer."""
_POLL_SECONDS = 0.2
"""How soon a thread that waits for room sees that nobody reads any more."""


@dataclass(frozen=True, slots=True)
class Ended(Generic[ResultT]):
    """The last word of a walk: what it returned, or why it failed."""

    result: ResultT | None = None
    error: Exception | None = None


class _Cancelled(Exception):  # noqa: N818 - it is no error: nobody reads any more
    pass


class Feed(Generic[TaskT, ItemT, ResultT]):
    """What the walks of one stream have found, in the order of arrival."""

    def __init__(self, room: int) -> None:
        """Make room for ``room`` items."""
        self._items: queue.Queue[tuple[TaskT, ItemT | Ended[ResultT]]] = queue.Queue(room)
        self._cancelled = threading.Event()
        self._open = 0

    def expect(self) -> None:
        """Announce a walk; called before anybody reads."""
        self._open += 1

    def put(self, task: TaskT, item: ItemT | Ended[ResultT]) -> None:
        """Hand over, waiting for room; the walk ends here when nobody reads any more."""
        while not self._cancelled.is_set():
            try:
                self._items.put((task, item), timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return
        raise _Cancelled

    def cancel(self) -> None:
        """Say that nobody reads any more."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody reads any more."""
        return self._cancelled.is_set()

    def __iter__(self) -> Iterator[tuple[TaskT, ItemT | Ended[ResultT]]]:
        """Everything, until each announced walk has said its last word."""
        while self._open:
            task, item = self._items.get()
            if isinstance(item, Ended):
                self._open -= 1
            yield task, item


class Prefetcher:
    """A few threads that run walks."""

    def __init__(self, threads: int) -> None:
        """Start nothing yet; ``threads`` walks will run at once."""
        self._threads = threads
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running: list[threading.Thread] = []
        self._given = 0
        self._feeds: list[Feed[object, object, object]] = []

    def feed(
        self, walks: list[tuple[TaskT, Callable[[], Generator[ItemT, None, ResultT]]]], *, room: int | None = None
    ) -> Feed[TaskT, ItemT, ResultT]:
        """Queue the walks of one stream; returns where their findings arrive, up to ``room`` of them waiting."""
        feed: Feed[TaskT, ItemT, ResultT] = Feed(room or PAGES_AHEAD * self._threads)
        for _ in walks:
            feed.expect()
        for task, walk in walks:
            self._jobs.put(lambda task=task, walk=walk: _run(feed, task, walk))  # type: ignore[misc] # bound by default
        self._feeds.append(feed)  # type: ignore[arg-type] # only to be cancelled
        self._given += len(walks)
        while len(self._running) < min(self._threads, self._given):
            thread = threading.Thread(target=self._work, name=f"walk-{len(self._running) + 1}", daemon=True)
            self._running.append(thread)
            thread.start()
        return feed

    def close(self) -> None:
        """Cancel what is not read yet and wait for the threads."""
        for feed in self._feeds:
            feed.cancel()
        for _ in self._running:
            self._jobs.put(None)
        for thread in self._running:
            thread.join()
        self._running.clear()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _run(feed: Feed[TaskT, ItemT, ResultT], task: TaskT, walk: Callable[[], Generator[ItemT, None, ResultT]]) -> None:
    """Run one walk to its end, its failure, or until nobody reads it; an error belongs to whoever reads."""
    if feed.cancelled:
        return
    found = walk()
    try:
        while True:
            try:
                item = next(found)
            except StopIteration as stop:
                feed.put(task, Ended(result=stop.value))
                return
            except Exception as error:  # noqa: BLE001 - raised again where it is read
                feed.put(task, Ended(error=error))
                return
            feed.put(task, item)
    except _Cancelled:
        found.close()
