"""Single pages and page trees."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from support.tap import COMMENTS, busy_world, pages_of, small_world, sync, truth
from tap_confluence.client.errors import ConfluenceConfigError


def deep_world() -> tuple[World, list[str]]:
    """A space with a chain of fifteen pages below a root, and something beside it; returns the chain's ids."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="DEEP", name="Deep")
    parent = world.create_page(space, title="Root", body="<p/>")
    world.create_page(space, title="Beside", body="<p/>")
    chain = [parent.id]
    for depth in range(15):
        parent = world.create_page(space, title=f"Depth {depth}", body="<p/>", parent=parent)
        chain.append(parent.id)
    world.attach(parent, filename="deep.txt", data=b"deep", media_type="text/plain")
    return world, chain


def test_only_the_pages_that_are_named_are_read_and_no_bookmark_moves() -> None:
    world = small_world(spaces=2)
    one, two = pages_of(world, "S0")[1], pages_of(world, "S1")[4]
    with serve(world) as site:
        full = sync(site)
        url = f"{site.url}/wiki/spaces/S1/pages/{two.id}/Some+title"
        out = sync(site, full.state, pages=[one.id, url])
    assert sorted(out.ids("pages")) == sorted([one.id, two.id])
    assert all(record["body"] for record in out.of("pages"))
    assert {record["container_id"] for record in out.of("attachments")} <= {one.id, two.id}
    assert out.memory == full.memory


def test_a_page_tree_is_read_at_any_depth_with_what_hangs_on_it() -> None:
    world, chain = deep_world()
    with serve(world) as site:
        out = sync(site, page_trees=[chain[0]])
    assert sorted(out.ids("pages")) == sorted(chain)
    assert [record["title"] for record in out.of("attachments")] == ["deep.txt"]


def test_named_pages_add_to_whole_spaces() -> None:
    world = small_world(spaces=2)
    extra = pages_of(world, "S1")[3]
    inside = pages_of(world, "S0")[3]
    with serve(world) as site:
        out = sync(site, spaces=["S0"], pages=[extra.id, inside.id])
    whole = {page.id for page in pages_of(world, "S0")}
    assert set(out.ids("pages")) == whole | {extra.id}
    assert len(out.ids("pages")) == len(whole) + 1
    assert set(truth(world, "pages")) > set(out.ids("pages"))


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_every_row_tells_the_key_of_its_space_also_of_pages_that_are_named_beside_spaces(served: Any) -> None:
    world = busy_world()
    named = [page.id for page in pages_of(world, "S1")]
    keys = {space.id: space.key for space in world.spaces.values()}
    with served(world) as site:
        out = sync(site, spaces=["S0"], pages=named, streams=("pages", "attachments", *COMMENTS, "content_versions"))
    rows = [row for row in (*out.content, *out.of("content_versions")) if "space_key" in row]
    assert {row["space_key"] for row in rows} == {"S0", "S1"}
    assert all(row["space_key"] == keys[row["space_id"]] for row in rows if "space_id" in row)
    assert {row["content_type"] for row in out.of("content_versions")} >= {"page"}


@pytest.mark.parametrize("setting", ["pages", "page_trees"])
def test_a_page_that_cannot_be_seen_is_an_error_that_names_it(setting: str) -> None:
    with (
        serve(small_world(spaces=1)) as site,
        pytest.raises(ConfluenceConfigError, match=f"{setting}: no page '999999' is visible"),
    ):
        sync(site, **dict[str, Any]({setting: ["999999"]}))


def test_a_page_of_another_site_is_refused() -> None:
    with serve(small_world(spaces=1)) as site, pytest.raises(Exception, match="pages"):
        sync(site, pages=["https://other.atlassian.net/wiki/spaces/X/pages/1/T"])


