"""What Data Centers were seen to do in 2026 (FACTS 11.5, 11.8), each by a switch."""

from __future__ import annotations

import re

import pytest
from confluence_sim import DataCenterSite, Space, World
from support.datacenter import API, get, ids, one, pages


def test_fact_11_5_a_list_that_does_not_heed_start_shows_its_beginning_again(
    world: World, space: Space, site: DataCenterSite
) -> None:
    made = [page.id for page in pages(world, space, 7)]
    world.switches.dc_start_ignored = "/content$"
    for start in (0, 3, 100):
        page = one(site, "/content", status="current", limit=3, start=start)
        assert [row["id"] for row in page["results"]] == made[:3]
        assert page["start"] == start
        assert f"start={start + 3}" in page["_links"]["next"]
    assert [row["key"] for row in one(site, "/space", start=1)["results"]] == []
    world.switches.dc_start_ignored = "/space$"
    assert [row["key"] for row in one(site, "/space", start=1)["results"]] == ["ENG"]
    assert ids(site, "/content", status="current", limit=3) == made


def test_fact_11_5_a_list_of_more_than_200_rows_never_ends(world: World, space: Space, site: DataCenterSite) -> None:
    made = [page.id for page in pages(world, space, 205)]
    world.switches.dc_endless_lists = "/content$"

    def asked(start: int) -> tuple[list[str], int, bool]:
        page = one(site, "/content", status="current", limit=50, start=start)
        return [row["id"] for row in page["results"]], page["size"], "next" in page["_links"]

    assert asked(150) == (made[150:200], 50, True)
    assert asked(200) == (made[200:], 50, True)
    assert asked(205) == asked(10_000) == (made[-50:], 50, True)
    world.purge(world.contents[made.pop(0)])
    for content_id in made[:5]:
        world.purge(world.contents[content_id])
    assert ids(site, "/content", status="current", limit=50) == made[5:]


def test_one_space_may_refuse_its_content_and_search_shows_nothing_of_it(
    world: World, space: Space, site: DataCenterSite
) -> None:
    made = [page.id for page in pages(world, space, 2)]
    world.create_space(key="HR", name="HR")
    world.switches.dc_spaces_refused = "HR,LEGAL"
    refused = get(site, f"{API}/content", spaceKey="HR", status="current")
    assert (refused.status_code, refused.json()["statusCode"]) == (403, 403)
    assert ids(site, "/content", spaceKey="ENG", status="current") == made
    assert ids(site, "/content/search", cql="type = page order by created") == made
    assert {row["key"] for row in one(site, "/space")["results"]} == {"ENG", "HR"}


LOGIN_NEEDED = "Client must be authenticated to access this resource."
BLOCKED = "Access to this resource has been blocked by the administrator"


@pytest.mark.parametrize(
    ("token", "expected"),
    [("wrong", (401, "AUTHENTICATED_FAILED", LOGIN_NEEDED)), (None, (403, None, BLOCKED))],
)
def test_fact_11_8_a_refusal_is_tomcats_page_with_the_reason_in_its_message(
    world: World, space: Space, site: DataCenterSite, token: str | None, expected: tuple[int, str | None, str]
) -> None:
    world.switches.dc_refusals = "html"
    world.switches.dc_content_list_allowed = False
    answer = get(site, f"{API}/content", token=token, spaceKey=space.key)
    found = re.search(r"<b>Message</b> (?:\S+: )?(.+?)</p>", answer.text)
    assert found is not None
    assert (answer.status_code, answer.headers.get("X-Seraph-LoginReason"), found[1]) == expected
    assert answer.headers["Content-Type"].startswith("text/html")
    assert get(site, f"{API}/content/1").headers["Content-Type"] == "application/json"
