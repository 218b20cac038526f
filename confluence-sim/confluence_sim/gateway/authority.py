"""The authorization server: ``POST /oauth/token`` (FACTS 4.4, 11.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug import Request as HttpRequest
from werkzeug.exceptions import BadRequest

from confluence_sim.api.endpoint import Reply
from confluence_sim.gateway.tokens import OAuthError, Tokens
from confluence_sim.host import Host

if TYPE_CHECKING:
    from confluence_sim.world import World

TOKEN_PATH = "/oauth/token"  # noqa: S105  # an address
FIELDS = ("grant_type", "client_id", "client_secret", "refresh_token", "scope")


class Authority(Host):
    """Gives out access tokens for refresh tokens, and for the credentials of service accounts.

    Args:
        world: the truth; its clock lets tokens die.
        tokens: those there are.
    """

    def __init__(self, world: World, tokens: Tokens) -> None:
        super().__init__(world)
        self.tokens = tokens

    def answer(self, request: HttpRequest) -> Reply:
        """Exchange a refresh token or client credentials, sent as JSON or as a form."""
        if request.path != TOKEN_PATH or request.method != "POST":
            return _refusal(OAuthError(404, "not_found", "Not Found"))
        try:
            asked: Any = request.get_json() if request.is_json else request.form
        except BadRequest:
            asked = None
        given = {name: asked.get(name) for name in FIELDS} if isinstance(asked, Mapping) else {}
        kind, client_id, client_secret, token, scope = (str(given.get(name) or "") for name in FIELDS)
        if not (kind and client_id and client_secret and (token or kind != "refresh_token")):
            return _refusal(OAuthError(400, "invalid_request", "A parameter is missing."))
        if kind not in ("refresh_token", "client_credentials"):
            return _refusal(OAuthError(400, "unsupported_grant_type", f"Unsupported grant type: {kind}"))
        if kind == "client_credentials" and scope:
            return _refusal(OAuthError(400, "invalid_scope", "The scopes are those of the credentials."))
        try:
            with self.world.lock:
                if kind == "refresh_token":
                    pair = self.tokens.refresh(client_id, client_secret, token)
                else:
                    pair = self.tokens.issue(client_id, client_secret)
        except OAuthError as error:
            return _refusal(error)
        body: dict[str, Any] = {
            "access_token": pair.access_token,
            "expires_in": pair.expires_in,
            "token_type": "Bearer",
            "scope": " ".join(sorted(pair.scopes)),
        }
        if pair.refresh_token is not None:
            body["refresh_token"] = pair.refresh_token
        return Reply(body, headers={"Cache-Control": "no-store"})


def _refusal(error: OAuthError) -> Reply:
    return Reply({"error": error.error, "error_description": error.description}, status=error.status)
