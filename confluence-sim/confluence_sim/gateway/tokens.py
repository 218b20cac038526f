"""Scoped API tokens and OAuth 2.0 (3LO) tokens: who they stand for, what they may, how long (FACTS 4.2 to 4.5)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluence_sim.model import User

if TYPE_CHECKING:
    from confluence_sim.world import World

DAY_MS = 24 * 3600 * 1000
OFFLINE = "offline_access"
"""The scope without which there is no refresh token."""


@dataclass(frozen=True)
class App:
    """An OAuth 2.0 (3LO) app."""

    client_id: str
    client_secret: str


class OAuthError(Exception):
    """A refusal of the authorization server.

    Args:
        status: HTTP status.
        error: OAuth's word for it.
        description: one sentence.
    """

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass
class Grant:
    """What a token stands for.

    Args:
        account_id: whose eyes it sees with.
        scopes: what it may ask for.
        until_ms: when it dies; None for an API token.
        uses: requests made with it.
    """

    account_id: str
    scopes: frozenset[str]
    until_ms: int | None = None
    uses: int = 0


@dataclass
class _Family:
    """All refresh tokens that go back to one consent."""

    app: App
    account_id: str
    scopes: frozenset[str]
    until_ms: int
    refreshes: int = 0


@dataclass
class _Refresh:
    """One refresh token: good until ``until_ms``, and for a short time after its successor was given out."""

    family: _Family
    until_ms: int


@dataclass(frozen=True)
class Pair:
    """What the authorization server gives out."""

    access_token: str
    expires_in: int
    refresh_token: str
    scopes: frozenset[str]


@dataclass
class Tokens:
    """Every token of a site's platform. Not safe without the world's lock."""

    world: World
    apps: dict[str, App] = field(default_factory=dict)
    _scoped: dict[tuple[str, str], Grant] = field(default_factory=dict)
    _access: dict[str, Grant] = field(default_factory=dict)
    _refresh: dict[str, _Refresh] = field(default_factory=dict)

    def add_scoped(self, user: User, email: str, scopes: Iterable[str]) -> str:
        """Return a new scoped API token of a user: Basic, through the gateway only (FACTS 4.2)."""
        token = f"scoped-{secrets.token_urlsafe(24)}"
        self._scoped[email, token] = Grant(user.account_id, frozenset(scopes))
        return token

    def scoped(self, email: str, token: str) -> Grant | None:
        """Return what a scoped API token stands for."""
        return self._scoped.get((email, token))

    def add_app(self) -> App:
        """Return a new app."""
        app = App(client_id=f"app-{secrets.token_hex(8)}", client_secret=f"secret-{secrets.token_urlsafe(24)}")
        self.apps[app.client_id] = app
        return app

    def consent(self, app: App, user: User, scopes: Iterable[str]) -> str:
        """Return the first refresh token of an app that a user has let in."""
        switches, now = self.world.switches, self.world.clock.now_ms()
        until = now + round(switches.oauth_family_days * DAY_MS)
        return self._new_refresh(_Family(app, user.account_id, frozenset(scopes) | {OFFLINE}, until))

    def _new_refresh(self, family: _Family) -> str:
        token = f"refresh-{secrets.token_urlsafe(24)}"
        idle = self.world.clock.now_ms() + round(self.world.switches.oauth_inactivity_days * DAY_MS)
        self._refresh[token] = _Refresh(family, min(idle, family.until_ms))
        return token

    def refresh(self, client_id: str, client_secret: str, token: str) -> Pair:
        """Exchange a refresh token for an access token and the next refresh token (FACTS 4.4).

        Raises:
            OAuthError: the app or the token is unknown, or the token is dead.
        """
        app = self.apps.get(client_id)
        if app is None or not secrets.compare_digest(app.client_secret.encode(), client_secret.encode()):
            raise OAuthError(401, "access_denied", "Unauthorized")
        known = self._refresh.get(token)
        now, switches = self.world.clock.now_ms(), self.world.switches
        if known is None or known.family.app != app or now >= known.until_ms:
            status = switches.oauth_refusal_status
            raise OAuthError(status, "invalid_grant", "Unknown or invalid refresh token.")
        family = known.family
        family.refreshes += 1
        known.until_ms = min(known.until_ms, now + round(1000 * switches.oauth_reuse_leeway_seconds))
        access = f"access-{secrets.token_urlsafe(24)}"
        seconds = switches.oauth_access_seconds
        self._access[access] = Grant(family.account_id, family.scopes, now + round(1000 * seconds))
        return Pair(access, round(seconds), self._new_refresh(family), family.scopes)

    def access(self, token: str) -> Grant | None:
        """Return what an access token stands for, dead or alive; None if it never was one."""
        return self._access.get(token)

    def use(self, grant: Grant) -> bool:
        """Note a use of a grant and tell whether it was still alive."""
        grant.uses += 1
        most = self.world.switches.oauth_access_requests
        if grant.until_ms is None:
            return True
        return self.world.clock.now_ms() < grant.until_ms and not (most and grant.uses > most)

    def revoke(self) -> None:
        """Take every token back, as an administrator or a user may."""
        self._scoped.clear()
        self._refresh.clear()
        for grant in self._access.values():
            grant.until_ms = 0
