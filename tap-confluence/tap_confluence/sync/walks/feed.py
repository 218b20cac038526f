"""Reading ahead: walks run in threads, across streams, while one thread writes what they found.

Each walk is a chain of requests, one after another; a few of them run at once, started in the order in which they were
given. What they found waits in a feed per stream; ``Buffer`` bounds in bytes what waits in all of them,
however slow the writing is. A feed in which nothing waits always takes one finding more, so the stream that is being
read never waits for those behind it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from tap_confluence.client.errors import is_of_one

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
TaskT = TypeVar("TaskT")
Walking = Callable[[], Generator[ItemT, None, ResultT]]

MOST_BYTES = 30_000_000
"""What may wait for the writer, over all feeds."""
PAGES_AHEAD = 2
"""Findings per thread that may wait in one feed."""
LEAST_BYTES = 1_000
"""What a finding is taken for at least."""
MOST_IN_VAIN = 10
"""Walks that fail before any succeeds after which the rest is not made smaller: 250 spaces are halved eight times."""


@dataclass(frozen=True, slots=True)
class Ended(Generic[ResultT]):
    """The last word of a walk: what it returned, or why it failed."""

    result: ResultT | None = None
    error: Exception | None = None


class _Cancelled(Exception):  # noqa: N818 - it is no error: nobody reads any more
    pass


class Buffer:
    """What waits for the writer in all feeds of a run, and the lock of them all."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Nothing waits yet."""
        self.most_bytes = most_bytes
        self.bytes = 0
        self.changed = threading.Condition()


class Feed(Generic[TaskT, ItemT, ResultT]):
    """What the walks of one stream have found, in the order of arrival."""

    def __init__(self, buffer: Buffer, walks: int, room: int, weigh: Callable[[ItemT], int] | None) -> None:
        """Announce some walks; up to ``room`` findings wait, each as heavy as ``weigh`` tells in bytes."""
        self._buffer = buffer
        self._open = walks
        self._room = room
        self._weigh = weigh
        self._waiting: deque[tuple[TaskT, ItemT | Ended[ResultT], int]] = deque()
        self.cancelled = False

    def put(self, task: TaskT, item: ItemT) -> None:
        """Hand over, waiting for room; the walk ends here when nobody reads any more."""
        size = max(LEAST_BYTES, self._weigh(item) if self._weigh is not None else 0)
        buffer = self._buffer
        with buffer.changed:
            while not self.cancelled and not self._has_room(size):
                buffer.changed.wait()
            if self.cancelled:
                raise _Cancelled
            self._append(task, item, size)

    def end(self, task: TaskT, ended: Ended[ResultT]) -> None:
        """Tell how a walk ended; there is always room for that."""
        with self._buffer.changed:
            self._append(task, ended, 0)

    def close(self) -> None:
        """One of the announced walks is over, with all that became of it."""
        with self._buffer.changed:
            self._open -= 1
            self._buffer.changed.notify_all()

    def cancel(self) -> None:
        """Say that nobody reads any more."""
        with self._buffer.changed:
            self.cancelled = True
            self._buffer.bytes -= sum(size for _, _, size in self._waiting)
            self._waiting.clear()
            self._buffer.changed.notify_all()

    def __iter__(self) -> Iterator[tuple[TaskT, ItemT | Ended[ResultT]]]:
        """Everything, until each announced walk is over; what is being written takes its room until it is."""
        size = 0
        while True:
            with self._buffer.changed:
                self._buffer.bytes -= size
                self._buffer.changed.notify_all()
                while not self._waiting and self._open:
                    self._buffer.changed.wait()
                if not self._waiting:
                    return
                task, item, size = self._waiting.popleft()
            yield task, item

    def _has_room(self, size: int) -> bool:
        if not self._waiting:
            return True
        return len(self._waiting) < self._room and self._buffer.bytes + size <= self._buffer.most_bytes

    def _append(self, task: TaskT, item: ItemT | Ended[ResultT], size: int) -> None:
        self._waiting.append((task, item, size))
        self._buffer.bytes += size
        self._buffer.changed.notify_all()


