"""Who asks a Data Center: personal access tokens, Basic pairs, and nobody in particular (FACTS 4.10, 7.5)."""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug import Request

from confluence_sim.api.datacenter.errors import forbidden, unauthorized
from confluence_sim.api.errors import ApiError
from confluence_sim.model import User

if TYPE_CHECKING:
    from confluence_sim.world import World

FAILED_LOGINS = 3
"""After so many wrong passwords in a row a CAPTCHA stands before the account (FACTS 4.10)."""


@dataclass(frozen=True)
class Account:
    """A user's name and password."""

    username: str
    password: str
    user: User


class Doors:
    """The credentials a Data Center accepts.

    Args:
        world: the truth; its switches say whether anybody may come in without an account.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, User] = {}
        self._failed: Counter[str] = Counter()

    def add(self, user: User, *, password: str, token: str) -> None:
        """Accept a user's password and a personal access token."""
        self._accounts[user.username] = Account(user.username, password, user)
        self._tokens[token] = user

    def revoke(self, token: str) -> None:
        """Let a personal access token die."""
        del self._tokens[token]

    def log_in_by_browser(self, user: User) -> None:
        """Solve the CAPTCHA: Basic pairs of this user are looked at again."""
        del self._failed[user.username]

    def admit(self, request: Request) -> User | None:
        """Return who asks; None for anybody.

        Raises:
            ApiError: 401 or 403 for one who may not come in.
        """
        given = request.authorization
        if given is None:
            return self._let_in(None, forbidden("User not permitted to use Confluence"))
        if given.type == "bearer":
            user = next((user for token, user in self._tokens.items() if _same(token, given.token)), None)
            # an unknown token is not rejected: it is anybody's (CONFSERVER-98199)
            return self._let_in(user, unauthorized("Client must be authenticated to access this resource."))
        if not self._world.switches.dc_basic_auth:
            raise forbidden("Basic Authentication has been disabled on this instance.")
        return self._by_password(given.username or "", given.password)

    def _let_in(self, user: User | None, otherwise: ApiError) -> User | None:
        if user is None and not self._world.switches.dc_anonymous_access:
            raise otherwise
        return user

    def _by_password(self, username: str, password: str | None) -> User:
        account = self._accounts.get(username)
        if self._failed[username] >= FAILED_LOGINS:
            raise _login_failed("AUTHENTICATION_DENIED")
        if account is None or not _same(account.password, password):
            self._failed[username] += 1
            raise _login_failed("AUTHENTICATED_FAILED")
        del self._failed[username]
        return account.user


def _same(secret: str, given: str | None) -> bool:
    return hmac.compare_digest(secret.encode(), (given or "").encode())


def _login_failed(reason: str) -> ApiError:
    text = f"Basic Authentication Failure - Reason : {reason}"
    return unauthorized(text, {"X-Seraph-LoginReason": reason})
