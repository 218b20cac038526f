"""Data Center's lists: addresses, paging, caps, statuses, scan (FACTS 7.1 to 7.3)."""

from __future__ import annotations

from contextlib import suppress

import pytest
import requests
from confluence_sim import DataCenterSite, Space, World, serve_datacenter
from support.datacenter import API, get, ids, one, pages, rows


@pytest.mark.parametrize("context", ["", "/confluence", "/tools/wiki"])
def test_fact_7_1_the_api_lives_below_any_context_path(world: World, space: Space, context: str) -> None:
    made = [page.id for page in pages(world, space, 3)]
    with serve_datacenter(world, context=context) as site:
        page = one(site, "/content", limit=2)
        assert (page["_links"]["base"], page["_links"]["context"]) == (site.url + context, context)
        assert page["_links"]["next"] == "/rest/api/content?limit=2&start=2"
        following = requests.get(
            site.base_url + page["_links"]["next"], headers={"Authorization": f"Bearer {site.token}"}, timeout=10
        )
        assert [row["id"] for row in (*page["results"], *following.json()["results"])] == made
        for elsewhere in ("/wiki/api/v2/pages", "/other/rest/api/content", "/_edge/tenant_info"):
            assert requests.get(site.url + elsewhere, timeout=10).status_code == 404


def test_fact_7_2_content_is_listed_by_type_space_title_and_status(world: World, space: Space) -> None:
    other = world.create_space(key="~jane.doe", name="Jane", type="personal", homepage=False)
    first, second = [page.id for page in pages(world, space, 2)]
    third = world.create_page(other, title="Page 0")
    post = world.create_blogpost(space, title="News")
    world.trash(world.contents[second])
    with serve_datacenter(world) as site:
        assert ids(site, "/content", type="page", spaceKey="ENG", status="current") == [first]
        assert ids(site, "/content", type="page", status="current") == [first, third.id]
        assert ids(site, "/content", type="page", spaceKey="~jane.doe", title="Page 0", status="current") == [third.id]
        assert ids(site, "/content", type="blogpost", spaceKey="ENG", status="current") == [post.id]
        assert ids(site, "/content", type="page", spaceKey="ENG", status="trashed") == [second]
        assert ids(site, "/content", type="page", spaceKey="ENG", status="any") == [first, second]
        assert ids(site, "/content", type="page", spaceKey="ENG", status=["current", "trashed"]) == [first, second]
        assert get(site, f"{API}/content", spaceKey="NONE").status_code == 404
        assert get(site, f"{API}/content", type="whiteboard").status_code == 501


@pytest.mark.parametrize(
    ("version", "finds_trash"), [("7.9.0", False), ("8.9.3", False), ("9.0.1", True), ("10.2", True)]
)
def test_fact_7_2_from_9_0_on_no_status_means_any(
    world: World, space: Space, site: DataCenterSite, version: str, finds_trash: bool
) -> None:
    world.switches.dc_version = version
    first, second = [page.id for page in pages(world, space, 2)]
    world.trash(world.contents[second])
    assert ids(site, "/content", spaceKey="ENG") == ([first, second] if finds_trash else [first])
    assert one(site, "/server-information")["version"] == version


@pytest.mark.parametrize(
    ("expand", "cap"), [("", 1000), ("version", 200), ("version,body.storage", 50), ("body.export_view", 25)]
)
def test_fact_7_3_a_page_is_silently_capped_by_what_is_expanded(
    world: World, space: Space, site: DataCenterSite, expand: str, cap: int
) -> None:
    made = (
        [page.id for page in pages(world, space, cap + 5)]
        if cap < 1000
        else [page.id for page in pages(world, space, 10)]
    )
    page = one(site, "/content", spaceKey="ENG", limit=2000, status="current", **({"expand": expand} if expand else {}))
    assert (page["limit"], page["size"]) == (cap, min(cap, len(made)))
    walked = ids(site, "/content", spaceKey="ENG", limit=2000, status="current", expand=expand)
    assert walked == made


@pytest.mark.parametrize("bug", [True, False])
def test_fact_7_3_next_skips_rows_behind_a_capped_page_if_the_switch_says_so(
    world: World, space: Space, site: DataCenterSite, bug: bool
) -> None:
    world.switches.dc_next_start_bug = bug
    made = [page.id for page in pages(world, space, 120)]
    seen: list[str] = []
    path: str | None = "/rest/api/content?spaceKey=ENG&status=current&expand=body.storage&limit=100"
    with suppress(KeyError):
        while True:
            page = get(site, path or "").json()
            seen += [row["id"] for row in page["results"]]
            path = page["_links"]["next"]
    assert seen == ([*made[:50], *made[100:]] if bug else made)


def test_a_list_leads_backwards_too(world: World, space: Space, site: DataCenterSite) -> None:
    made = [page.id for page in pages(world, space, 5)]
    page = one(site, "/content", spaceKey="ENG", limit=2, start=3)
    assert [row["id"] for row in page["results"]] == made[3:]
    before = get(site, page["_links"]["prev"]).json()
    assert [row["id"] for row in before["results"]] == made[1:3]
    assert "next" not in page["_links"]


