"""Edit and sync, over and over, against one world: rows exact after every round, memory and file handles flat.

A simulated site is worked in at random; a process of its own runs the tap once a round and hands over what it wrote.
Prints that process's memory, open files and threads as it goes on; ends with 1 if they grow after a tenth of the
rounds. With an argument: so many rounds instead of 2,000.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from confluence_sim import serve
from confluence_sim.site import Site
from support.oracle import Gremlin, Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Output, everything, small_world, sync
from tap_confluence.tap import TapConfluence

ROUNDS = 2_000
VERBS = 3
"""What is done in the world between two runs."""
GROWTH_MB = 15.0
"""What the process may grow by between a tenth of the rounds and the end: its STATE grows with the world."""
SETTINGS: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "page_size": 50}
STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "users", "sync_errors")


@dataclass(frozen=True)
class Usage:
    """What a process holds."""

    megabytes: float
    files: int
    threads: int


def usage() -> Usage:
    """Return what this process holds; memory is what is resident now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Usage(
        pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    )


def work(pipe: Connection, config: dict[str, Any]) -> None:
    """Run the tap whenever a STATE comes, until None comes."""

    class Named:
        """What ``sync`` wants to know of a site that is served elsewhere."""

    site = Named()
    site.config = config  # type: ignore[attr-defined]
    catalog = everything(TapConfluence(config=config))
    while (state := pipe.recv()) is not None:
        out = sync(site, state or None, catalog=catalog, streams=STREAMS, **SETTINGS)  # type: ignore[arg-type]
        pipe.send((out.code, [message for message in out.messages if message["type"] != "SCHEMA"], usage()))


@contextmanager
def worker(site: Site) -> Iterator[Connection]:
    """A process of its own that runs the tap."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there, site.config))
    process.start()
    try:
        yield here
    finally:
        here.send(None)
        process.join()


def main(rounds: int) -> int:
    """Run the rounds; returns the exit code."""
    world = small_world(spaces=5, pages=40, attachments=10)
    gremlin = Gremlin(world, 1)
    mirror = Mirror()
    state: dict[str, Any] = {}
    early = late = None
    rows = tombstones = 0
    began = time.perf_counter()
    print(f"{'round':>6} {'seconds':>8} {'MB':>7} {'files':>6} {'threads':>8} {'rows':>8} {'STATE bytes':>12}")
    with serve(world) as site, worker(site) as pipe:
        for number in range(1, rounds + 1):
            for _ in range(VERBS):
                gremlin.act()
            world.clock.advance(seconds=1)
            pipe.send(state)
            code, messages, late = pipe.recv()
            out = Output(messages, code)
            assert code == 0, f"round {number} failed"
            mirror.load(out)
            assert_equal(mirror, world, f"after round {number}", (*CONTENT, *COMMENTS))
            state = out.state
            rows += len(out.content)
            tombstones += len(out.of("tombstones"))
            site.requests.clear()
            early = late if number == max(1, rounds // 10) else early
            if number % max(1, rounds // 20) == 0:
                seconds = time.perf_counter() - began
                size = len(str(state))
                print(
                    f"{number:>6} {seconds:>8.0f} {late.megabytes:>7.1f} {late.files:>6} {late.threads:>8} {rows:>8}"
                    f" {size:>12,}",
                    flush=True,
                )
    assert early is not None
    assert late is not None
    grown = late.megabytes - early.megabytes
    print(
        f"{rounds:,} rounds exact: {rows:,} rows and {tombstones:,} tombstones written, {len(mirror.rows):,} rows held"
    )
    print(f"grown since round {max(1, rounds // 10)}: {grown:+.1f} MB, {late.files - early.files:+} open files")
    return int(grown > GROWTH_MB or late.files > early.files or late.threads > early.threads)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