def test_a_tree_goes_on_below_folders() -> None:
    world = small_world(spaces=1)
    pages = pages_of(world, "S0")
    space = world.spaces[pages[0].space_id]
    folder = world.create_tree_item(space, type="folder", title="Papers", parent=pages[3])
    inner = world.create_tree_item(space, type="folder", title="Old papers", parent=folder)
    deep = world.create_page(space, title="Deep", body="<p>deep</p>", parent=inner)
    below = world.create_page(space, title="Below", body="<p>below</p>", parent=deep)
    with serve(world) as site:
        out = sync(site, page_trees=[pages[3].id])
    assert set(out.ids("pages")) == {pages[3].id, deep.id, below.id}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("whole", [{}, {"spaces": ["S1"]}])
def test_versions_properties_and_tasks_of_named_pages_are_read_with_them(served: Any, whole: dict[str, Any]) -> None:
    world = busy_world()
    spoken, page, beside = pages_of(world, "S0")[1:4]
    for each in (page, beside):
        world.set_property(each, "owner", {"team": each.title})
        world.edit(each, title=f"{each.title}, again")
    file = world.attach(page, filename="a.txt", data=b"1")
    world.edit(world.comment(page, body="<p>So?</p>"), body="<p>So!</p>")
    streams = ("pages", "attachments", *COMMENTS, "content_versions", "content_properties", "tasks")
    with served(world) as site:
        out = sync(site, streams=streams, pages=[page.id, spoken.id], **whole)
    near = {page.id, spoken.id, file.id}
    hanging = {item.id for item in world.contents.values() if item.container_id in near}
    inside = (
        {item.id for item in world.contents.values() if world.spaces[item.space_id].key == "S1"} if whole else set()
    )
    versions = {
        (item.id, version.number)
        for item in world.contents.values()
        if item.id in near | hanging | inside and item.type in ("page", "blogpost", "attachment", "comment")
        for version in item.versions
    }
    assert {(row["content_id"], row["number"]) for row in out.of("content_versions")} == versions
    assert {row["content_id"] for row in out.of("content_properties") if row["set_size"]} == {page.id}
    if served is serve:
        assert {row["content_id"] for row in out.of("tasks")} == {page.id}


def said(out: Any) -> list[str]:
    return [row["message"] for row in out.of("sync_errors")]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_an_entry_that_is_gone_is_named_and_costs_no_other(served: Any) -> None:
    world = small_world(spaces=2)
    page, other = pages_of(world, "S0")[1], pages_of(world, "S1")[2]
    with served(world) as site:
        gone = f"{site.url}/display/S0/No+such+page"
        out = sync(site, pages=[page.id, "999999", gone], page_trees=[other.id, "888888"])
        assert set(out.ids("pages")) == {page.id, other.id}
        assert sorted(said(out)) == [
            "page_trees: no page '888888' is visible to this account",
            "pages: no page '999999' is visible to this account",
            f"pages: no page is to be seen at {gone!r}",
        ]
        assert out.code == 0
        assert sync(site, pages=[page.id, "999999", gone], max_failures=1).code == 1


@pytest.mark.parametrize("kind", ["folder", "whiteboard", "database", "embed"])
def test_what_else_stands_in_the_tree_may_be_the_root_of_one(kind: str) -> None:
    world = small_world(spaces=2)
    space = world.spaces[pages_of(world, "S0")[0].space_id]
    root = world.create_tree_item(space, type=kind, title="Root")
    inner = world.create_tree_item(space, type="folder", title="Inner", parent=root)
    below = [
        world.create_page(space, title=f"P{n}", body="<p>x</p>", parent=each) for n, each in enumerate((root, inner))
    ]
    file = world.attach(below[1], filename="a.txt", data=b"1")
    with serve(world) as site:
        for entry in (root.id, f"{site.url}/wiki/spaces/S0/{kind}/{root.id}"):
            out = sync(site, page_trees=[entry])
            assert (set(out.ids("pages")), out.ids("attachments")) == ({page.id for page in below}, [file.id])
        beside = pages_of(world, "S1")[1].id
        hinted = sync(site, pages=[root.id, beside])
    assert hinted.ids("pages") == [beside]
    assert said(hinted) == [f"pages: {root.id!r} is a {kind}; page_trees reads what is below it"]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("setting", ["pages", "page_trees"])
