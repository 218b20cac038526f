from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from confluence_sim import Clock, Site, Space, World, serve

V2 = "/wiki/api/v2"


@pytest.fixture
def world() -> World:
    return World(Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)


@pytest.fixture
def space(world: World) -> Space:
    made = world.create_space(key="ENG", name="Engineering")
    for number in range(6):
        world.create_page(made, title=f"Page {number}", body=f"<p>{number}</p>")
    return made


@pytest.fixture
def site(world: World, space: Space) -> Iterator[Site]:
    with serve(world) as served:
        yield served


def ask(site: Site, path: str, **query: str | int) -> requests.Response:
    return requests.get(site.url + path, params=query, auth=(site.email, site.token), timeout=10)


def walk(site: Site, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        page = ask(site, following).json()
        rows += page["results"]
        following = page["_links"].get("next")
    return rows


def test_fact_1_1_default_limit_is_25_and_50_for_attachments(world: World, space: Space, site: Site) -> None:
    page = world.page_by_title(space, "Page 0")
    assert page is not None
    for number in range(60):
        world.create_page(space, title=f"More {number}")
        world.attach(page, filename=f"{number}.txt", data=b"x")
    assert len(ask(site, f"{V2}/pages").json()["results"]) == 25
    assert len(ask(site, f"{V2}/attachments").json()["results"]) == 50


@pytest.mark.parametrize("limit", [0, 251])
def test_fact_1_1_a_limit_out_of_bounds_is_400(site: Site, limit: int) -> None:
    assert ask(site, f"{V2}/pages", limit=limit).status_code == 400


def test_fact_1_1_the_switch_lowers_a_limit_over_the_maximum(world: World, site: Site) -> None:
    world.switches.limit_over_maximum = 200
    assert ask(site, f"{V2}/pages", limit=251).status_code == 200


def test_fact_1_2_next_stands_in_header_and_body_and_is_absent_on_the_last_page(site: Site) -> None:
    first = ask(site, f"{V2}/pages", limit=2)
    assert first.links["next"]["url"] == first.json()["_links"]["next"]
    assert first.links["base"]["url"] == f"{site.url}/wiki"
    last = ask(site, f"{V2}/pages", limit=250)
    assert "Link" not in last.headers
    assert "next" not in last.json()["_links"]


def test_fact_1_3_next_is_host_relative_and_contains_wiki(site: Site) -> None:
    links = ask(site, f"{V2}/pages", limit=2).json()["_links"]
    assert links["next"].startswith("/wiki/api/v2/pages?")
    assert links["base"] == f"{site.url}/wiki"
    assert ask(site, "/wiki" + links["next"]).status_code == 404


@pytest.mark.parametrize("first", [True, False])
def test_fact_1_5_the_cursor_may_stand_first_or_last(world: World, site: Site, first: bool) -> None:
    world.switches.cursor_first = first
    following = ask(site, f"{V2}/pages", limit=2, status="current").json()["_links"]["next"]
    names = [part.partition("=")[0] for part in urlsplit(following).query.split("&")]
    assert names.index("cursor") == (0 if first else 2)
    assert len(walk(site, f"{V2}/pages?limit=2")) == 7


def test_fact_1_5_a_whole_url_as_cursor_is_400(site: Site) -> None:
    following = ask(site, f"{V2}/pages", limit=2).json()["_links"]["next"]
    answer = ask(site, f"{V2}/pages", cursor=following)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["code"] == "INVALID_REQUEST_PARAMETER"
    assert "'cursor' is not the correct type. Expected type is Cursor." in error["title"]


@pytest.mark.parametrize("keeps", [False, True])
def test_fact_1_6_a_cursor_may_be_refused_beside_another_limit(world: World, site: Site, keeps: bool) -> None:
    world.switches.cursor_keeps_limit = keeps
    following = ask(site, f"{V2}/pages", limit=2).json()["_links"]["next"]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    assert ask(site, following).status_code == 200
    assert ask(site, f"{V2}/pages", limit=3, cursor=cursor).status_code == (400 if keeps else 200)


def test_fact_1_6_a_cursor_is_the_last_rows_key(site: Site) -> None:
    page = ask(site, f"{V2}/pages", limit=2).json()
    cursor = parse_qs(urlsplit(page["_links"]["next"]).query)["cursor"][0]
    last = page["results"][-1]["id"]
    assert json.loads(base64.b64decode(cursor)) == {"id": last, "contentOrder": "id", "contentOrderValue": int(last)}


def test_fact_1_6_an_edit_behind_an_ascending_walk_is_seen_twice(world: World, space: Space, site: Site) -> None:
    first = ask(site, f"{V2}/pages", limit=3, sort="modified-date").json()
    seen = world.contents[first["results"][1]["id"]]
    world.edit(seen, body="<p>again</p>")
    assert seen.id in [row["id"] for row in walk(site, first["_links"]["next"])]


def test_fact_1_6_an_edit_ahead_of_a_descending_walk_is_skipped(world: World, space: Space, site: Site) -> None:
    first = ask(site, f"{V2}/pages", limit=3, sort="-modified-date").json()
    ahead = world.page_by_title(space, "Page 0")
    assert ahead is not None
    world.edit(ahead, body="<p>again</p>")
    rows = first["results"] + walk(site, first["_links"]["next"])
    assert ahead.id not in [row["id"] for row in rows]


def test_fact_1_8_sorts_ascend_unless_minus(site: Site) -> None:
    titles = [row["title"] for row in ask(site, f"{V2}/pages", sort="-title").json()["results"]]
    assert titles == sorted(titles, reverse=True)
    assert ask(site, f"{V2}/blogposts", sort="title").status_code == 400
    assert ask(site, f"{V2}/attachments", sort="id").status_code == 400


def test_fact_1_9_filters_are_comma_lists_with_bounds(world: World, space: Space, site: Site) -> None:
    other = world.create_space(key="OPS", name="Operations")
    assert len(ask(site, f"{V2}/pages", **{"space-id": f"{space.id},{other.id}"}).json()["results"]) == 8
    assert len(ask(site, f"{V2}/pages", **{"space-id": other.id}).json()["results"]) == 1
    assert ask(site, f"{V2}/pages", **{"space-id": ",".join("9" * 101)}).status_code == 400
    assert ask(site, f"{V2}/pages", id=",".join("9" * 251)).status_code == 400
    assert ask(site, f"{V2}/pages", **{"modified-since": "2026-01-01"}).status_code == 400


def test_fact_1_10_default_statuses_and_a_trashed_page_by_id(world: World, space: Space, site: Site) -> None:
    archived, trashed = (world.page_by_title(space, f"Page {number}") for number in (1, 2))
    assert archived is not None
    assert trashed is not None
    world.archive(archived)
    world.trash(trashed)
    listed = {row["id"]: row["status"] for row in ask(site, f"{V2}/pages").json()["results"]}
    assert listed[archived.id] == "archived"
    assert trashed.id not in listed
    answer = ask(site, f"{V2}/pages/{trashed.id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "trashed")


def test_fact_1_11_lists_have_no_view_and_no_body_unless_asked(site: Site) -> None:
    assert ask(site, f"{V2}/pages", **{"body-format": "view"}).status_code == 400
    assert ask(site, f"{V2}/pages").json()["results"][0]["body"] == {}


def test_fact_1_12_storage_is_verbatim_and_adf_is_json_in_a_string(site: Site) -> None:
    row = ask(site, f"{V2}/pages", title="Page 3", **{"body-format": "storage"}).json()["results"][0]
    assert row["body"] == {"storage": {"representation": "storage", "value": "<p>3</p>"}}
    row = ask(site, f"{V2}/pages", title="Page 3", **{"body-format": "atlas_doc_format"}).json()["results"][0]
    assert json.loads(row["body"]["atlas_doc_format"]["value"])["content"][0]["content"][0]["text"] == "3"


def test_fact_1_14_a_new_upload_is_a_new_version_of_the_attachment_alone(
    world: World, space: Space, site: Site
) -> None:
    page = world.page_by_title(space, "Page 0")
    assert page is not None
    world.attach(page, filename="a b.txt", data=b"one", media_type="text/plain")
    att = world.attach(page, filename="a b.txt", data=b"three", media_type="text/plain")
    row = ask(site, f"{V2}/attachments", sort="-modified-date").json()["results"][0]
    assert (row["id"], row["version"]["number"], row["fileSize"], row["pageId"]) == (att.id, 2, 5, page.id)
    assert row["downloadLink"].startswith(f"/download/attachments/{page.id}/a%20b.txt?version=2&modificationDate=")
    assert page.version == 1


def test_fact_1_15_description_and_icon_are_null_unless_asked(site: Site) -> None:
    row = ask(site, f"{V2}/spaces", keys="ENG").json()["results"][0]
    assert (row["description"], row["icon"]) == (None, None)
    row = ask(site, f"{V2}/spaces", **{"description-format": "plain", "include-icon": "true"}).json()["results"][0]
    assert row["description"]["plain"]["representation"] == "plain"
    assert row["icon"]["path"]


def test_fact_1_16_a_key_in_the_path_is_400(site: Site) -> None:
    assert ask(site, f"{V2}/spaces/ENG/pages").status_code == 400


def test_fact_1_22_titles_are_unique_in_a_space(world: World, space: Space) -> None:
    with pytest.raises(ValueError, match="already exists"):
        world.create_page(space, title="Page 0")


def test_fact_1_23_errors_have_v2s_form(site: Site) -> None:
    answer = ask(site, f"{V2}/pages/1")
    assert answer.json() == {"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}
    assert answer.headers["atl-request-id"]


def test_fact_4_3_the_cloud_id_needs_no_credentials(world: World, site: Site) -> None:
    assert requests.get(f"{site.url}/_edge/tenant_info", timeout=10).json() == {"cloudId": world.cloud_id}


def test_fact_4_7_a_wrong_pair_is_never_the_401_a_client_waits_for(world: World, space: Space, site: Site) -> None:
    def wrong(path: str) -> int:
        return requests.get(site.url + path, auth=(site.email, "wrong"), timeout=10).status_code

    assert wrong("/wiki/rest/api/user/current") == 403
    assert wrong(f"{V2}/pages/{space.homepage_id}") == 404
    assert wrong(f"{V2}/pages") == 401
    world.switches.bad_basic_v2_list = 404
    assert wrong(f"{V2}/pages") == 404
    bearer = {"Authorization": "Bearer x"}
    answer = requests.get(f"{site.url}/wiki/rest/api/user/current", headers=bearer, timeout=10)
    assert (answer.status_code, answer.json()) == (403, {"error": "Failed to parse Connect Session Auth Token"})


def test_fact_5_2_points_are_one_a_request_and_one_an_object(site: Site) -> None:
    ask(site, f"{V2}/pages", limit=5)
    assert (site.totals.requests, site.totals.rows, site.totals.points) == (1, 5, 6)


def test_the_date_header_tells_the_worlds_time(world: World, site: Site) -> None:
    world.clock.set("2026-02-03T04:05:06.700Z")
    assert ask(site, f"{V2}/pages").headers["Date"] == "Tue, 03 Feb 2026 04:05:06 GMT"


def test_one_connection_serves_many_requests(site: Site) -> None:
    with requests.Session() as session:
        session.auth = (site.email, site.token)
        first = session.get(f"{site.url}{V2}/pages", stream=True, timeout=10)
        used = first.raw.connection
        assert first.content
        second = session.get(f"{site.url}{V2}/pages", stream=True, timeout=10)
        assert second.raw.connection is used
        assert second.content


def test_a_process_outside_can_make_edits(world: World, space: Space, site: Site) -> None:
    page = world.page_by_title(space, "Page 4")
    assert page is not None
    edit = {"verb": "edit", "content": page.id, "body": "<p>new</p>"}
    assert requests.post(f"{site.url}/_sim/verbs", json=edit, timeout=10).status_code == 403
    answer = requests.post(f"{site.url}/_sim/verbs", json=edit, auth=(site.email, site.token), timeout=10)
    assert (answer.status_code, page.version, page.body) == (200, 2, "<p>new</p>")
    assert len(site.requests) == 0
