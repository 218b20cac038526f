"""Data Center: the same rows as Cloud from the same world, exact through silent caps, skipped rows and dead tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.oracle import Gremlin, Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Once, Output, State, answering, on_request, pages_of, small_world, sync
from support.tap_sets import true_sets
from tap_confluence.client import ConfluenceClient
from tap_confluence.client.errors import ConfluenceAuthError

SHARED = (
    *("id", "type", "status", "title", "space_id", "space_key", "space_name", "created_at", "updated_at", "version"),
    *("parent_id", "body", "container_id", "container_type", "media_type", "file_size", "comment"),
    *("parent_comment_id", "location", "resolution_status", "inline_marker_ref", "inline_original_selection"),
)
"""Fields that mean the same on both; people have keys instead of account ids, and addresses differ."""
EXACT: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "page_size": 25}
STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")


def read(site: Any, state: State | None = None, **settings: Any) -> Output:
    return sync(site, state, **{"streams": STREAMS, **settings})


def talked() -> World:
    """A small world with comments, replies and labels."""
    world = small_world(spaces=2, pages=60)
    pages = pages_of(world, "S0")
    for number, location in enumerate(("footer", "inline", "footer")):
        said = world.comment(pages[number], body=f"<p>{number}</p>", location=location)
        world.reply(world.reply(said, body="<p>So?</p>"), body="<p>So!</p>")
    world.label(pages[3], "red")
    return world


def shared(out: Output, stream: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: {name: row[name] for name in SHARED if name in row} for row in out.of(stream)}


def test_the_same_world_gives_the_same_rows_on_cloud_and_on_data_center() -> None:
    world = talked()
    with serve(world) as cloud:
        there = read(cloud)
    with serve_datacenter(world, context="/confluence") as site:
        here = read(site)
        named = sync(site, streams=("spaces", "content_labels", "content_versions"))
    with serve(world) as cloud:
        versions = sync(cloud, streams=("content_versions",))
    for stream in (*CONTENT, *COMMENTS):
        assert shared(here, stream) == shared(there, stream), stream
        assert shared(here, stream), stream
    assert {row["key"] for row in here.of("spaces")} == {row["key"] for row in there.of("spaces")}
    told = [(row["content_id"], row["number"], row["created_at"], row["body"]) for row in named.of("content_versions")]
    assert sorted(told) == sorted(
        (row["content_id"], row["number"], row["created_at"], row["body"]) for row in versions.of("content_versions")
    )
    assert {row["name"] for row in named.of("content_labels")} == {"red", None}
    assert all(row["url"].startswith(f"{site.base_url}/") for row in here.of("pages"))


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))])
def test_the_rows_equal_the_world_after_a_first_sync_and_after_200_random_verbs(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    world.switches.dc_time_zone = ("UTC", "Europe/Berlin", "America/New_York")[seed % 3]
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    gremlin, mirror = Gremlin(world, seed), Mirror()
    for _ in range(60):
        gremlin.act()
    state: State | None = None
    with serve_datacenter(world, context="/confluence" if seed % 2 else "") as site:
        for batch in range(5):
            out = read(site, state, **EXACT)
            mirror.load(out)
            state = out.state
            assert_equal(mirror, world, f"batch {batch}", (*CONTENT, *COMMENTS))
            for _ in range(40):
                gremlin.act()
            world.clock.advance(seconds=1)
        last = read(site, state, **EXACT)
        quiet = read(site, last.state, **EXACT)
    assert quiet.content == []
    assert quiet.of("tombstones") == []


def test_an_edit_is_found_by_search_without_a_sweep_and_a_quiet_run_writes_nothing() -> None:
    world = talked()
    page, post = pages_of(world, "S1")[7], next(item for item in world.contents.values() if item.type == "blogpost")
    with serve_datacenter(world) as site:
        first = read(site)
        world.clock.advance(hours=2)
        world.edit(page, body="<p>new</p>")
        world.edit(post, body="<p>newer</p>")
        second = read(site, first.state)
        site.requests.clear()
        third = read(site, second.state)
        asked = len(site.requests)
    assert {row["id"]: row["body"] for row in second.content} == {page.id: "<p>new</p>", post.id: "<p>newer</p>"}
    assert third.content == []
    assert asked < 30


@pytest.mark.parametrize("basic", [False, True])
def test_a_token_and_a_password_both_open_the_door(basic: bool) -> None:
    world = small_world(spaces=1)
    with serve_datacenter(world, context="/wiki2") as site:
        config = site.basic_config if basic else site.config
        out = sync(site, **{**dict.fromkeys(site.config), **config})
    assert len(out.of("pages")) == 13
    assert {row["account_id"] for row in out.of("users")} == {world.admin.user_key}


def test_a_dead_token_that_is_let_in_as_anonymous_is_caught_before_anything_is_read() -> None:
    world = small_world(spaces=1)
    world.switches.dc_anonymous_access = True
    world.permit(next(iter(world.spaces.values())), None)
    with serve_datacenter(world) as site, pytest.raises(ConfluenceAuthError, match="anonymous"):
        sync(site, personal_access_token="dead-or-alive")


@pytest.mark.parametrize("told", [True, False])
def test_a_token_that_dies_in_the_middle_of_a_sweep_buries_nothing(told: bool) -> None:
    world = small_world(spaces=1, pages=60)
    world.switches.dc_anonymous_access = True
    world.switches.dc_anonymous_told = told
    world.permit(next(iter(world.spaces.values())), None)
    with serve_datacenter(world) as site:
        first = read(site, **EXACT)
        world.clock.advance(hours=1)
        token = site.config["personal_access_token"]
        died = Once(
            lambda request: request.path.endswith("/content") and request.query.get("start") == ["24"],
            lambda: site.doors.revoke(token),
        )
        with on_request(site, died), pytest.raises(ConfluenceAuthError):
            read(site, first.state, **EXACT)
    assert died.done


@pytest.mark.parametrize("version", ["7.9.0", "8.5.1", "10.0.2"])
def test_versions_of_the_server_from_7_to_10_are_read(version: str) -> None:
    world = talked()
    world.switches.dc_version = version
    world.edit(pages_of(world, "S0")[1], body="<p>again</p>")
    with serve_datacenter(world) as site:
        out = read(site, streams=("pages", "content_versions", "sync_errors"))
    assert out.code == 0
    assert len(out.of("pages")) == 2 * 61
    assert len(out.of("content_versions")) == 2 * 62 + 1


@pytest.mark.parametrize("version", ["8.5.1", "9.2.1"])
def test_labels_groups_and_permissions_are_what_the_world_holds(version: str) -> None:
    world = talked()
    world.switches.dc_version = version
    page = pages_of(world, "S0")[2]
    for number in range(40):
        world.label(page, f"label-{number}")
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    world.restrict(page, "read", users=[world.admin, ada], groups=[world.create_group("crew", [ada])])
    with serve_datacenter(world) as site:
        out = sync(site, streams=("content_labels", "content_restrictions", "space_permissions", "group_members"))
    labels = {row["name"] for row in out.of("content_labels") if row["content_id"] == page.id}
    assert labels == {name for _, name, _ in true_sets(world, "content_labels")[page.id]}
    told = {
        (row["principal_type"], row["principal_id"])
        for row in out.of("content_restrictions")
        if row["content_id"] == page.id
    }
    assert told == {("user", world.admin.user_key), ("user", ada.user_key), ("group", "crew")}
    members = {row["account_id"] for row in out.of("group_members") if row["group_id"] == "crew"}
    assert members == {ada.user_key}
    permissions = {(row["space_id"], row["principal_type"], row["operation"]) for row in out.of("space_permissions")}
    assert permissions == {
        (space.id, one.principal_type, one.operation) for space in world.spaces.values() for one in space.permissions
    }


def test_what_data_center_does_not_have_is_an_empty_stream_and_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    with serve_datacenter(small_world(spaces=1)) as site:
        out = sync(site, streams=("pages", "tasks", "folders"))
    assert (out.code, out.of("tasks"), out.of("folders")) == (0, [], [])
    assert "folders: this deployment has none" in caplog.text


def test_the_bytes_of_attachments_come_from_the_site_itself(tmp_path: Path) -> None:
    world = small_world(spaces=1)
    with serve_datacenter(world, context="/confluence") as site:
        wishes: dict[str, Any] = {"attachments_download": True, "attachments_directory": str(tmp_path)}
        out = sync(site, streams=("attachments", "sync_errors"), **wishes)
    held = {row["id"]: Path(row["content_path"]).read_bytes() for row in out.of("attachments")}
    assert held == {item.id: item.data for item in world.contents.values() if item.type == "attachment"}


def test_single_pages_and_trees_are_read_by_their_addresses() -> None:
    world = small_world(spaces=1)
    pages = pages_of(world, "S0")
    child = world.create_page(world.spaces[pages[4].space_id], title="Child of 4", parent=pages[4])
    with serve_datacenter(world, context="/confluence") as site:
        wishes: dict[str, Any] = {
            "pages": [f"{site.base_url}/display/S0/Page+0.2"],
            "page_trees": [f"{site.base_url}/pages/viewpage.action?pageId={pages[4].id}"],
        }
        out = sync(site, streams=("pages",), **wishes)
    assert {row["title"] for row in out.of("pages")} == {"Page 0.2", pages[4].title, child.title}


def test_a_list_that_the_administrator_blocks_is_read_by_search() -> None:
    world = talked()
    world.switches.dc_content_list_allowed = False
    with serve_datacenter(world) as site:
        first = read(site, **EXACT)
        world.clock.advance(hours=1)
        world.purge(pages_of(world, "S0")[9])
        second = read(site, first.state, **EXACT)
    mirror = Mirror()
    mirror.load(first)
    mirror.load(second)
    assert_equal(mirror, world, "after a sweep by search", (*CONTENT, *COMMENTS))


def test_page_trees_of_a_space_whose_homepage_search_does_not_find_are_whole_after_a_sweep() -> None:
    world = talked()
    world.switches.dc_search_omits_homepage = True
    home = pages_of(world, "S0")[0]
    mirror = Mirror()
    with serve_datacenter(world) as site:
        first = read(site, **EXACT)
        mirror.load(first)
        world.clock.advance(hours=1)
        world.edit(home, body="<p>welcome</p>")
        second = read(site, first.state, **EXACT)
        mirror.load(second)
        mirror.load(read(site, second.state, **EXACT))
    assert_equal(mirror, world, "after the sweeps", (*CONTENT, *COMMENTS))


@pytest.mark.parametrize("path", ["/content", "/search"])
def test_rows_that_move_up_because_others_are_removed_are_not_skipped(path: str) -> None:
    world = talked()
    doomed = [item for item in world.contents.values() if item.type in ("page", "attachment")][2:9]

    def remove() -> None:
        for item in doomed:
            world.purge(item)

    with serve_datacenter(world) as site:
        removed = Once(lambda request: request.path.endswith(path) and "start" in request.query, remove)
        with on_request(site, removed):
            out = read(site, page_size=25, deletion_detection="off")
    held = {row["id"] for row in out.content}
    assert removed.done
    assert held >= {item.id for item in world.contents.values() if item.type in ("page", "attachment", "comment")}


def test_a_first_sync_that_was_cut_off_goes_on_where_it_was() -> None:
    world = talked()
    with serve_datacenter(world) as site:
        cut = read(site, page_size=10, concurrency=1, max_requests=12)
        rest = read(site, cut.state, page_size=10)
    both = [row["id"] for out in (cut, rest) for row in out.content]
    assert 0 < len(cut.content) < len(world.contents)
    assert set(both) == set(world.contents)
    assert len(both) <= 1.15 * len(world.contents)


def test_a_page_that_is_too_heavy_is_read_in_pieces_down_to_the_one_that_fails() -> None:
    world = talked()
    heavy = pages_of(world, "S0")[7]

    def refuse(request: Any) -> Reply | None:
        if not request.path.endswith("/content") or "body.storage" not in request.args.get("expand", ""):
            return None
        listed = [page.id for page in pages_of(world, request.args["spaceKey"])]
        start, limit = int(request.args["start"]), int(request.args["limit"])
        return Reply({"message": "timeout"}, status=504) if heavy.id in listed[start : start + limit] else None

    with serve_datacenter(world) as site:
        with answering(site, refuse):
            first = read(site)
        second = read(site, first.state)
    assert [row["id"] for row in first.of("sync_errors")] == [heavy.id]
    assert len(first.of("pages")) == 2 * 61 - 1
    assert [row["id"] for row in second.of("pages")] == [heavy.id]


def test_the_client_answers_the_same_questions_as_on_cloud() -> None:
    world = talked()
    page = pages_of(world, "S0")[1]
    file = world.attach(page, filename="mine.txt", data=b"x")
    with serve_datacenter(world, context="/confluence") as site, ConfluenceClient(**site.config) as client:
        assert client.identity().account_id == world.admin.user_key
        assert client.get_page_by_id(page.id)["body"] == page.body
        assert file.id in {row["id"] for row in client.get_attachments_for_page(page.id)}
        assert {row["container_id"] for row in client.get_attachments_for_page(page.id)} == {page.id}
        ids = {row["id"] for row in client.get_pages(page.space_id)}
        assert ids == {item.id for item in pages_of(world, "S0")}
        assert set(client.get_space_pages_ids("S0")) == ids
        assert {row["id"] for row in client.cql_search('type = page and space = "S0"')} == ids


@pytest.mark.parametrize("most", [30, 60])
def test_a_server_that_refuses_to_count_far_is_asked_from_the_last_row_on(most: int) -> None:
    world = small_world(spaces=1, pages=10, attachments=0)
    pages = pages_of(world, "S0")
    for number in range(150):
        world.clock.advance(seconds=7)
        world.attach(pages[number % 10], filename=f"f{number}.txt", data=b"x")
    world.switches.dc_attachment_search_fails_from = most
    mirror = Mirror()
    with serve_datacenter(world) as site:
        first = read(site, **EXACT)
        mirror.load(first)
        for number in range(100):
            world.clock.advance(seconds=7)
            world.attach(pages[number % 10], filename=f"f{number}.txt", data=b"y")
        second = read(site, first.state, **EXACT)
        mirror.load(second)
        mirror.load(read(site, second.state, **EXACT))
    assert first.of("sync_errors") == second.of("sync_errors") == []
    assert_equal(mirror, world, "read in windows")


@pytest.mark.parametrize("version", ["8.5.1", "9.2.1"])
def test_permissions_that_only_administrators_see_are_asked_for_once_a_space_and_told_once(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_confluence.client.waiting.WallClock.sleep", lambda *_: False)
    world = small_world(spaces=6, pages=2)
    world.switches.dc_version = version
    reader = world.create_user(display_name="Reader", email="reader@example.com")
    with serve_datacenter(world, user=reader) as site:
        out = sync(site, streams=("spaces", "pages", "space_permissions", "sync_errors"), max_retries=5)
        asked = [request for request in site.requests if request.status == 500]
        assert len(asked) == 6
        (error,) = out.of("sync_errors")
        assert (error["stream"], error["http_status"], out.code) == ("space_permissions", 500, 0)
        assert "and so of all 6 that were asked for" in error["message"]
        assert len(out.of("pages")) == 18
        space = next(space for space in world.spaces.values() if space.key == "S3")
        world.permit(space, reader, "administer")
        mixed = sync(site, out.state, streams=("space_permissions", "sync_errors"))
    assert {row["space_id"] for row in mixed.of("space_permissions")} == {space.id}
    assert len(mixed.of("sync_errors")) == 5, "of some spaces each is named"


def test_a_group_whose_name_holds_a_slash_is_named_and_costs_no_other_its_members() -> None:
    world = small_world(spaces=1, pages=1)
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    for name in ("crew", "crew/eu"):
        world.create_group(name, [ada])
    with serve_datacenter(world) as site:
        out = sync(site, streams=("group_members", "sync_errors"))
    assert "crew" in {row["group_id"] for row in out.of("group_members")}
    (error,) = out.of("sync_errors")
    assert (error["id"], out.code) == ("crew/eu", 0)
    assert "rename the group" in error["message"]
