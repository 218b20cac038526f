"""The API gateway: scoped tokens, OAuth with rotating tokens, and dead tokens that look like deleted pages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from support.tap import BIN, COMMENTS, CONTENT, Output, answering, config_file, parse, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError, ConfluenceError
from tap_confluence.tap import TapConfluence

SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}


def through(site: Site, state: Any = None, **settings: Any) -> Output:
    """Run with these settings instead of the site's own credentials."""
    bare = {"email": None, "api_token": None}
    return sync(site, state, **{**bare, **settings})


def ids(out: Output) -> set[str]:
    return {row["id"] for row in out.content}


def told(out: Output, stream: str) -> list[str]:
    return sorted(json.dumps({**row, "observed_at": "", "raw": {}}) for row in out.of(stream))


def test_a_scoped_token_reads_the_same_rows_as_an_unscoped_one_on_the_site() -> None:
    world = small_world(spaces=2, pages=30)
    streams = set(TapConfluence.order)
    with serve(world) as site:
        plain = sync(site, streams=streams, page_size=10)
        site.requests.clear()
        scoped = through(site, streams=streams, page_size=10, **site.gateway_config())
        on_site = [request.path for request in site.requests]
    for stream in (*CONTENT, *COMMENTS, "spaces", "content_labels", "space_permissions"):
        assert told(scoped, stream) == told(plain, stream), stream
    assert on_site == ["/_edge/tenant_info"]


def test_oauth_reads_with_tokens_that_die_in_the_middle_of_the_run(tmp_path: Path) -> None:
    world = small_world(spaces=2, pages=40)
    world.switches.oauth_access_requests = 4
    kept = tmp_path / "deep" / "token.json"
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        first = through(site, page_size=10, concurrency=1, oauth_token_file=str(kept), **SWEEP, **config)
        second = through(site, first.state, concurrency=1, oauth_token_file=str(kept), **SWEEP, **config)
        refreshes = len(site.authority.requests)
    assert ids(first) == {item.id for item in world.contents.values()}
    assert first.code == second.code == 0
    assert second.content == []
    assert second.of("tombstones") == []
    assert refreshes >= 6
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text())["refresh_token"] != config["oauth_refresh_token"]


@pytest.mark.parametrize("oauth", [False, True])
def test_a_service_account_reads_by_its_token_alone_or_by_its_client_credentials(oauth: bool) -> None:
    world = small_world(spaces=2, pages=30)
    world.switches.oauth_access_requests = 4
    with serve(world) as site:
        config = site.gateway_config(oauth=oauth, service=True)
        first = through(site, page_size=10, concurrency=1, **SWEEP, **config)
        second = through(site, first.state, concurrency=1, **SWEEP, **config)
        asked = [request.path for request in site.authority.requests]
    assert ids(first) == {item.id for item in world.contents.values()}
    assert (first.code, second.code, second.content, second.of("tombstones")) == (0, 0, [], [])
    assert (len(asked) > 2) == oauth, "a new access token each hour, and no file to keep"


def test_a_service_account_whose_credentials_were_revoked_is_told_what_to_check() -> None:
    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True, service=True)
        site.tokens.revoke()
        with pytest.raises(ConfluenceAuthError, match="check oauth_client_id and oauth_client_secret"):
            through(site, **config)
        of_users = site.gateway_config(oauth=True)
        with pytest.raises(ConfluenceAuthError, match="need an oauth_refresh_token, too"):
            through(site, **{**of_users, "oauth_refresh_token": None})
        bearer = site.gateway_config(service=True)
        site.tokens.revoke()
        with pytest.raises(ConfluenceAuthError, match="401"):
            through(site, **bearer)


def test_a_rotated_token_is_kept_and_a_new_one_in_the_settings_wins_over_it(tmp_path: Path) -> None:
    world = small_world(spaces=1)
    world.switches.oauth_reuse_leeway_seconds = 0
    kept = str(tmp_path / "token.json")
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        through(site, oauth_token_file=kept, **config)
        world.clock.advance(hours=2)
        through(site, oauth_token_file=kept, **config)
        with pytest.raises(ConfluenceAuthError, match="oauth_refresh_token"):
            through(site, **config)
        other = site.gateway_config(oauth=True)
        assert through(site, oauth_token_file=kept, **other).code == 0


