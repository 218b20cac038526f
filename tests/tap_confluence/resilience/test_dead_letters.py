"""What must be read again hangs nothing, holds up no row, is given up in the end, and is never forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve, serve_datacenter
from support.disturbances import poisoned, refusal, refusing
from support.faults import run
from support.oracle import Mirror, assert_equal
from support.running_tap import running
from support.tap import Output, State, answering, pages_of, small_world, sync, truth

SERVED = pytest.mark.parametrize("served", [serve, serve_datacenter])


def named(out: Output) -> str:
    """All that ``sync_errors`` says."""
    return " ".join(str(row) for row in out.of("sync_errors"))


def test_a_dead_letter_that_cannot_be_asked_for_while_walks_run_ahead_hangs_nothing(tmp_path: Path) -> None:
    world = small_world(spaces=5, pages=100, attachments=1)
    dead = pages_of(world, "S0")[5]
    mirror = Mirror()
    with serve(world) as site:
        with answering(site, poisoned(site, dead.id, bodies=True)):
            first = sync(site, page_size=10, max_requests=40)
        mirror.load(first)
        assert dead.id in named(first)
        assert len(first.of("pages")) < 400, "the first sync is under way"
        by_id = refusing(lambda request: request.path.endswith("/pages") and "id" in request.args, 503)
        with answering(site, by_id), running(tmp_path, site, first.state, page_size=10) as tap:
            second = tap.ended()
        mirror.load(second)
        last = sync(site, second.state, page_size=10)
        mirror.load(last)
    assert second.code in (0, 1)
    assert set(mirror.versions("pages")) == set(truth(world, "pages"))
    assert {*second.ids("pages"), *first.ids("pages")} >= set(truth(world, "pages")) - {dead.id}
    assert dead.id in last.ids("pages")
    assert_equal(mirror, world, "after the outage")


@SERVED
def test_a_dead_letter_that_cannot_be_asked_for_holds_up_no_other_row_and_is_named_in_every_run(
    served: Any, tmp_path: Path
) -> None:
    world = small_world(spaces=1, pages=12, attachments=6)
    sick = [item for item in world.contents.values() if item.type == "attachment"][2]
    number = sick.id.removeprefix("att")
    files: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}

    def no_file(request: Any) -> Any:
        hit = "/download" in request.path and (number in request.path or sick.title in request.path)
        return refusal(request, 404) if hit and (number in request.path or sick.container_id in request.path) else None

    def sick_letter(request: Any) -> Any:
        by_id = request.path.endswith((f"/attachments/{sick.id}", f"/content/{sick.id}", f"/content/{number}"))
        return refusal(request, 500) if by_id else no_file(request)

    with served(world) as site:
        with answering(site, no_file):
            state = sync(site, **files).state
        for turn in range(3):
            world.clock.advance(hours=1)
            new = world.attach(pages_of(world, "S0")[2], filename=f"new{turn}.txt", data=b"x")
            world.clock.advance(hours=1)
            with answering(site, sick_letter):
                out = sync(site, state, **files)
            state = out.state
            assert new.id in out.ids("attachments")
            assert sick.id in named(out)
        world.clock.advance(days=60)
        assert sick.id in sync(site, state, **files).ids("attachments"), "asked for again when it may be well"


def test_files_that_are_broken_for_ever_are_given_up_and_asked_for_again_ever_more_rarely(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=12, attachments=0)
    for n in range(6):
        world.attach(pages_of(world, "S0")[1], filename=f"f{n}.bin", data=b"x")
    wishes: dict[str, Any] = {
        "attachments_download": True,
        "attachments_directory": str(tmp_path),
        "max_failures": 3,
        "deletion_detection": "off",
    }
    runs: list[tuple[int, int, int]] = []
    with serve(world) as site:
        plain = sync(site, deletion_detection="off")
        before = len(site.requests)
        assert sync(site, plain.state, deletion_detection="off").content == []
        quiet_cost = len(site.requests) - before
        state: State | None = None
        with answering(site, refusing(lambda request: "/download" in request.path, 404)):
            for _ in range(20):
                before = len(site.requests)
                out = sync(site, state, **wishes)
                runs.append((out.code, len(out.content), len(site.requests) - before))
                state = out.state
                world.clock.advance(hours=1)
        assert runs[0][0] == 1, "more than max_failures"
        assert all(count == 0 for _, count, _ in runs[1:]), "rows that did not change are not written again"
        assert [code for code, _, _ in runs[-5:]] == [0] * 5, "given up, and not counted again"
        assert sum(cost for *_, cost in runs[-8:]) <= 8 * quiet_cost + 12, "asked for at growing intervals"
        mended = []
        for _ in range(4):
            world.clock.advance(days=60)
            out = sync(site, state, **wishes)
            state = out.state
            mended += out.of("attachments")
    assert {row["id"] for row in mended if row["content_path"]} == set(truth(world, "attachments"))


def test_a_dead_letter_is_not_forgotten_when_credentials_die_as_it_is_asked_for_on_cloud(tmp_path: Path) -> None:
    """From then on v2 answers 404 by id, as if nothing were there (FACTS 4.7)."""
    world = small_world(spaces=2, pages=12, attachments=4)
    sick = next(item for item in world.contents.values() if item.type == "attachment")
    files: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
    dead: list[bool] = []
    with serve(world) as site:
        with answering(site, refusing(lambda request: f"/{sick.id}/download" in request.path)):
            first = run(tmp_path, site, deletion_detection="off", max_retries=0, **files)
        assert sick.id in {row["id"] for row in first.of("sync_errors")}

        def die(request: Any) -> Any:
            if sick.id in request.full_path:
                dead.append(True)
            if not dead:
                return None
            return refusal(request, 404 if "/api/v2/" in request.path else 403)

        world.clock.advance(hours=2)
        with answering(site, die):
            second = run(tmp_path, site, first.state, deletion_detection="off", max_retries=0, **files)
        assert dead
        assert second.of("tombstones") == []
        assert second.code == 1
        world.clock.advance(days=30)
        state = second.states[-1] if second.states else first.state
        third = run(tmp_path, site, state, deletion_detection="off", **files)
    assert sick.id in third.ids("attachments")


def test_a_dead_letter_is_not_forgotten_when_credentials_die_as_it_is_asked_for_on_data_center(tmp_path: Path) -> None:
    """From then on anonymous asks, who may see nothing (FACTS 7.5)."""
    world = small_world(spaces=2, pages=12, attachments=4)
    world.switches.dc_anonymous_access = True
    page = pages_of(world, "S0")[3]
    asked: list[str] = []
    with serve_datacenter(world) as site:
        with answering(site, poisoned(site, page.id, bodies=True)):
            first = run(tmp_path, site, deletion_detection="off", max_retries=0)
        assert page.id in {row["id"] for row in first.of("sync_errors")}

        def die(request: Any) -> None:
            if page.id in request.full_path and not asked:
                asked.append(request.path)
                site.doors.revoke(site.token)

        world.clock.advance(hours=2)
        with answering(site, die):
            second = run(tmp_path, site, first.state, deletion_detection="off", max_retries=0)
        assert asked
        assert second.of("tombstones") == []
        assert second.code == 1
        site.doors.add(site.user, password=site.password, token="again")
        world.clock.advance(days=30)
        state = second.states[-1] if second.states else first.state
        third = run(tmp_path, site, state, deletion_detection="off", personal_access_token="again")
    assert page.id in third.ids("pages")