def test_fact_7_2_scan_walks_pages_by_cursor(world: World, space: Space, site: DataCenterSite) -> None:
    made = [page.id for page in pages(world, space, 5)]
    world.create_blogpost(space, title="News")
    page = one(site, "/content/scan", spaceKey="ENG", limit=2, status="current")
    assert (page["cursor"], page["nextCursor"]) == ("content:false:null", f"content:false:{made[1]}")
    assert "prevCursor" not in page
    seen = [row["id"] for row in page["results"]]
    while "next" in page["_links"]:
        page = get(site, page["_links"]["next"]).json()
        seen += [row["id"] for row in page["results"]]
    assert seen == made
    back = one(site, "/content/scan", spaceKey="ENG", limit=2, cursor=page["prevCursor"], status="current")
    assert [row["id"] for row in back["results"]] == made[2:4]
    assert get(site, f"{API}/content/scan", cursor="rubbish").status_code == 400


def test_fact_7_2_scan_is_there_from_7_18_on(world: World, space: Space, site: DataCenterSite) -> None:
    world.switches.dc_version = "7.17.4"
    assert get(site, f"{API}/content/scan").status_code == 404
    world.switches.dc_version = "7.18.0"
    assert get(site, f"{API}/content/scan").status_code == 200


def test_fact_7_2_some_administrators_block_the_list_of_contents(
    world: World, space: Space, site: DataCenterSite
) -> None:
    (made,) = [page.id for page in pages(world, space, 1)]
    world.switches.dc_content_list_allowed = False
    assert get(site, f"{API}/content", spaceKey="ENG").status_code == 403
    assert one(site, "/content/scan", spaceKey="ENG")["results"][0]["id"] == made
    assert one(site, f"/content/{made}")["id"] == made


def test_fact_7_3_a_page_trashed_mid_walk_shifts_the_rows_behind_it(
    world: World, space: Space, site: DataCenterSite
) -> None:
    made = [page.id for page in pages(world, space, 4)]
    first = one(site, "/content", spaceKey="ENG", limit=2, status="current")["results"]
    world.trash(world.contents[made[0]])
    second = one(site, "/content", spaceKey="ENG", limit=2, start=2, status="current")["results"]
    assert [row["id"] for row in (*first, *second)] == [made[0], made[1], made[3]]


def test_errors_are_told_in_data_centers_words(site: DataCenterSite) -> None:
    answer = get(site, f"{API}/content/1")
    assert answer.status_code == 404
    told = answer.json()
    assert (told["statusCode"], told["reason"]) == (404, "Not Found")
    assert told["message"].endswith("No content found with id: ContentId{id=1}")
    assert get(site, f"{API}/content", limit="many").status_code == 400
    assert get(site, f"{API}/content", colour="red").status_code == 200
    assert get(site, "/rest/none").headers["Content-Type"].startswith("application/xml")


def test_spaces_are_listed_by_key_and_capped_by_the_servers_setting(world: World, site: DataCenterSite) -> None:
    world.switches.dc_space_limit = 2
    made = [world.create_space(key=key, name=key, type=kind) for key, kind in (("B", "global"), ("A", "collaboration"))]
    personal = world.create_space(key="~jane.doe", name="Jane", type="personal")
    world.archive_space(made[0])
    assert [row["key"] for row in rows(site, "/space", limit=100)] == ["A", "B", "~jane.doe"]
    page = one(site, "/space", limit=100)
    assert (page["size"], page["results"][0]["id"]) == (2, int(made[1].id))
    assert [row["key"] for row in rows(site, "/space", type="personal")] == ["~jane.doe"]
    assert [row["key"] for row in rows(site, "/space", type="global")] == ["A", "B"]
    assert [row["key"] for row in rows(site, "/space", status="archived")] == ["B"]
    assert [row["key"] for row in rows(site, "/space", spaceKey=["A", "B"])] == ["A", "B"]
    assert one(site, "/space/~jane.doe")["type"] == "personal"
    shown = one(site, "/space/~jane.doe", expand="homepage,description.plain")
    assert shown["homepage"]["id"] == personal.homepage_id
    assert "alias" not in shown


def test_a_space_lists_its_pages_and_posts(world: World, site: DataCenterSite) -> None:
    space = world.create_space(key="ENG", name="Engineering")
    child = world.create_page(space, title="Child")
    deeper = world.create_page(space, title="Deeper", parent=child)
    post = world.create_blogpost(space, title="News")
    assert ids(site, "/space/ENG/content/page") == [space.homepage_id, child.id, deeper.id]
    assert ids(site, "/space/ENG/content/page", depth="root") == [space.homepage_id, child.id]
    both = one(site, "/space/ENG/content", limit=2)
    assert [row["id"] for row in both["blogpost"]["results"]] == [post.id]
    following = get(site, both["page"]["_links"]["next"]).json()
    assert [row["id"] for row in following["results"]] == [deeper.id]
    assert get(site, f"{API}/space/NONE/content").status_code == 404
