"""Bytes of attachments: the REST path that redirects, and the servlet path for browsers (FACTS 6.1, 6.2)."""

from __future__ import annotations

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.clock import to_ms
from confluence_sim.media import file_reply
from confluence_sim.model import Content, Version

NEEDED = ("version", "modificationDate", "cacheVersion")
"""What the servlet path's query must hold (FACTS 6.2)."""


def _there(call: Call, content: Content | None, container_id: str) -> Content:
    if content is None or content.container_id != container_id or not call.sees(content):
        raise missing(f"No attachment found on content {container_id}")
    if not call.world.is_in_place(content):
        raise missing(f"No content found with id: {container_id}")
    return content


def _version(content: Content, number: int | None) -> Version | None:
    if number is None:
        return content.current
    return next((item for item in content.versions if item.number == number), None)


def download(call: Call) -> Reply:
    """Answer ``GET /content/{id}/child/attachment/{attachmentId}/download``: 302 to a signed link elsewhere."""
    args = call.args
    content = _there(call, call.world.contents.get(args["attachmentId"]), args["id"].removeprefix("att"))
    if content.status not in args["status"]:
        raise missing(f"No attachment found with status {args['status']}")
    version = _version(content, args["version"])
    if version is None:
        raise refused(f"There is no version {args['version']} of {content.id}")
    headers = {"Location": call.media_link(content, version), "Cache-Control": "no-store"}
    return Reply("", status=302, headers=headers, media_type="text/plain")


def servlet(call: Call) -> Reply:
    """Answer ``/wiki/download/attachments/…``: for browsers; an API token gets 401, or the bytes by a switch."""
    if call.world.switches.servlet_download == "refused":
        body = {"message": "Unauthorized", "statusCode": 401}
        return Reply(body, status=401, headers={"WWW-Authenticate": 'OAuth realm="Confluence"'})
    container_id, name, query = call.args["id"], call.args["name"], call.request.args
    container = call.world.contents.get(container_id)
    named = call.world.attachments_of(container) if container else []
    content = _there(call, next((item for item in named if item.title == name), None), container_id)
    number = query.get("version", type=int)
    version = _version(content, number) if number else None
    right = version and query.get("modificationDate", type=int) == to_ms(version.created_at)
    if version is None or not right or any(name not in query for name in NEEDED):
        raise missing(f"No such attachment: {name}")
    return file_reply(version)


ENDPOINTS = [
    Endpoint(
        "/content/<id>/child/attachment/<attachmentId>/download",
        download,
        {
            "id": Param("String"),
            "attachmentId": Param("AttachmentId"),
            "version": Param("Integer", minimum=1),
            "status": Param("String", default=["current"], many=10),
        },
        scope="readonly:content.attachment:confluence",
        granular=("read:attachment:confluence",),
    ),
]
SERVLET = [
    Endpoint(
        "/wiki/download/attachments/<id>/<name>",
        servlet,
        {"id": Param("String"), "name": Param("String")},
        any_query=True,
    )
]
