"""The command line serves Data Centers too."""

from __future__ import annotations

import requests
from confluence_sim import Clock, World
from confluence_sim.__main__ import opened, parser
from confluence_sim.datacenter import PASSWORD


def test_the_command_serves_a_data_center_below_a_path_and_tells_how_to_read_it() -> None:
    given = parser().parse_args(["--port", "0", "--data-center", "/confluence", "--token", "pat"])
    with opened(World(Clock("2026-01-05T09:00:00.000Z")), given) as (site, settings):
        assert settings == {
            "base_url": f"{site.url}/confluence",
            "personal_access_token": "pat",
            "username": "admin",
            "password": PASSWORD,
        }
        answer = requests.get(
            f"{settings['base_url']}/rest/api/user/current", headers={"Authorization": "Bearer pat"}, timeout=10
        )
        assert answer.json()["username"] == "admin"


def test_the_command_serves_a_data_center_at_the_root_of_the_host() -> None:
    given = parser().parse_args(["--port", "0", "--data-center", "/"])
    with opened(World(), given) as (site, settings):
        assert settings["base_url"] == site.url


def test_the_command_serves_the_cloud_unless_told_otherwise() -> None:
    for auth, setting in (("basic", "api_token"), ("oauth", "oauth_refresh_token")):
        given = parser().parse_args(["--port", "0", "--auth", auth])
        with opened(World(), given) as (_, settings):
            assert setting in settings
