"""Points at the gateway: headers, full stop, the top of the hour (FACTS 5.1, 5.2, 5.4)."""

from __future__ import annotations

import pytest
import requests
from confluence_sim import Clock, Site, World

PAGES = "/wiki/api/v2/pages"


@pytest.fixture
def world() -> World:
    made = World(Clock("2026-01-05T09:59:00.500Z"))
    space = made.create_space(key="ENG", name="Engineering", homepage=False)
    for number in range(4):
        made.create_page(space, title=f"Page {number}")
    made.switches.points_per_hour = 12
    return made


def get(site: Site, *, oauth: bool) -> requests.Response:
    """Ask for four pages through the gateway: five points."""
    address = f"{site.gateway_url}/ex/confluence/{site.world.cloud_id}{PAGES}"
    config = site.gateway_config(oauth=oauth)
    if not oauth:
        return requests.get(address, auth=(config["email"], config["api_token"]), timeout=10)
    form = {name.removeprefix("oauth_"): value for name, value in config.items() if name.startswith("oauth_")}
    pair = requests.post(site.token_url, data={**form, "grant_type": "refresh_token"}, timeout=10).json()
    return requests.get(address, headers={"Authorization": f"Bearer {pair['access_token']}"}, timeout=10)


def test_fact_5_4_answers_tell_what_is_left(site: Site) -> None:
    first, second, third = (get(site, oauth=True) for _ in range(3))
    assert [answer.headers["X-RateLimit-Remaining"] for answer in (first, second, third)] == ["7", "2", "0"]
    assert first.headers["X-RateLimit-Limit"] == "12"
    assert first.headers["X-RateLimit-Reset"] == "2026-01-05T10:00:00.000Z"
    assert "X-RateLimit-NearLimit" not in first.headers
    assert second.headers["X-RateLimit-NearLimit"] == "true"
    assert "Retry-After" not in third.headers


def test_fact_5_2_spent_points_are_a_full_stop_until_the_top_of_the_hour(world: World, site: Site) -> None:
    assert [get(site, oauth=True).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = get(site, oauth=True)
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["RateLimit-Reason"] == "confluence-quota-global-based"
    world.clock.advance(seconds=59.5)
    assert get(site, oauth=True).headers["X-RateLimit-Remaining"] == "7"


def test_fact_5_1_api_tokens_are_exempt(site: Site) -> None:
    for _ in range(5):
        answer = get(site, oauth=False)
        assert answer.status_code == 200
        assert "X-RateLimit-Limit" not in answer.headers
