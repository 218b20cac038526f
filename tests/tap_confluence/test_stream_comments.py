"""Comments: what v2's lists of the site show, placed in spaces, exact over edits, resolutions and kills."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.api.endpoint import Reply
from confluence_sim.model import Content
from support.tap import COMMENTS, Once, Output, answering, on_request, pages_of, small_world, sync

STREAMS = ("spaces", "pages", "blogposts", *COMMENTS, "content_inventory", "tombstones", "sync_errors")


def commented(comments: int = 6) -> tuple[World, list[Content]]:
    """A small world with comments of both kinds, alternately, on its first space's pages."""
    world = small_world(spaces=2)
    pages = pages_of(world, "S0")
    places = ("footer", "inline")
    made = [
        world.comment(pages[n % 5], body=f"<p>says {n}</p>", location=places[n % 2], selection=f"words {n}")
        for n in range(comments)
    ]
    return world, made


def said(out: Output) -> dict[str, Any]:
    return {row["id"]: row["body"] for stream in COMMENTS for row in out.of(stream)}


def test_a_first_sync_writes_every_thread_with_its_place_its_author_and_its_body() -> None:
    world, made = commented()
    file = next(item for item in world.contents.values() if item.type == "attachment")
    on_file = world.comment(file, body="<p>nice picture</p>")
    with serve(world) as site:
        out = sync(site, streams=STREAMS)
    footer = {row["id"]: row for row in out.of("footer_comments")}
    inline = {row["id"]: row for row in out.of("inline_comments")}
    assert set(footer) == {comment.id for comment in made[::2]} | {on_file.id}
    assert set(inline) == {comment.id for comment in made[1::2]}
    row, true = inline[made[1].id], made[1]
    assert (row["type"], row["location"], row["container_type"]) == ("comment", "inline", "page")
    assert (row["container_id"], row["space_key"], row["author_id"]) == (true.container_id, "S0", true.author_id)
    assert (row["created_at"], row["body"], row["body_format"]) == (true.created_at, "<p>says 1</p>", "storage")
    assert (row["resolution_status"], row["inline_original_selection"]) == ("open", "words 1")
    assert row["inline_marker_ref"] == true.marker_ref
    assert (footer[on_file.id]["container_type"], footer[on_file.id]["space_id"]) == ("attachment", file.space_id)
    assert footer[made[0].id]["url"].startswith("http")


def test_comments_are_not_selected_unless_asked_for() -> None:
    world, _ = commented()
    with serve(world) as site:
        out = sync(site)
    assert said(out) == {}
    assert not [request for request in site.requests if "comments" in request.path]


def test_an_edit_is_written_once_and_a_quiet_run_writes_nothing_for_one_request_a_stream() -> None:
    world, made = commented()
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        world.clock.advance(minutes=1)
        world.edit(made[2], body="<p>says better</p>")
        second = sync(site, first.state, streams=STREAMS)
        site.requests.clear()
        third = sync(site, second.state, streams=STREAMS)
    assert said(second) == {made[2].id: "<p>says better</p>"}
    assert third.content == []
    assert sum("comments" in request.path or "search" in request.path for request in site.requests) == 4


def test_law_8_a_comment_that_was_resolved_without_a_new_version_is_found_by_the_sweep() -> None:
    world, made = commented()
    with serve(world) as site:
        first = sync(site, streams=STREAMS, deletion_detection="every_sync")
        world.clock.advance(hours=1)
        world.resolve(made[1])
        second = sync(site, first.state, streams=STREAMS, deletion_detection="every_sync")
        third = sync(site, second.state, streams=STREAMS, deletion_detection="every_sync")
    assert [(row["id"], row["resolution_status"]) for row in second.of("inline_comments")] == [(made[1].id, "resolved")]
    assert second.of("inline_comments")[0]["body"] == made[1].body
    assert third.content == []


def test_law_11_a_trashed_comment_and_those_of_a_trashed_page_are_buried_as_comments() -> None:
    world, made = commented()
    with serve(world) as site:
        first = sync(site, streams=STREAMS, deletion_detection="every_sync")
        world.clock.advance(hours=1)
        world.trash(made[0])
        world.trash(world.contents[made[1].container_id or ""])
        second = sync(site, first.state, streams=STREAMS, deletion_detection="every_sync")
    buried = {row["id"] for row in second.of("tombstones") if row["type"] == "comment"}
    assert buried == {made[0].id, made[1].id}
    rows = [row for row in first.of("content_inventory") if row["type"] == "comment"]
    assert {(row["id"], row["parent_id"]) for row in rows} == {(item.id, item.container_id) for item in made}


def test_law_3_a_first_sync_that_was_cut_off_goes_on_where_it_was() -> None:
    world, made = commented(comments=60)
    with serve(world) as site:
        cut = sync(site, streams=STREAMS, page_size=5, concurrency=1, max_requests=14)
        rest = sync(site, cut.state, streams=STREAMS, page_size=5)
    assert 0 < len(said(cut)) < 60
    assert set(said(cut)) | set(said(rest)) == {item.id for item in made}
    assert len(said(cut)) + len(said(rest)) == 60


def test_law_3_a_rejected_cursor_begins_anew_since_comments_do_not_tell_when_they_were_made() -> None:
    world, made = commented(comments=60)
    with serve(world) as site:
        cut = sync(site, streams=STREAMS, page_size=5, concurrency=1, max_requests=14)
        refuse = Once(lambda request: "comments" in request.path and "cursor" in request.query, lambda: None)

        def reject(request: Any) -> Reply | None:
            if "comments" not in request.path or "cursor" not in request.args or refuse.done:
                return None
            refuse.done = True
            error = {"status": 400, "code": "INVALID_REQUEST_PARAMETER", "title": "Provided value for 'cursor' is not"}
            return Reply({"errors": [error]}, status=400)

        with answering(site, reject):
            rest = sync(site, cut.state, streams=STREAMS, page_size=5)
    assert refuse.done
    assert set(said(cut)) | set(said(rest)) == {item.id for item in made}


