"""What a failing question costs: retries page sizes that are learnt, cursors that die (law 21)."""

from __future__ import annotations

import time
from collections import Counter
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.disturbances import refusal, refusing
from support.faults import run
from support.oracle import Mirror, assert_equal
from support.running_tap import running
from support.tap import CONTENT, State, answering, busy_world, small_world, sync


def one_space(pages: int) -> World:
    """A space of so many pages."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="BIG", name="Big")
    for n in range(pages):
        world.create_page(space, title=f"B{n}", body="<p>x</p>")
    return world


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("of", ["users", "group_members", "space_permissions", "content_restrictions"])
def test_one_question_is_asked_as_often_as_max_retries_says(served: Any, status: int, of: str) -> None:
    parts = {
        "users": ("/users-bulk", "/rest/api/user"),
        "group_members": ("/group", "/member", "/membersByGroupId"),
        "space_permissions": ("/permissions", "/permission"),
        "content_restrictions": ("/restriction", "/restriction/byOperation"),
    }[of]
    asked: Counter[str] = Counter()

    def fits(request: Any) -> bool:
        if not request.path.endswith(parts):
            return False
        asked[f"{request.method} {request.full_path} {request.get_data()!r}"] += 1
        return True

    with served(busy_world()) as site, answering(site, refusing(fits, status)):
        sync(site, streams=("spaces", "pages", of, "sync_errors"))
    assert set(asked.values()) <= {1}, asked


def heavy_above(rows: int, bad: list[int], good: list[int], status: int = 504) -> Any:
    """Refuse pages of more than so many rows with bodies."""

    def answer(request: Any) -> Reply | None:
        if not request.path.endswith("/api/v2/pages") or "body-format" not in request.args:
            return None
        limit = int(request.args.get("limit", 25))
        (bad if limit > rows else good).append(limit)
        if limit > rows and status != HTTPStatus.GATEWAY_TIMEOUT:  # a proxy's page (FACTS 11.9)
            return Reply(f"<html><body>{status}</body></html>", status=status, media_type="text/html")
        return refusal(request, status) if limit > rows else None

    return answer


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_size_that_failed_is_not_asked_for_again(status: int, tmp_path: Path) -> None:
    bad: list[int] = []
    good: list[int] = []
    with serve(one_space(1500)) as site, answering(site, heavy_above(30, bad, good, status)):
        out = run(tmp_path, site, page_size=100, max_retries=5, deletion_detection="off")
    assert len(out.of("pages")) == 1501
    assert len(bad) <= 12, "each failed for a minute on a real site"
    assert len(good) <= 1.6 * 1501 / 30 + 5


class NoResuming:
    """Refuses each cursor of a walk that did not begin in this run."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.refused = 0
        self._begun: set[tuple[str, ...]] = set()

    def __call__(self, request: Any) -> Reply | None:
        listing = (request.path, *(request.args.get(name, "") for name in ("space-id", "sort", "status")))
        if "cursor" not in request.args:
            self._begun.add(listing)
        elif listing not in self._begun:
            self.refused += 1
            return refusal(request, self.status)
        return None


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_resumed_cursor_that_is_refused_is_walked_again(status: int) -> None:
    world = small_world(spaces=2, pages=60, attachments=20)
    mirror = Mirror()
    refused = 0
    with serve(world) as site:
        state: State | None = None
        for budget in (20, 35, 1000):
            resumes = NoResuming(status)
            with answering(site, resumes):
                out = sync(site, state, max_requests=budget, page_size=5)
            refused += resumes.refused
            assert (out.code, out.of("sync_errors")) == (0, [])
            mirror.load(out)
            state = out.state
    assert refused >= 2
    assert_equal(mirror, world, "after cursors died")


def test_a_wait_longer_than_max_wait_ends_the_run_with_its_first_such_answer(tmp_path: Path) -> None:
    world = small_world(spaces=3, pages=4)
    asked: list[str] = []

    def wait(request: Any) -> Reply | None:
        if not request.path.endswith(tuple(f"/{stream}" for stream in CONTENT)):
            return None
        asked.append(request.path)
        return refusal(request, 429, {"Retry-After": "7200"})

    with serve(world) as site:
        first = sync(site)
        world.clock.advance(hours=1)
        with answering(site, wait):
            out = run(tmp_path, site, first.state, concurrency=1, max_retries=5)
    assert out.code == 1
    assert len(asked) == 1


@pytest.mark.chaos
def test_a_bucket_of_tokens_is_not_met_by_collision_alone(tmp_path: Path) -> None:
    """FACTS 5.6: Data Center tells nothing before it refuses; the rate must be learnt from that."""
    capacity, fill = 5.0, 12.0
    level, last, answered, refused = capacity, time.monotonic(), 0, 0
    lock = Lock()

    def bucket(request: Any) -> Reply | None:
        nonlocal level, last, answered, refused
        with lock:
            now = time.monotonic()
            level, last = min(capacity, level + (now - last) * fill), now
            if level < 1:
                refused += 1
                return refusal(request, 429)
            level -= 1
            answered += 1
        return None

    world = one_space(600)
    wishes: dict[str, Any] = {"page_size": 5, "max_retries": 8, "requests_per_second": 100}
    with serve_datacenter(world) as site, answering(site, bucket), running(tmp_path, site, **wishes) as tap:
        out = tap.ended(within=150)
    assert out.code == 0, out.stderr
    assert len(out.of("pages")) == 601
    assert refused <= answered / 4, f"{refused} refusals for {answered} answers"
