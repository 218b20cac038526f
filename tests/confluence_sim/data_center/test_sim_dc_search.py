"""CQL on Data Center: offsets, caps, zones and gaps (FACTS 2.6, 2.7, 2.10, 2.13, 2.14, 7.7)."""

from __future__ import annotations

import pytest
from confluence_sim import DataCenterSite, Space, World
from support.datacenter import API, get, ids, one, pages, rows

SEARCH = "/content/search"


def test_fact_7_7_a_search_pages_by_start_and_limit(world: World, space: Space, site: DataCenterSite) -> None:
    made = [page.id for page in pages(world, space, 5)]
    page = one(site, SEARCH, cql="space = ENG and type = page order by created desc", limit=2)
    assert (page["totalSize"], page["start"], page["limit"]) == (5, 0, 2)
    seen = [row["id"] for row in page["results"]]
    while "next" in page["_links"]:
        assert "cursor" not in page["_links"]["next"]
        page = get(site, page["_links"]["next"]).json()
        seen += [row["id"] for row in page["results"]]
    assert seen == made[::-1]


def test_fact_2_6_a_search_is_capped_by_what_is_expanded(world: World, space: Space, site: DataCenterSite) -> None:
    made = [page.id for page in pages(world, space, 60)]
    cql = "type = page order by created"
    assert one(site, SEARCH, cql=cql, limit=500, expand="body.storage")["size"] == 50
    assert one(site, SEARCH, cql=cql, limit=500, expand="body.export_view")["size"] == 25
    assert ids(site, SEARCH, cql=cql, limit=500, expand="body.storage") == made
    found = one(site, "/search", cql=cql, limit=500, expand="content.body.storage")
    assert (found["limit"], found["size"], found["totalSize"]) == (500, 50, 60)
    walked = rows(site, "/search", cql=cql, limit=500, expand="content.body.storage")
    assert [row["content"]["id"] for row in walked] == made


def test_fact_2_7_dates_in_a_query_are_on_the_users_own_clock(world: World, space: Space, site: DataCenterSite) -> None:
    (page,) = pages(world, space, 1)
    world.admin.time_zone = "America/New_York"
    world.clock.set("2026-01-05T12:00:00.000Z")
    world.edit(page, body="<p>new</p>")
    assert ids(site, SEARCH, cql='lastmodified >= "2026-01-05 07:00"') == [page.id]
    assert ids(site, SEARCH, cql='lastmodified >= "2026-01-05 07:01"') == []
    world.switches.cql_zone = "utc"
    assert ids(site, SEARCH, cql='lastmodified >= "2026-01-05 12:01"') == []
    assert ids(site, SEARCH, cql='lastmodified >= "2026-01-05 07:01"') == [page.id]


@pytest.mark.parametrize("omits", [True, False])
def test_fact_2_13_a_search_omits_homepages_if_the_switch_says_so(
    world: World, site: DataCenterSite, omits: bool
) -> None:
    world.switches.dc_search_omits_homepage = omits
    space = world.create_space(key="OPS", name="Operations")
    page = world.create_page(space, title="Page")
    assert ids(site, SEARCH, cql="space = OPS and type = page") == (
        [page.id] if omits else [space.homepage_id, page.id]
    )
    assert ids(site, "/content", spaceKey="OPS", status="current") == [space.homepage_id, page.id]


def test_fact_7_7_a_search_for_attachments_may_break_off(world: World, space: Space, site: DataCenterSite) -> None:
    (page,) = pages(world, space, 1)
    files = [world.attach(page, filename=f"{at}.txt", data=b"a").id for at in range(4)]
    assert ids(site, SEARCH, cql="type = attachment", limit=2) == files
    world.switches.dc_attachment_search_fails_from = 2
    assert get(site, API + SEARCH, cql="type = attachment", limit=2).status_code == 200
    assert get(site, API + SEARCH, cql="type = attachment", limit=2, start=2).status_code == 400
    assert get(site, API + SEARCH, cql="type = page", start=2).status_code == 200


def test_fact_2_14_archived_spaces_are_left_out_unless_asked_for(
    world: World, space: Space, site: DataCenterSite
) -> None:
    (page,) = pages(world, space, 1)
    world.archive_space(space)
    assert ids(site, SEARCH, cql="type = page") == []
    assert rows(site, "/search", cql="type = page") == []
    (found,) = rows(site, "/search", cql="type = page", includeArchivedSpaces="true")
    assert (found["content"]["id"], found["resultGlobalContainer"]["displayUrl"]) == (page.id, "/display/ENG")
    assert ids(site, "/content", status="current") == [page.id]


def test_fact_2_10_the_index_is_behind_the_lists(world: World, space: Space, site: DataCenterSite) -> None:
    world.switches.index_lag_seconds = 60
    (page,) = pages(world, space, 1)
    assert ids(site, SEARCH, cql="type = page") == []
    assert ids(site, "/content", status="current") == [page.id]
    world.clock.advance(seconds=61)
    assert ids(site, SEARCH, cql="type = page") == [page.id]


def test_a_query_that_is_none_is_400(site: DataCenterSite) -> None:
    for cql in ("type =", "type = whiteboard", "nonsense = 1", ""):
        assert get(site, API + SEARCH, cql=cql).status_code == 400, cql
        assert get(site, f"{API}/search", cql=cql).status_code == 400, cql
