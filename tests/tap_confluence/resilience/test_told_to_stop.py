"""After a signal no request begins, what was written is in the last STATE, and the process goes (law 14)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.disturbances import Gate
from support.oracle import Mirror, assert_equal
from support.running_tap import running, until
from support.tap import answering, small_world, sync

SETTINGS: dict[str, Any] = {"page_size": 5, "deletion_detection": "every_sync", "max_tombstone_share": 1}


def slowly(seconds: float) -> Callable[[Any], Reply | None]:
    """Let every answer take so long."""

    def answer(_: Any) -> None:
        time.sleep(seconds)

    return answer


def half(served: Any, how: int, concurrency: int) -> Any:
    """Of all cases, every second one in the long version alone; each value stays in two."""
    is_long = (served is serve) ^ (how == signal.SIGTERM) ^ (concurrency == 1)
    return pytest.param(served, how, concurrency, marks=pytest.mark.chaos if is_long else [])


@pytest.mark.parametrize(
    ("served", "how", "concurrency"),
    [
        half(served, how, concurrency)
        for served in (serve, serve_datacenter)
        for how in (signal.SIGTERM, signal.SIGINT)
        for concurrency in (1, 5)
    ],
)
def test_after_a_signal_no_request_begins_and_the_next_run_ends_exact(
    served: Any, how: int, concurrency: int, tmp_path: Path
) -> None:
    world = small_world(spaces=3, pages=40, attachments=2)
    mirror = Mirror()
    with served(world) as site:
        with (
            answering(site, slowly(0.5)),
            running(tmp_path, site, concurrency=concurrency, **SETTINGS) as tap,
        ):
            until(lambda: len(site.requests) >= 8, "8 answers")
            asked = len(site.requests)
            tap.signal(how)
            out = tap.ended()
        after = len(site.requests) - asked
        last = sync(site, out.states[-1] if out.states else None, **SETTINGS)
    assert out.code != 0
    assert "Traceback" not in out.stderr
    assert after <= 2 * concurrency, "those in flight, and those that began while the signal travelled"
    if out.messages:
        assert out.messages[-1]["type"] == "STATE", "what was written is in the last STATE"
    mirror.load(out)
    mirror.load(last)
    assert_equal(mirror, world, "after the run that was left alone")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_waits_for_an_answer_is_gone_within_the_request_timeout(how: int, tmp_path: Path) -> None:
    gate = Gate(lambda request: request.path.endswith("/pages"))
    with serve(small_world(pages=40)) as site, answering(site, gate):
        try:
            with running(tmp_path, site, request_timeout=10, max_retries=5, concurrency=1, **SETTINGS) as tap:
                until(lambda: gate.asked > 0, "a request that is held")
                tap.signal(how)
                out = tap.ended(within=30)
        finally:
            gate.opened.set()
    assert out.code != 0
    assert gate.asked == 1, "what was in flight is not asked again"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_run_at_once_that_waits_for_an_answer(how: int, tmp_path: Path) -> None:
    gate = Gate(lambda request: request.path.endswith("/pages"))
    with serve(small_world(pages=40)) as site, answering(site, gate):
        try:
            with running(tmp_path, site, request_timeout=600, **SETTINGS) as tap:
                until(lambda: gate.asked > 0, "a request that is held")
                tap.signal(how)
                time.sleep(0.5)  # two signals of one kind that are not yet heard are one
                if tap.alive:
                    tap.signal(how)
                out = tap.ended(within=20)
        finally:
            gate.opened.set()
    assert out.code != 0


def dripping(request: Any) -> Reply | None:
    """A file that comes a byte at a time and would take an hour."""
    if request.path.startswith("/file/"):

        def deliver(handler: Any, packet: bytes) -> None:
            for at in range(len(packet)):
                handler.wfile.write(packet[at : at + 1])
                time.sleep(0.2)

        return Reply(b"x" * 20_000, media_type="application/octet-stream", deliver=deliver)
    return None


def test_a_signal_is_heard_while_a_file_drips(tmp_path: Path) -> None:
    files = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
    with serve(small_world(spaces=1, attachments=2)) as site:
        site.media_url  # noqa: B018  # the media host is served when its address is first asked for
        with answering(site.media, dripping), running(tmp_path, site, request_timeout=20, **files) as tap:  # type: ignore[arg-type]  # a host like a site
            until(lambda: any("/download" in request.path for request in site.requests), "a file is asked for")
            time.sleep(0.5)
            tap.signal()
            out = tap.ended(within=40)
    assert out.code != 0
    assert out.messages[-1]["type"] == "STATE"


def test_a_signal_is_heard_while_nobody_reads_the_output(tmp_path: Path) -> None:
    """A second one ends it: the STATE of what was written cannot leave through a pipe that is full."""
    world = small_world(spaces=1, pages=10, attachments=0)
    for number in range(20):
        world.create_page(next(iter(world.spaces.values())), title=f"Big {number}", body="x" * 20_000)
    with serve(world) as site, running(tmp_path, site, piped=True) as tap:
        until(lambda: any(request.path.endswith("/pages") for request in site.requests), "pages are read")
        time.sleep(1)
        for _ in range(2):
            if tap.alive:
                tap.signal()
                time.sleep(0.5)
        assert tap.ended(within=20).code != 0
