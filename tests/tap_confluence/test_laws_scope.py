"""Laws 5, 7 and 9 of CONTRACT 1.3: catching up, dead letters, and a STATE that meets other wishes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.api.endpoint import Reply
from support.tap import answering, pages_of, small_world, sync, truth
from tap_confluence.client.errors import ConfluenceConfigError

SWEEP: dict[str, Any] = {"deletion_detection": "every_sync"}


def test_law_5_a_big_catch_up_lists_without_bodies_and_bookmarks_as_it_goes() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="BIG", name="Big")
    pages = [world.create_page(space, title=f"P{n}", body="<p/>") for n in range(1100)]
    with serve(world) as site:
        first = sync(site, streams=["pages"])
        world.clock.advance(hours=1)
        for page in pages:
            world.edit(page, body="<p>second</p>")
        site.requests.clear()
        second = sync(site, first.state, streams=["pages"], max_requests=10)
        asked = [r for r in site.requests if r.path.endswith("/pages")]
        mark = second.bookmark("pages", space.id)
        third = sync(site, second.state, streams=["pages"])
        fourth = sync(site, third.state, streams=["pages"])
    bare = [r for r in asked if "body-format" not in r.query]
    assert len(bare) == 5
    assert all("id" in r.query for r in asked if "body-format" in r.query and r.query["limit"] == ["250"])
    assert str(first.bookmark("pages", space.id)) < str(mark) < max(page.updated_at for page in pages)
    written = Counter(second.ids("pages") + third.ids("pages"))
    assert set(written) == {page.id for page in pages}
    ascending = [r["updated_at"] for r in second.of("pages")[-250:]]
    assert min(ascending) >= pages[0].updated_at
    assert sum(count > 1 for count in written.values()) <= 250
    assert fourth.ids("pages") == []


def test_law_7_a_dead_letter_stays_until_a_later_run_has_read_it() -> None:
    world = small_world(spaces=1, pages=12)
    bad = pages_of(world, "S0")[5]
    with serve(world) as site:
        answer = site.answer

        def too_heavy(request: Any) -> Reply | None:
            if not request.path.endswith("/pages") or "body-format" not in request.args:
                return None
            reply = answer(request)
            rows = reply.body.get("results", []) if isinstance(reply.body, dict) else []
            return Reply({"errors": []}, status=504) if bad.id in {row["id"] for row in rows} else None

        with answering(site, too_heavy):
            first = sync(site)
            second = sync(site, first.state)
        third = sync(site, second.state)
        fourth = sync(site, third.state)
    assert first.code == 0
    assert set(first.ids("pages")) == set(truth(world, "pages")) - {bad.id}
    assert [(row["stream"], row["id"], row["http_status"]) for row in first.of("sync_errors")] == [
        ("pages", bad.id, 504)
    ]
    assert first.bookmark("pages", bad.space_id) is not None
    assert bad.id in first.state["bookmarks"]["sync_errors"]["owed"]["pages"]
    assert bad.id in second.state["bookmarks"]["sync_errors"]["owed"]["pages"]
    assert second.of("sync_errors")[0]["error_id"] == first.of("sync_errors")[0]["error_id"]
    assert third.ids("pages") == [bad.id]
    assert "sync_errors" not in third.state["bookmarks"]
    assert fourth.content == []


def test_law_7_more_failures_than_allowed_end_the_run_with_exit_code_1(caplog: pytest.LogCaptureFixture) -> None:
    world = small_world(spaces=1, pages=6, attachments=0)
    with serve(world) as site:

        def heavy(request: Any) -> Reply | None:
            return Reply({}, status=504) if request.path.endswith("/pages") and "body-format" in request.args else None

        with answering(site, heavy):
            out = sync(site, max_failures=3, streams=["pages", "sync_errors"])
    assert len(out.of("sync_errors")) == 7
    assert out.code == 1
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert line.startswith("7 rows could not be read, max_failures allows 3")


def test_law_9_the_state_of_another_site_ends_the_run() -> None:
    with serve(small_world(spaces=1)) as one:
        state = sync(one).state
    with serve(small_world(spaces=1)) as other, pytest.raises(ConfluenceConfigError, match="this STATE belongs to"):
        sync(other, state)


def test_law_9_a_space_newly_in_scope_is_read_from_the_start_and_the_others_go_on() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site, spaces=["S0"])
        second = sync(site, first.state, spaces=["S0", "S1"])
        third = sync(site, second.state, spaces=["S0", "S1"])
    assert {record["space_key"] for record in second.content} == {"S1"}
    assert third.content == []


def test_law_9_what_left_by_configuration_is_forgotten_and_never_a_tombstone() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site, **SWEEP)
        world.clock.advance(hours=1)
        second = sync(site, first.state, exclude_spaces=["S1"], **SWEEP)
        third = sync(site, second.state, **SWEEP)
    left = next(s.id for s in world.spaces.values() if s.key == "S1")
    assert second.of("tombstones") == []
    assert second.content == []
    assert second.bookmark("pages", left) is None
    assert {record["space_key"] for record in third.content} == {"S1"}
    assert third.of("tombstones") == []


def test_law_9_other_statuses_are_swept_in_and_out_without_a_tombstone() -> None:
    world = small_world(spaces=1)
    archived = pages_of(world, "S0")[4]
    world.archive(archived)
    both: dict[str, Any] = {"content_statuses": ["current", "archived"]}
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(hours=1)
        second = sync(site, first.state, **both)
        third = sync(site, second.state)
        fourth = sync(site, third.state)
    assert archived.id not in first.ids("pages")
    assert second.ids("pages") == [archived.id]
    assert third.content == []
    assert third.of("tombstones") == []
    assert fourth.of("tombstones") == []


def test_law_9_another_account_buries_nothing() -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[4]
    other = world.create_user(display_name="Grace", email="grace@example.com")
    with serve(world) as site:
        first = sync(site, **SWEEP)
        world.clock.advance(hours=1)
        world.purge(page)
        state = first.state
        state["bookmarks"]["spaces"]["scope"]["account_id"] = other.account_id
        second = sync(site, state, **SWEEP)
        third = sync(site, second.state, **SWEEP)
    assert second.of("tombstones") == []
    assert [row["id"] for row in third.of("tombstones") if row["type"] == "page"] == [page.id]
