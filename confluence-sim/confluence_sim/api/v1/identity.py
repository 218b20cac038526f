"""v1 users: who am I."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from confluence_sim.api.endpoint import ApiError, Call, Endpoint, Reply
from confluence_sim.api.params import Param
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


ENDPOINTS = [
    Endpoint(
        "/user/current",
        current_user,
        {"expand": Param("String", many=10)},
        scope="read:confluence-user",
    ),
]
