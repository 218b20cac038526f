"""OAuth 2.0 (3LO): tokens that rotate and die (FACTS 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from confluence_sim import Site, World, serve

PAGES = "/wiki/api/v2/pages"


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    world.create_space(key="ENG", name="Engineering")
    with serve(world) as served:
        yield served


@pytest.fixture
def config(site: Site) -> dict[str, Any]:
    return site.gateway_config(oauth=True)


def refresh(config: dict[str, Any], token: str | None = None, *, form: bool = False, **wrong: str) -> requests.Response:
    fields = {
        "grant_type": "refresh_token",
        "client_id": config["oauth_client_id"],
        "client_secret": config["oauth_client_secret"],
        "refresh_token": token or config["oauth_refresh_token"],
        **wrong,
    }
    if form:
        return requests.post(config["oauth_token_url"], data=fields, timeout=10)
    return requests.post(config["oauth_token_url"], json=fields, timeout=10)


def resources(site: Site, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{site.gateway_url}/oauth/token/accessible-resources", headers=headers, timeout=10)


def test_fact_4_4_a_refresh_gives_an_access_token_and_another_refresh_token(
    world: World, site: Site, config: dict[str, Any]
) -> None:
    for form in (False, True):
        answer = refresh(config, form=form)
        pair = answer.json()
        assert (answer.status_code, pair["token_type"], pair["expires_in"]) == (200, "Bearer", 3600)
        assert "offline_access" in pair["scope"].split()
        assert pair["refresh_token"] != config["oauth_refresh_token"]
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        address = f"{site.gateway_url}/ex/confluence/{world.cloud_id}{PAGES}"
        assert requests.get(address, headers=headers, timeout=10).status_code == 200
    assert [entry.path for entry in site.authority.requests] == ["/oauth/token"] * 2


def test_fact_4_4_the_old_refresh_token_dies_ten_minutes_after_it_was_used(
    world: World, config: dict[str, Any]
) -> None:
    second = refresh(config).json()["refresh_token"]
    world.clock.advance(seconds=599)
    assert refresh(config).status_code == 200
    world.clock.advance(seconds=1)
    refused = refresh(config)
    assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")
    assert refresh(config, second).status_code == 200


def test_fact_4_4_the_status_of_a_dead_token_and_the_leeway_are_switches(world: World, config: dict[str, Any]) -> None:
    world.switches.oauth_refusal_status = 400
    world.switches.oauth_reuse_leeway_seconds = 0
    assert [refresh(config).status_code for _ in range(2)] == [200, 400]


def test_fact_4_4_a_refresh_token_dies_unused_and_a_family_after_a_year(world: World, config: dict[str, Any]) -> None:
    token = config["oauth_refresh_token"]
    for _ in range(4):
        world.clock.advance(days=89)
        token = refresh(config, token).json()["refresh_token"]
    world.clock.advance(days=8)
    assert refresh(config, token).status_code == 200
    world.clock.advance(days=1)
    assert refresh(config, token).status_code == 403


def test_fact_4_4_ninety_days_without_use_are_the_end(world: World, config: dict[str, Any]) -> None:
    world.clock.advance(days=90)
    assert refresh(config).status_code == 403


def test_wrong_apps_and_questions_are_refused(site: Site, config: dict[str, Any]) -> None:
    other = site.gateway_config(oauth=True)
    assert refresh(config, client_secret="wrong").status_code == 401
    assert refresh(config, client_id=other["oauth_client_id"]).status_code == 401
    assert refresh(other, config["oauth_refresh_token"]).status_code == 403
    assert refresh(config, grant_type="password").status_code == refresh(config, grant_type="").status_code == 400
    assert requests.post(config["oauth_token_url"], data=b"{", timeout=10).status_code == 400
    assert requests.get(config["oauth_token_url"], timeout=10).status_code == 404
    site.tokens.revoke()
    assert refresh(config).status_code == 403


def test_fact_4_3_accessible_resources_name_the_sites_of_the_token(
    world: World, site: Site, config: dict[str, Any]
) -> None:
    other = {"id": "another", "url": "https://other.example", "name": "other", "scopes": [], "avatarUrl": ""}
    site.gateway.other_resources.append(other)
    token = refresh(config).json()["access_token"]
    found = {item["url"]: item for item in resources(site, token).json()}
    assert found[site.url]["id"] == world.cloud_id
    assert "read:page:confluence" in found[site.url]["scopes"]
    assert found["https://other.example"] == other
    assert resources(site, "nonsense").status_code == 401
    world.clock.advance(seconds=3600)
    assert resources(site, token).status_code == 401


def test_fact_4_7_an_access_token_is_not_for_the_site_itself(site: Site, config: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {refresh(config).json()['access_token']}"}
    assert requests.get(site.url + PAGES, headers=headers, timeout=10).status_code == 403


def test_fact_11_2_a_service_account_gets_an_access_token_for_its_credentials_and_no_refresh_token(
    world: World, site: Site
) -> None:
    config = site.gateway_config(oauth=True, service=True)
    assert "oauth_refresh_token" not in config
    answer = refresh(config, "unused", grant_type="client_credentials")
    pair = answer.json()
    assert (answer.status_code, pair["token_type"], pair["expires_in"]) == (200, "Bearer", 3600)
    assert "refresh_token" not in pair
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    address = f"{site.gateway_url}/ex/confluence/{world.cloud_id}{PAGES}"
    assert requests.get(address, headers=headers, timeout=10).status_code == 200
    world.clock.advance(seconds=3600)
    assert requests.get(address, headers=headers, timeout=10).status_code == 404


def test_fact_11_2_client_credentials_are_sent_without_scope_and_belong_to_service_accounts(
    site: Site, config: dict[str, Any]
) -> None:
    service = site.gateway_config(oauth=True, service=True)
    scoped = refresh(service, "unused", grant_type="client_credentials", scope="read:page:confluence")
    assert (scoped.status_code, scoped.json()["error"]) == (400, "invalid_scope")
    of_users = refresh(config, grant_type="client_credentials")
    assert (of_users.status_code, of_users.json()["error"]) == (401, "unauthorized_client")
    assert refresh(service, "unused", grant_type="client_credentials", client_secret="wrong").status_code == 401


def test_fact_11_2_a_service_accounts_token_is_sent_as_bearer_without_email_at_the_gateway_alone(
    world: World, site: Site
) -> None:
    config = site.gateway_config(service=True)
    assert "email" not in config
    headers = {"Authorization": f"Bearer {config['api_token']}"}
    address = f"{site.gateway_url}/ex/confluence/{world.cloud_id}{PAGES}"
    assert requests.get(address, headers=headers, timeout=10).status_code == 200
    assert requests.get(site.url + PAGES, headers=headers, timeout=10).status_code == 403
    site.tokens.revoke()
    assert requests.get(address, headers=headers, timeout=10).status_code == 401
