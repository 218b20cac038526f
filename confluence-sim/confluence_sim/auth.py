"""Who asks: Basic pairs, and the answers to those that are wrong (FACTS 4.1, 4.7)."""

from __future__ import annotations

import hmac

from werkzeug import Request

from confluence_sim.api.endpoint import Reply
from confluence_sim.model import User
from confluence_sim.switches import Switches


class Accounts:
    """The credentials a site accepts."""

    def __init__(self) -> None:
        self._basic: dict[str, tuple[str, str]] = {}

    def add(self, user: User, *, email: str, token: str) -> None:
        """Accept an e-mail address with an API token for a user."""
        self._basic[email] = (token, user.account_id)

    def account_id(self, request: Request) -> str | None:
        """Return whose Basic pair a request carries; None for no or a wrong pair."""
        given = request.authorization
        if given is None or given.type != "basic":
            return None
        token, account_id = self._basic.get(given.username or "", ("", ""))
        right = bool(token) and hmac.compare_digest(token.encode(), (given.password or "").encode())
        return account_id if right else None


def refusal(request: Request, switches: Switches, *, v2_item: bool) -> Reply:
    """Return the answer to a request without valid credentials.

    Args:
        request: what came.
        switches: the unverified parts of the answer.
        v2_item: it asked for one object of v2, which is then just "not found".
    """
    given = request.authorization
    if given is not None and given.type == "bearer":
        return Reply({"error": "Failed to parse Connect Session Auth Token"}, status=403)
    if not request.path.startswith("/wiki/api/v2"):
        words = {
            "not_permitted": "Current user not permitted to use Confluence",
            "stackless": "org.springframework.web.server.StacklessResponseStatusException: 403 FORBIDDEN",
        }
        return Reply({"message": words[switches.bad_basic_v1], "statusCode": 403}, status=403)
    status = 404 if v2_item else switches.bad_basic_v2_list
    code, title = ("NOT_FOUND", "Not Found") if status == 404 else ("UNAUTHORIZED", "Unauthorized")  # noqa: PLR2004
    return Reply({"errors": [{"status": status, "code": code, "title": title, "detail": None}]}, status=status)


def scoped_refusal() -> Reply:
    """Return what a scoped API token gets on the site's own host: its place is the gateway (FACTS 4.2)."""
    return Reply({"code": 401, "message": "Unauthorized"}, status=401)
