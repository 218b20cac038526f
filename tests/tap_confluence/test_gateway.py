"""The API gateway: scoped tokens, OAuth with rotating tokens, and dead tokens that look like deleted pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.site import Site
from support.tap import COMMENTS, CONTENT, Output, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError
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
