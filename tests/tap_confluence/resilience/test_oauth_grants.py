"""A grant that rotates is never lost, never shown, and never asked for again without need."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from support.disturbances import refusing
from support.running_tap import running
from support.tap import Output, answering, small_world


def run(folder: Path, config: dict[str, Any], **settings: Any) -> Output:
    with running(folder, **{**config, **settings}) as tap:
        return tap.ended()


@contextmanager
def authority(site: Any, answer: Callable[[int, dict[str, Any]], Reply | None]) -> Iterator[list[dict[str, Any]]]:
    """Let something else answer who asks for tokens; None leaves it to the authority. Yields what was asked."""
    asked: list[dict[str, Any]] = []

    def instead(request: Any) -> Reply | None:
        asked.append(dict(request.get_json()) if request.is_json else dict(request.form))
        return answer(len(asked), asked[-1])

    with answering(site.authority, instead):
        yield asked


def test_without_a_token_file_no_grant_is_burnt_unheard(tmp_path: Path) -> None:
    """It is refused before the first refresh, or said to work once, or it works a day later too."""
    world = small_world(spaces=1, pages=2, attachments=0)
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        first = run(tmp_path, config)
        if first.code:
            assert len(site.authority.requests) == 0
            assert "oauth_token_file" in first.stderr
            return
        world.clock.advance(days=1)
        second = run(tmp_path, config)
    warned = [line for line in first.stderr.splitlines() if "| WARNING " in line and "oauth_token_file" in line]
    assert warned or second.code == 0, second.stderr


def test_a_token_file_that_cannot_be_written_burns_no_grant(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=2, attachments=0)
    (tmp_path / "blocker").write_text("")
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        first = run(tmp_path / "one", config, oauth_token_file=str(tmp_path / "blocker" / "token.json"))
        assert first.code == 1
        assert "oauth_token_file" in first.stderr
        assert len(site.authority.requests) == 0
        world.clock.advance(minutes=11)
        second = run(tmp_path / "two", config, oauth_token_file=str(tmp_path / "token.json"))
    assert second.code == 0, second.stderr


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.chaos  # it waits in real time
def test_an_authority_that_is_busy_is_waited_for_and_told_as_such(status: int, tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=2, attachments=0)) as site:
        config = {**site.gateway_config(oauth=True), "oauth_token_file": str(tmp_path / "token.json")}

        def busy(turn: int, _: dict[str, Any]) -> Reply | None:
            return Reply({"error": "busy"}, status=status, headers={"Retry-After": "1"}) if turn <= 4 else None

        with authority(site, busy) as asked:
            patient = run(tmp_path / "patient", config, max_retries=6)
        assert patient.code == 0, patient.stderr
        assert len(asked) == 5
        with authority(site, lambda *_: Reply({"error": "busy"}, status=status, headers={"Retry-After": "1"})):
            last = run(tmp_path / "last", {**config, "oauth_token_file": str(tmp_path / "other.json")}, max_retries=1)
    assert last.code == 1
    assert str(status) in last.stderr
    assert "grant access again" not in last.stderr.lower()


def test_secrets_that_the_authority_repeats_are_not_shown(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=2, attachments=0)) as site:
        config = {**site.gateway_config(oauth=True), "oauth_token_file": str(tmp_path / "token.json")}

        def echo(_: int, asked: dict[str, Any]) -> Reply:
            words = f"Unknown refresh token {asked['refresh_token']} for client secret {asked['client_secret']}"
            return Reply({"error": "invalid_grant", "error_description": words}, status=403)

        with authority(site, echo):
            out = run(tmp_path, config)
    assert out.code == 1
    for name in ("oauth_refresh_token", "oauth_client_secret"):
        assert config[name] not in out.stderr


def test_a_file_that_is_forbidden_is_no_reason_for_another_token(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=12, attachments=12)
    files = {"attachments_download": True, "attachments_directory": str(tmp_path / "files"), "max_failures": 1000}
    with serve(world) as site:
        config = {**site.gateway_config(oauth=True), "oauth_token_file": str(tmp_path / "token.json"), **files}
        with answering(site.gateway, refusing(lambda request: request.path.endswith("/download"), 403)):
            out = run(tmp_path / "run", config)
        downloads = sum(request.path.endswith("/download") for request in site.gateway.requests)
        assert len(site.authority.requests) == 1
    assert downloads == 12
    assert {row["id"] for row in out.of("sync_errors")} == {
        item.id for item in world.contents.values() if item.type == "attachment"
    }


def test_two_taps_on_one_token_file_take_turns(tmp_path: Path) -> None:
    world = small_world(spaces=2, pages=30, attachments=0)
    world.switches.oauth_access_requests = 10
    world.switches.oauth_reuse_leeway_seconds = 0
    with serve(world) as site:
        config = {**site.gateway_config(oauth=True), "oauth_token_file": str(tmp_path / "token.json"), "page_size": 5}
        with (
            running(tmp_path / "one", **config, spaces=["S0"]) as one,
            running(tmp_path / "two", **config, spaces=["S1"]) as two,
        ):
            outs = [one.ended(), two.ended()]
    assert [out.code for out in outs] == [0, 0], outs[0].stderr + outs[1].stderr
    assert [len(out.of("pages")) for out in outs] == [31, 31]
    kept = json.loads((tmp_path / "token.json").read_text())
    assert kept
