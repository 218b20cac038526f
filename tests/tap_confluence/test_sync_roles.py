"""Role-based access (FACTS 11.1): space_permissions tell who holds a role, and what the role may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluence_sim import Fault, World, serve
from confluence_sim.model import User
from confluence_sim.site import SCOPES
from support.tap import Output, small_world, sync

STREAMS = ("spaces", "space_permissions", "group_members", "users", "sync_errors")


@contextmanager
def staffed() -> Iterator[tuple[World, dict[str, User]]]:
    world = small_world(spaces=2, pages=1)
    people = {name: world.create_user(display_name=name, email=f"{name}@example.com") for name in ("ada", "bob")}
    one, two = world.spaces.values()
    viewer = world.create_role("viewer", [("read", "space")])
    editor = world.create_role("editor", [("read", "space"), ("create", "page")])
    world.create_role("nobody's")
    world.switches.space_role_mode = "ROLES"
    world.assign_role(one, viewer, world.create_group("crew", [people["ada"]]))
    world.assign_role(one, editor, people["bob"])
    world.assign_role(two, viewer, "all-licensed-users")
    world.assign_role(two, editor, people["ada"])
    world.assign_role(two, editor, world.admin)
    world.assign_role(one, editor, world.admin)
    yield world, people


def readers(out: Output, space_id: str) -> set[tuple[str, str]]:
    """Who may read a space, as the rows tell."""
    return {
        (row["principal_type"], row["principal_id"])
        for row in out.of("space_permissions")
        if row["space_id"] == space_id and (row["operation"], row["target_type"]) == ("read", "space")
    }


def allowed(world: World, out: Output, space_id: str) -> set[str]:
    """The accounts that those rows let in."""
    members: dict[str, set[str]] = {}
    for row in out.of("group_members"):
        members.setdefault(row["group_id"], set()).add(row["account_id"])
    active = {user.account_id for user in world.users.values() if user.account_status == "active"}
    licensed = {account_id for account_id in active if world.users[account_id].account_type == "atlassian"}
    classes = {"all-licensed-users": licensed, "authenticated-users": active, "anonymous-users": active}
    found: set[str] = set()
    for kind, principal in readers(out, space_id):
        found |= {"user": {principal}, "group": members.get(principal, set()), "anonymous": active}.get(
            kind, classes.get(principal, set())
        )
    return found


def test_rows_name_who_holds_a_role_and_never_the_role() -> None:
    with staffed() as (world, people), serve(world) as site:
        out = sync(site, streams=STREAMS)
    assert out.code == 0
    rows = out.of("space_permissions")
    assert {row["principal_type"] for row in rows} == {"user", "group", "access_class"}
    one, two = world.spaces
    crew = world.group_by_name("crew")
    assert crew is not None
    users = {name: ("user", user.account_id) for name, user in {**people, "admin": world.admin}.items()}
    assert readers(out, one) == {("group", crew.id), users["bob"], users["admin"]}
    assert readers(out, two) == {("access_class", "all-licensed-users"), users["ada"], users["admin"]}
    assert len({(row["space_id"], row["permission_id"]) for row in rows}) == len(rows)
    assert {row["display_name"] for row in out.of("users")} >= {"ada", "bob"}


@pytest.mark.parametrize("mode", ["PRE_ROLES", "ROLES", "ROLES_TRANSITION"])
def test_the_rows_let_in_exactly_whom_the_site_lets_in(mode: str) -> None:
    world = small_world(spaces=3, pages=1)
    ada, bot = world.create_user(display_name="Ada"), world.create_user(display_name="Bot", account_type="app")
    closed = world.create_user(display_name="Gone")
    world.close_user(closed)
    one, two, three = world.spaces.values()
    everybody = world.group_by_name("confluence-users")
    assert everybody is not None
    world.forbid(two, everybody)
    world.permit(two, bot)
    world.permit(two, world.admin)
    if mode != "PRE_ROLES":
        world.adopt_roles()
        world.switches.space_role_mode = mode
        world.assign_role(three, world.create_role("viewer"), "authenticated-users")
        world.permit(two, ada)
    world.leave_group(everybody, bot)
    world.permit(one, None)
    with serve(world) as site:
        out = sync(site, streams=STREAMS)
        asked = [entry.path.rpartition("/")[2] for entry in site.requests]
    for space in (one, two, three):
        true = {
            user.account_id
            for user in world.users.values()
            if user.account_status == "active"
            and (world.can_see_space(user, space) or world.can_see_space(None, space))
        }
        assert allowed(world, out, space.id) & {each.account_id for each in (ada, bot, world.admin)} == true, space.key
    assert asked.count("space-role-mode") == 1
    assert asked.count("role-assignments") == (0 if mode == "PRE_ROLES" else 3)


def test_a_change_of_who_holds_a_role_is_found_and_an_unchanged_site_is_quiet() -> None:
    with staffed() as (world, people), serve(world) as site:
        first = sync(site, streams=STREAMS)
        world.clock.advance(minutes=5)
        second = sync(site, first.state, streams=STREAMS)
        assert second.of("space_permissions") == []
        one = next(iter(world.spaces.values()))
        editor = next(role for role in world.roles.values() if role.name == "editor")
        world.unassign_role(one, editor, people["bob"])
        third = sync(site, second.state, streams=STREAMS)
    assert {row["space_id"] for row in third.of("space_permissions")} == {one.id}
    assert ("user", people["bob"].account_id) not in readers(third, one.id)


def test_who_holds_roles_in_one_space_cannot_be_read_and_the_others_can() -> None:
    with staffed() as (world, _), serve(world) as site:
        one, two = world.spaces
        refusal = Fault("refusal", share=1, times=0, amount=403, path=f"/spaces/{one}/role-assignments$")
        site.faults.add(refusal)
        out = sync(site, streams=STREAMS)
        assert {row["space_id"] for row in out.of("space_permissions")} == {two}
        assert [(row["stream"], row["space_id"]) for row in out.of("sync_errors")] == [("space_permissions", one)]
        assert out.code == 0
        site.faults.clear()
        later = sync(site, out.state, streams=STREAMS)
        assert {row["space_id"] for row in later.of("space_permissions")} == {one}


@pytest.mark.parametrize("has_roles", [False, True])
def test_a_token_that_may_not_read_the_mode_reads_roles_where_they_stand(has_roles: bool) -> None:
    with staffed() as (world, _), serve(world) as site:
        if not has_roles:
            world.switches.space_role_mode = "PRE_ROLES"
        scoped: dict[str, Any] = site.gateway_config(SCOPES - {"read:configuration:confluence"})
        out = sync(site, streams=STREAMS, **scoped)
        asked = [entry.path.rpartition("/")[2] for entry in site.gateway.requests]
    assert out.code == 0
    kinds = {row["principal_type"] for row in out.of("space_permissions")}
    assert kinds == ({"user", "group", "access_class"} if has_roles else {"user", "group"})
    assert asked.count("role-assignments") == (2 if has_roles else 0)