Halves = Callable[[TaskT], Sequence[tuple[TaskT, Walking[ItemT, ResultT]]]]
"""A failed walk as smaller walks; none where it cannot be made smaller."""


class Prefetcher:
    """A few threads that run walks."""

    def __init__(self, threads: int, buffer: Buffer | None = None) -> None:
        """Start nothing yet; ``threads`` walks will run at once, and what they find waits in ``buffer``."""
        self._threads = threads
        self._buffer = buffer or Buffer()
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._running: list[threading.Thread] = []
        self._given = 0
        self._cancels: list[Callable[[], None]] = []

    def feed(
        self,
        walks: Sequence[tuple[TaskT, Walking[ItemT, ResultT]]],
        *,
        room: int | None = None,
        weigh: Callable[[ItemT], int] | None = None,
        halves: Halves[TaskT, ItemT, ResultT] | None = None,
        prepare: Callable[[ItemT], ItemT] | None = None,
    ) -> Feed[TaskT, ItemT, ResultT]:
        """Queue the walks of one stream.

        Args:
            walks: By what they cover.
            room: Findings that may wait.
            weigh: How heavy one is, in bytes.
            halves: Makes a walk that failed smaller, until what always fails is alone (law 16).
            prepare: What is still to be done with a finding before it waits; its failure is the walk's.

        Returns:
            Where their findings arrive.
        """
        feed = Feed[TaskT, ItemT, ResultT](self._buffer, len(walks), room or PAGES_AHEAD * self._threads, weigh)
        self._cancels.append(feed.cancel)
        for task, walk in walks:
            self._jobs.put(_Job(feed, task, walk, halves, prepare).run)
        self._given += len(walks)
        while len(self._running) < min(self._threads, self._given):
            thread = threading.Thread(target=self._work, name=f"walk-{len(self._running) + 1}", daemon=True)
            self._running.append(thread)
            thread.start()
        return feed

    def close(self) -> None:
        """Cancel what is not read yet and wait for the threads; one that a signal kept from starting is none."""
        for cancel in self._cancels:
            cancel()
        for _ in self._running:
            self._jobs.put(None)
        for thread in self._running:
            if thread.is_alive():
                thread.join()
        self._running.clear()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class _Job(Generic[TaskT, ItemT, ResultT]):
    """One walk and, if it fails, its halves: an error belongs to whoever reads, and to the smallest walk that has it.

    When halving brings nothing to light that can be read, everything is sick, and the rest is left as it is.
    """

    def __init__(
        self,
        feed: Feed[TaskT, ItemT, ResultT],
        task: TaskT,
        walk: Walking[ItemT, ResultT],
        halves: Halves[TaskT, ItemT, ResultT] | None,
        prepare: Callable[[ItemT], ItemT] | None,
    ) -> None:
        self._feed = feed
        self._task = task
        self._walk = walk
        self._halves = halves
        self._prepare = prepare
        self._failures = 0
        self._has_succeeded = False

    def run(self) -> None:
        """Run to the end, or until nobody reads any more."""
        try:
            if not self._feed.cancelled:
                self._run(self._task, self._walk)
        except _Cancelled:
            pass
        finally:
            self._feed.close()

    def _run(self, task: TaskT, walk: Walking[ItemT, ResultT]) -> None:
        found = walk()
        try:
            while True:
                item = next(found)
                self._feed.put(task, item if self._prepare is None else self._prepare(item))
        except StopIteration as stop:
            self._has_succeeded = True
            self._feed.end(task, Ended(result=stop.value))
        except _Cancelled:
            found.close()
            raise
        except Exception as error:  # noqa: BLE001 - raised again where it is read
            self._failures += 1
            halves = self._halves(task) if self._halves is not None and self._may_be_halved(error) else ()
            for part, smaller in halves:
                self._run(part, smaller)
            if not halves:
                self._feed.end(task, Ended(error=error))

    def _may_be_halved(self, error: Exception) -> bool:
        return is_of_one(error) and (self._has_succeeded or self._failures <= MOST_IN_VAIN)