def test_a_blog_post_that_is_named_is_a_row_of_blog_posts_and_never_of_pages(served: Any, setting: str) -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[1]
    post = world.create_blogpost(next(iter(world.spaces.values())), title="News", body="<p>news</p>")
    file = world.attach(post, filename="a.txt", data=b"1")
    comment = world.comment(post, body="<p>So?</p>")
    reply = world.reply(comment, body="<p>So!</p>")
    streams = ("pages", "blogposts", "attachments", *COMMENTS, "content_versions", "sync_errors")
    with served(world) as site:
        entry = f"{site.url}/wiki/spaces/S0/blog/2026/01/05/{post.id}/News" if served is serve else post.id
        out = sync(site, streams=streams, **dict[str, Any]({setting: [entry, page.id]}))
    assert (out.ids("pages"), out.ids("blogposts")) == ([page.id], [post.id])
    assert out.of("blogposts")[0]["body"] == "<p>news</p>"
    assert file.id in out.ids("attachments")
    assert set(out.ids("footer_comments")) == {comment.id, reply.id}
    assert post.id in {row["content_id"] for row in out.of("content_versions")}
    assert said(out) == []


def test_the_id_of_what_is_no_page_is_no_row_of_pages_on_data_center() -> None:
    world = small_world(spaces=1, attachments=1)
    page = pages_of(world, "S0")[1]
    comment = world.comment(page, body="<p>So?</p>")
    file = next(item for item in world.contents.values() if item.type == "attachment")
    with serve_datacenter(world) as site:
        out = sync(site, pages=[page.id, comment.id, file.id.removeprefix("att")])
    assert out.ids("pages") == [page.id]
    assert len(said(out)) == 2


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_page_is_named_by_the_address_of_its_space_and_title(served: Any) -> None:
    world = small_world(spaces=1)
    page = world.create_page(next(iter(world.spaces.values())), title="What? 100 % & more/less", body="<p>x</p>")
    query = "spaceKey=S0&title=What%3F+100+%25+%26+more%2Fless"
    with served(world) as site:
        base = site.url + ("/wiki" if served is serve else "")
        out = sync(site, pages=[f"{base}/pages/viewpage.action?{query}"])
    assert out.ids("pages") == [page.id]


def test_a_page_in_another_status_is_told_of_as_what_it_is() -> None:
    world = small_world(spaces=1)
    page, old, gone = pages_of(world, "S0")[1:4]
    world.archive(old)
    world.trash(gone)
    with serve(world) as site:
        out = sync(site, pages=[page.id, old.id, gone.id])
        assert out.ids("pages") == [page.id]
        assert sorted(said(out)) == [
            f"pages: {old.id!r} is archived, and content_statuses does not name that",
            f"pages: {gone.id!r} is trashed, and content_statuses does not name that",
        ]
        both = sync(site, pages=[page.id, old.id], content_statuses=["current", "archived"])
    assert set(both.ids("pages")) == {page.id, old.id}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("count", [1, 30])
def test_named_pages_cost_what_hangs_on_them_and_not_the_site(served: Any, count: int) -> None:
    world = small_world(spaces=2, pages=300, attachments=3)
    pages = pages_of(world, "S0")[1 : count + 1]
    for page in pages_of(world, "S1"):
        for number in range(2):
            world.attach(page, filename=f"{number}.txt", data=b"x", media_type="text/plain")
        world.reply(world.comment(page, body="<p>c</p>"), body="<p>r</p>")
    mine = [world.attach(page, filename="mine.txt", data=b"x", media_type="text/plain") for page in pages]
    said_there = [world.comment(page, body="<p>c</p>") for page in pages]
    answers = [world.reply(comment, body="<p>r</p>") for comment in said_there]
    streams = ("pages", "attachments", "footer_comments", "content_versions", "tasks", "sync_errors")
    with served(world) as site:
        out = sync(site, streams=streams, pages=[page.id for page in pages])
        assert len(site.requests) <= (20 if count == 1 else 30)
    assert {file.id for file in mine} <= set(out.ids("attachments"))
    assert {row["container_id"] for row in out.of("attachments")} <= {page.id for page in pages}
    assert set(out.ids("footer_comments")) == {each.id for each in (*said_there, *answers)}
