"""Which spaces a run reads."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve
from support.tap import small_world, sync
from tap_confluence.client.errors import ConfluenceConfigError


def world_of_keys() -> World:
    world = World()
    for key, kind in (
        ("ENG", "global"),
        ("TEAM-A", "collaboration"),
        ("TEAM-B", "collaboration"),
        ("~ada", "personal"),
    ):
        world.create_space(key=key, name=key, type=kind)
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
        ({"spaces": ["OLD"]}, "spaces: no current space with key 'OLD'"),
        ({"space_ids": ["1"]}, "space_ids: no current space with id '1'"),
        ({"resync_spaces": ["NOPE"]}, "resync_spaces: no current space with key 'NOPE'"),
    ],
)
def test_an_unknown_space_is_an_error_that_names_it(settings: dict[str, Any], words: str) -> None:
    with serve(world_of_keys()) as site, pytest.raises(ConfluenceConfigError, match=words):
        sync(site, **settings)


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