def test_law_7_a_comment_that_could_not_be_read_is_read_by_the_next_run() -> None:
    world, made = commented()
    broken = made[2].id

    def break_one(request: Any) -> Reply | None:
        if "body-format" in request.args and request.path.endswith("/footer-comments"):
            return Reply({"errors": []}, status=500) if "cursor" not in request.args else None
        return None

    with serve(world) as site:
        with answering(site, break_one):
            first = sync(site, streams=STREAMS)
        second = sync(site, first.state, streams=STREAMS)
        third = sync(site, second.state, streams=STREAMS)
    dead = [row["id"] for row in first.of("sync_errors") if row["id"]]
    assert dead == [made[0].id]
    assert broken in said(first)
    assert said(second) == {made[0].id: "<p>says 0</p>"}
    assert third.content == []


@pytest.mark.parametrize("setting", ["pages", "page_trees"])
def test_the_comments_of_named_pages_are_read_with_them(setting: str) -> None:
    world, made = commented()
    with serve(world) as site:
        wishes: dict[str, Any] = {setting: [made[1].container_id]}
        out = sync(site, streams=STREAMS, **wishes)
    assert set(said(out)) == {item.id for item in made if item.container_id == made[1].container_id}


def test_law_2_an_edit_behind_the_walk_is_not_lost() -> None:
    world, made = commented(comments=20)
    with serve(world) as site:
        edited = Once(
            lambda request: request.path.endswith("/inline-comments") and "cursor" in request.query,
            lambda: world.edit(made[1], body="<p>behind</p>"),
        )
        with on_request(site, edited):
            first = sync(site, streams=STREAMS, page_size=4)
        second = sync(site, first.state, streams=STREAMS)
    assert edited.done
    assert {**said(first), **said(second)}[made[1].id] == "<p>behind</p>"


def test_replies_at_any_depth_come_with_the_comment_that_they_answer() -> None:
    world, made = commented()
    answer = world.reply(made[1], body="<p>Why?</p>")
    deep = world.reply(answer, body="<p>Because.</p>")
    foot = world.reply(made[0], body="<p>Yes.</p>")
    with serve(world) as site:
        out = sync(site, streams=STREAMS, deletion_detection="every_sync")
    inline = {row["id"]: row for row in out.of("inline_comments")}
    assert (inline[answer.id]["parent_comment_id"], inline[deep.id]["parent_comment_id"]) == (made[1].id, answer.id)
    assert inline[deep.id]["body"] == "<p>Because.</p>"
    assert inline[deep.id]["container_id"] == made[1].container_id
    assert inline[deep.id]["inline_marker_ref"] == made[1].marker_ref
    assert foot.id in out.ids("footer_comments")
    parents = {row["id"]: row["parent_id"] for row in out.of("content_inventory")}
    assert (parents[deep.id], parents[foot.id]) == (answer.id, made[0].id)


@pytest.mark.parametrize("held", [True, False])
def test_replies_are_written_once_whether_the_lists_of_the_site_hold_them_or_not(held: bool) -> None:
    world, made = commented()
    world.switches.comment_lists_hold_replies = held
    answer = world.reply(made[1], body="<p>Why?</p>")
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        world.clock.advance(hours=30)
        world.edit(answer, body="<p>Why, though?</p>")
        second = sync(site, first.state, streams=STREAMS)
        third = sync(site, second.state, streams=STREAMS)
    assert first.ids("inline_comments").count(answer.id) == 1
    assert said(second) == {answer.id: "<p>Why, though?</p>"}
    assert third.content == []


def test_a_reply_that_the_index_shows_late_is_not_lost_whatever_the_clocks_of_user_and_site() -> None:
    world, made = commented()
    world.switches.index_lag_seconds = 3 * 3600
    world.clock.advance(hours=4)
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        late = world.reply(made[1], body="<p>Late.</p>")
        world.clock.advance(hours=1)
        world.comment(pages_of(world, "S0")[0], body="<p>newer, and shown at once</p>")
        second = sync(site, first.state, streams=STREAMS)
        world.clock.advance(hours=4)
        third = sync(site, second.state, streams=STREAMS)
    assert late.id not in said(second)
    assert said(third) == {late.id: "<p>Late.</p>"}


def test_replies_cost_a_request_per_50_with_bodies_and_one_in_a_quiet_run() -> None:
    world, made = commented()
    for number in range(120):
        world.reply(made[0], body=f"<p>{number}</p>")
    with serve(world) as site:
        first = sync(site, streams=("footer_comments",))
        searches = sum(request.path.endswith("/search") for request in site.requests)
        world.clock.advance(days=3)
        second = sync(site, first.state, streams=("footer_comments",))
        site.requests.clear()
        sync(site, second.state, streams=("footer_comments",))
        quiet = sum(request.path.endswith("/search") for request in site.requests)
    assert len(said(first)) == 123
    assert searches == 1 + 3
    assert quiet == 1


def test_replies_whose_bodies_no_search_delivers_are_read_one_by_one_by_the_next_run() -> None:
    world, made = commented()
    world.switches.search_storage_body_fails = True
    replies = [world.reply(made[0], body=f"<p>reply {number}</p>") for number in range(3)]
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        second = sync(site, first.state, streams=STREAMS)
        third = sync(site, second.state, streams=STREAMS)
    bodies = {item.id: item.body for item in replies}
    assert {row["id"] for row in first.of("sync_errors")} == set(bodies)
    assert said(second) == bodies
    assert second.of("sync_errors") == []
    assert third.content == []
