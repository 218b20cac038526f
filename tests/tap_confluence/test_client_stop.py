"""Told to stop (law 14): no request begins any more, none is waited for, and STATE of what was written leaves.

No test here times: the server holds its answers back until the tap has gone, however long that takes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.oracle import Mirror, assert_equal
from support.tap import BIN, Output, answering, config_file, pages_of, parse, small_world, sync

LONG = 110
"""Seconds that no test comes near: a tap that waits for a held answer is found out by ``request_timeout``."""


@dataclass
class Gate:
    """Lets requests pass until it is shut; then holds each until it opens."""

    fits: Callable[[Any], bool] = lambda _: True
    after: int = 0
    begun: int = 0
    held: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Any) -> None:
        with self.lock:
            self.begun += 1
            if self.held or (self.fits(request) and self.begun > self.after):
                self.held += 1
            mine = self.held
        if mine:
            self.reached.set()
            self.opened.wait(LONG)


@contextmanager
def gated(site: Site, gate: Gate) -> Iterator[Gate]:
    """Put the gate in front of the site; it opens at the end."""
    with answering(site, gate):
        try:
            yield gate
        finally:
            gate.opened.set()


def start(folder: Path, site: Site, **settings: Any) -> subprocess.Popen[bytes]:
    config = config_file(folder, site, **{"page_size": 10, "request_timeout": LONG, **settings})
    with (folder / "err").open("wb") as errors, (folder / "out").open("wb") as out:
        return subprocess.Popen([str(BIN / "tap-confluence"), "--config", config], stdout=out, stderr=errors)


def gone(process: subprocess.Popen[bytes], folder: Path) -> tuple[Output, str]:
    """What a process wrote that must end by itself; well before anything times out."""
    try:
        process.wait(LONG - 10)
    finally:
        process.kill()
        process.wait()
    words = (folder / "err").read_text()
    assert "Traceback" not in words
    return Output(parse((folder / "out").read_text()), process.returncode), words


def exact_after(out: Output, world: World, site: Site) -> None:
    """What was written is in the last STATE, and the next run ends exact."""
    mirror = Mirror()
    mirror.load(out)
    if out.states:
        assert out.messages[-1]["type"] == "STATE"
    mirror.load(sync(site, out.states[-1] if out.states else None))
    assert_equal(mirror, world, "after the next run")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("concurrency", "after"), [(1, 12), (5, 20), (20, 30), (5, 3)])
def test_no_request_begins_after_a_signal_and_none_is_waited_for(
    how: signal.Signals, concurrency: int, after: int, tmp_path: Path
) -> None:
    world = small_world(spaces=5, pages=60, attachments=20)
    with serve(world) as site:
        with gated(site, Gate(after=after)) as gate:
            process = start(tmp_path, site, concurrency=concurrency)
            assert gate.reached.wait(LONG)
            process.send_signal(how)
            out, words = gone(process, tmp_path)
            begun = gate.begun
        assert begun <= after + concurrency, "only those in flight"
        assert out.code in (1, 128 + how), "the latter before there is anything to write"
        assert out.code != 1 or f"told to stop by signal {how.value}" in words
        exact_after(out, world, site)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_signal_before_the_first_row_ends_the_run_as_well(after: int, tmp_path: Path) -> None:
    with serve(small_world(spaces=1)) as site, gated(site, Gate(after=after)) as gate:
        process = start(tmp_path, site)
        assert gate.reached.wait(LONG)
        process.send_signal(signal.SIGTERM)
        out, _ = gone(process, tmp_path)
        assert gate.begun <= after + 5
    assert out.code in (1, 128 + signal.SIGTERM)


def test_a_fast_server_sees_no_request_after_a_signal_either(tmp_path: Path) -> None:
    world = small_world(spaces=5, pages=100, attachments=0)
    with serve(world) as site:
        process = start(tmp_path, site, concurrency=5, page_size=2)
        while len(site.requests) < 30:
            threading.Event().wait(0.01)
        process.send_signal(signal.SIGTERM)
        out, _ = gone(process, tmp_path)
        assert len(out.of("pages")) < 505
        assert len(site.requests) < 250, "the whole of it takes more than 500"
        exact_after(out, world, site)


def test_a_signal_is_heard_during_a_download(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=5, attachments=3)
    world.attach(pages_of(world, "S0")[0], filename="big.bin", data=b"x" * 2_000_000)
    with serve(world) as site:
        files = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
        with gated(site, Gate(fits=lambda request: request.path.endswith("/download"))) as gate:
            process = start(tmp_path, site, **files)
            assert gate.reached.wait(LONG)
            process.send_signal(signal.SIGTERM)
            out, _ = gone(process, tmp_path)
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
        exact_after(out, world, site)


def test_a_signal_ends_a_wait(tmp_path: Path) -> None:
    def later(request: Any) -> Reply | None:
        if not request.path.endswith("/pages"):
            return None
        waiting.set()
        return Reply({"message": "later"}, status=429, headers={"Retry-After": "3000"})

    waiting = threading.Event()
    with serve(small_world(spaces=1)) as site, answering(site, later):
        process = start(tmp_path, site, max_retries=5)
        assert waiting.wait(LONG)
        process.send_signal(signal.SIGTERM)
        out, _ = gone(process, tmp_path)
    assert out.code in (1, 128 + signal.SIGTERM)


@contextmanager
def unread(folder: Path, site: Site, *, unbuffered: bool = False, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A tap in a pipe whose reader reads no more: it is in the middle of writing."""
    process = subprocess.Popen(
        [str(BIN / "tap-confluence"), "--config", config_file(folder, site, **settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1" if unbuffered else ""},
    )
    assert process.stdout is not None
    try:
        while not process.stdout.readline().startswith(b'{"type":"RECORD","stream":"pages"'):
            pass
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def heavy_world() -> World:
    """A world of more than a pipe holds."""
    world = small_world(spaces=1, pages=0, attachments=0)
    space = next(iter(world.spaces.values()))
    for number in range(30):
        world.create_page(space, title=f"Heavy {number}", body=f"<p>{'x' * 20_000}</p>")
    return world


def test_in_a_pipe_that_nobody_reads_the_tap_is_gone_within_request_timeout(tmp_path: Path) -> None:
    with serve(heavy_world()) as site, unread(tmp_path, site, request_timeout=1) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONG / 2) == -signal.SIGALRM


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_tap_at_once(second: signal.Signals, tmp_path: Path) -> None:
    with serve(heavy_world()) as site, unread(tmp_path, site, request_timeout=LONG) as process:
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:
            threading.Event().wait(0.2)
            process.send_signal(second)
        assert process.wait(LONG / 2) == -second


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("page_size", [4, 5, 7])
def test_a_reader_that_goes_on_gets_whole_lines_and_state_last(
    page_size: int, unbuffered: bool, tmp_path: Path
) -> None:
    with serve(heavy_world()) as site:
        with unread(tmp_path, site, unbuffered=unbuffered, request_timeout=LONG, page_size=page_size) as process:
            assert process.stdout is not None
            threading.Event().wait(0.2)  # the pipe is full by now, as a rule: the signal comes in the middle of a line
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read().decode()
            assert process.wait(LONG / 2) == 1
        assert parse(rest)[-1]["type"] == "STATE"
