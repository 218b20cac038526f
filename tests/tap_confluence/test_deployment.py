"""Which Confluence is at the other end: settings for another one end the run with what was found and what to set."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import DataCenterSite, Site, serve, serve_datacenter
from support.scripted_http import Asked, Said, scripted
from support.tap import small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceError

NONE: dict[str, Any] = dict.fromkeys(("email", "api_token", "username", "password", "personal_access_token"))
OF_CLOUD = {**NONE, "email": "ada@example.com", "api_token": "t0ken-of-cloud"}


def refused(site: Site | DataCenterSite, **settings: Any) -> str:
    """Why a run does not begin; no credential is ever in it."""
    with pytest.raises(ConfluenceAuthError) as caught:
        sync(site, **settings)
    message = str(caught.value)
    assert site.token not in message
    assert "t0ken" not in message
    return message


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("context", ["", "/confluence", "/wiki", "/some/where"])
def test_an_api_token_at_a_data_center_is_told_what_to_use_instead(context: str, anonymous: bool) -> None:
    world = small_world(spaces=1, pages=1)
    world.switches.dc_anonymous_access = anonymous
    with serve_datacenter(world, context=context) as site:
        message = refused(site, **OF_CLOUD)
        assert f"{site.base_url} is a Confluence Data Center (/rest/api/server-information answered)" in message
        assert "set personal_access_token, or username and password, instead of email and api_token" in message
        assert "base_url to" not in message
        probes = [request for request in site.requests if "server-information" in request.path]
    assert not any(request.authorized for request in probes), "a wrong login too many ends in a CAPTCHA"


def test_a_data_centers_login_that_passes_for_an_api_token_is_told_apart() -> None:
    with serve_datacenter(small_world(spaces=1, pages=1), context="/wiki") as site:
        login = {**NONE, "email": site.basic_config["username"], "api_token": site.password}
        with pytest.raises(ConfluenceAuthError, match="is a Confluence Data Center"):
            sync(site, **login)


LOGINS: list[dict[str, Any]] = [
    {**NONE, "personal_access_token": "t0ken-of-another"},
    {**NONE, "username": "ada", "password": "t0ken-of-another"},
]


@pytest.mark.parametrize("login", LOGINS, ids=["token", "password"])
@pytest.mark.parametrize("path", ["", "/wiki"])
def test_a_data_centers_login_at_a_cloud_site_is_told_what_to_use_instead(login: dict[str, Any], path: str) -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        message = refused(site, **{**login, "base_url": site.url + path})
    names = " and ".join(name for name, value in login.items() if value)
    assert f"{site.url} is Confluence Cloud (/_edge/tenant_info answered)" in message
    assert f"set email and api_token instead of {names}" in message


def test_a_deployment_that_is_set_and_wrong_is_named_too() -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        login = {**NONE, "personal_access_token": "t0ken-of-another", "deployment": "data_center"}
        assert refused(site, **login).endswith("instead of personal_access_token, and deployment to auto")
    with serve_datacenter(small_world(spaces=1, pages=1)) as center:
        message = refused(center, **{**OF_CLOUD, "deployment": "cloud"})
    assert message.endswith("instead of email and api_token, and deployment to auto")


def test_an_api_token_that_is_given_as_a_password_is_not_read_by_the_wrong_dialect() -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        login = {**NONE, "username": site.email, "password": site.token, "base_url": f"{site.url}/wiki"}
        assert "is Confluence Cloud" in refused(site, **login)


@pytest.mark.parametrize(
    ("lives", "said"),
    [("/confluence", ""), ("/confluence", "/wiki"), ("/wiki", ""), ("", "/confluence"), ("", "/wiki"), ("", "/a/b")],
)
def test_a_data_center_at_another_context_path_is_found_and_named(lives: str, said: str) -> None:
    with serve_datacenter(small_world(spaces=1, pages=1), context=lives) as site:
        message = refused(site, base_url=site.url + said)
        assert f"set base_url to {site.base_url}" in message.rstrip("/")
        both = refused(site, **{**OF_CLOUD, "base_url": site.url + said})
    assert "instead of email and api_token" in both


@pytest.mark.parametrize("context", ["", "/confluence"])
def test_wrong_credentials_of_the_right_kind_are_told_as_that(context: str) -> None:
    with serve_datacenter(small_world(spaces=1, pages=1), context=context) as site:
        message = refused(site, personal_access_token="t0ken-of-another")
    assert "the settings to look at: base_url, personal_access_token" in message
    with serve(small_world(spaces=1, pages=1)) as cloud:
        assert "the settings to look at: base_url, email, api_token" in refused(cloud, api_token="t0ken-of-another")


def test_a_cloud_site_behind_a_domain_of_its_own_needs_no_probe() -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        out = sync(site)
        asked = [request.path for request in site.requests]
    assert out.code == 0
    assert asked[0].endswith("/user/current")
    assert not any("tenant_info" in path or "server-information" in path for path in asked)


@pytest.mark.parametrize(
    "answer",
    [
        Said(200, b"<html>Welcome to nginx</html>", {"Content-Type": "text/html"}),
        Said(404, b"not found", {"Content-Type": "text/plain"}),
        Said(401, b"[1]"),
        Said(403, b'{"message": "no"}'),
        Said(302, b"", {"Location": "https://[bad"}),
        Said(200, b'{"cloudId": 5, "version": 9}'),
    ],
    ids=lambda said: f"{said.status} {said.body[:9].decode()}",
)
def test_a_server_that_is_no_confluence_is_not_taken_for_one(answer: Said) -> None:
    def said(request: Asked) -> Said:
        return answer

    with serve(small_world(spaces=1, pages=1)) as site, scripted(said) as elsewhere:
        with pytest.raises(ConfluenceError) as caught:
            sync(site, base_url=elsewhere.url)
        assert "the settings to look at" in str(caught.value)
        assert all("Authorization" not in asked.headers for asked in elsewhere.asked[1:])
