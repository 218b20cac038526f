"""What must be read again is one thing owed: it costs nothing but itself, is told, and in the end given up (law 16)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.tap import Output, State, answering, command, config_file, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError
from tap_confluence.sync.state.owed import GIVE_UP_AFTER

Instead = Callable[[Any], Reply | None]


def refusing(status: int, *pieces: str) -> Instead:
    """Answer with a status wherever a path ends with one of these."""
    refused = Reply({"errors": [{"status": status, "code": "X", "title": "Refused"}]}, status=status)
    return lambda request: refused if request.path.endswith(pieces) else None


def owing(**parts: list[str]) -> State:
    """A STATE in which these rows are owed."""
    owed = {part: {content_id: ["unread", 1, ""] for content_id in ids} for part, ids in parts.items()}
    return {"bookmarks": {"sync_errors": {"owed": owed}}}


def attachments_of(world: World) -> list[Any]:
    return [item for item in world.contents.values() if item.type == "attachment"]


def test_a_run_ends_although_what_is_owed_cannot_be_asked_for_while_walks_run_ahead(tmp_path: Path) -> None:
    world = small_world(spaces=5, pages=100, attachments=1)
    page = world.create_page(next(iter(world.spaces.values())), title="Not listed", body="<p>x</p>")
    world.trash(page)
    (tmp_path / "state.json").write_text(json.dumps(owing(pages=[page.id])))
    busy = Reply({"errors": [{"status": 503, "code": "X", "title": "Busy"}]}, status=503)

    def by_id_is_down(request: Any) -> Reply | None:
        return busy if request.path.endswith("/api/v2/pages") and request.args.get("id") else None

    with serve(world) as site, answering(site, by_id_is_down):
        config = config_file(tmp_path, site, page_size=50)
        out = command("--config", config, "--state", str(tmp_path / "state.json"))
    assert out.code == 1
    assert {len(out.of("pages")), len(out.of("attachments"))} == {505, 5}
    assert out.of("sync_errors") != []
    assert page.id in out.state["bookmarks"]["sync_errors"]["owed"]["pages"]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_row_that_can_never_be_read_by_id_stops_nothing_of_its_stream(status: int, tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=6)
    sick = attachments_of(world)[2]
    settings: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}
    with serve(world) as site:
        with answering(site, refusing(404, f"/{sick.id}/download")):
            state = sync(site, **settings).state
        world.clock.advance(minutes=60)
        new = world.attach(pages_of(world, "S0")[2], filename="new.txt", data=b"x", media_type="text/plain")
        with answering(site, refusing(status, f"/attachments/{sick.id}", f"/{sick.id}/download")):
            out = sync(site, state, **settings)
    assert out.code == 0
    assert out.ids("attachments") == [new.id]
    if status != 404:  # that one is gone
        assert [(row["id"], row["http_status"]) for row in out.of("sync_errors")] == [(sick.id, status)]


def test_files_that_never_come_are_given_up_and_their_rows_written_once(tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=0)
    for number in range(8):
        world.attach(pages_of(world, "S0")[1], filename=f"{number}.bin", data=b"x", media_type="application/x")
    settings: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path), "max_failures": 5}
    codes, rows, asked, told = [], [], [], []
    with serve(world) as site:
        state = None
        with answering(site, refusing(404, "/download")):
            for _ in range(GIVE_UP_AFTER + 3):
                site.requests.clear()
                out = sync(site, state, **settings)
                codes.append(out.code)
                rows.append(len(out.of("attachments")))
                asked.append(sum(entry.path.endswith("/download") for entry in site.requests))
                told.append(out.of("sync_errors"))
                state = out.state
                world.clock.advance(minutes=60)
            world.clock.advance(hours=24)
            late = sync(site, state, **settings)
        world.clock.advance(hours=24 * 40)
        healed = sync(site, late.state, **settings)
    assert codes == [1] * GIVE_UP_AFTER + [0] * 3
    assert rows == [8] + [0] * (GIVE_UP_AFTER + 2), "a second run with nothing changed writes no content row"
    assert asked == [8] * GIVE_UP_AFTER + [0] * 3
    assert all("given up" in row["message"] for row in told[GIVE_UP_AFTER - 1])
    assert (late.code, len(late.of("sync_errors"))) == (0, 8), "asked for again, told, and not counted again"
    assert len(healed.of("attachments")) == 8
    assert all(row["content_path"] for row in healed.of("attachments"))
    assert "owed" not in healed.state["bookmarks"].get("sync_errors", {})


def test_rows_in_one_question_that_fails_are_asked_for_apart_until_the_sick_one_is_alone() -> None:
    world = small_world(spaces=1, pages=40)
    first, *others = pages_of(world, "S0")[:20]

    def sick(request: Any) -> Reply | None:
        named = request.path.endswith("/pages") and first.id in request.args.get("id", "").split(",")
        return Reply({"errors": [{"status": 500, "code": "X", "title": "Internal"}]}, status=500) if named else None

    with serve(world) as site:
        state = sync(site).state
        state["bookmarks"].setdefault("sync_errors", {}).update(
            owing(pages=[first.id, *(page.id for page in others)])["bookmarks"]["sync_errors"]
        )
        with answering(site, sick):
            out = sync(site, state)
    assert set(out.ids("pages")) == {page.id for page in others}
    assert [row["id"] for row in out.of("sync_errors")] == [first.id]
    assert set(out.state["bookmarks"]["sync_errors"]["owed"]["pages"]) == {first.id}


def test_nothing_owed_is_forgotten_on_the_word_of_credentials_that_died() -> None:
    world = small_world(spaces=2)
    held = attachments_of(world)[0]
    gone = Reply({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}, status=404)
    nobody = Reply({"message": "Current user not permitted to use Confluence", "statusCode": 403}, status=403)
    dead = False

    def die(request: Any) -> Reply | None:
        nonlocal dead
        dead = dead or f"/attachments/{held.id}" in request.path
        return None if not dead else gone if "/api/v2/" in request.path else nobody

    with serve(world) as site:
        state = sync(site).state
        state["bookmarks"]["sync_errors"] = owing(attachments=[held.id])["bookmarks"]["sync_errors"]
        with answering(site, die), suppress(ConfluenceAuthError):
            state = sync(site, state).state
        dead = False
        assert sync(site, state).ids("attachments") == [held.id]


def test_nothing_owed_is_forgotten_on_the_word_of_a_data_center_that_takes_us_for_nobody() -> None:
    world = small_world(spaces=2)
    world.switches.dc_anonymous_access = True
    page = pages_of(world, "S0")[3]
    with serve_datacenter(world) as site:
        state = sync(site).state
        state["bookmarks"]["sync_errors"] = owing(pages=[page.id])["bookmarks"]["sync_errors"]

        def die(request: Any) -> Reply | None:
            if f"/content/{page.id}" in request.path:
                return Reply({"statusCode": 404, "message": "No content found"}, status=404)
            return Reply({"type": "anonymous"}) if request.path.endswith("/user/current") else None

        with answering(site, die), pytest.raises(ConfluenceAuthError):
            sync(site, state)
        assert sync(site, state).ids("pages") == [page.id]


def test_attachments_that_are_known_are_fetched_when_files_are_wanted_later(tmp_path: Path) -> None:
    world = small_world(spaces=2)
    settings: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(minutes=5)
        second = sync(site, first.state, **settings)
        third = sync(site, second.state, **settings)
    assert len(second.of("attachments")) == len(attachments_of(world))
    assert all(row["content_path"] for row in second.of("attachments"))
    assert third.content == []


def test_memory_of_an_earlier_form_is_read_and_forgotten() -> None:
    world = small_world(spaces=1)
    one, two = pages_of(world, "S0")[2:4]
    with serve(world) as site:
        state = sync(site).state
        state["bookmarks"]["sync_errors"] = {"dead": {"pages": {one.id: 6}}}
        state["bookmarks"]["pages"]["incomplete"] = {two.id: ["body"]}
        out: Output = sync(site, state)
    assert set(out.ids("pages")) == {one.id, two.id}
    assert not {"dead", "owed"} & out.state["bookmarks"].get("sync_errors", {}).keys()
    assert "incomplete" not in out.state["bookmarks"]["pages"]
