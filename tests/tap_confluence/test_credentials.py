"""Credentials appear nowhere and go nowhere else, whatever is asked of the tap and whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Fault
from confluence_sim.api.endpoint import Reply
from confluence_sim.faults import KINDS
from confluence_sim.site import Site
from support.scripted_http import Said, scripted
from support.secrets import WAYS, door, everything_said, forms
from support.tap import BIN, answering
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.connect import connect
from tap_confluence.client.errors import ConfluenceAuthError, ends_everything
from tap_confluence.settings import Settings
from tap_confluence.sync.identify import confirm
from tap_confluence.tap import TapConfluence

SETTINGS: dict[str, Any] = {
    "requests_per_second": 1000,
    "max_retries": 1,
    "request_timeout": 60,
    "page_size": 10,
    "deletion_detection": "every_sync",
}
ASKED: tuple[list[str], ...] = (
    [],
    ["--plan", "json"],
    ["--plan"],
    ["--test"],
    ["--discover"],
    ["--about"],
    ["--about", "--format", "json"],
)
AMOUNTS = {"slow_drip": 0.05, "big_page_timeout": 3, "big_page_unavailable": 3}


@pytest.mark.parametrize("way", WAYS)
def test_no_credential_shows_in_anything_that_the_tap_says(way: str, tmp_path: Path) -> None:
    with door(way) as entry:
        config = {**SETTINGS, **entry.config}
        if way not in {"pat", "password"}:
            config |= {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
        said = [everything_said(tmp_path, config, *arguments) for arguments in ASKED]
        assert '"type":"RECORD"' in said[0]
        assert '"type":"STATE"' in said[0]
        assert "METRIC" in said[0]
        assert "DEBUG" in said[0], "the most talkative level is what is put to the test"
        for text in said:
            assert entry.shown(text) == []
        assert entry.led_astray() == []


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_credential_is_not_repeated(way: str, tmp_path: Path) -> None:
    with door(way) as entry:
        for name in ("api_token", "oauth_client_secret", "oauth_refresh_token", "personal_access_token", "password"):
            if name in entry.config:
                wrong = "wr0ng/+ \"'\\ \u00e9" + name
                for word in (wrong, wrong.encode("ascii", "ignore").decode()):
                    text = everything_said(tmp_path, {**SETTINGS, **entry.config, name: word})
                    assert " ERROR " in text
                    pair = f"{entry.config.get('email') or entry.config.get('username')}:{word}"
                    assert [form for form in forms(word, pair) if form in text] == []


FAULTY = [
    pytest.param(
        way, name, marks=[] if way == "cloud" or name.startswith(("token_", "foreign_")) else pytest.mark.chaos
    )
    for way in WAYS
    for name in KINDS
]


@pytest.mark.parametrize(("way", "name"), FAULTY)
def test_no_fault_makes_the_tap_show_a_credential_or_carry_it_to_a_foreign_host(
    way: str, name: str, tmp_path: Path
) -> None:
    with door(way) as entry, scripted(lambda _: Said()) as foreign:
        config = {**SETTINGS, **entry.config}
        doors = [entry.site, getattr(entry.site, "gateway", None), getattr(entry.site, "authority", None)]
        for each in doors:
            if each is not None and hasattr(each, "faults"):
                each.faults.add(Fault(name, seed=1, amount=AMOUNTS.get(name), to=foreign.url))
        text = everything_said(tmp_path, config)
        assert entry.shown(text) == []
        assert entry.led_astray() == []
        assert foreign.asked == []


def test_an_unforeseen_error_and_its_traceback_show_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("unforeseen")

    for owner, name in ((CloudV2, "identity"), (CloudV2, "page"), (TapConfluence, "act")):
        with door("cloud") as entry, monkeypatch.context() as patch:
            patch.setattr(owner, name, stumble)
            text = everything_said(tmp_path, {**SETTINGS, **entry.config})
            assert "RuntimeError: unforeseen" in text
            assert entry.shown(text) == []


@pytest.mark.parametrize(
    "change",
    [
        {"api_token": ["hunter2-secret"]},
        {"api_token": {"value": "hunter2-secret"}},
        {"base_url": "http://ada:hunter2-secret@127.0.0.1:9"},
        {"base_url": "http://127.0.0.1:9/?token=hunter2-secret"},
        {"base_url": "http://127.0.0.1:9/#hunter2-secret"},
        {"gateway_url": "http://ada:hunter2-secret@127.0.0.1:9", "cloud_id": "auto"},
        {"api_tokne": "hunter2-secret"},
        {"personal_access_token": "hunter2-secret"},
        {"password": "hunter2-secret"},
        {"oauth_client_secret": "hunter2-secret"},
        {"api_token": "hunter2-secret\nX-Other: 1"},
        {"api_token": "hunter2-secret\u0394"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_without_repeating_what_may_be_a_secret(
    change: dict[str, Any], tmp_path: Path
) -> None:
    base = {"base_url": "http://127.0.0.1:9", "email": "ada@example.com", "api_token": "x", "max_retries": 0}
    text = everything_said(tmp_path, {**base, **change})
    assert " ERROR " in text
    assert "hunter2" not in text


@pytest.mark.parametrize("way", ["cloud", "oauth", "pat"])
def test_a_process_of_its_own_that_takes_its_settings_from_the_environment_shows_none(way: str, tmp_path: Path) -> None:
    with door(way) as entry:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TAP_CONFLUENCE_")}
        own = {f"TAP_CONFLUENCE_{name.upper()}": str(value) for name, value in entry.config.items()}
        proxy = {"http_proxy": "http://ada:hunter2-secret@127.0.0.1:9", "no_proxy": ""}
        for more in ({}, proxy):
            done = subprocess.run(
                [str(BIN / "tap-confluence"), "--config=ENV"],
                env={**kept, **own, **more, "LOGLEVEL": "DEBUG", "TAP_CONFLUENCE_MAX_RETRIES": "0"},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            said = done.stdout + done.stderr
            assert ("RECORD" in done.stdout) != bool(more), said
            assert entry.shown(said) == []
            assert "hunter2" not in said


@pytest.mark.parametrize("way", WAYS)
def test_what_a_netrc_holds_neither_replaces_our_credentials_nor_goes_anywhere(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password netrc-word\ndefault login ada password netrc-word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with door(way) as entry:
        config = {**SETTINGS, **entry.config}
        if way not in {"pat", "password"}:
            config |= {"attachments_download": True, "attachments_directory": str(tmp_path / "files")}
        said = everything_said(tmp_path, config)
        assert '"type":"RECORD"' in said
        assert " ERROR " not in said
        assert "netrc-word" not in said
        assert entry.led_astray() == []
        if isinstance(entry.site, Site):
            assert entry.site.media.requests, "files were fetched"


@pytest.mark.parametrize("way", WAYS)
def test_credentials_that_died_in_the_run_are_found_out_before_an_absence_is_believed(way: str) -> None:
    with door(way) as entry:
        api = connect(Settings.from_config({**SETTINGS, **entry.config}))
        identity = api.identity()
        confirm(api, identity)
        before = len(entry.site.requests)
        confirm(api, identity)
        assert len(entry.site.requests) - before <= 1
        asked = getattr(entry.site, "gateway", entry.site) if way in {"gateway", "oauth"} else entry.site
        with answering(asked, nobody), pytest.raises(ConfluenceAuthError) as caught:
            confirm(api, identity)
        assert ends_everything(caught.value)
        with pytest.raises(ConfluenceAuthError, match="somebody-else"):
            confirm(api, replace(identity, account_id="somebody-else"))
        api.close()


def nobody(request: Any) -> Reply | None:
    """What a dead token gets: a Data Center open to all lets it in as anonymous, Cloud does not (FACTS 4.7, 7.5)."""
    if "/wiki/" in request.path:
        return Reply({"message": "Current user not permitted to use Confluence", "statusCode": 403}, status=403)
    return Reply({"type": "anonymous", "displayName": "Anonymous"}, headers={"X-AUSERNAME": "anonymous"})
