"""The tap in a process of its own that a test may signal, watch, and end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluence_sim import DataCenterSite
from confluence_sim.site import Site
from support.tap import BIN, Output, State, parse
from tap_confluence.tap import TapConfluence

PATIENCE = 60.0
"""Seconds after which what ought to happen at once does not happen any more, on the slowest machine."""


def selecting(streams: Iterable[str]) -> dict[str, Any]:
    """A catalog in which these streams are selected and no other."""
    wanted = set(streams)
    catalog: dict[str, Any] = json.loads(
        json.dumps(TapConfluence(config={}, validate_config=False, setup_mapper=False).catalog_dict)
    )
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in wanted
    return catalog


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true."""
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last, f"still not: {what}"
        time.sleep(0.01)


@dataclass
class Running:
    """A run under way; its output goes to files."""

    process: subprocess.Popen[bytes]
    folder: Path

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    @property
    def so_far(self) -> Output:
        """What it has written."""
        err = (self.folder / "stderr").read_text(errors="replace")
        return Output(parse((self.folder / "stdout").read_text()), self.process.poll() or 0, err)

    def ended(self, within: float = PATIENCE) -> Output:
        """Wait for its end, which must come."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running after {within} s: {self.so_far.stderr[-2000:]}") from None
        return self.so_far


@contextmanager
def running(
    folder: Path,
    site: Site | DataCenterSite | None = None,
    state: State | None = None,
    *,
    streams: Iterable[str] | None = None,
    piped: bool = False,
    **settings: Any,
) -> Iterator[Running]:
    """Start a run; killed at the end of the block if it is still there. ``piped``: into a pipe that nobody reads."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**(site.config if site else {}), "requests_per_second": 1000, "max_retries": 0, **settings}
    given: dict[str, Any] = {"config": {name: value for name, value in config.items() if value is not None}}
    if state is not None:
        given["state"] = state
    if streams is not None:
        given["catalog"] = selecting(streams)
    command = [str(BIN / "tap-confluence")]
    for name, value in given.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
        command += [f"--{name}", str(folder / f"{name}.json")]
    env = {key: value for key, value in os.environ.items() if not key.startswith("TAP_CONFLUENCE_")}
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE if piped else out, stderr=err, env=env)
    try:
        yield Running(process, folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
