"""The API gateway: scoped tokens, scopes, dead tokens, links of the site's form (FACTS 1.4, 4.2 to 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from confluence_sim import Content, Fault, Site, World, serve
from confluence_sim.api import v1, v2
from support.judge import document, openapi
from support.sim import ask

READ = ("read:page:confluence", "read:space:confluence")
PAGES = "/wiki/api/v2/pages"
ME = "/wiki/rest/api/user/current"


@pytest.fixture
def site(world: World, page: Content) -> Iterator[Site]:
    assert page.title == "Page"
    with serve(world) as served:
        yield served


class Client:
    """Asks the gateway as a tap with these settings would: with an access token when there is an OAuth app."""

    def __init__(self, site: Site, config: dict[str, Any]) -> None:
        cloud_id = requests.get(f"{site.url}/_edge/tenant_info", timeout=10).json()["cloudId"]
        self.base = f"{config['gateway_url']}/ex/confluence/{cloud_id}"
        self.session = requests.Session()
        if "api_token" in config:
            self.session.auth = (config["email"], config["api_token"])
            return
        form = {
            "grant_type": "refresh_token",
            "client_id": config["oauth_client_id"],
            "client_secret": config["oauth_client_secret"],
            "refresh_token": config["oauth_refresh_token"],
        }
        pair = requests.post(config["oauth_token_url"], json=form, timeout=10).json()
        self.session.headers["Authorization"] = f"Bearer {pair['access_token']}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.base + path, params=query, timeout=10)


def test_fact_4_2_a_scoped_token_works_through_the_gateway_alone(site: Site) -> None:
    config = site.gateway_config()
    client = Client(site, config)
    assert client.get(PAGES).status_code == client.get(ME).status_code == 200
    for path in (PAGES, ME):
        straight = requests.get(site.url + path, auth=(config["email"], config["api_token"]), timeout=10)
        assert straight.status_code == 401


def test_fact_4_2_an_unscoped_token_works_on_the_site_alone(site: Site) -> None:
    client = Client(site, {**site.gateway_config(), "api_token": site.token})
    assert client.get(PAGES).status_code == 401
    assert ask(site, PAGES).status_code == 200


def test_fact_1_4_links_name_the_site_and_a_cursor_serves_both(world: World, page: Content, site: Site) -> None:
    world.create_page(world.spaces[page.space_id], title="Second")
    client = Client(site, site.gateway_config())
    first = client.get(PAGES, limit=1)
    links = first.json()["_links"]
    assert links["base"] == f"{site.url}/wiki"
    assert links["next"].startswith(f"{PAGES}?cursor=")
    assert requests.get(site.gateway_url + links["next"], timeout=10).status_code == 404
    assert client.get(links["next"]).json()["results"][0]["id"] != first.json()["results"][0]["id"]


def test_fact_4_5_a_missing_scope_is_a_401_that_says_so(page: Content, site: Site) -> None:
    for oauth in (False, True):
        client = Client(site, site.gateway_config(READ, oauth=oauth))
        assert client.get(f"{PAGES}/{page.id}").status_code == 200
        refused = client.get("/wiki/api/v2/attachments")
        assert refused.status_code == 401
        assert refused.json() == {"code": 401, "message": "Unauthorized; scope does not match"}
        assert client.get(ME).status_code == 401


def test_fact_6_3_a_download_wants_its_own_scope(world: World, page: Content, site: Site) -> None:
    file = world.attach(page, filename="a.txt", data=b"a")
    path = f"/wiki/rest/api/content/{page.id}/child/attachment/{file.id}/download"
    assert Client(site, site.gateway_config(READ)).get(path).status_code == 401
    for scope in ("readonly:content.attachment:confluence", "read:attachment:confluence"):
        assert Client(site, site.gateway_config([scope])).get(path).content == b"a"
    assert not any(entry.authorized for entry in site.media.requests)


def test_fact_4_6_a_dead_oauth_token_is_404_on_v2_and_403_on_v1(world: World, page: Content, site: Site) -> None:
    client = Client(site, site.gateway_config(oauth=True))
    assert client.get(PAGES).status_code == 200
    world.clock.advance(seconds=3600)
    assert client.get(PAGES).status_code == client.get(f"{PAGES}/{page.id}").status_code == 404
    assert client.get(PAGES).json()["errors"][0]["code"] == "NOT_FOUND"
    assert client.get(ME).status_code == 403


def test_a_token_can_die_after_a_number_of_requests(world: World, site: Site) -> None:
    world.switches.oauth_access_requests = 2
    client = Client(site, site.gateway_config(oauth=True))
    assert [client.get(PAGES).status_code for _ in range(3)] == [200, 200, 404]


def test_what_the_gateway_does_not_know_is_refused(site: Site) -> None:
    client = Client(site, site.gateway_config())
    client.base = client.base[:-1] + "x"
    assert client.get(PAGES).status_code == 404
    client = Client(site, site.gateway_config())
    assert client.get("/_sim/contents").status_code == 404
    assert client.get("/wiki/api/v2/elephants").status_code == 404
    for authorization in ("Bearer nonsense", "Basic nonsense", "Digest nonsense"):
        headers = {"Authorization": authorization}
        assert requests.get(client.base + PAGES, headers=headers, timeout=10).status_code == 401
    site.tokens.revoke()
    assert client.get(PAGES).status_code == 401


def test_a_token_sees_with_the_eyes_of_its_user(world: World, page: Content, site: Site) -> None:
    other = world.create_user(display_name="Other")
    world.restrict(page, users=[world.admin])
    for oauth in (False, True):
        assert Client(site, site.gateway_config(oauth=oauth)).get(f"{PAGES}/{page.id}").status_code == 200
        theirs = Client(site, site.gateway_config(oauth=oauth, user=other))
        assert theirs.get(f"{PAGES}/{page.id}").status_code == 404
        assert theirs.get(ME).json()["accountId"] == other.account_id


def test_the_gateway_has_a_log_and_faults_of_its_own(site: Site) -> None:
    client = Client(site, site.gateway_config())
    site.requests.clear()
    site.gateway.faults.add(Fault("rate_limit_seconds", share=1, times=1))
    assert [client.get(PAGES).status_code for _ in range(2)] == [429, 200]
    assert [entry.path.rpartition("/")[2] for entry in site.gateway.requests] == ["pages", "pages"]
    assert site.gateway.totals.rows == 2
    assert len(site.requests) == 0


def test_fact_1_4_faults_of_listings_name_the_site_too(site: Site) -> None:
    client = Client(site, site.gateway_config())
    site.gateway.faults.add(Fault("empty_page", share=1, times=1))
    empty = client.get(PAGES).json()
    assert (empty["results"], empty["_links"]["next"].partition("?")[0]) == ([], PAGES)
    assert len(client.get(empty["_links"]["next"]).json()["results"]) == 2


def rule(path: str, begins: str) -> str:
    """Return a path with all its parameters called alike."""
    return "/".join("*" if part.startswith(begins) else part for part in path.split("/"))


@pytest.mark.skipif(document("v1") is None or document("v2") is None, reason="Atlassian's documents are not at hand")
def test_every_endpoint_wants_the_scope_that_atlassians_document_names() -> None:
    held = 0
    for version, prefix, endpoints in (("v2", "", v2.ENDPOINTS), ("v1", v1.PREFIX, v1.ENDPOINTS)):
        known = {rule(path, "{"): operations for path, operations in openapi(version)[1]["paths"].items()}
        for endpoint in endpoints:
            operations = known.get(rule(prefix + endpoint.rule, "<"), {})
            if endpoint.method.lower() in operations:
                listed = operations[endpoint.method.lower()]["x-atlassian-oauth2-scopes"]
                wanted = {entry["state"]: entry["scopes"] for entry in listed}
                assert [endpoint.scope] == wanted["Current"], endpoint.rule
                assert list(endpoint.granular) in ([], wanted.get("Beta", [])), endpoint.rule
                held += 1
    assert held > 30
