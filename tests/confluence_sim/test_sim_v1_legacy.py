"""What v1 has no more, and never had (FACTS 2.1 to 2.3)."""

from __future__ import annotations

import requests
from confluence_sim import Content, Site, World
from support.sim import V1, V2, ask


def test_fact_2_2_removed_endpoints_are_gone(page: Content, site: Site) -> None:
    for path in (
        *("/content?type=page&spaceKey=ENG&expand=body.storage", f"/content/{page.id}", "/space", "/space/ENG"),
        *(f"/content/{page.id}/label", f"/content/{page.id}/child/attachment", f"/content/{page.id}/version"),
    ):
        answer = ask(site, V1 + path)
        assert answer.status_code == answer.json()["statusCode"] == 410, path
        assert "GoneException" in answer.json()["message"]
        assert answer.headers["Deprecation"]
        assert answer.headers["Warning"].startswith("299 -")


def test_fact_2_3_an_unknown_address_is_a_404_as_xml(site: Site) -> None:
    answer = ask(site, f"{V1}/elephants")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/xml")
    assert ask(site, "/wiki/api/v2/elephants").json()["errors"][0]["status"] == 404


def test_fact_2_2_some_are_alive_by_a_switch_but_never_at_the_gateway(world: World, page: Content, site: Site) -> None:
    world.switches.legacy_v1 = "alive"
    shown = ask(site, f"{V1}/content/{page.id}", expand="body.storage,space")
    assert shown.json()["space"]["key"] == "ENG"
    assert shown.headers["Deprecation"]
    assert ask(site, f"{V1}/space/ENG").json()["name"] == "Engineering"
    config = site.gateway_config()
    address = f"{site.gateway_url}/ex/confluence/{world.cloud_id}{V1}/content/{page.id}"
    assert requests.get(address, auth=(config["email"], config["api_token"]), timeout=10).status_code == 410


def test_fact_2_3_the_list_that_is_alive_has_its_own_bounds(world: World, page: Content, site: Site) -> None:
    world.switches.legacy_v1 = "alive"
    content = f"{V1}/content"
    first = ask(site, content, spaceKey="ENG", limit=1).json()
    assert first["_links"]["next"] == "/rest/api/content?next=true&limit=1&start=1&spaceKey=ENG"
    second = ask(site, "/wiki" + first["_links"]["next"]).json()
    assert [row["id"] for row in second["results"]] == [page.id]
    assert second["_links"]["prev"]
    assert (
        ask(site, content, limit=5000).json()["limit"] == ask(site, f"{V1}/space", limit=5000).json()["limit"] == 1000
    )
    empty = ask(site, content, limit=0)
    assert (empty.json()["results"], empty.json()["_links"]["next"]) == (
        [],
        "/rest/api/content?next=true&limit=0&start=0",
    )
    assert ask(site, content, start=100_001).status_code == 400
    assert ask(site, content, spaceKey="NONE").status_code == ask(site, f"{V1}/space/NONE").status_code == 404
    assert ask(site, content, type="elephant").status_code == 501


def test_fact_2_3_a_wrong_method_is_a_405_with_a_list_of_errors_and_no_allow(site: Site) -> None:
    for path in (f"{V1}/content/search", f"{V2}/pages"):
        answer = requests.delete(site.url + path, auth=(site.email, site.token), timeout=10)
        assert answer.status_code == answer.json()["errors"][0]["status"] == 405
        assert "Allow" not in answer.headers
