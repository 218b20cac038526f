"""Whom a run met stays in STATE until they are told, in little room, also as earlier releases wrote it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import Fault, World, serve, serve_datacenter
from confluence_sim.model import User
from confluence_sim.site import Site
from support.tap import Output, small_world, sync
from tap_confluence.api.base import Api
from tap_confluence.api.connect import connect
from tap_confluence.api.query import ItemFailure
from tap_confluence.settings import Settings
from tap_confluence.sync.people import PACK, People


@contextmanager
def asking(site: Site) -> Iterator[Api]:
    api = connect(Settings.from_config({**site.config, "requests_per_second": 1000}))
    try:
        yield api
    finally:
        api.close()


def people_of(api: Api, state: dict[str, Any]) -> People:
    """People of a run in which nothing may fail."""

    def fail(failures: Iterable[ItemFailure], _: str) -> None:
        raise AssertionError([failure.message for failure in failures])

    return People(api, state, failed=fail, now="2026-01-05T09:00:00.000Z", refresh_days=7)


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
        met = people_of(api, state)
        for account_id in [*strangers, *named]:
            met.meet("pages", [{"author_id": account_id}])
        size = len(json.dumps(state))
        assert size < 0.7 * len(json.dumps([*strangers, *named]))
        assert len(state["met"]) < PACK
        kept = json.loads(json.dumps(state))
        asked = len(site.requests)
        after = people_of(api, kept)
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
        people = people_of(api, state)
        people.meet("pages", [{"author_id": world.default_user.account_id}])
        assert told(people) == {*named, world.default_user.account_id}
    assert state.keys().isdisjoint({"met", "packed"})


STREAMS = ("pages", "users", "sync_errors")


def peopled(count: int = 5) -> tuple[World, list[User]]:
    """A world in which each page is by somebody else."""
    world = small_world(spaces=1, pages=1)
    space = next(iter(world.spaces.values()))
    users = [world.create_user(display_name=f"U{n}", email=f"u{n}@example.com") for n in range(count)]
    for number, user in enumerate(users):
        world.create_page(space, title=f"by {number}", author=user)
    return world, users


def names(out: Output) -> dict[str, str | None]:
    return {row["account_id"]: row["display_name"] for row in out.of("users")}


def test_names_that_change_and_accounts_that_are_closed_or_erased_are_read_again_once_an_interval() -> None:
    world, (ada, bob, eve, *_) = peopled()
    with serve(world) as site:
        first = sync(site, streams=STREAMS)
        world.rename_user(ada, display_name="Ada L.")
        world.close_user(bob)
        del world.users[eve.account_id]
        world.clock.advance(minutes=60 * 24 * 6)
        early = sync(site, first.state, streams=STREAMS)
        world.clock.advance(minutes=60 * 24 * 2)
        late = sync(site, early.state, streams=STREAMS)
        again = sync(site, late.state, streams=STREAMS)
        world.clock.advance(minutes=60 * 24 * 8)
        weekly = sync(site, again.state, streams=STREAMS)
    assert names(early) == {}
    told = {row["account_id"]: row for row in late.of("users")}
    assert told[ada.account_id]["display_name"] == "Ada L."
    assert (told[bob.account_id]["account_status"], told[bob.account_id]["email"]) == ("closed", None)
    erased = told[eve.account_id]
    assert erased["account_status"] == "unknown"
    assert {erased[name] for name in ("display_name", "public_name", "email", "time_zone", "raw")} == {None}
    assert names(again) == {}
    assert set(names(weekly)) == set(told) - {eve.account_id}


def test_one_account_that_cannot_be_read_costs_itself() -> None:
    world, users = peopled(40)
    with serve(world) as site:
        site.faults.add(Fault("refusal", share=1, times=0, amount=400, path="/users-bulk$", asks=users[7].account_id))
        out = sync(site, streams=STREAMS)
        asked = sum(entry.path.endswith("/users-bulk") for entry in site.requests)
        later = sync(site, out.state, streams=STREAMS)
    assert set(names(out)) >= {user.account_id for user in users} - {users[7].account_id}
    assert users[7].account_id not in names(out)
    assert [(row["stream"], row["id"], row["http_status"]) for row in out.of("sync_errors")] == [
        ("users", users[7].account_id, 400)
    ]
    assert (out.code, later.code, later.of("sync_errors")) == (0, 0, [])
    assert asked < 15


@pytest.mark.parametrize("status", [403, 500])
def test_users_that_cannot_be_read_at_all_end_no_run(status: int) -> None:
    world, users = peopled(30)
    with serve(world) as site:
        site.faults.add(Fault("refusal", share=1, times=0, amount=status, path="/users-bulk$"))
        out = sync(site, streams=STREAMS)
        asked = sum(entry.path.endswith("/users-bulk") for entry in site.requests)
        site.faults.clear()
        later = sync(site, out.state, streams=STREAMS)
    assert len(out.of("pages")) == 32
    assert out.of("sync_errors")
    assert asked < 40
    assert out.code == (0 if status == 403 else 1)
    assert set(names(later)) >= {user.account_id for user in users}


def test_data_center_asks_for_nobody_whom_its_rows_name_in_full() -> None:
    world, users = peopled(30)
    with serve_datacenter(world) as site:
        out = sync(site, streams=STREAMS)
        asked = sum(entry.path.endswith("/rest/api/user") for entry in site.requests)
        world.clock.advance(minutes=60 * 24 * 8)
        weekly = sync(site, out.state, streams=STREAMS)
        asked_weekly = sum(entry.path.endswith("/rest/api/user") for entry in site.requests) - asked
    assert asked == 0
    assert {key: name for key, name in names(out).items() if name != "Site Admin"} == {
        user.user_key: user.display_name for user in users
    }
    assert names(weekly) == names(out)
    assert asked_weekly == 0, "the rows that are read again for a lagging index name them"
