"""Which spaces a run reads."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import Clock, World, serve, serve_datacenter
from support.tap import answering, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceConfigError


def world_of_keys() -> World:
    world = World()
    for key, kind in (
        ("ENG", "global"),
        ("TEAM-A", "collaboration"),
        ("TEAM-B", "collaboration"),
        ("~ada", "personal"),
    ):
        world.create_space(key=key, name={"ENG": "Engineering"}.get(key, key), type=kind)
    old = world.create_space(key="OLD", name="Old")
    world.archive_space(old)
    return world


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, ["ENG", "TEAM-A", "TEAM-B", "~ada"]),
        ({"spaces": ["ENG"]}, ["ENG"]),
        ({"spaces": ["TEAM-*"]}, ["TEAM-A", "TEAM-B"]),
        ({"spaces": ["TEAM-*"], "exclude_spaces": ["TEAM-B"]}, ["TEAM-A"]),
        ({"exclude_spaces": ["~*"]}, ["ENG", "TEAM-A", "TEAM-B"]),
        ({"spaces": ["~*"]}, ["~ada"]),
        ({"space_types": ["collaboration"]}, ["TEAM-A", "TEAM-B"]),
        ({"space_statuses": ["archived"]}, ["OLD"]),
        ({"space_statuses": ["current", "archived"], "spaces": ["OLD", "ENG"]}, ["ENG", "OLD"]),
        ({"spaces": ["NOTHING-*"]}, []),
    ],
)
def test_spaces_are_chosen_by_key_glob_type_and_status(settings: dict[str, Any], keys: list[str]) -> None:
    with serve(world_of_keys()) as site:
        out = sync(site, **settings)
    assert [space["key"] for space in out.of("spaces")] == keys
    assert {page["space_key"] for page in out.of("pages")} == set(keys)
    names = {space["id"]: space["name"] for space in out.of("spaces")}
    assert all(page["space_name"] == names[page["space_id"]] for page in out.of("pages"))


def test_space_ids_add_to_the_spaces_named_by_key() -> None:
    world = world_of_keys()
    other = next(space.id for space in world.spaces.values() if space.key == "~ada")
    with serve(world) as site:
        out = sync(site, spaces=["ENG"], space_ids=[other])
    assert [space["key"] for space in out.of("spaces")] == ["ENG", "~ada"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"spaces": ["NOPE"]}, "spaces: no current space with key 'NOPE'"),
        ({"spaces": ["NOPE"]}, "; visible are "),
        ({"spaces": ["OLD"]}, "spaces: no current space with key 'OLD'.*; it is archived: add that to space_statuses"),
        ({"spaces": ["engineering"]}, "; 'Engineering' is the name of the space 'ENG'"),
        ({"space_ids": ["1"]}, "space_ids: no current space with id '1'"),
        ({"resync_spaces": ["NOPE"]}, "resync_spaces: no current space with key 'NOPE'"),
    ],
)
def test_an_unknown_space_is_an_error_that_names_it(settings: dict[str, Any], words: str) -> None:
    with serve(world_of_keys()) as site, pytest.raises(ConfluenceConfigError, match=words):
        sync(site, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"spaces": ["NOPE-*"]}, "spaces: 'NOPE-*' matches no space; visible are "),
        ({"spaces": ["ENG", "NOPE-*"]}, "spaces: 'NOPE-*' matches no space; visible are "),
        ({"space_types": ["globall"]}, "space_types: no space is of type globall; there are "),
        ({"spaces": ["ENG"], "exclude_spaces": ["E*"]}, "exclude_spaces: leaves out 'ENG', which spaces names"),
        ({"spaces": ["ENG"], "exclude_spaces": ["E*"]}, "no space is read: of 1 none passes spaces, exclude_spaces"),
        ({"exclude_spaces": ["*"]}, "none passes exclude_spaces"),
    ],
)
@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_filter_that_lets_nothing_pass_is_named(
    served: Any, settings: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with served(world_of_keys()) as site:
        sync(site, **settings)
    assert any(words in record.getMessage() for record in caplog.records if record.levelname == "WARNING")


def test_filters_that_let_something_pass_are_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with serve(world_of_keys()) as site:
        sync(site, spaces=["ENG", "TEAM-*"], exclude_spaces=["TEAM-B"], space_types=["global", "other"])
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


def test_a_resynced_space_is_read_again_from_the_start_and_others_are_not() -> None:
    world = small_world(spaces=2)
    with serve(world) as site:
        first = sync(site)
        second = sync(site, first.state, resync_spaces=["S1"])
        third = sync(site, second.state)
    assert {record["space_key"] for record in second.content} == {"S1"}
    assert sorted(second.ids("pages")) == sorted(r["id"] for r in first.of("pages") if r["space_key"] == "S1")
    assert third.content == []


def test_start_date_leaves_out_what_changed_earlier() -> None:
    world = small_world(spaces=1, pages=20)
    with serve(world) as site:
        everything = sync(site).of("pages")
        moment = sorted(record["updated_at"] for record in everything)[10]
        out = sync(site, start_date=moment)
    assert sorted(out.ids("pages")) == sorted(r["id"] for r in everything if r["updated_at"] >= moment)


STREAMS = ("spaces", "pages", "blogposts", "attachments", "content_inventory", "tombstones", "sync_errors")
EVERY: dict[str, Any] = {"streams": STREAMS, "deletion_detection": "every_sync", "max_tombstone_share": 1}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("by", ["spaces", "space_ids"])
@pytest.mark.parametrize("left", [1, 0])
def test_law_16_one_configured_space_that_is_gone_is_a_space_removed_and_not_the_end(
    served: Any, by: str, left: int
) -> None:
    world = small_world(spaces=2)
    gone, stays = world.spaces.values()
    named = [gone, stays] if left else [gone]
    config: dict[str, Any] = {by: [space.key if by == "spaces" else space.id for space in named]}
    with served(world) as site:
        first = sync(site, **EVERY, **config)
        world.delete_space(gone)
        world.clock.advance(minutes=5)
        if left:
            world.edit(pages_of(world, stays.key)[1], body="<p>new</p>")
        second = sync(site, first.state, **EVERY, **config)
        if left:
            third = sync(site, second.state, **EVERY, **config)
            assert (third.of("tombstones"), third.code) == ([], 0)
    assert second.code == 0
    assert len(second.of("pages")) == left
    assert {row["reason"] for row in second.of("tombstones")} == {"space_removed"}
    assert {row["id"] for row in second.of("tombstones")} >= {
        row["id"] for row in first.of("pages") if row["space_id"] == gone.id
    }
    (told,) = second.of("sync_errors")
    assert f"{by}: no current space with" in told["message"]


def test_a_configured_space_that_was_never_there_is_named_and_costs_no_other() -> None:
    with serve(world_of_keys()) as site:
        out = sync(site, spaces=["ENG", "team-a", "NOPE"], streams=STREAMS)
    assert [space["key"] for space in out.of("spaces")] == ["ENG"]
    messages = [row["message"] for row in out.of("sync_errors")]
    assert len(messages) == 2
    assert any("with key 'team-a'" in message and "did you mean 'TEAM-A'?" in message for message in messages)


def test_an_alias_is_a_name_of_a_space_as_its_key_is() -> None:
    world = world_of_keys()
    team = world.space_by_key("TEAM-B")
    assert team is not None
    team.alias = "PEOPLE"
    with serve(world) as site:
        for names in (["PEOPLE"], ["PEOPLE", "ENG"], ["PEOPL*"]):
            out = sync(site, spaces=names, streams=STREAMS)
            assert "TEAM-B" in [space["key"] for space in out.of("spaces")]
            assert out.of("sync_errors") == []


def test_many_long_keys_are_asked_for_in_addresses_that_every_server_takes() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    keys = [f"~712020{number:034}" for number in range(230)]
    for key in keys:
        world.create_space(key=key, name=key, type="personal", homepage=False)
    lengths = []
    with serve(world) as site:

        def see(request: Any) -> None:
            lengths.append(len(request.full_path))

        with answering(site, see):
            out = sync(site, spaces=keys, streams=("spaces", "content_labels", "sync_errors"))
    assert [space["key"] for space in out.of("spaces")] == keys
    assert max(lengths) < 8000
