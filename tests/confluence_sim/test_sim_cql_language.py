"""What a CQL query means: dates and zones, the index behind the truth, syntax, fields (FACTS 2.7 to 2.12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from confluence_sim import Clock, Content, Site, Space, World
from support.sim import V1, ask

Find = Callable[[str], list[str]]


@pytest.fixture
def world() -> World:
    made = World(Clock("2026-01-01T00:00:00.000Z"))
    made.admin.time_zone = "America/Los_Angeles"
    return made


@pytest.fixture
def space(world: World) -> Space:
    return world.create_space(key="ENG", name="Engineering", homepage=False)


@pytest.fixture
def page(world: World, space: Space) -> Content:
    world.clock.set("2026-01-05T12:34:30.000Z")
    made = world.create_page(space, title="Page", body="<p>lamp</p>")
    world.clock.set("2026-01-20T00:00:00.000Z")
    return made


@pytest.fixture
def find(site: Site) -> Find:
    def titles(cql: str) -> list[str]:
        answer = ask(site, f"{V1}/content/search", cql=cql)
        assert answer.status_code == 200, answer.text
        return [row["title"] for row in answer.json()["results"]]

    return titles


def refused(site: Site, cql: str) -> bool:
    return ask(site, f"{V1}/content/search", cql=cql).status_code == 400


@pytest.mark.usefixtures("page")
def test_fact_2_7_dates_have_minutes_and_no_zone(site: Site, find: Find, world: World) -> None:
    world.switches.cql_zone = "utc"
    for literal in ("2026-01-05 12:34", "2026/01/05 12:34", "2026-01-05", "2026/01/05"):
        assert find(f'lastmodified >= "{literal}"') == ["Page"]
        assert find(f'lastmodified = "{literal}"') == ["Page"]
        assert find(f'lastmodified != "{literal}"') == []
    assert find('lastmodified >= "2026-01-05 12:35"') == []
    for literal in ("2026-01-05 12:34:30", "2026-01-05T12:34", "2026-01-05 12:34Z", "2026-01-05 12:34+01:00", "soon"):
        assert refused(site, f'lastmodified >= "{literal}"')


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("zone", "minute", "next_minute"),
    [
        ("user", "2026-01-05 04:34", "2026-01-05 04:35"),
        ("site", "2026-01-05 23:34", "2026-01-05 23:35"),
        ("utc", "2026-01-05 12:34", "2026-01-05 12:35"),
    ],
)
def test_fact_2_7_whose_clock_a_date_is_read_on_is_a_switch(
    world: World, find: Find, zone: str, minute: str, next_minute: str
) -> None:
    world.switches.cql_zone = zone
    assert find(f'lastmodified >= "{minute}" and lastmodified < "{next_minute}"') == ["Page"]


@pytest.mark.usefixtures("page")
def test_fact_2_7_a_hidden_zone_is_the_sites(world: World, find: Find) -> None:
    world.admin.time_zone = None
    assert find('created = "2026-01-05 23:34"') == ["Page"]


def test_fact_2_8_a_local_hour_that_is_skipped_is_a_400(world: World, site: Site, find: Find) -> None:
    skipped = 'lastmodified >= "2026-03-08 02:30"'
    assert refused(site, skipped)
    assert find('lastmodified >= "2026-03-08 01:30"') == []
    world.switches.cql_gap_is_refused = False
    assert find(skipped) == []


@pytest.mark.usefixtures("page")
def test_fact_2_9_relative_dates_need_no_zone(world: World, find: Find) -> None:
    world.clock.set("2026-01-05T16:34:00.000Z")
    assert find('lastmodified >= now("-4h")') == ["Page"]
    assert find('lastmodified >= now("-239m")') == []
    for far in ("-1d", "-1w", "-1M", "-1y"):
        assert find(f'lastmodified >= now("{far}")') == ["Page"]
    assert find("lastmodified < now()") == ["Page"]


def test_fact_2_10_the_index_is_behind_the_truth(world: World, page: Content, find: Find, space: Space) -> None:
    world.switches.index_lag_seconds = 90
    world.edit(page, title="Renamed")
    world.create_page(space, title="New")
    assert find("title = Renamed") == []
    assert find("title = Page") == ["Renamed"]  # found by what was, shown as what is
    world.clock.advance(seconds=90)
    assert find("type = page order by created asc") == ["Renamed", "New"]


def test_fact_2_11_the_index_dates_a_change_a_little_off(world: World, page: Content, find: Find) -> None:
    world.switches.cql_zone = "utc"
    world.switches.index_skew_seconds = 45
    assert page.updated_at == "2026-01-05T12:34:30.000Z"
    assert find('lastmodified = "2026-01-05 12:34"') == []
    assert find('lastmodified = "2026-01-05 12:35"') == ["Page"]


def test_fact_2_12_syntax_is_checked(world: World, space: Space, site: Site, find: Find) -> None:
    own = world.create_space(key="~712020", name="Own", type="personal", homepage=False)
    world.create_page(own, title='Say "hi"')
    world.create_page(space, title="Plain")
    assert find('space = "~712020"') == find('title = "Say \\"hi\\""') == ['Say "hi"']
    assert find("type = page and not space = ENG") == find('space not in ("ENG", X)') == ['Say "hi"']
    for wrong in (
        *("space = ~712020", "not space = ENG", "type = page and", "type = page order by label", "colour = red"),
        *("type = elephant", "type > page", "space in ENG", "(type = page", "text = lamp", "type = page or or", ""),
    ):
        assert refused(site, wrong), wrong


def test_fields_find_what_they_name(world: World, page: Content, space: Space, find: Find) -> None:
    other = world.create_user(display_name="Other")
    child = world.create_page(space, title="Child", parent=page, author=other)
    world.create_page(space, title="Grandchild", parent=child)
    world.attach(page, filename="a.png", data=b"a")
    world.create_tree_item(space, type="folder", title="Folder")
    world.label(child, "red")
    world.label(child, "todo", "my", author=other)
    for cql, titles in {
        f"ancestor = {page.id}": ["Child", "Grandchild"],
        f"parent = {page.id}": ["Child"],
        f"id in ({page.id}, {child.id})": ["Page", "Child"],
        f"container = {page.id} and type = attachment": ["a.png"],
        f'creator = "{other.account_id}"': ["Child"],
        "creator = currentUser() and type = page": ["Page", "Grandchild"],
        "label = red": ["Child"],
        "type = page and label != red": ["Page", "Grandchild"],
        "label = todo": [],
        "type = folder": ["Folder"],
        "text ~ lamp or label in (red, blue)": ["Page", "Child"],
        "title ~ 'grand*'": ["Grandchild"],
        "type in (page, folder) order by type desc, title desc": ["Page", "Grandchild", "Child", "Folder"],
    }.items():
        assert find(cql) == titles, cql


def test_trashed_and_archived_contents_are_not_found(world: World, page: Content, find: Find, space: Space) -> None:
    world.archive(world.create_page(space, title="Old"))
    world.attach(page, filename="a.png", data=b"a")
    assert find("type in (page, attachment)") == ["Page", "a.png"]
    world.trash(page)
    assert find("type in (page, attachment)") == []
