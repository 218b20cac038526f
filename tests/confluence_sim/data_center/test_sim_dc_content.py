"""What Data Center tells of a content, and what hangs on it (FACTS 7.4, 7.6, 7.8, 9)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, DataCenterSite, Space, World
from support.datacenter import API, get, ids, one, rows

EVERYTHING = "body.storage,version,history.lastUpdated,space,ancestors,metadata.labels,restrictions.read.restrictions"


@pytest.fixture
def space(world: World) -> Space:
    return world.create_space(key="ENG", name="Engineering")


@pytest.fixture
def page(world: World, space: Space) -> Content:
    return world.create_page(space, title="First page", body="<p>1</p>")


def test_fact_7_4_a_page_expands_all_that_a_tap_needs(
    world: World, space: Space, page: Content, site: DataCenterSite
) -> None:
    world.edit(page, body="<p>2</p>", message="better", minor_edit=True)
    world.label(page, "red")
    world.restrict(page, users=[world.admin])
    shown = one(site, f"/content/{page.id}", expand=f"{EVERYTHING}.user")
    assert (shown["id"], shown["type"], shown["status"], shown["title"]) == (page.id, "page", "current", "First page")
    assert shown["body"]["storage"]["value"] == "<p>2</p>"
    version = shown["version"]
    assert (version["number"], version["message"], version["minorEdit"]) == (2, "better", True)
    assert (version["when"], version["by"]["username"]) == (page.updated_at, world.admin.username)
    assert shown["history"]["createdDate"] == page.created_at
    assert shown["history"]["lastUpdated"]["when"] == page.updated_at
    assert (shown["space"]["id"], shown["space"]["key"]) == (int(space.id), "ENG")
    assert [item["id"] for item in shown["ancestors"]] == [space.homepage_id]
    assert [label["name"] for label in shown["metadata"]["labels"]["results"]] == ["red"]
    users = shown["restrictions"]["read"]["restrictions"]["user"]["results"]
    assert [user["userKey"] for user in users] == [world.admin.user_key]
    assert shown["_links"]["base"] == site.base_url


def test_a_list_row_is_bare_and_a_single_content_is_not(page: Content, site: DataCenterSite) -> None:
    row = next(row for row in rows(site, "/content", status="current") if row["id"] == page.id)
    assert {"version", "space", "history", "body"}.isdisjoint(row)
    assert {"version", "space", "history"} <= set(one(site, f"/content/{page.id}"))


def test_fact_7_8_links_are_by_title_or_by_id(world: World, space: Space, page: Content, site: DataCenterSite) -> None:
    odd = world.create_page(space, title="What? 50% & more")
    post = world.create_blogpost(space, title="Good news")
    file, note = world.attach(page, filename="a b.txt", data=b"a"), world.comment(page, body="<p>c</p>")
    links = {item.id: one(site, f"/content/{item.id}")["_links"] for item in (page, odd, post, file, note)}
    assert links[page.id]["webui"] == "/display/ENG/First+page"
    assert links[page.id]["tinyui"].startswith("/x/")
    assert links[odd.id]["webui"] == f"/pages/viewpage.action?pageId={odd.id}"
    assert links[post.id]["webui"] == "/display/ENG/2026/01/05/Good+news"
    assert links[file.id]["download"].startswith(f"/download/attachments/{page.id}/a%20b.txt?version=1")
    assert links[note.id]["webui"] == f"/display/ENG/First+page?focusedCommentId={note.id}#comment-{note.id}"


@pytest.mark.parametrize(
    ("zone", "when"), [("UTC", "2026-01-05T09:00:03.000Z"), ("Europe/Vienna", "2026-01-05T10:00:03.000+01:00")]
)
def test_fact_7_4_timestamps_are_on_the_servers_clock(
    world: World, page: Content, site: DataCenterSite, zone: str, when: str
) -> None:
    world.switches.dc_time_zone = zone
    world.clock.set("2026-01-05T09:00:03.000Z")
    world.edit(page, body="<p>2</p>")
    shown = one(site, f"/content/{page.id}", expand="version,history.lastUpdated")
    assert (shown["version"]["when"], shown["history"]["lastUpdated"]["when"]) == (when, when)
    (found,) = one(site, "/search", cql=f"id={page.id}")["results"]
    assert found["lastModified"] == when


def test_fact_7_4_some_old_versions_do_not_tell_when_they_were_made(
    world: World, page: Content, site: DataCenterSite
) -> None:
    world.clock.set("2026-02-01T00:00:00.000Z")
    world.switches.dc_when_missing_before = world.clock.now()
    assert "when" not in one(site, f"/content/{page.id}", expand="version")["version"]
    assert one(site, f"/content/{page.id}", expand="history")["history"]["createdDate"] == page.created_at
    world.edit(page, body="<p>2</p>")
    assert one(site, f"/content/{page.id}", expand="version")["version"]["when"] == page.updated_at


def test_status_rules_what_a_single_content_answers(world: World, page: Content, site: DataCenterSite) -> None:
    path = f"{API}/content/{page.id}"
    world.edit(page, body="<p>2</p>")
    assert get(site, path, version=1).status_code == 404
    old = get(site, path, version=1, status="historical", expand="body.storage,version").json()
    assert (old["status"], old["version"]["number"], old["body"]["storage"]["value"]) == ("historical", 1, "<p>1</p>")
    world.trash(page)
    assert get(site, path).status_code == 404
    assert get(site, path, status="trashed").json()["status"] == "trashed"
    assert get(site, path, status="any").json()["status"] == "trashed"


def test_versions_are_listed_the_newest_first(world: World, page: Content, site: DataCenterSite) -> None:
    world.edit(page, body="<p>2</p>", title="Renamed")
    shown = rows(site, f"/content/{page.id}/version", limit=1, expand="content.body.storage")
    assert [row["number"] for row in shown] == [2, 1]
    assert [row["content"]["body"]["storage"]["value"] for row in shown] == ["<p>2</p>", "<p>1</p>"]
    assert [row["content"]["title"] for row in shown] == ["Renamed", "First page"]
    world.switches.dc_version = "8.5.0"
    assert get(site, f"{API}/content/{page.id}/version").status_code == 404
    assert len(get(site, f"/rest/experimental/content/{page.id}/version").json()["results"]) == 2
    assert one(site, f"/content/{page.id}/history", expand="lastUpdated")["lastUpdated"]["number"] == 2


def test_children_are_listed_by_kind(world: World, space: Space, page: Content, site: DataCenterSite) -> None:
    below = world.create_page(space, title="Below", parent=page)
    file = world.attach(page, filename="a.txt", data=b"abc", media_type="text/plain", comment="draft")
    foot, inline = world.comment(page, body="<p>f</p>"), world.comment(page, body="<p>i</p>", location="inline")
    reply = world.reply(foot, body="<p>r</p>")
    child = f"/content/{page.id}/child"
    assert ids(site, f"{child}/page") == [below.id]
    (shown,) = rows(site, f"{child}/attachment", expand="version,container")
    assert (shown["id"], shown["container"]["id"]) == (file.id, page.id)
    assert (shown["extensions"]["mediaType"], shown["extensions"]["fileSize"]) == ("text/plain", 3)
    assert shown["extensions"]["comment"] == "draft"
    assert ids(site, f"{child}/attachment", filename="none.txt") == []
    assert ids(site, f"{child}/comment") == [foot.id, inline.id]
    assert ids(site, f"{child}/comment", depth="all") == [foot.id, inline.id, reply.id]
    assert ids(site, f"{child}/comment", location="inline") == [inline.id]
    assert ids(site, f"/content/{foot.id}/child/comment") == [reply.id]
    assert ids(site, f"/content/{page.id}/descendant/comment") == [foot.id, inline.id, reply.id]
    assert get(site, f"{API}/content/{page.id}/descendant/page").status_code == 501
    assert get(site, f"{API}{child}/folder").status_code == 501
    deep = one(site, f"/content/{reply.id}", expand="ancestors,container")
    assert ([item["id"] for item in deep["ancestors"]], deep["container"]["id"]) == ([foot.id], page.id)


def test_fact_7_4_what_is_expanded_inline_is_cut_off_with_a_next_of_its_own(
    world: World, page: Content, site: DataCenterSite
) -> None:
    made = [world.attach(page, filename=f"{at}.txt", data=b"a").id for at in range(30)]
    for name in range(30):
        world.label(page, f"label{name}")
    shown = one(site, f"/content/{page.id}", expand="children.attachment,metadata.labels")
    for part in (shown["children"]["attachment"], shown["metadata"]["labels"]):
        assert len(part["results"]) == 25
        assert len(get(site, part["_links"]["next"]).json()["results"]) == 5
    inline = one(site, f"/content/{page.id}/child", expand="attachment")["attachment"]
    following = get(site, inline["_links"]["next"]).json()["results"]
    assert [row["id"] for row in (*inline["results"], *following)] == made


def test_fact_7_4_how_much_is_shown_inline_is_a_setting(world: World, page: Content, site: DataCenterSite) -> None:
    world.switches.dc_inline_limit = 5
    for name in range(6):
        world.label(page, f"label{name}")
    shown = one(site, f"/content/{page.id}", expand="metadata.labels")["metadata"]["labels"]
    assert (len(shown["results"]), shown["limit"]) == (5, 5)
    assert len(get(site, shown["_links"]["next"]).json()["results"]) == 1


def test_fact_7_4_a_search_does_not_tell_whether_there_are_comments(
    world: World, page: Content, site: DataCenterSite
) -> None:
    world.comment(page, body="<p>c</p>")
    told = one(site, f"/content/{page.id}", expand="childTypes.all")["childTypes"]
    assert {kind: part["value"] for kind, part in told.items()} == {"attachment": False, "comment": True, "page": False}
    (found,) = rows(site, "/content/search", cql=f"id={page.id}", expand="childTypes.all")
    assert set(found["childTypes"]) == {"attachment", "page"}
    assert set(one(site, f"/content/{page.id}", expand="childTypes.page")["childTypes"]) == {"page"}


def test_labels_properties_and_restrictions_have_addresses(world: World, page: Content, site: DataCenterSite) -> None:
    other = world.create_user(display_name="Other")
    crew = world.create_group("crew", [world.admin])
    world.label(page, "red")
    world.label(page, "todo", "my", author=other)
    world.set_property(page, "colour", {"name": "red"})
    world.restrict(page, "update", users=[world.admin], groups=[crew])
    path = f"/content/{page.id}"
    assert [row["name"] for row in rows(site, f"{path}/label")] == ["red"]
    assert [row["name"] for row in rows(site, f"{path}/label", prefix="my")] == []
    (shown,) = rows(site, f"{path}/property", expand="version")
    assert (shown["key"], shown["value"], shown["version"]["number"]) == ("colour", {"name": "red"}, 1)
    assert one(site, f"{path}/property/colour")["value"] == {"name": "red"}
    assert get(site, f"{API}{path}/property/none").status_code == 404
    both = one(site, f"{path}/restriction/byOperation")
    assert both["read"]["restrictions"]["user"]["results"] == []
    update = one(site, f"{path}/restriction/byOperation/update")["restrictions"]
    assert [user["username"] for user in update["user"]["results"]] == [world.admin.username]
    assert [(group["name"], "id" in group) for group in update["group"]["results"]] == [("crew", False)]
    assert get(site, f"{API}{path}/restriction/byOperation/fly").status_code == 400


@pytest.mark.parametrize(("version", "status"), [("9.0.3", 404), ("9.1.0", 200)])
def test_fact_7_6_space_permissions_are_there_from_9_1_on(
    world: World, space: Space, site: DataCenterSite, version: str, status: int
) -> None:
    world.switches.dc_version = version
    world.permit(space, None)
    answer = get(site, f"{API}/space/ENG/permissions")
    assert answer.status_code == status
    if status == 200:
        assert [(row["operation"]["operationKey"], row["subject"]) for row in answer.json()] == [
            ("read", {"type": "group", "name": "confluence-users"}),
            ("administer", {"type": "user", "userKey": world.admin.user_key}),
            ("read", {"type": "anonymous"}),
        ]


def test_fact_7_6_space_permissions_are_a_500_for_who_is_no_administrator(
    world: World, space: Space, site: DataCenterSite
) -> None:
    site.doors.add(world.create_user(display_name="Other"), password="secret", token="theirs")
    assert get(site, f"{API}/space/ENG/permissions", token="theirs").status_code == 500
    assert get(site, f"{API}/space/ENG", token="theirs").status_code == 200
    assert get(site, f"{API}/space/ENG", token="theirs", expand="permissions").status_code == 500
    shown = one(site, "/space/ENG", expand="permissions")["permissions"]
    assert [item["operation"]["operation"] for item in shown] == ["read", "administer"]


def test_groups_and_users_are_known_by_name_and_key(world: World, site: DataCenterSite) -> None:
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    world.create_group("crew", [ada, world.admin])
    assert [row["name"] for row in rows(site, "/group")] == ["confluence-users", "crew"]
    members = rows(site, "/group/crew/member", limit=1)
    assert [row["username"] for row in members] == [ada.username, world.admin.username]
    assert one(site, "/user", key=ada.user_key)["displayName"] == "Ada"
    assert one(site, "/user", username=ada.username)["userKey"] == ada.user_key
    assert [row["name"] for row in rows(site, "/user/memberof", username=ada.username)] == ["confluence-users", "crew"]
    assert get(site, f"{API}/user", key="none").status_code == 404
    assert get(site, f"{API}/user").status_code == 400
    assert get(site, f"{API}/group/none/member").status_code == 404


def test_fact_7_7_folders_do_not_exist(world: World, space: Space, site: DataCenterSite) -> None:
    folder = world.create_tree_item(space, type="folder", title="F")
    page = world.create_page(space, title="In it", parent=folder)
    assert get(site, f"{API}/content/{folder.id}").status_code == 404
    shown = one(site, f"/content/{page.id}", expand="ancestors")
    assert [item["id"] for item in shown["ancestors"]] == [space.homepage_id]
    assert get(site, f"{API}/content/search", cql="type=folder").status_code == 400
