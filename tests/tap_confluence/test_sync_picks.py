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
    assert out.state == full.state


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
    assert {row["content_id"] for row in out.of("content_properties")} == {page.id}
    if served is serve:
        assert {row["content_id"] for row in out.of("tasks")} == {page.id}
