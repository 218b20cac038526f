"""Atlassian's platform around a site: the API gateway, the authorization server, and the tokens both know."""

from __future__ import annotations

from confluence_sim.gateway.authority import Authority
from confluence_sim.gateway.gateway import Gateway
from confluence_sim.gateway.tokens import App, Grant, OAuthError, Tokens

__all__ = ["App", "Authority", "Gateway", "Grant", "OAuthError", "Tokens"]
