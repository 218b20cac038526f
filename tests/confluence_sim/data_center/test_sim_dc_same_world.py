"""One world, told by Cloud and by Data Center: the same contents, versions, times, people and places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluence_sim import DataCenterSite, Site, World, serve, serve_datacenter
from confluence_sim.__main__ import fill, opened, parser
from confluence_sim.content import build_sample_site
from support import datacenter
from support.sim import V2, new_world, rows

EXPAND = "body.storage,version,history.lastUpdated,space,ancestors,metadata.labels,container,extensions"


@pytest.fixture(scope="module")
def world() -> World:
    world = new_world(tick_ms=0)
    build_sample_site(world)
    page = next(item for item in world.contents.values() if item.type == "page" and item.status == "current")
    for number in range(3):
        note = world.comment(page, body=f"<p>{number}</p>", location=("footer", "inline")[number % 2])
        world.reply(note, body="<p>yes</p>")
    return world


@pytest.fixture(scope="module")
def cloud(world: World) -> Iterator[Site]:
    with serve(world) as site:
        yield site


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[DataCenterSite]:
    with serve_datacenter(world, context="/confluence") as site:
        yield site


def account(world: World, user: dict[str, Any]) -> str:
    return next(item.account_id for item in world.users.values() if item.user_key == user["userKey"])


@pytest.mark.parametrize("kind", ["page", "blogpost"])
def test_pages_and_posts_are_the_same(world: World, cloud: Site, server: DataCenterSite, kind: str) -> None:
    in_cloud = {
        row["id"]: (
            *(row["title"], row["spaceId"], row["version"]["number"], row["createdAt"], row["version"]["createdAt"]),
            *(row["authorId"], row["version"]["authorId"], row["version"]["message"], row["version"]["minorEdit"]),
            *(row["body"]["storage"]["value"], row.get("parentId")),
        )
        for row in rows(cloud, f"{V2}/{kind}s", status="current", body_format="storage", limit=50)
    }
    on_server = {
        row["id"]: (
            *(row["title"], str(row["space"]["id"]), row["version"]["number"], row["history"]["createdDate"]),
            *(row["version"]["when"], account(world, row["history"]["createdBy"])),
            *(account(world, row["version"]["by"]), row["version"]["message"], row["version"]["minorEdit"]),
            *(row["body"]["storage"]["value"], row["ancestors"][-1]["id"] if row["ancestors"] else None),
        )
        for row in datacenter.rows(server, "/content", type=kind, status="current", expand=EXPAND, limit=100)
    }
    assert len(in_cloud) > 5
    assert on_server == in_cloud


def test_labels_and_files_and_comments_are_the_same(world: World, cloud: Site, server: DataCenterSite) -> None:
    spaces = {space.id for space in world.spaces.values() if space.status == "current"}
    pages = datacenter.rows(server, "/content", status="current", expand=EXPAND, limit=100)
    labelled = {(row["id"], label["name"]) for row in pages for label in row["metadata"]["labels"]["results"]}
    in_cloud = {
        (content["id"], label["name"])
        for label in rows(cloud, f"{V2}/labels", limit=250)
        for content in rows(cloud, f"{V2}/labels/{label['id']}/pages", limit=250)
    }
    assert labelled == in_cloud
    files = {
        row["id"]: (
            *(row["title"], row.get("pageId") or row["blogPostId"], row["version"]["number"]),
            *(row["fileSize"], row["mediaType"]),
        )
        for row in rows(cloud, f"{V2}/attachments", limit=250)
        if world.contents[row["id"]].space_id in spaces
    }
    found = datacenter.rows(server, "/content/search", cql="type = attachment", expand=EXPAND)
    assert files
    assert files == {
        row["id"]: (
            *(row["title"], row["container"]["id"], row["version"]["number"]),
            *(row["extensions"]["fileSize"], row["extensions"]["mediaType"]),
        )
        for row in found
    }
    notes = {
        row["id"]: (
            row["pageId"],
            row["version"]["number"],
            row["body"]["storage"]["value"],
            row.get("parentCommentId"),
        )
        for location in ("footer", "inline")
        for root in rows(cloud, f"{V2}/{location}-comments", body_format="storage")
        for row in (root, *rows(cloud, f"{V2}/{location}-comments/{root['id']}/children", body_format="storage"))
    }
    replies = {
        row["id"]: (
            *(row["container"]["id"], row["version"]["number"], row["body"]["storage"]["value"]),
            row["ancestors"][-1]["id"] if row["ancestors"] else None,
        )
        for page_id in {note[0] for note in notes.values()}
        for row in datacenter.rows(server, f"/content/{page_id}/child/comment", depth="all", expand=EXPAND)
    }
    assert len(notes) == 6
    for reply, (page_id, _, _, parent) in notes.items():
        assert (replies[reply][0], replies[reply][3]) == (page_id, parent)
    assert {key: value[:3] for key, value in replies.items()} == {key: value[:3] for key, value in notes.items()}


def test_spaces_are_the_same(cloud: Site, server: DataCenterSite) -> None:
    in_cloud = {(row["id"], row["key"], row["name"], row["status"]) for row in rows(cloud, f"{V2}/spaces")}
    found = datacenter.rows(server, "/space")
    assert {(str(row["id"]), row["key"], row["name"], row["status"]) for row in found} == in_cloud


def test_the_sample_site_writes_links_and_people_as_a_data_center_does() -> None:
    given = parser().parse_args(["--port", "0", "--data-center", "/confluence"])
    world = new_world(tick_ms=0)
    with opened(world, given) as (site, _):
        fill(world, site, None)
    bodies = "".join(version.body for item in world.contents.values() for version in item.versions)
    assert f"{site.url}/confluence/pages/viewpage.action?pageId=" in bodies
    assert f"{site.url}/confluence/x/" in bodies
    assert "ri:userkey=" in bodies
    for foreign in ("ri:account-id", f"{site.url}/wiki", "{{"):
        assert foreign not in bodies
    keys = {user.user_key for user in world.users.values()}
    assert world.tasks
    assert {task.assigned_to for task in world.tasks.values()} <= {*keys, None}
    assert "{{" not in "".join(task.body for task in world.tasks.values())
