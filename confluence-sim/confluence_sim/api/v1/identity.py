"""v1 users: who am I, and who are they (FACTS 9.8)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import Param
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.model import User


def user_object(call: Call, user: User) -> dict[str, Any]:
    """Return a user as v1 shows one."""
    return {
        "type": "known",
        "accountId": user.account_id,
        "accountType": user.account_type,
        "email": user.email,
        "publicName": user.display_name,
        "displayName": user.display_name,
        "timeZone": user.time_zone,
        "isExternalCollaborator": False,
        "isGuest": False,
        "profilePicture": {"path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": True},
        "_expandable": {"operations": "", "personalSpace": ""},
        "_links": {"self": f"{call.base}/rest/api/user?accountId={quote(user.account_id)}"},
    }


def current_user(call: Call) -> Reply:
    """Answer ``GET /user/current``."""
    if call.user is None:
        raise ApiError(403, "FORBIDDEN", "Current user not permitted to use Confluence")
    answer = user_object(call, call.user)
    answer["_links"] |= {"base": call.base, "context": "/wiki"}
    return Reply(answer, rows=1, weight=2)


def one_user(call: Call) -> Reply:
    """Answer ``GET /user``."""
    account_id = call.args["accountId"]
    user = call.world.users.get(account_id or "")
    if account_id is None:
        raise refused("accountId is missing")
    if user is None:
        raise missing(f"No user found with account id: {account_id}")
    answer = user_object(call, user)
    answer["_links"] |= {"base": call.base, "context": "/wiki"}
    return Reply(answer, rows=1, weight=2)


def several_users(call: Call) -> Reply:
    """Answer ``GET /user/bulk``: the first 100 of the accounts asked for; who is not known is left out."""
    asked = list(dict.fromkeys(call.args["accountId"] or []))
    if not asked:
        raise refused("accountId is missing")
    known = [call.world.users[item] for item in asked[:MOST_USERS] if item in call.world.users]
    rows = [user_object(call, user) for user in known]
    links = {"base": call.base, "context": "/wiki", "self": f"{call.base}/rest/api/user/bulk"}
    answer = {"results": rows, "start": 0, "limit": MOST_USERS, "size": len(rows), "_links": links}
    return Reply(answer, rows=len(rows), weight=2)


MOST_USERS = 100
SCOPE = "read:confluence-user"
GRANULAR = ("read:content-details:confluence",)
EXPAND = Param("String", many=10)
ENDPOINTS = [
    Endpoint("/user/current", current_user, {"expand": EXPAND}, scope=SCOPE, granular=GRANULAR),
    Endpoint("/user", one_user, {"accountId": Param("String"), "expand": EXPAND}, scope=SCOPE, granular=GRANULAR),
    Endpoint(
        "/user/bulk",
        several_users,
        {"accountId": Param("String", many=1000), "expand": EXPAND},
        scope=SCOPE,
        granular=GRANULAR,
    ),
]
