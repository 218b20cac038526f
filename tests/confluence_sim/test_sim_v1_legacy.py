"""What v1 has no more, and never had (FACTS 2.1 to 2.3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluence_sim import Content, Site, World, serve
from support.sim import V1, ask, new_world


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def page(world: World) -> Content:
    return world.create_page(world.create_space(key="ENG", name="Engineering"), title="Page")


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with serve(world) as served:
        yield served


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
