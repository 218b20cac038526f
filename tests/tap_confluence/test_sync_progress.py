"""What a person sees while the tap works: what is read, how much, and how much is likely left."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from confluence_sim import serve
from support.tap import command, config_file, small_world
from tap_confluence.client.totals import Totals
from tap_confluence.sync.progress import EVERY_SECONDS, Progress


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def working(clock: Hand, *, terminal: bool = False) -> Progress:
    return Progress(logging.getLogger("progress"), Totals, clock, terminal=terminal)


def test_a_line_every_few_seconds_tells_what_is_likely_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Hand()
    progress = working(clock)
    progress.expect("pages", 4)
    progress.wrote("pages", 250)
    assert lines(caplog) == []
    clock.now += EVERY_SECONDS
    progress.wrote("pages", 250)
    progress.walked("pages")
    clock.now += 1
    progress.wrote("pages", 250)
    clock.now += EVERY_SECONDS
    progress.wrote("pages", 250)
    first, second = lines(caplog)
    assert "reading pages: 500 rows so far, walk 1 of 4" in first
    assert "cannot be told before the first walk is through" in first
    assert "1,000 rows so far, walk 2 of 4" in second
    assert "likely 3,000 rows and 33 s left" in second


def test_a_terminal_shows_a_bar(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Hand()
    progress = working(clock, terminal=True)
    progress.expect("pages", 2)
    progress.walked("pages")
    clock.now += EVERY_SECONDS
    progress.wrote("pages", 1)
    assert lines(caplog)[0].startswith("[##########..........] reading pages")
    assert progress.share == 0.5


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
