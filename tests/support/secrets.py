"""The ways of letting the tap in, what of each must never be seen, and the command line with all that it says."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from confluence_sim import DataCenterSite, serve
from confluence_sim.datacenter import serve_datacenter
from confluence_sim.site import Site
from support.console import Console
from support.faults import in_this_process
from support.tap import busy_world
from tap_confluence.tap import TapConfluence

WAYS = ("cloud", "gateway", "oauth", "pat", "password")
ISSUED = ("access-", "refresh-", "secret-", "scoped-")
"""How tokens begin that the simulator gives out, also those that no setting held."""


@dataclass
class Door:
    """One way in.

    Attributes:
        site: What is read.
        config: The settings.
        secrets: What must not be seen, in every form in which it travels.
    """

    site: Site | DataCenterSite
    config: dict[str, Any]
    secrets: list[str]

    def shown(self, text: str) -> list[str]:
        """What of it a text shows."""
        return [secret for secret in (*self.secrets, *ISSUED, "binary?token=") if secret in text]

    def led_astray(self) -> list[str]:
        """Requests that took credentials to a place where none belong: beside the way in, and to the media host."""
        if not isinstance(self.site, Site):
            return []
        apart = [*self.site.media.requests]
        if "cloud_id" in self.config:
            apart += self.site.requests
        return [f"{request.method} {request.path}" for request in apart if request.authorized]


def forms(*words: str) -> list[str]:
    """Secrets as they are, as they stand in URLs, and in base 64."""
    plain = [*words, *(quote(word, safe="") for word in words), *(json.dumps(word)[1:-1] for word in words)]
    return list(dict.fromkeys([*plain, *(base64.b64encode(word.encode()).decode().rstrip("=") for word in words)]))


@contextmanager
def door(way: str) -> Iterator[Door]:
    """Serve a world that is read in this way."""
    world = busy_world()
    if way in ("pat", "password"):
        with serve_datacenter(world) as site:
            config = site.config if way == "pat" else site.basic_config
            pair = f"{config.get('username')}:{site.password}"
            yield Door(site, config, forms(site.token, site.password, pair))
        return
    with serve(world) as site:
        config = site.config if way == "cloud" else site.gateway_config(oauth=way == "oauth")
        words = [config[name] for name in ("api_token", "oauth_client_secret", "oauth_refresh_token") if name in config]
        pairs = [f"{config['email']}:{config['api_token']}"] if "email" in config else []
        yield Door(site, config, forms(*words, *pairs))


def everything_said(folder: Path, config: dict[str, Any], *arguments: str) -> str:
    """Run the tap's command line in this process at LOGLEVEL=DEBUG; returns stdout, stderr and any traceback."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    console, told = Console(), ""
    try:
        with pytest.MonkeyPatch.context() as patch, in_this_process(), console.listening():
            patch.setenv("LOGLEVEL", "DEBUG")
            patch.setenv("TAP_CONFLUENCE_LOGLEVEL", "DEBUG")
            TapConfluence.cli.main(["--config", str(path), *arguments], standalone_mode=False)
    except Exception:  # noqa: BLE001 - whatever a user would see is wanted
        told = traceback.format_exc()
    return console.out + console.err + told
