"""The simulator's own doors under ``/_sim``: verbs and the request log for processes outside. Loopback only."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.model import User, WorldError

if TYPE_CHECKING:
    from confluence_sim.log import RequestLog, Totals
    from confluence_sim.world import World

PREFIX = "/_sim"
LOOPBACK = ("127.0.0.1", "::1")
VERBS = (
    *("create_user", "rename_user", "close_user"),
    *("create_space", "rename_space", "archive_space", "unarchive_space", "delete_space"),
    *("create_page", "create_draft", "create_blogpost", "create_tree_item", "attach", "edit", "move", "set_owner"),
    *("trash", "restore", "purge", "archive", "unarchive", "label", "unlabel", "restrict", "unrestrict"),
    *("comment", "reply", "resolve", "tick", "set_property", "remove_property"),
    *("create_group", "join_group", "leave_group", "permit", "forbid", "adopt_roles"),
)
CONTENT_ARGUMENTS = ("content", "container", "parent", "page", "comment")
USER_ARGUMENTS = ("author", "user", "owner", "who")


class Served(Protocol):
    """What the doors need of a site, whatever its dialect."""

    requests: RequestLog

    @property
    def totals(self) -> Totals:
        """The sums over the request log."""


def _user(world: World, value: Any) -> User | None:
    return next((user for user in world.users.values() if value in (user.account_id, user.email)), None)


def resolve(call: Call, name: str, value: Any) -> Any:
    """Return the world's object that an argument names: ids for content, keys or ids for spaces, emails for users."""
    if value is None:
        return None
    world = call.world
    finders: dict[str, Callable[[], Any]] = {
        **{role: lambda: world.contents.get(str(value)) for role in CONTENT_ARGUMENTS},
        **{role: lambda: _user(world, value) for role in USER_ARGUMENTS},
        "space": lambda: world.space_by_key(str(value)) or world.spaces.get(str(value)),
        "group": lambda: world.group_by_name(str(value)),
        "task": lambda: world.tasks.get(str(value)),
        "users": lambda: [resolve(call, "user", item) for item in value],
        "groups": lambda: [resolve(call, "group", item) for item in value],
        "data": lambda: base64.b64decode(value),
    }
    found = finders.get(name, lambda: value)()
    if found is None:
        raise ApiError(404, "NOT_FOUND", f"no such {name}: {value}")
    return found


def run_verb(call: Call, _: Served) -> Reply:
    """Answer ``POST /_sim/verbs``: ``{"verb": "edit", "content": "65538", "body": "<p>new</p>"}``."""
    asked = call.request.get_json(force=True)
    name = asked.pop("verb", None)
    if name not in VERBS:
        raise ApiError(400, "BAD_VERB", f"no such verb: {name}", f"known: {', '.join(VERBS)}")
    plain = ("comment",) if name == "attach" else ()  # there it is a text
    arguments = {key: value if key in plain else resolve(call, key, value) for key, value in asked.items()}
    act: Callable[..., Any] = getattr(call.world, name)
    try:
        made = act(**arguments)
    except (WorldError, TypeError) as error:
        raise ApiError(400, "REFUSED", str(error)) from error
    answer = {"verb": name, "at": call.world.clock.now()}
    if made is not None:
        answer["id"] = getattr(made, "id", None) or getattr(made, "account_id", None)
    target = arguments.get("content") or made
    answer["version"] = getattr(target, "version", None)
    return Reply(answer)


def move_clock(call: Call, _: Served) -> Reply:
    """Answer ``POST /_sim/clock``: ``{"advance": 3600}`` in seconds, or ``{"set": "2026-01-05T09:00:00Z"}``."""
    asked = call.request.get_json(force=True)
    if "set" in asked:
        call.world.clock.set(asked["set"])
    call.world.clock.advance(seconds=asked.get("advance", 0))
    return Reply({"now": call.world.clock.now()})


def show_requests(_: Call, site: Served) -> Reply:
    """Answer ``GET /_sim/requests``: totals and the log."""
    return Reply({"totals": asdict(site.totals), "requests": [asdict(entry) for entry in site.requests]})


def clear_requests(_: Call, site: Served) -> Reply:
    """Answer ``DELETE /_sim/requests``."""
    site.requests.clear()
    return Reply({"totals": asdict(site.totals)})


def show_contents(call: Call, _: Served) -> Reply:
    """Answer ``GET /_sim/contents``: the truth in short, for scripts that must find something to change."""
    return Reply(
        {
            "spaces": [{"id": item.id, "key": item.key, "name": item.name} for item in call.world.spaces.values()],
            "contents": [
                {
                    "id": item.id,
                    "type": item.type,
                    "title": item.title,
                    "status": item.status,
                    "space": call.world.spaces[item.space_id].key,
                    "version": item.version,
                    "updated_at": item.updated_at,
                }
                for item in call.world.contents.values()
            ],
        }
    )


DOORS: dict[tuple[str, str], Callable[[Call, Served], Reply]] = {
    ("POST", "/verbs"): run_verb,
    ("POST", "/clock"): move_clock,
    ("GET", "/requests"): show_requests,
    ("DELETE", "/requests"): clear_requests,
    ("GET", "/contents"): show_contents,
}


def nobody(_: Call) -> Reply:
    """Stand in the routing table for the doors, which need the site and are opened by ``answer``."""
    raise ApiError(404, "NOT_FOUND", "Not Found")


ENDPOINTS = [Endpoint(path, nobody, method=method) for method, path in DOORS]


def answer(call: Call, site: Served) -> Reply:
    """Open the door that was asked for.

    Raises:
        ApiError: 403 from another machine.
    """
    if call.request.remote_addr not in LOOPBACK:
        raise ApiError(403, "FORBIDDEN", "the simulator's own doors open to this machine only")
    return DOORS[call.request.method, call.request.path.removeprefix(PREFIX).rstrip("/")](call, site)
