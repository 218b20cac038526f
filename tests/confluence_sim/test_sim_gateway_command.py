"""The command line prints settings for the gateway too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from confluence_sim.__main__ import main


def first_page(auth: str, settings: dict[str, str]) -> str:
    """Return the title of a page, asked for with the settings that were printed."""
    path = "/wiki/api/v2/pages?limit=1&sort=-id"
    if auth == "basic":
        own = (settings["email"], settings["api_token"])
        return title(requests.get(settings["base_url"] + path, auth=own, timeout=10))
    cloud_id = requests.get(f"{settings['base_url']}/_edge/tenant_info", timeout=10).json()["cloudId"]
    address = f"{settings['gateway_url']}/ex/confluence/{cloud_id}{path}"
    if auth == "scoped":
        return title(requests.get(address, auth=(settings["email"], settings["api_token"]), timeout=10))
    form = {name.removeprefix("oauth_"): value for name, value in settings.items()}
    pair = requests.post(settings["oauth_token_url"], data={**form, "grant_type": "refresh_token"}, timeout=10).json()
    return title(requests.get(address, headers={"Authorization": f"Bearer {pair['access_token']}"}, timeout=10))


def title(answer: requests.Response) -> str:
    found: str = answer.json()["results"][0]["title"]
    return found


@pytest.mark.parametrize("auth", ["basic", "scoped", "oauth"])
def test_the_command_prints_the_settings_of_the_way_in_that_was_asked_for(tmp_path: Path, auth: str) -> None:
    (tmp_path / "Lamp.storage.xhtml").write_text("<p>lamp</p>", encoding="utf-8")
    command = [sys.executable, "-m", "confluence_sim", "--port", "0", "--pages", str(tmp_path), "--auth", auth]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            settings: dict[str, str] = {}
            for line in process.stdout:
                name, value = line.split(maxsplit=1)
                if name == "ready:":
                    break
                settings[name] = value.strip()
            assert first_page(auth, settings) == "Lamp"
        finally:
            process.terminate()


def test_a_moment_that_is_none_is_named_with_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--now", "yesterday"])
    assert "argument --now: 'yesterday' is no RFC 3339 moment such as" in capsys.readouterr().err
