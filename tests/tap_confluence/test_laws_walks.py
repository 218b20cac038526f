"""Laws 3, 6 and 12 of CONTRACT 1.3: interrupted, failed and partial walks."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from support.tap import Once, answering, on_request, pages_of, small_world, sync, truth
from tap_confluence.client.errors import ConfluenceAuthError


def test_law_3_a_first_walk_is_by_id_and_an_edit_does_not_make_it_skip_a_row() -> None:
    world = small_world(spaces=1, pages=30)
    pages = pages_of(world, "S0")
    with serve(world) as site:
        with on_request(
            site,
            Once(lambda r: "cursor" in r.query, lambda: [world.edit(page, body="<p>x</p>") for page in pages[::3]]),
        ):
            out = sync(site, page_size=5)
        sorts = {tuple(r.query["sort"]) for r in site.requests if r.path.endswith("/pages") and "space-id" in r.query}
    assert sorts == {("id",)}
    assert set(out.ids("pages")) == set(truth(world, "pages"))


def test_law_3_t0_is_asked_before_the_walk_once_for_the_whole_stream() -> None:
    world = small_world(spaces=4)
    with serve(world) as site:
        sync(site)
        asked = [r for r in site.requests if r.path.endswith("/pages")]
    assert asked[0].query["sort"] == ["-modified-date"]
    assert asked[0].query["limit"] == ["1"]
    assert "space-id" not in asked[0].query
    assert sum(r.query["sort"] == ["-modified-date"] for r in asked) == 1


def test_law_3_an_interrupted_first_sync_goes_on_where_it_was() -> None:
    world = small_world(spaces=1, pages=99)
    space_id = next(iter(world.spaces))
    with serve(world) as site:
        first = sync(site, page_size=10, max_requests=12, concurrency=1, streams=["pages"])
        assert 80 <= len(first.ids("pages")) < 100
        assert first.bookmark("pages", space_id) is None
        second = sync(site, first.state, page_size=10, streams=["pages"])
        third = sync(site, second.state, page_size=10, streams=["pages"])
    assert set(first.ids("pages")) | set(second.ids("pages")) == set(truth(world, "pages"))
    assert len(set(first.ids("pages")) & set(second.ids("pages"))) <= 0.15 * 100
    assert third.ids("pages") == []
    assert "resume" not in second.state["bookmarks"]["pages"]


def test_law_3_every_listing_page_is_followed_by_a_state_with_a_resume_point() -> None:
    world = small_world(spaces=1, pages=49, attachments=0)
    with serve(world) as site:
        out = sync(site, page_size=10, concurrency=1, streams=["pages"])
    kinds = [m["type"] for m in out.messages if m["type"] in ("RECORD", "STATE")]
    runs = "".join(kind[0] for kind in kinds).split("S")
    assert [len(run) for run in runs if run] == [10, 10, 10, 10, 10]
    resumes = [
        state["bookmarks"]["pages"]["resume"][0] for state in out.states if "resume" in state["bookmarks"]["pages"]
    ]
    assert [resume["last_id"] for resume in resumes] == [out.ids("pages")[at] for at in (9, 19, 29, 39)]
    assert all({"cursor", "last_id", "query", "t0"} <= set(resume) for resume in resumes)


def test_law_3_an_edit_between_two_halves_of_a_first_sync_arrives_with_the_second() -> None:
    world = small_world(spaces=1, pages=49)
    with serve(world) as site:
        first = sync(site, page_size=10, max_requests=6, concurrency=1, streams=["pages"])
        early = world.contents[first.ids("pages")[0]]
        world.clock.advance(hours=1)
        world.edit(early, body="<p>between</p>")
        second = sync(site, first.state, page_size=10, streams=["pages"])
        third = sync(site, second.state, page_size=10, streams=["pages"])
    assert [row["version"] for row in second.of("pages") if row["id"] == early.id] == [2]
    assert third.ids("pages") == []


def test_law_3_a_rejected_cursor_is_walked_again_without_bodies_up_to_the_last_id() -> None:
    world = small_world(spaces=1, pages=59)
    with serve(world) as site:
        first = sync(site, page_size=10, max_requests=7, concurrency=1, streams=["pages"])
        state = first.state
        state["bookmarks"]["pages"]["resume"][0]["cursor"] = "expired"
        site.requests.clear()
        second = sync(site, state, page_size=10, streams=["pages"])
        listings = [r for r in site.requests if r.path.endswith("/pages")]
    assert listings[0].status == 400
    bare = [r for r in listings[1:] if "body-format" not in r.query]
    assert bare
    assert len(listings) - 1 - len(bare) == 6 - len(first.ids("pages")) // 10
    assert set(first.ids("pages")) | set(second.ids("pages")) == set(truth(world, "pages"))
    assert not set(first.ids("pages")) & set(second.ids("pages"))


def test_law_3_a_resume_point_of_another_question_is_not_used() -> None:
    world = small_world(spaces=1, pages=49)
    with serve(world) as site:
        first = sync(site, page_size=10, max_requests=6, concurrency=1, streams=["pages"])
        second = sync(site, first.state, page_size=10, streams=["pages"], body_format="atlas_doc_format")
    assert set(second.ids("pages")) == set(truth(world, "pages"))
    assert {record["body_format"] for record in second.of("pages")} == {"atlas_doc_format"}


def two_groups(state: dict[str, Any], space_id: str) -> dict[str, Any]:
    """Let one space lag a week behind, so that it is walked apart from the others."""
    for entry in state["bookmarks"]["pages"]["partitions"]:
        if entry["context"]["space_id"] == space_id:
            entry["replication_key_value"] = "2025-12-28T00:00:00.000Z"
    return state


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        ("a server error", Reply({"errors": []}, status=500)),
        ("a 404", Reply({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found"}]}, status=404)),
        ("an answer that is no listing", Reply({"hello": "world"})),
    ],
)
def test_law_6_a_failed_walk_moves_nothing_of_its_group_and_stops_no_other(fault: str, reply: Reply) -> None:
    world = small_world(spaces=2)
    bad, good = world.spaces
    with serve(world) as site:
        state = two_groups(sync(site).state, bad)
        before = {space_id: sync_mark(state, space_id) for space_id in (bad, good)}
        world.clock.advance(hours=1)
        edited = [world.edit(pages_of(world, key)[2], body="<p>new</p>") for key in ("S0", "S1")]

        def break_group(request: Any) -> Reply | None:
            broken = request.path.endswith("/pages") and request.args.get("space-id") == bad
            return reply if broken else None

        with answering(site, break_group):
            second = sync(site, state)
        third = sync(site, second.state)
    assert edited is not None
    assert second.code == 1, fault
    assert second.bookmark("pages", bad) == before[bad]
    assert str(second.bookmark("pages", good)) > before[good]
    assert [r["space_key"] for r in second.of("pages")] == ["S1"]
    assert pages_of(world, "S0")[2].id in third.ids("pages")
    assert third.code == 0


def sync_mark(state: dict[str, Any], space_id: str) -> str:
    partitions = state["bookmarks"]["pages"]["partitions"]
    return str(next(p["replication_key_value"] for p in partitions if p["context"]["space_id"] == space_id))


def test_law_6_a_repeated_cursor_is_a_failure_and_not_an_end() -> None:
    world = small_world(spaces=1, pages=30)
    space_id = next(iter(world.spaces))
    with serve(world) as site:
        replies: list[Reply] = []

        def repeat(request: Any) -> Reply | None:
            if request.path.endswith("/pages") and "cursor" in request.args:
                if not replies:
                    replies.append(site_answer(request))
                return replies[0]
            return None

        site_answer = site.answer
        with answering(site, repeat):
            out = sync(site, page_size=5, streams=["pages"])
        again = sync(site, out.state, page_size=5, streams=["pages"])
    assert out.code == 1
    assert out.bookmark("pages", space_id) is None
    assert set(out.ids("pages")) | set(again.ids("pages")) == set(truth(world, "pages"))
    assert again.code == 0


def test_law_6_a_login_page_with_status_200_is_a_failure_and_not_an_end() -> None:
    world = small_world(spaces=1)
    login = Reply("<html><title>Log in with Atlassian account</title></html>", media_type="text/html")
    with serve(world) as site:
        state = sync(site).state
        world.clock.advance(hours=1)
        world.edit(pages_of(world, "S0")[1], body="<p>new</p>")
        with (
            answering(site, lambda request: login if request.path.endswith("/pages") else None),
            pytest.raises(ConfluenceAuthError),
        ):
            sync(site, state)
        after = sync(site, state)
    assert len(after.ids("pages")) == 1


def test_law_12_max_pages_reads_a_few_rows_and_moves_no_bookmark() -> None:
    world = small_world()
    with serve(world) as site:
        peek = sync(site, max_pages=5)
        assert len(peek.ids("pages")) == 5
        full = sync(site, peek.state if peek.states else None)
        assert set(full.ids("pages")) == set(truth(world, "pages"))
        world.clock.advance(hours=1)
        for page in pages_of(world, "S1")[:8]:
            world.edit(page, body="<p>new</p>")
        few = sync(site, full.state, max_pages=5)
        after = sync(site, few.state)
    assert not any(state.get("bookmarks", {}).get("pages") for state in peek.states)
    assert len(few.ids("pages")) == 5
    assert few.memory == full.memory
    assert len(after.ids("pages")) == 8


def test_law_12_rows_of_spaces_outside_this_run_are_dropped_and_move_nothing() -> None:
    world = small_world(spaces=2)
    inside, outside = world.spaces
    with serve(world) as site:
        first = sync(site, spaces=["S0"])
        world.clock.advance(hours=1)
        stranger = pages_of(world, "S1")[1]
        world.attach(stranger, filename="theirs.bin", data=b"1", media_type="application/octet-stream")
        second = sync(site, first.state, spaces=["S0"])
    assert {record["space_key"] for record in first.content} == {"S0"}
    assert second.content == []
    assert second.bookmark("attachments", outside) is None
    assert second.bookmark("attachments", inside) is not None
