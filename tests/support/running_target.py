"""The target as a process of its own that can be fed, watched and killed, and a tale to feed it with."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from support.oracle import Gremlin
from support.stores import Destination
from support.tap import everything, sync
from support.target import BIN, Done, Message, load
from tap_confluence.tap import TapConfluence
from target_cdm_docs.stores.tables import tables

State = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]
PUBLIC = tuple(table for table in tables.TABLES if table.name not in {"cdm_ingest_run", "cdm_schema_version"})
"""The tables that are a function of the set of records."""


@cache
def tale() -> tuple[Message, ...]:
    """What the tap tells of the sample site in three runs with edits and removals between them.

    The value of each STATE is its place among the messages, so that a replay knows where to begin.
    """
    world = World()
    build_sample_site(world)
    gremlin, state, told = Gremlin(world, 1), None, []
    with serve(world) as site:
        catalog = everything(TapConfluence(config=site.config))
        how: Any = {"page_size": 10, "deletion_detection": "every_sync", "requests_per_second": 1000}
        for _ in range(3):
            out = sync(site, state, catalog=catalog, **how)
            state = out.state
            told += out.messages
            for _ in range(80):
                gremlin.act()
            world.clock.advance(minutes=30)
    return tuple({**each, "value": {"at": n}} if each["type"] == "STATE" else each for n, each in enumerate(told))


def lines_of(messages: tuple[Message, ...]) -> str:
    """Messages as lines."""
    return "".join(json.dumps(message) + "\n" for message in messages)


def rest_of(messages: tuple[Message, ...], state: State | None) -> tuple[Message, ...]:
    """What a tap would send that begins from a STATE: every SCHEMA, and what came after that STATE."""
    if state is None:
        return messages
    place = state["at"] + 1
    return (*(each for each in messages[:place] if each["type"] == "SCHEMA"), *messages[place:])


def contents(destination: Destination) -> Rows:
    """Every row of every table that records decide, without the times at which it was seen."""
    return {table.name: _rows(destination, table) for table in PUBLIC}


def _rows(destination: Destination, table: tables.Table) -> list[dict[str, Any]]:
    texts = {column.name for column in table.columns if column.type == "json" and destination.kind == "duckdb"}
    rows = destination.query(f'SELECT {", ".join(table.names)} FROM "{table.name}"')
    for row in rows:
        for name in texts:
            row[name] = None if row[name] is None else json.loads(row[name])
    return sorted(rows, key=lambda row: [str(row[name]) for name in table.key])


def assert_exact(destination: Destination, expected: Rows) -> None:
    """Every table holds these rows."""
    for table, rows in contents(destination).items():
        assert rows == expected[table], table


def replay(folder: Path, destination: Destination, states: list[State], expected: Rows) -> None:
    """Run again from the last STATE to the end of the tale; then every table holds these rows."""
    text = lines_of(rest_of(tale(), states[-1] if states else None))
    done = load(folder, text, destination=destination.url)
    assert done.code == 0, done.stderr
    assert_exact(destination, expected)


class RunningTarget:
    """A target that runs.

    Args:
        folder: For its configuration.
        destination: Where it writes.
        text: Its input; the pipe stays open behind it.
        settings: Further settings.
    """

    def __init__(self, folder: Path, destination: Destination, text: str, **settings: Any) -> None:
        config = folder / "running.json"
        config.write_text(json.dumps({"destination": destination.url, "schema": destination.schema, **settings}))
        self.process = subprocess.Popen(
            [str(BIN / "target-cdm-docs"), "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.states: list[State] = []
        self.stderr = ""
        self._first = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._listen, self._hear)]
        self._threads.append(threading.Thread(target=self._feed, args=(text,), daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def _pipes(self) -> tuple[IO[str], IO[str], IO[str]]:
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        assert stdin
        assert stdout
        assert stderr
        return stdin, stdout, stderr

    def _feed(self, text: str) -> None:
        with suppress(OSError):  # it was killed: what it did not read is replayed
            self._pipes[0].write(text)
            self._pipes[0].flush()

    def _listen(self) -> None:
        for line in self._pipes[1]:
            if line.endswith("\n"):
                self.states.append(json.loads(line))
                self._first.set()
        self._first.set()

    def _hear(self) -> None:
        for line in self._pipes[2]:
            self.stderr += line

    def await_state(self) -> None:
        """Return when it wrote its first STATE."""
        assert self._first.wait(60)
        assert self.states, self.stderr

    def end(self, *, eof: bool = True) -> Done:
        """Wait until it is gone, having closed its input unless told otherwise."""
        if eof:
            self._threads[2].join()
            with suppress(OSError):
                self._pipes[0].close()
        self.process.wait(60)
        for thread in self._threads:
            thread.join()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()
        return Done(self.process.returncode, "".join(json.dumps(state) + "\n" for state in self.states), self.stderr)
