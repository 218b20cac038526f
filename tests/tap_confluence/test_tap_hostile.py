"""Whatever a server answers, the tap ends with rows or with one line for a person, and its STATE is good afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve, serve_datacenter
from confluence_sim.datacenter import DataCenterSite
from confluence_sim.site import Site
from support.faults import hurry
from support.hostile import Hostility
from support.scripted_http import Asked, Said, scripted
from support.secrets import everything_said
from support.tap import State, busy_world, everything, sync
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.tap import TapConfluence

SETTINGS: dict[str, Any] = {
    "deletion_detection": "every_sync",
    "max_tombstone_share": 1,
    "attachments_download": True,
    "max_retries": 1,
    "max_wait": 100,
}
SHAPES = (("value",), ("value", "whole"), ("value", "whole", "headers"))
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 60))]
JSON = {"Content-Type": "application/json"}
ME = Said(200, b'{"accountId": "a", "type": "known"}')
ME_HERE = Said(200, b'{"userKey": "k", "type": "known"}')
"""Who asks, on Cloud and on a Data Center."""


def spoiled(site: Site | DataCenterSite, hostility: Hostility) -> None:
    """Let the hostility have its way with every answer."""
    answer = site.answer

    def instead(request: Any) -> Any:
        question = f"{request.method} {request.path}?{sorted(request.args.items(multi=True))}"
        return hostility.spoil(question, answer(request))

    site.answer = instead  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("door", [serve, serve_datacenter])
def test_no_answer_makes_the_tap_stumble_and_none_spoils_its_state(
    door: Any, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    world = busy_world()
    hostility = Hostility(seed, (0.02, 0.1, 0.3)[seed % 3], SHAPES[seed // 3 % 3])
    with door(world) as site:
        catalog = everything(TapConfluence(config=site.config))
        wishes = {**SETTINGS, "attachments_directory": str(tmp_path), "catalog": catalog}
        spoiled(site, hostility)
        state: State | None = None
        told: list[str] = []
        for _ in range(2):
            try:
                state = sync(site, state, **wishes).state
            except ConfluenceError as error:
                told.append(str(error))
            world.clock.advance(hours=1)
        assert not any("\n" in line for line in told), hostility.did
        hostility.share = 0
        assert sync(site, state, **wishes).code == 0, hostility.did


LINKS = ("https://[bad", "https://[bad?cursor=x", "http://host:port/", "//", "\\\\x", "https://\u00e9\u00ff/", "")


def one_line(folder: Path, answer: Said, **settings: Any) -> str:
    """What the command line says when a server knows who asks, and answers everything else with this."""

    def said(request: Asked) -> Said:
        me = ME_HERE if settings.get("personal_access_token") else ME
        return me if request.path.endswith("/user/current") else answer

    with scripted(said) as site:
        config = {"base_url": site.url, "email": "a@b.c", "api_token": "s3cr3t-token", "max_retries": 0, **settings}
        text = everything_said(folder, {name: value for name, value in config.items() if value is not None})
    assert "Traceback" not in text
    assert "s3cr3t" not in text
    (line,) = [line for line in text.splitlines() if " ERROR " in line]
    return line


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("link", LINKS)
def test_a_redirect_to_anywhere_is_one_line(tmp_path: Path, link: str, status: int) -> None:
    assert f"{status} " in one_line(tmp_path, Said(status, b"", {"Location": link}))


@pytest.mark.parametrize("link", [*LINKS[:5], 5, ["x"], {"cursor": "x"}])
def test_a_link_to_the_next_page_that_leads_nowhere_is_one_line(tmp_path: Path, link: object) -> None:
    if link != "":
        body = json.dumps({"results": [], "_links": {"next": link}}).encode()
        assert "holds no cursor" in one_line(tmp_path, Said(200, body, JSON))


@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"null", b'{"results": null}', b'{"results": [1]}', b'{"results": {"id": 1}}', b"[" * 200_000),
        b'{"results": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"results": [{"id": ' + b"9" * 6000 + b"}]}",
        b'{"results": [{"id": "1", "key": "A"}, {"key": "B"}]}',
    ],
    ids=lambda body: body[:24].decode(),
)
@pytest.mark.parametrize("pat", [None, "s3cr3t-pat"])
def test_a_list_of_spaces_that_is_none_is_one_line(tmp_path: Path, body: bytes, pat: str | None) -> None:
    login = {"email": None, "api_token": None, "personal_access_token": pat} if pat else {}
    assert "listing spaces" in one_line(tmp_path, Said(200, body, JSON), **login)


@pytest.mark.parametrize(
    "token",
    [{"access_token": 5}, {"access_token": "a\nb"}, {"access_token": "\u0394"}, ["x"], {"access_token": "x"}],
    ids=str,
)
def test_an_authority_that_gives_no_token_is_one_line(tmp_path: Path, token: object) -> None:
    settings = {
        "email": None,
        "api_token": None,
        "oauth_client_id": "app",
        "oauth_client_secret": "s3cr3t-app",
        "oauth_refresh_token": "s3cr3t-refresh",
        "cloud_id": "cloud",
    }
    with scripted(lambda _: Said(200, json.dumps(token).encode(), JSON)) as site:
        own = {"gateway_url": site.url, "oauth_token_url": f"{site.url}/token", "base_url": site.url}
        assert one_line(tmp_path, Said(404), **settings, **own)


@pytest.mark.parametrize("url", ["https://[bad", "https://a..b", "https://*", "https://exa mple.com", "https://h:port"])
@pytest.mark.parametrize("setting", ["base_url", "gateway_url", "oauth_token_url", "pages"])
def test_a_setting_that_is_no_address_is_one_line(tmp_path: Path, setting: str, url: str) -> None:
    way: dict[str, Any] = {}
    if setting == "oauth_token_url":
        way = {"email": None, "api_token": None, "oauth_client_id": "a", "oauth_client_secret": "s3cr3t"}
        way["oauth_refresh_token"] = "s3cr3t-refresh"
    cloud = {"cloud_id": "x"} if setting != "pages" else {}
    value = [url] if setting == "pages" else url
    assert one_line(tmp_path, Said(404), **way, **cloud, **{setting: value})