def test_a_dead_refresh_token_ends_the_run_before_anything_is_taken_for_gone() -> None:
    world = small_world(spaces=1)
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        first = through(site, **SWEEP, **config)
        world.clock.advance(hours=2)
        site.tokens.revoke()
        with pytest.raises(ConfluenceAuthError, match="grant access again"):
            through(site, first.state, **SWEEP, **config)


def test_a_token_that_dies_between_two_requests_buries_nothing() -> None:
    world = small_world(spaces=1, pages=30)
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        first = through(site, **SWEEP, **config)
        world.clock.advance(hours=2)
        world.switches.oauth_access_requests = 4
        world.switches.oauth_reuse_leeway_seconds = 0
        # one at a time: five threads would use a token of four requests up before each has had its turn
        out = through(site, first.state, page_size=5, concurrency=1, **SWEEP, **site.gateway_config(oauth=True))
    assert out.of("tombstones") == []
    assert out.of("sync_errors") == []


def test_refreshes_run_one_at_a_time() -> None:
    world = small_world(spaces=8, pages=20)
    world.switches.oauth_reuse_leeway_seconds = 0
    world.switches.oauth_access_requests = 40
    with serve(world) as site:
        out = through(site, page_size=5, concurrency=8, **site.gateway_config(oauth=True))
    assert out.code == 0
    assert ids(out) == {item.id for item in world.contents.values()}


def test_a_missing_scope_is_named() -> None:
    world = small_world(spaces=1)
    with serve(world) as site:
        config = site.gateway_config(["read:confluence-user", "read:space:confluence"])
        with pytest.raises(ConfluenceAuthError, match="read:page:confluence"):
            through(site, streams=("pages",), **config)


def test_a_site_that_does_not_tell_its_cloud_id_is_an_error_that_names_the_setting() -> None:
    with serve(small_world(spaces=1)) as site:
        config = {**site.gateway_config(), "base_url": site.gateway_url}
        with pytest.raises(ConfluenceConfigError, match="cloud_id"):
            through(site, **config)


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "token.json").write_text("not json")
    with serve(small_world(spaces=1)) as site, pytest.raises(ConfluenceConfigError, match="oauth_token_file"):
        through(site, oauth_token_file=str(tmp_path / "token.json"), **site.gateway_config(oauth=True))


def refresh_with(site: Site, config: dict[str, Any], said: list[Reply], **settings: Any) -> Output:
    """Run while the authority says these things first."""

    def instead(_: Any) -> Reply | None:
        return said.pop(0) if said else None

    with answering(site.authority, instead):
        return through(site, **config, **settings)


@pytest.mark.parametrize(("status", "header"), [(429, "1"), (429, None), (503, "1"), (500, None)])
def test_a_busy_authority_is_waited_for(status: int, header: str | None) -> None:
    busy = Reply({"error": "busy"}, status=status, headers={"Retry-After": header} if header else {})
    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True)
        assert refresh_with(site, config, [busy], max_retries=1).code == 0
        assert len(site.authority.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_an_authority_that_stays_busy_is_not_told_as_a_dead_grant(status: int) -> None:
    said = [Reply({"error": "temporarily_unavailable"}, status=status) for _ in range(2)]
    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True)
        with pytest.raises(ConfluenceError, match=r"temporarily_unavailable.*try again later") as caught:
            refresh_with(site, config, said, max_retries=1)
        assert "oauth_refresh_token" not in str(caught.value)
        assert through(site, **config).code == 0, "the grant is as good as before"


def test_a_wait_of_the_authority_beyond_max_wait_ends_the_run() -> None:
    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True)
        said = [Reply({"error": "busy"}, status=429, headers={"Retry-After": "7200"})]
        with pytest.raises(ConfluenceError, match="max_wait"):
            refresh_with(site, config, said, max_retries=5)
        assert len(site.authority.requests) == 1


