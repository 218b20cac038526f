"""Scoped API tokens and OAuth 2.0 tokens: who they stand for, what they may, how long (FACTS 4.2 to 4.5, 11.2)."""

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


@dataclass(frozen=True)
class App:
    """An OAuth 2.0 app: one that users let in (3LO), or the credentials of a service account (2LO).

    Args:
        client_id: its name.
        client_secret: its password.
        grant: what a service account's credentials stand for; None for an app that users let in.
    """

    client_id: str
    client_secret: str
    grant: Grant | None = None


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
    refresh_token: str | None
    scopes: frozenset[str]


@dataclass
class Tokens:
    """Every token of a site's platform. Not safe without the world's lock."""

    world: World
    apps: dict[str, App] = field(default_factory=dict)
    _scoped: dict[tuple[str, str], Grant] = field(default_factory=dict)
    _service: dict[str, Grant] = field(default_factory=dict)
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

    def add_service_token(self, user: User, scopes: Iterable[str]) -> str:
        """Return a new API token of a service account, which works without its e-mail address, too (FACTS 11.2)."""
        token = f"service-{secrets.token_urlsafe(24)}"
        self._service[token] = Grant(user.account_id, frozenset(scopes))
        return token

    def add_app(self, user: User | None = None, scopes: Iterable[str] = ()) -> App:
        """Return a new app; with a user, the OAuth credentials of this service account (FACTS 11.2)."""
        client_id, client_secret = f"app-{secrets.token_hex(8)}", f"secret-{secrets.token_urlsafe(24)}"
        app = App(client_id, client_secret, None if user is None else Grant(user.account_id, frozenset(scopes)))
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
        app = self._proved(client_id, client_secret)
        known = self._refresh.get(token)
        now, switches = self.world.clock.now_ms(), self.world.switches
        if known is None or known.family.app != app or now >= known.until_ms:
            status = switches.oauth_refusal_status
            raise OAuthError(status, "invalid_grant", "Unknown or invalid refresh token.")
        family = known.family
        family.refreshes += 1
        known.until_ms = min(known.until_ms, now + round(1000 * switches.oauth_reuse_leeway_seconds))
        return self._new_access(Grant(family.account_id, family.scopes), self._new_refresh(family))

    def issue(self, client_id: str, client_secret: str) -> Pair:
        """Give a service account an access token for its credentials, and no refresh token (FACTS 11.2).

        Raises:
            OAuthError: the app is unknown, or is one that users let in.
        """
        app = self._proved(client_id, client_secret)
        if app.grant is None:
            raise OAuthError(401, "unauthorized_client", "The app may not use client credentials.")
        return self._new_access(app.grant, None)

    def _proved(self, client_id: str, client_secret: str) -> App:
        app = self.apps.get(client_id)
        if app is None or not secrets.compare_digest(app.client_secret.encode(), client_secret.encode()):
            raise OAuthError(401, "access_denied", "Unauthorized")
        return app

    def _new_access(self, grant: Grant, refresh_token: str | None) -> Pair:
        access, seconds = f"access-{secrets.token_urlsafe(24)}", self.world.switches.oauth_access_seconds
        until = self.world.clock.now_ms() + round(1000 * seconds)
        self._access[access] = Grant(grant.account_id, grant.scopes, until)
        return Pair(access, round(seconds), refresh_token, grant.scopes)

    def access(self, token: str) -> Grant | None:
        """Return what a token sent as ``Bearer`` stands for, dead or alive; None if it never was one."""
        return self._access.get(token) or self._service.get(token)

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
        self._service.clear()
        self.apps = {name: app for name, app in self.apps.items() if app.grant is None}
        self._refresh.clear()
        for grant in self._access.values():
            grant.until_ms = 0
