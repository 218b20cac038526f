"""The workers of a target: processes that map documents while it reads further and writes what they mapped before.

Measured over 3,000 pages (40 MB) with Markdown into PostgreSQL, seconds of the processor: alone, the target takes 5.8
(1.0 of them to start) and the server 1.3, one after the other; with two workers the target takes 3.0, each worker 1.9
and the server 1.3, at the same time. A single worker is what the others wait for; of three, one would wait.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue

import msgspec
from cdm_docs.model.rows import CdmRows

from target_cdm_docs.composition import mapping_options
from target_cdm_docs.settings import MappingSettings, Settings
from target_cdm_docs.workers.wire import Job, all_left, answer, decode_rows, encode_jobs, receive, send

logger = logging.getLogger("target-cdm-docs")

MOST = 2
"""Workers that a target starts by itself: with more, it is not they that it waits for."""

WORTH_A_START = 8_000_000
"""Bytes of documents from which on it starts them: each takes a third of a second of the processor to start."""

_SPAWN = multiprocessing.get_context("spawn")


def usual_count() -> int:
    """Return how many workers a target starts that was not told: none where there is but one processor."""
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        processors = os.cpu_count() or 1
    return min(processors, MOST) if processors > 1 else 0


def pool_for(settings: Settings) -> Pool | None:
    """Return the workers that the settings ask for; they start with the first job, or when there is enough to do."""
    if settings.mode == "raw":
        return None
    if settings.workers is not None:
        return Pool(settings, settings.workers) if settings.workers else None
    count = usual_count()
    return Pool(settings, count, WORTH_A_START) if count else None


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    channel: socket.socket

    def map(self, jobs: Sequence[Job]) -> bytearray:
        send(self.channel, encode_jobs(jobs))
        return receive(self.channel)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.channel.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a worker says, decoded by whoever wants it: memory that several threads ask for is given back late."""

    message: Future[bytearray]

    def result(self) -> Sequence[CdmRows | None]:
        return decode_rows(self.message.result())


@dataclass(slots=True)
class Pool:
    """Workers, each with a thread that hands it one list of jobs after the other; started with the first list.

    A worker that ends before its time (its memory ran out, somebody killed it) costs nothing but time: what it had is
    mapped by the target, and another is started for what comes.

    Attributes:
        settings: How they map.
        count: How many they are.
        after: Bytes of jobs that are left to the target before they are started.
    """

    settings: MappingSettings
    count: int
    after: int = 0
    _seen: int = 0
    _threads: ThreadPoolExecutor = field(init=False)
    _idle: SimpleQueue[_Worker | None] = field(default_factory=SimpleQueue)
    _alive: list[_Worker] = field(default_factory=list)
    _closed: bool = False

    def __post_init__(self) -> None:
        """Make room for the workers, and start none."""
        self._threads = ThreadPoolExecutor(self.count, "worker")
        for _ in range(self.count):
            self._idle.put(None)

    def submit(self, jobs: Sequence[Job]) -> _Answer | None:
        """Have records mapped; returns where their rows will be, or None for none, or too few to start workers for."""
        self._seen += sum(len(job.line) for job in jobs)
        if not jobs or self._seen < self.after:
            return None
        return _Answer(self._threads.submit(self._map, jobs))

    def _map(self, jobs: Sequence[Job]) -> bytearray:
        worker = self._idle.get()
        try:
            worker = worker or self._start()
            return worker.map(jobs)
        except (EOFError, OSError) as error:
            ended = "could not be started" if worker is None else "ended before its time"
            if not self._closed:
                logger.warning("a worker %s (%s): what it had is mapped without it", ended, type(error).__name__)
            if worker is not None:
                worker.end()
                self._alive.remove(worker)
            worker = None
            return all_left(len(jobs))
        finally:
            self._idle.put(worker)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        told = {name: getattr(self.settings, name) for name in MappingSettings.__struct_fields__}  # no password
        process = _SPAWN.Process(target=_serve, args=(theirs, MappingSettings(**told)), daemon=True, name="worker")
        with theirs:
            process.start()
        worker = _Worker(process, ours)
        self._alive.append(worker)
        return worker

    def close(self) -> None:
        """End the workers; nobody waits any more for what they have not begun."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._end_all()
        self._threads.shutdown()
        self._end_all()  # one that was being started

    def _end_all(self) -> None:
        for worker in list(self._alive):
            worker.end()


def _serve(channel: socket.socket, settings: MappingSettings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is told to all of a group; the target ends its workers
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # standard output is the target's: STATE alone leaves there
    gc.set_threshold(50_000, 50, 100)
    options = mapping_options(msgspec.structs.replace(settings, attachments_directory=None))
    try:
        while True:
            send(channel, answer(receive(channel), options))
    except (EOFError, OSError):
        return
