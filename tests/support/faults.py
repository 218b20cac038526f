"""Runs of the tap against a site where things go wrong, and what must hold of them whatever goes wrong."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import DataCenterSite, Fault, World
from confluence_sim.site import Site
from support.console import Console
from support.oracle import STREAMS, Mirror, assert_equal
from support.scripted_http import Scripted
from support.tap import Output, State, config_file, parse, truth
from tap_confluence.client.waiting import WallClock
from tap_confluence.tap import TapConfluence

SETTINGS: dict[str, Any] = {
    "page_size": 10,
    "max_retries": 3,
    "max_wait": 60,
    "request_timeout": 60,
    "deletion_detection": "every_sync",
    "max_tombstone_share": 1,
}
"""Small pages, so that small worlds have long listings; sweeps in every run, so that wrong tombstones show at once;
a timeout that no busy machine meets."""


_own = threading.local()


def _slept() -> float:
    seconds: float = getattr(_own, "slept", 0.0)
    return seconds


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let the tap's clock sleep without taking time: what a thread slept is added to what the clock shows it.

    To that thread alone: an answer that another is reading meanwhile does not arrive more slowly for it.
    """

    def sleep(clock: WallClock, seconds: float) -> bool:
        _own.slept = _slept() + max(0.0, seconds)
        return clock.stopped

    patch.setattr(WallClock, "monotonic", lambda _: time.monotonic() + _slept())
    patch.setattr(WallClock, "sleep", sleep)


@contextmanager
def in_this_process() -> Iterator[None]:
    """Let the tap's command line run here: no wait takes time, and signals stay those of the test's runner.

    A tap that took them would end a run early, with exit code 1, when it is the runner that is told to stop.
    """
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        patch.setattr(TapConfluence, "_setup_signal_handlers", lambda _: None)
        yield


def run(folder: Path, site: Site | DataCenterSite, state: State | None = None, **settings: Any) -> Output:
    """Run the tap's command line in this process, without waiting where it waits."""
    arguments = ["--config", config_file(folder, site, **{**SETTINGS, **settings})]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    console = Console()
    with in_this_process(), console.listening():
        code = TapConfluence.cli.main(arguments, standalone_mode=False)
    stdout = console.out
    return Output(parse(stdout), code or 0, console.err, stdout)


def exposed(site: Site, *texts: str) -> list[str]:
    """The texts that show the token, as it is or as it travels."""
    pair = f"{site.email}:{site.token}".encode()
    forms = {site.token, base64.b64encode(site.token.encode()).decode().rstrip("="), base64.b64encode(pair).decode()}
    return [text for text in texts if any(form in text for form in forms)]


@dataclass
class Ordeal:
    """A world that is read again and again while things go wrong, and a target that keeps what arrives."""

    site: Site
    folder: Path
    foreign: Scripted
    state: State | None = None
    mirror: Mirror = field(default_factory=Mirror)

    @property
    def world(self) -> World:
        """The truth."""
        return self.site.world

    def suffer(self, faults: list[Fault], **settings: Any) -> Output:
        """Run once while these faults are on, and check what must hold of any run."""
        for fault in faults:
            self.site.faults.add(replace(fault, to=self.foreign.url))
        try:
            return self.run(**settings)
        finally:
            self.site.faults.clear()

    def run(self, **settings: Any) -> Output:
        """Run once, check what must hold of any run, and keep what came."""
        out = run(self.folder, self.site, self.state, **settings)
        words = ", ".join(fault.name for fault in self.site.faults)
        assert out.code in (0, 1), f"{words}: exit code {out.code}"
        assert "Traceback" not in out.stderr, f"{words}: {out.stderr}"
        assert exposed(self.site, out.stdout, out.stderr, json.dumps(self.state)) == [], f"{words}: the token shows"
        assert self.foreign.asked == [], f"{words}: asked a foreign host"
        if out.code:
            assert errors(out), f"{words}: failed without a word"
        self.mirror.load(out, once=False)
        wrong = [
            row
            for row in out.of("tombstones")
            if any(row["id"] in truth(self.world, stream) for stream in STREAMS[row["type"]])
        ]
        assert wrong == [], f"{words}: buried alive"
        if out.states:
            self.state = out.state
        return out

    def recover(self, moment: str) -> None:
        """Run once without faults: it succeeds, and all rows are as they are in the world."""
        out = self.run()
        assert (out.code, errors(out)) == (0, []), f"{moment}: {out.stderr}"
        assert_equal(self.mirror, self.world, moment)


def errors(out: Output) -> list[str]:
    """The lines about errors on stderr."""
    return [line for line in out.stderr.splitlines() if "| ERROR " in line]