def test_nothing_that_the_authority_repeats_shows_a_token(tmp_path: Path) -> None:
    def echo(request: Any) -> Reply:
        asked = request.get_json()
        words = f"token {asked['refresh_token']} for {asked['client_secret']} ({quote(asked['refresh_token'])})"
        return Reply({"error": "invalid_grant", "error_description": words}, status=403)

    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True)
        kept = str(tmp_path / "token.json")
        assert through(site, oauth_token_file=kept, **config).code == 0
        rotated = json.loads(Path(kept).read_text())["refresh_token"]
        site.world.clock.advance(hours=2)
        with answering(site.authority, echo), pytest.raises(ConfluenceAuthError, match="invalid_grant") as caught:
            through(site, oauth_token_file=kept, **config)
    assert rotated not in str(caught.value)
    assert config["oauth_client_secret"] not in str(caught.value)


def test_an_access_token_that_the_site_repeats_is_not_shown() -> None:
    seen = []

    def echo(request: Any) -> Reply | None:
        if not request.path.endswith("/pages"):
            return None
        seen.append(request.headers["Authorization"].split()[1])
        return Reply({"message": f"what is {seen[-1]} for?"}, status=400)

    with serve(small_world(spaces=1)) as site:
        config = site.gateway_config(oauth=True)
        with answering(site.gateway, echo):
            out = through(site, streams=("pages", "sync_errors"), **config)
    assert seen
    said = json.dumps(out.of("sync_errors"))
    assert "what is *** for" in said
    assert all(token not in said for token in seen)


def test_a_token_file_that_cannot_be_written_does_not_cost_the_grant(tmp_path: Path) -> None:
    world = small_world(spaces=1)
    world.switches.oauth_reuse_leeway_seconds = 0
    (tmp_path / "file").write_text("in the way")
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        with pytest.raises(ConfluenceConfigError, match="oauth_token_file: cannot be written"):
            through(site, oauth_token_file=str(tmp_path / "file" / "token.json"), **config)
        assert len(site.authority.requests) == 0
        assert through(site, oauth_token_file=str(tmp_path / "token.json"), **config).code == 0


def test_two_taps_that_share_a_token_file_take_turns(tmp_path: Path) -> None:
    world = small_world(spaces=2, pages=30, attachments=0)
    world.switches.oauth_access_requests = 4
    world.switches.oauth_reuse_leeway_seconds = 0
    kept = str(tmp_path / "token.json")
    with serve(world) as site:
        config = {"email": None, "api_token": None, **site.gateway_config(oauth=True)}
        runs = []
        for key in ("S0", "S1"):
            folder = tmp_path / key
            folder.mkdir()
            wishes = {**config, "oauth_token_file": kept, "page_size": 5, "concurrency": 1, "spaces": [key]}
            arguments = [str(BIN / "tap-confluence"), "--config", config_file(folder, site, **wishes)]
            runs.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        said = [run.communicate(timeout=120) for run in runs]
        refreshes = len(site.authority.requests)
    assert [run.returncode for run in runs] == [0, 0], said
    assert [len(Output(parse(out.decode())).of("pages")) for out, _ in said] == [31, 31]
    assert refreshes >= 6


def test_a_token_that_was_replaced_and_is_not_kept_is_told(caplog: pytest.LogCaptureFixture) -> None:
    world = small_world(spaces=1)
    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        assert through(site, **config).code == 0
        said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert len([line for line in said if "set oauth_token_file" in line]) == 1
        world.clock.advance(hours=24)
        with pytest.raises(ConfluenceAuthError, match="with an oauth_token_file"):
            through(site, **config)


def test_forbidden_files_cost_no_token(tmp_path: Path) -> None:
    world = small_world(spaces=1, attachments=12)
    asked = []

    def forbid(request: Any) -> Reply | None:
        if not request.path.endswith("/download"):
            return None
        asked.append(request.path)
        return Reply({"code": 403, "message": "Current user not permitted"}, status=403)

    with serve(world) as site:
        config = site.gateway_config(oauth=True)
        with answering(site.gateway, forbid):
            files = {"attachments_download": True, "attachments_directory": str(tmp_path)}
            out = through(site, max_retries=5, **files, **config)
        refreshes = len(site.authority.requests)
    assert len(out.of("sync_errors")) == len(asked) == 12
    assert refreshes == 1
