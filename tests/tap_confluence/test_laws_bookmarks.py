"""Laws 1, 2 and 4 of CONTRACT 1.3: what a bookmark means, and that nothing is lost or written twice around it."""

from __future__ import annotations

from confluence_sim import Clock, World, serve
from support.tap import Once, bookmark, on_request, pages_of, small_world, sync, truth

EPOCH = "1970-01-01T00:00:00.000Z"


def newest(world: World, kind: str) -> str:
    return max(world.contents[content_id].updated_at for content_id in truth(world, kind))


def test_law_1_a_bookmark_is_the_newest_change_that_the_server_showed() -> None:
    world = small_world()
    with serve(world) as site:
        world.clock.advance(hours=5)
        out = sync(site)
    for kind in ("pages", "blogposts", "attachments"):
        marks = {out.bookmark(kind, space_id) for space_id in world.spaces}
        assert marks == {newest(world, kind)}


def test_law_1_a_space_without_a_row_gets_the_bookmark_too() -> None:
    world = small_world(spaces=1)
    empty = world.create_space(key="EMPTY", name="Empty", homepage=False)
    with serve(world) as site:
        out = sync(site)
    assert out.bookmark("pages", empty.id) == newest(world, "pages")
    assert out.bookmark("attachments", empty.id) == newest(world, "attachments")


def test_law_1_only_a_stream_without_any_row_is_verified_through_the_beginning_of_time() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")
    with serve(world) as site:
        first = sync(site)
        assert first.bookmark("blogposts", space.id) == EPOCH
        assert first.bookmark("pages", space.id) != EPOCH
        world.clock.advance(hours=1)
        post = world.create_blogpost(space, title="First news", body="<p>hello</p>")
        second = sync(site, first.state)
    assert second.ids("blogposts") == [post.id]
    assert second.bookmark("blogposts", space.id) == post.updated_at


def test_law_1_a_bookmark_is_never_lowered() -> None:
    world = small_world(spaces=1)
    with serve(world) as site:
        first = sync(site)
        last = max(pages_of(world, "S0"), key=lambda page: page.updated_at)
        mark = first.bookmark("pages", last.space_id)
        world.purge(last)
        second = sync(site, first.state)
    assert mark == last.updated_at
    assert second.bookmark("pages", last.space_id) == mark


def test_law_1_a_walk_over_spaces_of_different_age_goes_back_to_the_oldest_and_writes_only_news() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site)
        behind, ahead = (pages_of(world, key) for key in ("S0", "S1"))
        world.clock.advance(hours=1)
        edited = [world.edit(behind[1], body="<p>a</p>"), world.edit(ahead[1], body="<p>b</p>")]
        second = sync(site, first.state)
        state = second.state
        for entry in state["bookmarks"]["pages"]["partitions"]:
            if entry["context"]["space_id"] == behind[0].space_id:
                entry["replication_key_value"] = first.bookmark("pages", behind[0].space_id)
                entry.pop("seen", None)
        third = sync(site, state)
    assert sorted(second.ids("pages")) == sorted(page.id for page in (behind[1], ahead[1]))
    assert edited is not None
    assert behind[1].id in third.ids("pages")
    assert not set(third.ids("pages")) & {page.id for page in ahead}
    assert {third.bookmark("pages", space_id) for space_id in world.spaces} == {newest(world, "pages")}


def test_law_1_a_new_space_takes_the_first_sync_path_while_the_others_go_on() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(hours=1)
        new = world.create_space(key="NEW", name="New")
        page = world.create_page(new, title="Welcome", body="<p>hi</p>")
        attached = world.attach(page, filename="map.png", data=b"png", media_type="image/png")
        site.requests.clear()
        second = sync(site, first.state)
        asked = [(r.query["sort"], r.query.get("space-id")) for r in site.requests if r.path == "/wiki/api/v2/pages"]
    assert (["id"], [new.id]) in asked
    assert all(new.id not in (spaces or [""])[0].split(",") for sort, spaces in asked if sort != ["id"])
    assert set(second.ids("pages")) == {new.homepage_id, page.id}
    assert second.ids("attachments") == [attached.id]
    assert second.bookmark("pages", new.id) == page.updated_at


