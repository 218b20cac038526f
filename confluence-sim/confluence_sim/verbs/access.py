"""Verbs about who may see what: groups, space permissions, restrictions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from confluence_sim.model import (
    ACCESS_CLASSES,
    Content,
    Group,
    Permission,
    Restriction,
    Role,
    RoleAssignment,
    Space,
    User,
    WorldError,
)
from confluence_sim.state import NAMESPACE, State, verb

EVERYBODY = "confluence-users"
"""The group every user joins; new spaces let it in."""
ANONYMOUS = "anonymous"
"""The principal that stands for everybody without an account."""


def _principal(who: User | Group | None) -> tuple[str, str]:
    if who is None:
        return ANONYMOUS, ANONYMOUS
    return ("user", who.account_id) if isinstance(who, User) else ("group", who.id)


def _holder(who: User | Group | str) -> tuple[str, str]:
    """Return the type and id of who can hold a role.

    Raises:
        WorldError: there is no such access class.
    """
    if isinstance(who, str):
        if who not in ACCESS_CLASSES:
            raise WorldError(f"no such access class: {who}; known: {', '.join(ACCESS_CLASSES)}")
        return "ACCESS_CLASS", who
    return ("USER", who.account_id) if isinstance(who, User) else ("GROUP", who.id)


def _classes_of(user: User | None) -> set[str]:
    """Return the access classes somebody belongs to; nobody here is known to administer a product."""
    if user is None:
        return {"anonymous-users"}
    is_licensed = user.account_status == "active" and user.account_type == "atlassian"
    return {"authenticated-users", *(["all-licensed-users"] if is_licensed else [])}


class AccessVerbs(State):
    """Groups, permissions and restrictions; none of them makes a new version (FACTS 3.3)."""

    def greet(self, user: User) -> None:
        """Make a new user a member of the group of everybody."""
        group = self.group_by_name(EVERYBODY) or self.create_group(EVERYBODY)
        group.member_ids.append(user.account_id)

    def open_doors(self, space: Space) -> None:
        """Let everybody into a new space; its author administers it."""
        everybody = self.group_by_name(EVERYBODY)
        if everybody is not None:
            self.permit(space, everybody)
        self.permit(space, self.users[space.author_id], "administer")

    @verb
    def create_group(self, name: str, members: Iterable[User] = ()) -> Group:
        """Create a group."""
        group = Group(id=str(uuid.uuid5(NAMESPACE, f"group {name}")), name=name)
        group.member_ids += [user.account_id for user in members]
        self.groups[group.id] = group
        return group

    def group_by_name(self, name: str) -> Group | None:
        """Return the group of that name."""
        return next((group for group in self.groups.values() if group.name == name), None)

    @verb
    def join_group(self, group: Group, user: User) -> None:
        """Make a user a member."""
        if user.account_id not in group.member_ids:
            group.member_ids.append(user.account_id)

    @verb
    def leave_group(self, group: Group, user: User) -> None:
        """End a membership.

        Raises:
            WorldError: there is none.
        """
        if user.account_id not in group.member_ids:
            raise WorldError(f"{user.account_id} is not in {group.name}")
        group.member_ids.remove(user.account_id)

    @verb
    def permit(
        self, space: Space, who: User | Group | None, operation: str = "read", target: str = "space"
    ) -> Permission:
        """Give a user, a group or, with None, anybody without an account a permission in a space."""
        kind, principal = _principal(who)
        permission = Permission(
            id=self.next_id(), principal_type=kind, principal_id=principal, operation=operation, target_type=target
        )
        space.permissions.append(permission)
        return permission

    @verb
    def forbid(self, space: Space, who: User | Group | None, operation: str | None = None) -> None:
        """Take permissions in a space from a user, a group or the anonymous: one operation, or all."""
        _, principal = _principal(who)
        space.permissions = [
            item
            for item in space.permissions
            if item.principal_id != principal or operation not in (None, item.operation)
        ]

    @verb
    def restrict(
        self, content: Content, operation: str = "read", *, users: Iterable[User] = (), groups: Iterable[Group] = ()
    ) -> Restriction:
        """Let only these users and groups ``read`` or ``update`` a content and what is below it."""
        restriction = Restriction(
            operation=operation,
            user_ids=[user.account_id for user in users],
            group_ids=[group.id for group in groups],
        )
        content.restrictions[operation] = restriction
        if operation == "read":
            self.read_restricted.add(content.id)
        return restriction

    @verb
    def unrestrict(self, content: Content, operation: str = "read") -> None:
        """Lift a restriction."""
        content.restrictions.pop(operation, None)
        if operation == "read":
            self.read_restricted.discard(content.id)

    @verb
    def create_role(self, name: str, operations: Iterable[tuple[str, str]] = (("read", "space"),)) -> Role:
        """Make a role of operations on kinds of targets (FACTS 11.1)."""
        role = Role(id=str(uuid.uuid5(NAMESPACE, f"role {name}")), name=name, operations=tuple(operations))
        self.roles[role.id] = role
        return role

    @verb
    def assign_role(self, space: Space, role: Role, who: User | Group | str) -> RoleAssignment:
        """Give a role in a space to a user, a group or an access class.

        Raises:
            WorldError: there is no such access class.
        """
        assignment = RoleAssignment(*_holder(who), role.id)
        if assignment not in space.role_assignments:
            space.role_assignments.append(assignment)
        return assignment

    @verb
    def unassign_role(self, space: Space, role: Role, who: User | Group | str) -> None:
        """Take a role in a space away."""
        space.role_assignments.remove(RoleAssignment(*_holder(who), role.id))

    @verb
    def adopt_roles(self) -> None:
        """Move the site to roles: whoever may do something in a space gets a role that may do the same (FACTS 11.1)."""
        for space in self.spaces.values():
            granted: dict[tuple[str, str], set[tuple[str, str]]] = {}
            for item in space.permissions:
                named = (item.principal_type, item.principal_id)
                granted.setdefault(named, set()).add((item.operation, item.target_type))
            for (kind, principal), operations in granted.items():
                name = " and ".join(f"{operation} {target}" for operation, target in sorted(operations))
                role = self.create_role(name, sorted(operations))
                if kind == ANONYMOUS:
                    kind, principal = "access_class", "anonymous-users"  # noqa: PLW2901 - the same one by its new name
                space.role_assignments.append(RoleAssignment(kind.upper(), principal, role.id))
            space.permissions = []
        self.switches.space_role_mode = "ROLES"

    def permissions_in(self, space: Space) -> list[Permission]:
        """Return what a space grants, as the site's mode has it: to users and groups, to roles, or to both."""
        mode = self.switches.space_role_mode
        direct = space.permissions if mode != "ROLES" else []
        if mode == "PRE_ROLES":
            return direct
        role_ids = dict.fromkeys(item.role_id for item in space.role_assignments)
        first = 1 + max((int(item.id) for item in direct), default=int(space.id) * 1000)
        granted = [(role_id, *each) for role_id in role_ids for each in self.roles[role_id].operations]
        return [
            *direct,
            *(Permission(str(first + index), "role", *each) for index, each in enumerate(granted)),
        ]

    def _by_role(self, user: User | None, space: Space) -> bool:
        """Tell whether a role lets a user read a space."""
        own = {("ACCESS_CLASS", name) for name in _classes_of(user)}
        if user is not None:
            own |= {("USER", user.account_id), *(("GROUP", group_id) for group_id in self.groups_of(user))}
        return any(
            ("read", "space") in self.roles[item.role_id].operations
            for item in space.role_assignments
            if (item.principal_type, item.principal_id) in own
        )

    def groups_of(self, user: User) -> set[str]:
        """Return the ids of a user's groups."""
        return {group.id for group in self.groups.values() if user.account_id in group.member_ids}

    def can_see_space(self, user: User | None, space: Space) -> bool:
        """Tell whether a user, or with None anybody without an account, may read a space."""
        mode = self.switches.space_role_mode
        if mode != "PRE_ROLES" and self._by_role(user, space):
            return True
        principals = {ANONYMOUS} if user is None else self.groups_of(user) | {user.account_id}
        return mode != "ROLES" and any(
            item.operation == "read" and item.target_type == "space" and item.principal_id in principals
            for item in space.permissions
        )

    def passes_restrictions(self, user: User | None, content: Content) -> bool:
        """Tell whether no read restriction on a content or above it keeps a user out."""
        if not self.read_restricted:
            return True
        own = set() if user is None else self.groups_of(user) | {user.account_id}
        current: Content | None = content
        while current is not None:
            restriction = current.restrictions.get("read")
            if restriction and own.isdisjoint([*restriction.user_ids, *restriction.group_ids]):
                return False
            above = current.parent_comment_id or current.container_id or current.parent_id
            current = self.contents.get(above) if above else None
        return True

    def can_see(self, user: User | None, content: Content) -> bool:
        """Tell whether a user, or with None anybody without an account, may read a content."""
        return self.can_see_space(user, self.spaces[content.space_id]) and self.passes_restrictions(user, content)
