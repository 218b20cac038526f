"""Every version of pages, blog posts, attachments and comments: equal to the world, and told by rows where they do."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from confluence_sim.model import Content
from support.oracle import Gremlin
from support.tap import COMMENTS, Output, State, answering, on_request, pages_of, small_world, sync

STREAMS = ("content_versions", "sync_errors")
HANGING = ("attachments", *COMMENTS)
TYPES = {"page", "blogpost", "attachment", "comment"}
Versions = dict[tuple[str, int], tuple[Any, ...]]


def kept(world: World, *types: str) -> list[Content]:
    """What is current, and hangs on nothing that is in the trash."""
    return [
        item
        for item in world.contents.values()
        if item.type in types and item.status == "current" and world.is_in_place(item)
    ]


def true_versions(world: World, *types: str) -> Versions:
    return {
        (item.id, version.number): (
            *(item.type, item.container_id, version.title, version.created_at, version.message, version.minor_edit),
            *(version.author_id, None if item.type == "attachment" else version.body),
        )
        for item in kept(world, *types)
        for version in item.versions
    }


def told(world: World, out: Output) -> Versions:
    """The rows of a run, by content and number; people by account, whatever the deployment calls them."""
    accounts = {name: user.account_id for user in world.users.values() for name in (user.account_id, user.user_key)}
    fields = ("content_type", "container_id", "title", "created_at", "message", "minor_edit")
    return {
        (row["content_id"], row["number"]): (
            *(row[name] for name in fields),
            *(accounts[row["author_id"]], row["body"]),
        )
        for row in out.of("content_versions")
    }


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(3, 23))])
def test_the_versions_equal_the_world_after_a_first_sync_and_after_200_random_verbs(seed: int, served: Any) -> None:
    world = small_world(spaces=3)
    world.switches.attachment_created_at_moves = seed % 2 == 0
    gremlin = Gremlin(world, seed)
    held: Versions = {}
    state: State | None = None
    with served(world) as site:
        for batch in range(5):
            for _ in range(50):
                gremlin.act()
            world.clock.advance(seconds=1)
            out = sync(site, state, streams=(*STREAMS, *HANGING), page_size=25)
            held |= told(world, out)
            state = out.state
            true = true_versions(world, *TYPES)
            assert {key: held.get(key) for key in true} == true, f"batch {batch}"
        quiet = sync(site, state, streams=(*STREAMS, *HANGING))
    assert quiet.of("content_versions") == []
    assert {row[0] for row in held.values()} >= {"page", "blogpost", "comment"}, "put to the test"


def test_only_new_versions_of_changed_content_are_read_and_written() -> None:
    world = small_world(spaces=2, pages=10)
    page = pages_of(world, "S0")[3]
    for number in range(120):
        world.edit(page, body=f"<p>{number}</p>")
    with serve(world) as site:
        first = sync(site, streams=("content_versions",))
        asked = [request.path for request in site.requests if request.path.endswith("/versions")]
        site.requests.clear()
        for number in range(3):
            world.edit(page, body=f"<p>new {number}</p>", message=f"m{number}")
        second = sync(site, first.state, streams=("content_versions",))
        again = [request.path for request in site.requests if request.path.endswith("/versions")]
    assert len(first.of("content_versions")) == len(true_versions(world, "page", "blogpost")) - 3
    assert len(asked) == 3, "121 versions, 50 a request"
    assert [(row["number"], row["message"]) for row in second.of("content_versions")] == [
        (124, "m2"),
        (123, "m1"),
        (122, "m0"),
    ]
    assert len(again) == 1


def test_content_of_which_one_version_is_new_is_told_by_its_row_and_costs_no_request_of_its_own() -> None:
    world = small_world(spaces=2, pages=30)
    pages = pages_of(world, "S0")
    spoken = [world.comment(page, body="<p>So?</p>") for page in pages[:3]]
    spoken += [world.reply(said, body="<p>So!</p>") for said in spoken]
    with serve(world) as site:
        first = sync(site, streams=("content_versions", *HANGING))
        site.requests.clear()
        world.clock.advance(minutes=5)
        for item in (*pages[5:15], *spoken[3:]):
            world.edit(item, body="<p>once more</p>", message="again")
        world.attach(pages[0], filename="file-0.txt", data=b"new")
        world.create_page(world.spaces[pages[0].space_id], title="New", body="<p>new</p>")
        second = sync(site, first.state, streams=("content_versions", *HANGING))
        asked = [request.path for request in site.requests if request.path.endswith("/versions")]
    held = told(world, first) | told(world, second)
    assert held == true_versions(world, *TYPES)
    assert len(second.of("content_versions")) == 10 + 3 + 1 + 1
    assert asked == []


def test_versions_of_attachments_and_comments_come_only_where_their_streams_are_selected() -> None:
    world = small_world(spaces=1)
    world.comment(pages_of(world, "S0")[1], body="<p>So?</p>")
    with serve(world) as site:
        alone = sync(site, streams=("content_versions",))
        more = sync(site, alone.state, streams=("content_versions", "attachments"))
        less = sync(site, more.state, streams=("content_versions",))
        all_again = sync(site, less.state, streams=("content_versions", *HANGING))
    assert {row["content_type"] for row in alone.of("content_versions")} == {"page", "blogpost"}
    assert {row["content_type"] for row in more.of("content_versions")} == {"attachment"}
    assert less.of("content_versions") == []
    assert {row["content_type"] for row in all_again.of("content_versions")} == {"attachment", "comment"}


def test_a_file_is_told_with_its_newest_version_and_by_name_alone_with_older_ones() -> None:
    world = small_world(spaces=1, attachments=0)
    page = pages_of(world, "S0")[1]
    file = world.attach(page, filename="a.txt", data=b"1", media_type="text/plain", comment="first")
    world.attach(page, filename="a.txt", data=b"22", media_type="text/plain", comment="second")
    with serve(world) as site:
        out = sync(site, streams=("content_versions", "attachments"))
    old, new = sorted(
        (row for row in out.of("content_versions") if row["content_id"] == file.id), key=lambda r: r["number"]
    )
    (now,) = out.of("attachments")
    assert {name: new[name] for name in ("title", "media_type", "file_size", "file_id", "comment", "url")} == {
        name: now[name] for name in ("title", "media_type", "file_size", "file_id", "comment", "url")
    }
    assert (old["title"], old["message"], old["media_type"], old["file_size"]) == ("a.txt", "first", None, None)


@pytest.mark.parametrize("kind", ["page", "attachment", "comment"])
def test_one_content_whose_versions_cannot_be_read_is_an_error_row_and_tried_again(kind: str) -> None:
    world = small_world(spaces=1)
    page = pages_of(world, "S0")[3]
    broken = page
    if kind == "attachment":
        broken = world.attach(page, filename="x.txt", data=b"1")
    elif kind == "comment":
        broken = world.comment(page, body="<p>So?</p>")
    world.edit(broken, body="<p>again</p>")
    with serve(world) as site:

        def fail(request: Any) -> Reply | None:
            return Reply({"errors": []}, status=500) if request.path.endswith(f"/{broken.id}/versions") else None

        with answering(site, fail):
            first = sync(site, streams=(*STREAMS, *HANGING))
        second = sync(site, first.state, streams=(*STREAMS, *HANGING))
    assert [(row["stream"], row["id"]) for row in first.of("sync_errors")] == [("content_versions", broken.id)]
    assert first.code == 0
    assert {row["content_id"] for row in second.of("content_versions")} == {broken.id}
    assert [row["number"] for row in second.of("content_versions")] == [2, 1]


def test_a_run_that_was_cut_off_in_the_middle_of_versions_does_not_begin_anew() -> None:
    world = small_world(spaces=1, pages=600, attachments=0)
    for page in pages_of(world, "S0"):
        world.edit(page, body="<p>again</p>")
    with serve(world) as site:
        cut = sync(site, streams=("content_versions",), max_requests=500, concurrency=1)
        rest = sync(site, cut.state, streams=("content_versions",))
    both = len(cut.of("content_versions")) + len(rest.of("content_versions"))
    assert len(rest.of("content_versions")) < 600
    assert both == len(true_versions(world, "page", "blogpost"))


def test_versions_that_are_made_while_versions_are_read_are_told_by_this_run_or_the_next() -> None:
    world = small_world(spaces=1, pages=40)
    pages = pages_of(world, "S0")
    held: Versions = {}
    with serve(world) as site:
        first = sync(site, streams=("content_versions",))
        held |= told(world, first)
        for page in pages[:10]:
            world.edit(page, body="<p>second</p>")

        def meddle(_: Any) -> None:
            for page in pages[:12]:
                world.edit(page, body=f"<p>meddled {page.version}</p>")

        with on_request(site, meddle):
            second = sync(site, first.state, streams=("content_versions",))
        held |= told(world, second)
        held |= told(world, sync(site, second.state, streams=("content_versions",)))
    assert held == true_versions(world, "page", "blogpost")
