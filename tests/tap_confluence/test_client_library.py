"""``ConfluenceClient`` and ``AsyncConfluenceClient``, as a developer meets them: the same on both deployments."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from tap_confluence.client import AsyncConfluenceClient, ConfluenceClient
from tap_confluence.client.errors import ConfluenceArgumentError, ConfluenceNotFoundError

KINDS = ("cloud", "data_center")
README = Path(__file__).parents[2] / "tap-confluence" / "README.md"


def world_of_pages() -> World:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="ENG", name="Engineering")
    for number in range(5):
        world.create_page(space, title=f"P{number}", body=f"<p>{number}</p>")
    return world


@contextmanager
def client_of(kind: str, world: World) -> Iterator[tuple[ConfluenceClient, Any]]:
    served = serve(world) if kind == "cloud" else serve_datacenter(world)
    with served as site, ConfluenceClient(**site.config, requests_per_second=1000) as client:
        yield client, site


def page_of(world: World, title: str) -> Any:
    return next(item for item in world.contents.values() if item.title == title)


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_of_nothing_is_nothing_and_a_negative_one_is_refused(kind: str) -> None:
    with client_of(kind, world_of_pages()) as (client, site):
        assert list(client.cql_search("type = page", limit=0)) == []
        with pytest.raises(ConfluenceArgumentError, match="limit: -1"):
            client.cql_search("type = page", limit=-1)
        assert len(site.requests) == 0
        assert [len(list(client.cql_search("type = page", limit=most))) for most in (1, 3, 6, 99)] == [1, 3, 6, 6]
        assert len(list(client.cql_search("type = page"))) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_where_several_are_wanted_is_one(kind: str) -> None:
    world = world_of_pages()
    with client_of(kind, world) as (client, _):
        assert [space["key"] for space in client.get_spaces("ENG")] == ["ENG"]
        space_id = next(iter(world.spaces))
        assert len(list(client.get_pages(space_id, statuses="current"))) == 6
        with pytest.raises(ConfluenceArgumentError, match="statuses: 'gone' is none of current, archived, trashed"):
            client.get_pages(space_id, statuses="gone")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body_format", ["view", "export_view", "storage", None])
def test_a_page_has_its_body_in_each_format_of_its_site(kind: str, body_format: str | None) -> None:
    world = world_of_pages()
    with client_of(kind, world) as (client, _):
        page = client.get_page_by_id(page_of(world, "P3").id, body_format=body_format)
    assert page["title"] == "P3"
    assert (page["body"] is None) == (body_format is None)
    assert body_format is None or "3" in page["body"]


@pytest.mark.parametrize("status", ["archived", "trashed"])
def test_a_page_that_is_put_away_is_shown_in_view_as_well(status: str) -> None:
    world = world_of_pages()
    page = page_of(world, "P2")
    world.archive(page) if status == "archived" else world.trash(page)
    with client_of("cloud", world) as (client, _):
        assert client.get_page_by_id(page.id, body_format="view")["status"] == status


@pytest.mark.parametrize(
    ("kind", "body_format", "call"),
    [
        ("cloud", "markdown", "get_page_by_id"),
        ("data_center", "atlas_doc_format", "get_page_by_id"),
        ("cloud", "view", "get_pages"),
        ("data_center", "markdown", "get_pages"),
        ("cloud", "view", "get_child_pages"),
    ],
)
def test_a_format_that_the_site_does_not_have_is_named_with_those_it_has(
    kind: str, body_format: str, call: str
) -> None:
    with client_of(kind, world_of_pages()) as (client, site):
        with pytest.raises(ValueError, match=f"body_format: '{body_format}' is none of storage, "):
            list(getattr(client, call)("1", body_format=body_format))
        assert len(site.requests) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_blog_post_or_a_comment_is_no_page(kind: str) -> None:
    world = world_of_pages()
    space = next(iter(world.spaces.values()))
    post = world.create_blogpost(space, title="Post", body="")
    comment = world.comment(page_of(world, "P1"), body="<p>?</p>")
    with client_of(kind, world) as (client, _):
        for item in (post, comment):
            with pytest.raises(ConfluenceNotFoundError):
                client.get_page_by_id(item.id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_id_is_refused_before_anything_is_asked(kind: str, empty: Any) -> None:
    with client_of(kind, world_of_pages()) as (client, site):
        calls: list[Callable[[Any], Any]] = [
            client.get_page_by_id,
            client.get_pages,
            client.get_space_pages_ids,
            lambda value: list(client.get_child_pages(value)),
            client.get_attachments_for_page,
        ]
        for call in calls:
            with pytest.raises(ConfluenceArgumentError, match="is empty"):
                call(empty)
        assert len(site.requests) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_that_is_not_there_is_not_found_and_an_empty_one_is_empty(kind: str) -> None:
    world = world_of_pages()
    empty = world.create_space(key="NIL", name="Nothing", homepage=False)
    with client_of(kind, world) as (client, _):
        with pytest.raises(ConfluenceNotFoundError, match="space 424242: missing"):
            list(client.get_pages("424242"))
        assert list(client.get_pages(empty.id)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_another_case_is_hinted_at(kind: str) -> None:
    with client_of(kind, world_of_pages()) as (client, _):
        with pytest.raises(ConfluenceNotFoundError, match="did you mean 'ENG'"):
            client.get_space_pages_ids("eng")
        with pytest.raises(ConfluenceNotFoundError, match=r"not visible to this account$"):
            client.get_space_pages_ids("NOWHERE")


def test_a_space_is_found_by_the_alias_that_its_urls_show() -> None:
    world = world_of_pages()
    next(iter(world.spaces.values())).alias = "PEOPLE"
    with client_of("cloud", world) as (client, _):
        assert client.get_space_pages_ids("PEOPLE") == client.get_space_pages_ids("ENG")


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_below_a_page_come_in_the_order_of_the_tree(kind: str) -> None:
    world = world_of_pages()
    space = next(iter(world.spaces.values()))
    above = page_of(world, "P1")
    children = [world.create_page(space, title=f"Child {n}", body=f"<p>{n}</p>", parent=above) for n in range(4)]
    world.create_page(space, title="Grandchild", body="", parent=children[0])
    if kind == "cloud":
        world.create_tree_item(space, type="folder", title="A folder", parent=above)
    children.sort(key=lambda child: child.position or 0)
    with client_of(kind, world) as (client, _):
        found = list(client.get_child_pages(above.id, body_format="storage"))
        assert [page["title"] for page in found] == [child.title for child in children]
        assert all(page["parent_id"] == above.id and page["body"] for page in found)
        assert list(client.get_child_pages(children[1].id)) == []
        with pytest.raises(ConfluenceNotFoundError):
            list(client.get_child_pages("424242"))


@pytest.mark.parametrize("kind", KINDS)
def test_more_children_than_a_request_names_are_all_found(kind: str) -> None:
    world = world_of_pages()
    above = page_of(world, "P1")
    space = next(iter(world.spaces.values()))
    for number in range(260):
        world.create_page(space, title=f"Child {number}", body="", parent=above)
    with client_of(kind, world) as (client, _):
        assert len({page["id"] for page in client.get_child_pages(above.id)}) == 260


@pytest.mark.parametrize("kind", KINDS)
def test_asyncio_programs_stream_rows_as_far_as_they_want_them_or_await_them_all(kind: str) -> None:
    world = world_of_pages()
    space = next(iter(world.spaces.values()))
    for number in range(30):
        world.create_page(space, title=f"Q{number}", body="")

    async def read(config: dict[str, Any], requests: Any) -> None:
        async with AsyncConfluenceClient(**config, page_size=10) as client:
            newest = [page["title"] async for page in client.get_pages(space.id, newest_first=True)]
            assert newest[0] == "Q29"
            every = await client.get_pages(space.id)
            assert sorted(page["title"] for page in every) == sorted(newest)
            before = len(requests)
            async for found in client.cql_search("type = page", limit=1):
                assert found["type"] == "page"
            assert len(requests) - before == 1
            assert [found["key"] for found in await client.get_spaces("ENG")] == ["ENG"]
            assert await client.get_child_pages(page_of(world, "P1").id) == []
            with pytest.raises(ConfluenceArgumentError):
                await client.get_pages("")

    with serve(world) if kind == "cloud" else serve_datacenter(world) as site:
        asyncio.run(read(dict(site.config), site.requests))


def test_the_example_of_the_readme_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    with serve(world_of_pages()) as site:
        for stands, here in {
            "https://acme.atlassian.net": site.url,
            "you@acme.com": site.email,
            '"…"': repr(site.token),
        }.items():
            assert stands in example
            example = example.replace(stands, here)
        exec(example, {})
    assert "P4" in capsys.readouterr().out
