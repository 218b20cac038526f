"""What the server is, its files, and the door for people (FACTS 6.4, 7.6)."""

from __future__ import annotations

from urllib.parse import urlencode

from confluence_sim.api.datacenter.errors import missing
from confluence_sim.api.datacenter.find import VERSION, version_of
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.media import file_reply

LOGIN = "<!DOCTYPE html><html><head><title>Log In - Confluence</title></head><body>Log in</body></html>"


def information(call: Call) -> Reply:
    """Answer ``GET /server-information``."""
    version = call.world.switches.dc_version
    return Reply({"version": version, "buildNumber": version.replace(".", "0"), "baseUrl": call.base}, weight=0)


def login_page(_: Call) -> Reply:
    """Answer ``GET /login.action``: HTML with status 200."""
    return Reply(LOGIN, media_type="text/html; charset=UTF-8")


def download(call: Call) -> Reply:
    """Answer ``GET /download/attachments/{id}/{name}`` with the same credentials as the API (FACTS 6.4).

    Who has no account is led to the login page where there is nothing for such a one.
    """
    world = call.world
    container = world.contents.get(call.args["id"])
    named = world.attachments_of(container) if container is not None else []
    found = next((item for item in named if item.title == call.args["name"] and item.status == "current"), None)
    if found is not None and world.is_in_place(found) and call.sees(found):
        return file_reply(version_of(found, call.args["version"]) or found.current)
    if call.user is None:
        wanted = urlencode({"os_destination": call.request.path.removeprefix(call.context)})
        return Reply("", status=302, headers={"Location": f"{call.base}/login.action?{wanted}"}, media_type="text/html")
    raise missing(f"No attachment {call.args['name']} on {call.args['id']}")


ENDPOINTS = [Endpoint("/server-information", information, any_query=True)]
"""Below ``/rest/api``."""
OPEN = [Endpoint("/login.action", login_page, any_query=True)]
"""For anybody, below the context path."""
PLACES = [
    *OPEN,
    Endpoint(
        "/download/attachments/<id>/<name>",
        download,
        {"id": Param("String"), "name": Param("String"), **VERSION},
        any_query=True,
    ),
]
"""Below the context path."""
