"""Whom a run met stays in STATE until they are told, in little room, also as earlier releases wrote it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluence_sim import serve
from confluence_sim.site import Site
from support.tap import small_world
from tap_confluence.api.base import Api
from tap_confluence.api.connect import connect
from tap_confluence.settings import Settings
from tap_confluence.sync.people import PACK, People


@contextmanager
def asking(site: Site) -> Iterator[Api]:
    api = connect(Settings.from_config({**site.config, "requests_per_second": 1000}))
    try:
        yield api
    finally:
        api.close()


def accounts(count: int) -> list[str]:
    return [f"712020:{uuid.uuid5(uuid.NAMESPACE_OID, str(number))}" for number in range(count)]


def told(people: People) -> set[str]:
    return {row["account_id"] for rows in people.rows() for row in rows}


def test_many_people_take_little_of_a_state_and_none_is_forgotten() -> None:
    state: dict[str, Any] = {}
    world = small_world(spaces=1, pages=1)
    named = [world.create_user(display_name=f"Person {number}").account_id for number in range(2 * PACK + 7)]
    strangers = accounts(5000)
    with serve(world) as site, asking(site) as api:
        met = People(api, state)
        for account_id in [*strangers, *named]:
            met.meet("pages", [{"author_id": account_id}])
        size = len(json.dumps(state))
        assert size < 0.7 * len(json.dumps([*strangers, *named]))
        assert len(state["met"]) < PACK
        kept = json.loads(json.dumps(state))
        asked = len(site.requests)
        after = People(api, kept)
        after.meet("pages", [{"author_id": named[0]}, {"author_id": strangers[3]}])
        assert len(json.dumps(kept)) == size, "who is remembered is not remembered twice"
        assert told(after) == set(named)
        assert len(site.requests) - asked == -(-(len(strangers) + len(named)) // api.max_ids)
    assert kept.keys().isdisjoint({"met", "packed"})


def test_people_that_an_earlier_release_remembered_are_told() -> None:
    world = small_world(spaces=1, pages=1)
    named = [world.create_user(display_name=f"Person {number}").account_id for number in range(PACK + 3)]
    state: dict[str, Any] = {"met": list(named)}
    with serve(world) as site, asking(site) as api:
        people = People(api, state)
        people.meet("pages", [{"author_id": world.default_user.account_id}])
        assert told(people) == {*named, world.default_user.account_id}
    assert state.keys().isdisjoint({"met", "packed"})
