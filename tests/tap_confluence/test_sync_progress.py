"""What a person sees while the tap works: what is read, how much of it, how fast, and what is waited for."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Fault, serve, serve_datacenter
from support.tap import command, config_file, small_world, sync
from tap_confluence.client.totals import Totals
from tap_confluence.console import LineInPlace, Teller
from tap_confluence.sync.progress import SILENCE, WORTH_COUNTING, Progress
from tap_confluence.sync.run import Run


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def rows_of(count: int, space: str = "ENG") -> list[dict[str, Any]]:
    return [{"id": str(number), "space_key": space} for number in range(count)]


def test_the_line_tells_rows_where_how_fast_and_what_is_left_once_that_is_known() -> None:
    clock = Hand()
    progress = Progress(Totals, clock)
    assert progress.line() is None
    with progress.reading("pages"):
        clock.now += 2
        with progress.writing(rows_of(250)):
            pass
        assert progress.line() == "reading pages: 250 rows, now in ENG, 125 rows/s; 0 requests, 2 s"
        progress.expect(1000)
        clock.now += 3
        with progress.writing(rows_of(250, "HR")):
            pass
        told = "reading pages: 500 of 1,000 rows, 50 %, now in HR, 100 rows/s, about 5 s left; 0 requests, 5 s"
        assert progress.line() == told
    assert progress.line() is None


def test_the_time_left_is_the_share_of_rows_and_never_longer_than_at_the_same_pace_before() -> None:
    clock = Hand()
    progress = Progress(Totals, clock)
    left = []
    with progress.reading("pages"):
        progress.expect(40_000)
        for _ in range(160):
            clock.now += 1.5
            with progress.writing(rows_of(250)):
                pass
            if found := re.search(r"about (?:(\d+) min )?(\d+) s left", progress.line() or ""):
                left.append(60 * int(found[1] or 0) + int(found[2]))
    assert len(left) == 160
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0


def test_a_key_of_a_space_tells_a_terminal_nothing() -> None:
    progress = Progress(Totals, Hand())
    with progress.reading("pages"):
        with progress.writing(rows_of(1, "E\x1b]0;x\x07\nNG")):
            pass
        line = progress.line() or ""
    assert "now in E]0;xNG" in line
    assert line.isprintable()


def test_a_total_that_turns_out_too_small_is_not_spoken_of() -> None:
    clock = Hand()
    progress = Progress(Totals, clock)
    with progress.reading("pages"):
        progress.expect(100)
        clock.now += 1
        with progress.writing(rows_of(101)):
            pass
        assert progress.line() == "reading pages: 101 rows, now in ENG, 101 rows/s; 0 requests, 1 s"


def test_what_is_waited_for_is_said_after_a_while_of_silence() -> None:
    clock = Hand()
    progress = Progress(Totals, clock)
    with progress.reading("pages"):
        clock.now += SILENCE
        assert "waiting for the site for 5 s" in (progress.line() or "")
        with progress.writing(rows_of(1)):
            clock.now += 60
            assert "waiting for the reader of this output for 1 min 5 s" in (progress.line() or "")


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_the_rows_of_a_large_stream_are_counted_by_one_request_and_rightly(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: dict[str, int | None] = {}
    count = Run._count

    def watched(self: Run, stream: str) -> int | None:
        counted[stream] = count(self, stream)
        return counted[stream]

    monkeypatch.setattr(Run, "_count", watched)
    with served(small_world(spaces=2, pages=40)) as site:
        sync(site)
        assert counted == {}
        asked = len(site.requests)
        monkeypatch.setattr("tap_confluence.sync.progress.WORTH_COUNTING", 30)
        site.requests.clear()
        first = sync(site)
        assert counted["pages"] == len(first.ids("pages"))
        assert len(site.requests) - asked == sum(total is not None for total in counted.values())
        counted.clear()
        sync(site, first.state)
        assert counted == {}, "an unchanged site has nothing to count"


def test_a_small_stream_costs_no_request_for_its_progress() -> None:
    progress = Progress(Totals)
    with progress.reading("pages"), progress.writing(rows_of(WORTH_COUNTING - 1)):
        pass
    with progress.reading("pages"):
        assert not progress.wants_total


def test_it_speaks_also_while_everything_waits() -> None:
    said: list[str] = []
    enough = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            enough.set()

    teller = Teller(lambda: "waiting", say, every=0.01)
    teller.start()
    assert enough.wait(10)
    teller.close()
    told = len(said)
    assert said[:3] == ["waiting"] * 3
    assert len(said) == told


def test_the_line_of_a_terminal_makes_way_for_the_log() -> None:
    terminal = io.StringIO()
    in_place = LineInPlace(terminal)
    handler = logging.StreamHandler(terminal)
    handler.addFilter(in_place)
    in_place.show("x" * 1000)
    handler.handle(logging.makeLogRecord({"msg": "a warning"}))
    in_place.show("again")
    in_place.clear()
    shown = terminal.getvalue()
    assert max(map(len, shown.split("\r\x1b[K"))) < 1000
    assert "\r\x1b[Ka warning\n\r\x1b[Kagain\r\x1b[K" in shown


def test_a_terminal_shows_one_line_in_place_while_a_site_is_slow(tmp_path: Path) -> None:
    with serve(small_world(spaces=1), faults=[Fault("slow_drip", share=1, times=0, amount=1)]) as site:
        config = config_file(tmp_path, site)
        ours, theirs = pty.openpty()
        tap = [sys.executable, "-m", "tap_confluence", "--config", config]
        with subprocess.Popen(tap, stdout=subprocess.DEVNULL, stderr=theirs) as running:
            os.close(theirs)
            shown = b""
            while chunk := _read(ours):
                shown += chunk
        os.close(ours)
    assert running.returncode == 0
    assert b"\r\x1b[Kreading " in shown
    assert shown.count(b"\n") <= 2, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way of saying that nobody writes any more
        return b""


def test_the_totals_of_a_run_are_singer_metrics_and_a_line(tmp_path: Path) -> None:
    with serve(small_world(spaces=1)) as site:
        quiet = command("--config", config_file(tmp_path, site))
        site.requests.clear()
        out = command("--config", config_file(tmp_path, site), env={"TAP_CONFLUENCE_LOGLEVEL": "DEBUG"})
        asked = len(site.requests)
    points = [json.loads(line.partition("METRIC: ")[2]) for line in out.stderr.splitlines() if "METRIC: " in line]
    told = {point["metric"]: point["value"] for point in points}
    assert told["http_request_count"] == asked
    assert told["failure_count"] == 0
    assert told["bytes_received"] > 1000
    for each in (out, quiet):
        assert f"{asked} requests, 0 retries" in each.stderr
    assert len(quiet.stderr.splitlines()) == 1, quiet.stderr
