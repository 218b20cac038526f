"""Answers that leave something out, or tell more than they hold (FACTS section 11): each a switch of its own."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest
from confluence_sim import Content, Site, Space, World, serve_datacenter
from support.datacenter import get, one
from support.datacenter import ids as dc_ids
from support.sim import V1, V2, ask, ids

CQL = "type = page order by created"


def searched(site: Site, path: str = "/search", limit: int = 3) -> tuple[list[str], int]:
    """The ids of all rows of a search, and the total that its first page tells."""
    found: list[str] = []
    page = ask(site, V1 + path, cql=CQL, limit=limit).json()
    total = page.get("totalSize", -1)
    while True:
        found += [(row.get("content") or row)["id"] for row in page["results"]]
        if "next" not in page["_links"]:
            return found, total
        page = ask(site, "/wiki" + page["_links"]["next"]).json()


def test_fact_11_4_a_search_may_end_before_its_total(world: World, space: Space, site: Site) -> None:
    made = [world.create_page(space, title=f"P{number}").id for number in range(10)]
    whole = [str(space.homepage_id), *made]
    assert searched(site) == (whole, 11)
    world.switches.search_most_rows = 7
    assert searched(site) == (whole[:7], 11)
    assert searched(site, "/content/search")[0] == whole[:7]
    with serve_datacenter(world) as server:
        assert dc_ids(server, "/content/search", cql=CQL) == whole[:7]
        assert one(server, "/search", cql=CQL)["totalSize"] == 11


def test_fact_11_4_an_index_that_is_rebuilt_lacks_always_the_same_part_while_lists_are_whole(
    world: World, space: Space, site: Site
) -> None:
    made = {world.create_page(space, title=f"P{number}").id for number in range(40)} | {str(space.homepage_id)}
    world.switches.index_hides_share = 0.5
    found, total = searched(site)
    assert 5 < len(found) == total < 36
    assert searched(site) == (found, total)
    assert set(ids(site, f"{V2}/pages")) == made
    world.switches.index_hides_share = 1
    assert searched(site) == ([], 0)
    with serve_datacenter(world) as server:
        assert dc_ids(server, "/content/search", cql=CQL) == []
        assert set(dc_ids(server, "/content", status="current")) == made


def test_fact_11_6_a_parameter_that_nobody_knows_is_refused_or_ignored(world: World, site: Site) -> None:
    one_space, another = (world.create_space(key=key, name=key) for key in ("ONE", "TWO"))
    assert ask(site, f"{V2}/pages", spaceId=one_space.id).status_code == 400
    world.switches.unknown_parameters = "ignored"
    found = ids(site, f"{V2}/pages", spaceId=one_space.id)
    assert found == [one_space.homepage_id, another.homepage_id]


def test_fact_11_7_descendants_list_drafts_and_nothing_else_does(
    world: World, space: Space, page: Content, site: Site
) -> None:
    draft = world.create_draft(space, title="Not yet", parent=page)
    below = f"{V2}/pages/{page.id}/descendants"
    assert [(row["id"], row["status"]) for row in ask(site, below).json()["results"]] == [(draft.id, "draft")]
    world.switches.descendants_show_drafts = False
    assert ids(site, below) == []
    assert draft.id not in ids(site, f"{V2}/pages")
    assert draft.id not in searched(site)[0]
    assert ids(site, f"{V2}/pages/{page.id}/direct-children") == []
    assert ask(site, f"{V2}/pages/{draft.id}").status_code == 404
    assert ask(site, f"{V2}/pages/{draft.id}", get_draft="true").json()["status"] == "draft"


@pytest.mark.parametrize("skew", [-90, 0, 3600])
def test_fact_11_11_the_date_header_may_be_by_another_clock(world: World, site: Site, skew: float) -> None:
    world.switches.date_skew_seconds = skew
    told = parsedate_to_datetime(ask(site, f"{V2}/spaces").headers["Date"])
    assert (told.timestamp() * 1000) - world.clock.now_ms() == skew * 1000
    with serve_datacenter(world) as server:
        told = parsedate_to_datetime(get(server, "/rest/api/space").headers["Date"])
        assert (told.timestamp() * 1000) - world.clock.now_ms() == skew * 1000
