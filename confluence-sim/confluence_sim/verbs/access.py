"""Verbs about who may see what: groups, space permissions, restrictions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from confluence_sim.model import Content, Group, Permission, Restriction, Space, User, WorldError
from confluence_sim.state import NAMESPACE, State, verb

EVERYBODY = "confluence-users"
"""The group every user joins; new spaces let it in."""
ANONYMOUS = "anonymous"
"""The principal that stands for everybody without an account."""


def _principal(who: User | Group | None) -> tuple[str, str]:
    if who is None:
        return ANONYMOUS, ANONYMOUS
    return ("user", who.account_id) if isinstance(who, User) else ("group", who.id)


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

    def groups_of(self, user: User) -> set[str]:
        """Return the ids of a user's groups."""
        return {group.id for group in self.groups.values() if user.account_id in group.member_ids}

    def can_see_space(self, user: User | None, space: Space) -> bool:
        """Tell whether a user, or with None anybody without an account, may read a space."""
        principals = {ANONYMOUS} if user is None else self.groups_of(user) | {user.account_id}
        return any(
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
