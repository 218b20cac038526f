"""Nothing that is there is ever called gone: not after other filters, another account, or a loss of rights."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from confluence_sim.log import Request
from confluence_sim.model import Space
from confluence_sim.site import SCOPES, Site
from support.oracle import Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Output, State, answering, on_request, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError

STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones")
SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}
ALL_BUT_ONE: dict[str, Any] = {"exclude_spaces": ["OUT"]}
"""A scope that is not the whole site: searches name its spaces, 50 at a time."""


def labelled_world() -> World:
    """Three spaces, one of them personal; some pages bear a label, some lie below others."""
    world = small_world(spaces=3, pages=8)
    for page in pages_of(world, "S0")[2:5]:
        world.label(page, "red")
    above, *below = pages_of(world, "S1")[2:6]
    for page in below:
        world.move(page, parent=above)
    world.create_space(key="~ada", name="Ada", type="personal")
    world.clock.advance(hours=1)
    return world


def space_of(world: World, key: str) -> Space:
    return next(space for space in world.spaces.values() if space.key == key)


NARROWED: list[dict[str, Any]] = [
    {"spaces": ["S0"]},
    {"spaces": ["S*"], "exclude_spaces": ["S1"]},
    {"space_types": ["personal"]},
    {"space_statuses": ["archived"]},
    {"start_date": "2026-01-05T09:00:20Z"},
    {"start_date": "2027-01-01T00:00:00Z"},
    {"content_statuses": ["archived"]},
    {"labels": ["red"]},
    {"exclude_labels": ["red"]},
    {"body_format": "none"},
    {"max_pages": 3},
    {"max_requests": 4},
    {"deletion_detection": "off"},
]


@pytest.mark.parametrize("narrowed", NARROWED, ids=str)
def test_narrower_settings_and_wider_ones_again_bury_nothing_and_lose_nothing(narrowed: dict[str, Any]) -> None:
    world = labelled_world()
    mirror = Mirror()
    state: State | None = None
    with serve(world) as site:
        for settings in ({}, narrowed, narrowed, {}, {}):
            out = sync(site, state, **{**SWEEP, **settings})
            assert out.of("tombstones") == [], settings
            mirror.load(out)
            state = out.states[-1] if out.states else state
            world.clock.advance(hours=1)
    assert_equal(mirror, world, "at the end")


@pytest.mark.parametrize("kind", ["pages", "page_trees"])
def test_named_pages_bury_nothing_of_what_was_read_whole(kind: str) -> None:
    world = labelled_world()
    named: dict[str, Any] = {kind: [pages_of(world, "S1")[2].id]}
    with serve(world) as site:
        first = sync(site, **SWEEP)
        narrow = sync(site, first.state, **SWEEP, **named)
        again = sync(site, narrow.states[-1] if narrow.states else first.state, **SWEEP)
    assert narrow.of("tombstones") == again.of("tombstones") == []
    assert again.content == []


def test_the_state_of_another_site_writes_nothing_at_all(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(small_world(spaces=2)) as one:
        state = sync(one, **SWEEP).state
    with serve(small_world(spaces=1)) as other, pytest.raises(ConfluenceConfigError, match="belongs to"):
        sync(other, state, **SWEEP)
    assert "tombstones" not in capfd.readouterr().out


def blind_reader(world: World) -> Any:
    """Somebody who sees S0 alone."""
    other = world.create_user(display_name="Grace", email="grace@example.com")
    everybody = world.group_by_name("confluence-users")
    assert everybody is not None
    world.leave_group(everybody, other)
    world.permit(space_of(world, "S0"), other)
    return other


def test_another_account_that_sees_less_buries_nothing_and_the_first_one_goes_on() -> None:
    world = labelled_world()
    mirror = Mirror()
    other = blind_reader(world)
    with serve(world) as site:
        site.accounts.add(other, email="grace@example.com", token="of-grace")
        grace = {"email": "grace@example.com", "api_token": "of-grace"}
        state: State | None = None
        for credentials in ({}, grace, {}, grace, {}):
            out = sync(site, state, **{**SWEEP, **credentials})
            assert out.of("tombstones") == []
            mirror.load(out)
            state = out.state
            world.clock.advance(days=8)
    assert_equal(mirror, world, "at the end")


def take_rights(world: World, *keys: str) -> None:
    everybody = world.group_by_name("confluence-users")
    for key in keys:
        space = space_of(world, key)
        world.forbid(space, everybody)
        world.forbid(space, world.default_user)


def give_rights(world: World, *keys: str) -> None:
    everybody = world.group_by_name("confluence-users")
    for key in keys:
        world.permit(space_of(world, key), everybody)


def next_week(world: World, site: Site, state: State) -> Output:
    world.clock.advance(days=8)
    return sync(site, state)


@pytest.mark.parametrize(("spaces", "pages"), [(4, 30), (12, 4)], ids=["large spaces", "many small spaces"])
def test_a_token_that_lost_half_its_spaces_buries_nothing_until_a_second_sweep_agrees(spaces: int, pages: int) -> None:
    world = small_world(spaces=spaces, pages=pages)
    lost = [f"S{number}" for number in range(spaces // 2)]
    with serve(world) as site:
        first = sync(site)
        take_rights(world, *lost)
        blind = next_week(world, site, first.state)
        assert blind.of("tombstones") == []
        assert {row["stage"] for row in blind.of("sync_errors")} == {"sweep"}
        give_rights(world, *lost)
        seeing = next_week(world, site, blind.state)
        assert seeing.of("tombstones") == []
        assert seeing.content == []
        take_rights(world, *lost)
        state = next_week(world, site, seeing.state).state
        agreed = next_week(world, site, state)
    buried = {row["id"] for row in agreed.of("tombstones")}
    assert buried >= {page.id for key in lost for page in pages_of(world, key)}


@pytest.mark.parametrize("lost", ["read:page:confluence", "read:attachment:confluence", "read:space:confluence"])
def test_a_token_that_lost_a_scope_ends_the_run_and_buries_nothing(
    lost: str, capfd: pytest.CaptureFixture[str]
) -> None:
    world = small_world(spaces=1, pages=30)
    bare: dict[str, Any] = {"email": None, "api_token": None, **SWEEP}
    with serve(world) as site:
        first = sync(site, **{**bare, **site.gateway_config()})
        world.clock.advance(days=8)
        with pytest.raises(ConfluenceAuthError, match=lost):
            sync(site, first.state, **{**bare, **site.gateway_config(SCOPES - {lost})})
        assert "tombstone" not in capfd.readouterr().out
        after = sync(site, first.state, **{**bare, **site.gateway_config()})
    assert after.content == after.of("tombstones") == []


def test_pages_that_were_hidden_are_read_again_when_they_are_shown() -> None:
    world = small_world(spaces=1, pages=30)
    page = pages_of(world, "S0")[5]
    owner = world.create_user(display_name="Grace", email="grace@example.com")
    mirror = Mirror()
    with serve(world) as site:
        state = sync(site, **SWEEP).state
        world.restrict(page, users=[owner])
        world.clock.advance(hours=1)
        hidden = sync(site, state, **SWEEP)
        assert [(row["id"], row["reason"]) for row in hidden.of("tombstones") if row["type"] == "page"] == [
            (page.id, "permission_lost")
        ]
        world.unrestrict(page)
        world.clock.advance(hours=1)
        shown = sync(site, hidden.state, **SWEEP)
        mirror.load(shown, once=False)
    assert shown.ids("pages") == [page.id]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("go", ["archive_space", "delete_space"])
def test_what_moved_out_of_a_space_before_it_went_is_not_buried_with_it(served: Any, go: str) -> None:
    world = small_world(spaces=2, pages=6, attachments=2)
    space, page = space_of(world, "S0"), pages_of(world, "S0")[1]
    said = world.comment(page, body="<p>So?</p>")
    mirror = Mirror()
    with served(world) as site:
        first = sync(site, streams=STREAMS, **SWEEP)
        world.clock.advance(hours=1)
        world.move(page, space=space_of(world, "S1"))
        getattr(world, go)(space)
        second = sync(site, first.state, streams=STREAMS, **SWEEP)
        quiet = sync(site, second.state, streams=STREAMS, **SWEEP)
    for out in (first, second):
        mirror.load(out)
    buried = {row["id"] for row in second.of("tombstones")}
    assert space.id in buried
    assert not buried & {page.id, said.id, *(item.id for item in world.attachments_of(page))}
    assert_equal(mirror, world, "after the space went", (*CONTENT, *COMMENTS))
    assert (quiet.content, quiet.of("tombstones")) == ([], [])


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_space_that_went_is_buried_only_when_all_others_were_searched_for_what_was_in_it(served: Any) -> None:
    world = small_world(spaces=1, pages=6, attachments=2)
    weekly: dict[str, Any] = {"streams": STREAMS, "max_tombstone_share": 1}
    mirror = Mirror()
    with served(world) as site:
        outs = [sync(site, **weekly)]
        world.clock.advance(days=4)
        young = world.create_space(key="YOUNG", name="Swept four days later")
        outs.append(sync(site, outs[-1].state, **weekly))
        world.move(pages_of(world, "S0")[1], space=young)
        space = space_of(world, "S0")
        world.delete_space(space)
        world.clock.advance(days=4)
        outs.append(sync(site, outs[-1].state, **weekly))
        assert outs[-1].of("tombstones") == []
        world.clock.advance(days=4)
        outs.append(sync(site, outs[-1].state, **weekly))
    for out in outs:
        mirror.load(out)
    assert space.id in {row["id"] for row in outs[-1].of("tombstones")}
    assert_equal(mirror, world, "after all sweeps", (*CONTENT, *COMMENTS))


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_what_hangs_on_a_page_that_moved_to_a_space_whose_sweep_is_not_due_is_not_buried(served: Any) -> None:
    world = small_world(spaces=1, pages=6, attachments=4)
    page = pages_of(world, "S0")[1]
    world.reply(world.comment(page, body="<p>So?</p>"), body="<p>So!</p>")
    weekly: dict[str, Any] = {"streams": STREAMS, "max_tombstone_share": 1}
    mirror = Mirror()
    with served(world) as site:
        outs = [sync(site, **weekly)]
        world.clock.advance(days=4)
        young = world.create_space(key="YOUNG", name="Swept four days later")
        outs.append(sync(site, outs[-1].state, **weekly))
        world.move(page, space=young)
        world.clock.advance(days=4)
        outs.append(sync(site, outs[-1].state, **weekly))
    for out in outs:
        mirror.load(out)
    assert outs[-1].of("tombstones") == []
    assert_equal(mirror, world, "after the sweep of one space", (*CONTENT, *COMMENTS))


@pytest.mark.parametrize("scope", [{}, ALL_BUT_ONE], ids=["of the site", "of named spaces"])
@pytest.mark.parametrize("kind", ["comment", "folder"])
def test_what_moved_to_where_a_walk_failed_is_not_buried(kind: str, scope: dict[str, Any]) -> None:
    world = small_world(spaces=51, pages=1, attachments=0)
    world.create_space(key="OUT", name="Out of scope")
    page, last = pages_of(world, "S0")[1], space_of(world, "S50")
    folder = world.create_tree_item(space_of(world, "S0"), type="folder", title="Papers")
    reply = world.reply(world.comment(page, body="<p>So?</p>"), body="<p>So!</p>")
    streams = ("pages", *COMMENTS, "folders", "tombstones", "content_inventory")
    wishes: dict[str, Any] = {"streams": streams, **scope, **SWEEP}
    with serve(world) as site:
        first = sync(site, **wishes)
        world.clock.advance(hours=1)
        world.move(page, space=last)
        world.move(folder, space=last)

        def fail(request: Any) -> Reply | None:
            cql = request.args.get("cql", "")
            shows_last = '"S50"' in cql or "space " not in cql
            hit = f"type = {kind}" in cql and shows_last and "order by created" in cql
            return Reply({"errors": []}, status=503) if hit else None

        with answering(site, fail):
            second = sync(site, first.state, **wishes)
        third = sync(site, second.state, **wishes)
    assert second.code == 1
    assert second.of("tombstones") == third.of("tombstones") == []
    stream, moved = ("folders", folder.id) if kind == "folder" else ("footer_comments", reply.id)
    assert moved in {*second.ids(stream), *third.ids(stream)}


def test_what_moves_into_spaces_that_the_sweep_has_behind_it_is_not_buried() -> None:
    world = small_world(spaces=51, pages=1, attachments=0)
    world.create_space(key="OUT", name="Out of scope")
    page, first_space = pages_of(world, "S50")[1], space_of(world, "S0")
    reply = world.reply(world.comment(page, body="<p>So?</p>"), body="<p>So!</p>")
    streams = ("pages", *COMMENTS, "tombstones", "content_inventory")
    wishes: dict[str, Any] = {"streams": streams, **ALL_BUT_ONE, **SWEEP}
    mirror = Mirror()
    with serve(world) as site:
        outs = [sync(site, **wishes)]
        world.clock.advance(hours=1)

        def move(request: Request) -> None:
            cql = "".join(request.query.get("cql", ()))
            if "order by created" in cql and '"S0"' in cql and "comment" in cql and page.space_id != first_space.id:
                world.move(page, space=first_space)

        with on_request(site, move):
            outs.append(sync(site, outs[-1].state, concurrency=1, **wishes))
        assert page.space_id == first_space.id
        assert outs[-1].of("tombstones") == []
        outs.append(sync(site, outs[-1].state, **wishes))
    assert outs[-1].of("tombstones") == []
    for out in outs:
        mirror.load(out)
    assert mirror.rows["footer_comments", reply.id]["space_id"] == first_space.id
