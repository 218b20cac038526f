"""Role-based access (FACTS 11.1): the site's mode, its roles, and who holds them in a space."""

from __future__ import annotations

import pytest
from confluence_sim import Site, World, serve
from confluence_sim.model import Content, Space, WorldError
from support.sim import V2, ask, judged, rows


def test_every_answer_about_roles_keeps_to_atlassians_document(world: World, space: Space, site: Site) -> None:
    world.adopt_roles()
    with judged(site):
        assert ask(site, f"{V2}/space-role-mode").json() == {"mode": "ROLES"}
        assert rows(site, f"{V2}/space-roles", limit=1)
        assert rows(site, f"{V2}/space-roles", space_id=space.id)
        assert rows(site, f"{V2}/spaces/{space.id}/role-assignments", limit=1)
        assert rows(site, f"{V2}/spaces/{space.id}/permissions", limit=1)


def test_before_roles_there_are_none_and_spaces_grant_to_users_and_groups(
    world: World, space: Space, site: Site
) -> None:
    world.assign_role(space, world.create_role("viewer"), "authenticated-users")
    assert ask(site, f"{V2}/space-role-mode").json() == {"mode": "PRE_ROLES"}
    assert rows(site, f"{V2}/space-roles") == rows(site, f"{V2}/spaces/{space.id}/role-assignments") == []
    granted = rows(site, f"{V2}/spaces/{space.id}/permissions")
    assert {row["principal"]["type"] for row in granted} == {"user", "group"}


def test_with_roles_permissions_name_roles_and_assignments_name_who_holds_them(
    world: World, space: Space, site: Site
) -> None:
    ada = world.create_user(display_name="Ada")
    crew = world.create_group("crew", [ada])
    viewer = world.create_role("viewer", [("read", "space"), ("create", "comment")])
    world.switches.space_role_mode = "ROLES"
    for who in (world.admin, ada, crew, "all-licensed-users", ada):
        world.assign_role(space, viewer, who)
    granted = rows(site, f"{V2}/spaces/{space.id}/permissions")
    assert [row["principal"] for row in granted] == [{"type": "role", "id": viewer.id}] * 2
    assert {row["operation"]["key"] for row in granted} == {"read", "create"}
    held = rows(site, f"{V2}/spaces/{space.id}/role-assignments")
    assert {row["roleId"] for row in held} == {viewer.id}
    assert [(row["principal"]["principalType"], row["principal"]["principalId"]) for row in held] == [
        ("USER", world.admin.account_id),
        ("USER", ada.account_id),
        ("GROUP", crew.id),
        ("ACCESS_CLASS", "all-licensed-users"),
    ]
    of_groups = rows(site, f"{V2}/spaces/{space.id}/role-assignments", principal_type="GROUP")
    assert [row["principal"]["principalId"] for row in of_groups] == [crew.id]
    world.switches.space_role_mode = "ROLES_TRANSITION"
    both = rows(site, f"{V2}/spaces/{space.id}/permissions")
    assert {row["principal"]["type"] for row in both} == {"user", "group", "role"}
    assert len({row["id"] for row in both}) == len(both)


def test_moving_to_roles_lets_the_same_people_in(world: World, page: Content, space: Space) -> None:
    ada, bob = (world.create_user(display_name=name) for name in ("Ada", "Bob"))
    world.forbid(space, world.group_by_name("confluence-users"))
    world.permit(space, ada)
    world.permit(space, None)
    before = [world.can_see(who, page) for who in (ada, bob, None)]
    world.adopt_roles()
    assert [world.can_see(who, page) for who in (ada, bob, None)] == before == [True, False, True]


@pytest.mark.parametrize(
    ("held_by", "seen_by"),
    [
        ("anonymous-users", ["nobody"]),
        ("authenticated-users", ["Ada", "a bot"]),
        ("all-licensed-users", ["Ada"]),
        ("all-product-admins", []),
    ],
)
def test_an_access_class_lets_in_who_belongs_to_it(
    world: World, space: Space, page: Content, held_by: str, seen_by: list[str]
) -> None:
    people = {
        "Ada": world.create_user(display_name="Ada"),
        "a bot": world.create_user(display_name="a bot", account_type="app"),
        "nobody": None,
    }
    world.switches.space_role_mode = "ROLES"
    world.assign_role(space, world.create_role("viewer"), held_by)
    assert [name for name, user in people.items() if world.can_see(user, page)] == seen_by


def test_a_role_that_is_taken_away_opens_nothing(world: World, space: Space, page: Content) -> None:
    ada, viewer = world.create_user(display_name="Ada"), world.create_role("viewer")
    world.switches.space_role_mode = "ROLES"
    world.assign_role(space, viewer, ada)
    with serve(world, user=ada) as site:
        assert ask(site, f"{V2}/pages/{page.id}").status_code == 200
        world.unassign_role(space, viewer, ada)
        assert ask(site, f"{V2}/pages/{page.id}").status_code == 404


def test_there_is_no_other_access_class(world: World, space: Space) -> None:
    with pytest.raises(WorldError, match=r"no such access class: everybody; known: anonymous-users"):
        world.assign_role(space, world.create_role("viewer"), "everybody")
