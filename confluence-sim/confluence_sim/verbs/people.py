"""Verbs about people."""

from __future__ import annotations

import uuid

from confluence_sim.model import User
from confluence_sim.state import NAMESPACE, State, verb


class PeopleVerbs(State):
    """Users come and go."""

    @verb
    def create_user(
        self,
        *,
        display_name: str,
        email: str = "",
        account_type: str = "atlassian",
        account_status: str = "active",
        time_zone: str | None = None,
    ) -> User:
        """Create a user; ``time_zone`` is an IANA name or None when the profile hides it."""
        seed = uuid.uuid5(NAMESPACE, f"{len(self.users)} {display_name} {email}")
        user = User(
            account_id=f"712020:{seed}",
            display_name=display_name,
            email=email,
            username=(email.partition("@")[0] or display_name).lower().replace(" ", "."),
            user_key=seed.hex,
            account_type=account_type,
            account_status=account_status,
            time_zone=time_zone,
        )
        self.users[user.account_id] = user
        self.greet(user)
        return user

    def greet(self, user: User) -> None:
        """Make a new user a member of the group of everybody."""
        raise NotImplementedError

    @verb
    def rename_user(self, user: User, *, display_name: str) -> None:
        """Change a display name."""
        user.display_name = display_name

    @verb
    def close_user(self, user: User) -> None:
        """Close an account: it becomes a "Former user" (FACTS 9.8)."""
        user.account_status = "closed"
        user.display_name = "Former user (Deleted)"
        user.email = ""
