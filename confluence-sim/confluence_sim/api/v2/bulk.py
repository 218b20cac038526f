"""v2 questions about many ids at once, asked by POST: users, and the types of contents (FACTS 1.21)."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import BadRequest

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import bad_request
from confluence_sim.model import Content, User

MOST_USERS = 250
MOST_CONTENTS = 100


def ids_asked(call: Call, name: str, *, most: int, least: int = 0) -> list[str]:
    """Return the ids in the body of a request, each once; numbers become text.

    Raises:
        ApiError: 400 for a body without them, or with too many or too few.
    """
    try:
        body = call.request.get_json(force=True)
    except BadRequest as error:
        raise bad_request("The request body is not JSON.") from error
    ids = body.get(name) if isinstance(body, dict) else None
    if not isinstance(ids, list) or not all(type(item) in (str, int) for item in ids):
        raise bad_request(f"Provided value for '{name}' is not the correct type. Expected type is a list of ids.")
    if not least <= len(ids) <= most:
        raise bad_request(f"Provided value for '{name}' must have from {least} to {most} values.")
    return list(dict.fromkeys(map(str, ids)))


def user_object(call: Call, user: User) -> dict[str, Any]:
    """Return a user; the time zone is null and the e-mail address empty where the profile hides them (FACTS 1.21)."""
    owned = (item for item in call.world.spaces.values() if item.type == "personal")
    personal = next((item.id for item in owned if item.owner_id == user.account_id), None)
    return {
        "accountId": user.account_id,
        "accountType": user.account_type,
        "accountStatus": user.account_status,
        "displayName": user.display_name,
        "publicName": user.display_name,
        "email": user.email,
        "timeZone": user.time_zone,
        "personalSpaceId": personal,
        "isExternalCollaborator": False,
        "profilePicture": {"path": "/wiki/aa-avatar/default", "isDefault": True},
    }


def users_bulk(call: Call) -> Reply:
    """Answer ``POST /users-bulk``: an account that is not known is left out."""
    users = [call.world.users.get(item) for item in ids_asked(call, "accountIds", most=MOST_USERS, least=1)]
    results = [user_object(call, user) for user in users if user is not None]
    return Reply({"results": results, "_links": {"base": call.base}}, rows=len(results), weight=2)


def _type_of(call: Call, content_id: str) -> str | None:
    world = call.world
    content: Content | None = world.contents.get(content_id) or world.contents.get(f"att{content_id}")
    if content is None or not call.sees(content):
        return None
    if content.status == "trashed" and not world.switches.convert_knows_trashed:
        return None
    return f"{content.location}-comment" if content.type == "comment" else content.type


def convert_ids(call: Call) -> Reply:
    """Answer ``POST /content/convert-ids-to-types``: null for what is deleted or not for the caller (FACTS 1.21)."""
    asked = ids_asked(call, "contentIds", most=MOST_CONTENTS)
    return Reply({"results": {item: _type_of(call, item) for item in asked}}, rows=len(asked), weight=0)


ENDPOINTS = [
    Endpoint("/users-bulk", users_bulk, method="POST", scope="read:user:confluence"),
    Endpoint("/content/convert-ids-to-types", convert_ids, method="POST", scope="read:content.metadata:confluence"),
]