def test_law_2_an_edit_that_falls_behind_the_first_walk_is_not_lost() -> None:
    world = small_world(spaces=1, pages=30)
    first_page = pages_of(world, "S0")[1]
    with serve(world) as site:

        def edit() -> None:
            world.clock.advance(minutes=10)
            world.edit(first_page, body="<p>behind the walk</p>")

        second_listing = Once(lambda r: "cursor" in r.query and r.path.endswith("/pages"), edit)
        with on_request(site, second_listing):
            first = sync(site, page_size=10)
        assert second_listing.done
        written = {record["id"]: record["version"] for record in first.of("pages")}
        second = sync(site, first.state)
    assert written[first_page.id] == 1, "the edit fell behind the walk"
    assert first.bookmark("pages", first_page.space_id) < first_page.updated_at
    assert [(r["id"], r["version"], r["body"]) for r in second.of("pages")] == [
        (first_page.id, 2, "<p>behind the walk</p>")
    ]


def test_law_2_an_edit_that_falls_behind_an_incremental_walk_is_not_lost() -> None:
    world = small_world(spaces=1, pages=80, attachments=0)
    pages = pages_of(world, "S0")
    with serve(world) as site:
        first = sync(site)
        world.clock.advance(hours=1)
        for page in pages[:60]:
            world.edit(page, body="<p>second</p>")
        world.clock.advance(hours=1)
        late = pages[0]
        act = Once(
            lambda r: "cursor" in r.query and r.path.endswith("/pages"), lambda: world.edit(late, body="<p>third</p>")
        )
        with on_request(site, act):
            second = sync(site, first.state, page_size=20, body_format="none")
        assert act.done
        third = sync(site, second.state, body_format="none")
    newest_seen = {record["id"]: record["version"] for record in second.of("pages")}
    assert set(newest_seen) >= {page.id for page in pages[1:60]}
    final = {**newest_seen, **{record["id"]: record["version"] for record in third.of("pages")}}
    assert final[late.id] == 3
    assert third.ids("pages") in ([late.id], [])


def test_law_2_two_edits_in_the_same_millisecond_as_the_bookmark_both_arrive() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    space = world.create_space(key="ENG", name="Engineering")
    pages = [world.create_page(space, title=f"P{n}", body="<p/>") for n in range(5)]
    with serve(world) as site:
        first = sync(site, lookback_minutes=0)
        world.edit(pages[3], body="<p>same moment</p>")
        second = sync(site, first.state, lookback_minutes=0)
        third = sync(site, second.state, lookback_minutes=0)
    assert second.ids("pages") == [pages[3].id]
    assert third.content == []


def test_law_4_a_second_run_with_nothing_changed_emits_no_content_row() -> None:
    world = small_world()
    with serve(world) as site:
        first = sync(site)
        second = sync(site, first.state)
        third = sync(site, second.state)
    assert first.content
    assert second.content == []
    assert third.content == []
    assert second.memory == third.memory


def test_law_4_a_late_commit_behind_the_bookmark_is_found_once() -> None:
    world = small_world(spaces=1)
    space = next(iter(world.spaces.values()))
    with serve(world) as site:
        first = sync(site)
        mark = first.bookmark("pages", space.id)
        assert mark is not None
        world.clock.set(mark)
        world.clock.advance(seconds=-90)
        late = world.create_page(space, title="Committed late", body="<p>late</p>")
        world.clock.advance(hours=2)
        second = sync(site, first.state)
        third = sync(site, second.state)
    assert late.updated_at < mark
    assert second.ids("pages") == [late.id]
    assert third.content == []
    assert second.bookmark("pages", space.id) == mark


def test_law_4_what_lies_further_back_than_the_lookback_is_not_read_again() -> None:
    world = small_world(spaces=1)
    space = next(iter(world.spaces.values()))
    with serve(world) as site:
        first = sync(site)
        mark = first.bookmark("pages", space.id)
        assert mark is not None
        world.clock.set(mark)
        world.clock.advance(minutes=-30)
        world.create_page(space, title="Imported with an old date", body="<p>old</p>")
        world.clock.advance(hours=2)
        second = sync(site, first.state)
    assert second.ids("pages") == []
    assert bookmark(second.state, "pages", space.id) == mark
