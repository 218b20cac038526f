"""World objects as v2 JSON (FACTS 1.11 to 1.15)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from confluence_sim.api import adf
from confluence_sim.api.endpoint import Call
from confluence_sim.clock import to_ms
from confluence_sim.model import Content, Space, Version

MEDIA_DESCRIPTIONS = {
    "image/png": "PNG Image",
    "image/jpeg": "JPEG Image",
    "image/svg+xml": "SVG Image",
    "application/pdf": "PDF Document",
    "text/plain": "Text File",
    "text/csv": "CSV Document",
    "application/json": "JSON Document",
}


def version(item: Version) -> dict[str, Any]:
    """Return a version object, with the undocumented step version (FACTS 1.13)."""
    return {
        "number": item.number,
        "message": item.message,
        "minorEdit": item.minor_edit,
        "authorId": item.author_id,
        "createdAt": item.created_at,
        "ncsStepVersion": str(item.number),
    }


def plain_version(item: Version) -> dict[str, Any]:
    """Return a version object of a thing without an editor."""
    return {key: value for key, value in version(item).items() if key != "ncsStepVersion"}


def body(item: Version, body_format: str | None) -> dict[str, Any]:
    """Return a body in one format; ``{}`` when none is asked for (FACTS 1.11, 1.12)."""
    return text_in(item.body, body_format, as_adf=item.adf)


def text_in(storage: str, body_format: str | None, *, as_adf: str | None = None) -> dict[str, Any]:
    """Return a text in one format; ``as_adf`` spares the conversion."""
    if body_format is None:
        return {}
    value = storage
    if body_format == "atlas_doc_format":
        value = adf.from_storage(storage) if as_adf is None else as_adf
    return {body_format: {"representation": body_format, "value": value}}


def tiny_link(number: int) -> str:
    """Return the short form of a page id: base64 of its bytes, least first, without the closing A's."""
    raw = number.to_bytes(4 if number < 2**32 else 8, "little")
    text = base64.b64encode(raw).decode().rstrip("=").rstrip("A")
    return f"/x/{text.replace('/', '-').replace('+', '_')}"


def webui(call: Call, content: Content) -> str:
    """Return the address people use, relative to the base."""
    space = call.world.spaces[content.space_id]
    key = quote(space.alias or space.key, safe="~")
    if content.id == space.homepage_id:
        return f"/spaces/{key}/overview"
    if content.type == "blogpost":
        day = content.created_at[:10].replace("-", "/")
        return f"/spaces/{key}/blog/{day}/{content.id}/{quote_plus(content.title)}"
    if content.type != "page":
        return f"/spaces/{key}/{content.type}/{content.id}"
    return f"/spaces/{key}/pages/{content.id}/{quote_plus(content.title)}"


def page_links(call: Call, content: Content) -> dict[str, str]:
    """Return the links of a page or blog post."""
    key = quote(call.world.spaces[content.space_id].key, safe="~")
    return {
        "editui": f"/pages/resumedraft.action?draftId={content.id}",
        "webui": webui(call, content),
        "edituiv2": f"/spaces/{key}/pages/edit-v2/{content.id}",
        "tinyui": tiny_link(content.number),
    }


def parent_type(call: Call, content: Content) -> str | None:
    """Return what kind of thing stands above a content in the page tree, or None at the top."""
    parent = call.world.contents.get(content.parent_id) if content.parent_id else None
    return parent.type if parent else None


def page(call: Call, content: Content, shown: Version | None = None) -> dict[str, Any]:
    """Return a page as lists show it; ``shown`` is an older version."""
    item = shown or content.current
    return {
        "parentType": parent_type(call, content),
        "parentId": content.parent_id,
        "spaceId": content.space_id,
        "ownerId": content.owner_id,
        "lastOwnerId": content.last_owner_id,
        "createdAt": content.created_at,
        "authorId": content.author_id,
        "position": content.position,
        "subtype": content.subtype,
        "version": version(item),
        "body": body(item, call.args.get("body-format")),
        "status": "historical" if shown else content.status,
        "title": item.title,
        "id": content.id,
        "_links": page_links(call, content),
    }


def blogpost(call: Call, content: Content, shown: Version | None = None) -> dict[str, Any]:
    """Return a blog post as lists show it."""
    item = shown or content.current
    return {
        "spaceId": content.space_id,
        "createdAt": content.created_at,
        "authorId": content.author_id,
        "version": version(item),
        "body": body(item, call.args.get("body-format")),
        "status": "historical" if shown else content.status,
        "title": item.title,
        "id": content.id,
        "_links": page_links(call, content),
    }


def container_key(container: Content) -> str:
    """Return the name under which an attachment or comment tells its container."""
    names = {"page": "pageId", "blogpost": "blogPostId", "attachment": "attachmentId"}
    return names.get(container.type, "customContentId")


def attachment_links(content: Content, item: Version) -> dict[str, str]:
    """Return the links of an attachment, without ``/wiki`` (FACTS 1.14)."""
    container_id = content.container_id or ""
    query = {
        "version": item.number,
        "modificationDate": to_ms(item.created_at),
        "cacheVersion": 1,
        "api": "v2",
    }
    preview = quote_plus(f"/{container_id}/{content.number}/") + quote_plus(item.title)
    return {
        "webui": f"/pages/viewpageattachments.action?pageId={container_id}&preview={preview}",
        "download": f"/download/attachments/{container_id}/{quote(item.title)}?{urlencode(query)}",
    }


def attachment(call: Call, content: Content, shown: Version | None = None) -> dict[str, Any]:
    """Return an attachment (FACTS 1.14)."""
    item = shown or content.current
    container_id = content.container_id or ""
    links = attachment_links(content, item)
    return {
        "id": content.id,
        "status": content.status,
        "title": item.title,
        "createdAt": content.created_at,
        "mediaType": item.media_type,
        "mediaTypeDescription": MEDIA_DESCRIPTIONS.get(item.media_type, "File"),
        "comment": item.message,
        "fileId": item.file_id,
        "fileSize": len(item.data),
        "webuiLink": links["webui"],
        "downloadLink": links["download"],
        "version": plain_version(item),
        container_key(call.world.contents[container_id]): container_id,
        "_links": links,
    }


def space(call: Call, item: Space) -> dict[str, Any]:
    """Return a space (FACTS 1.15)."""
    wanted = call.args.get("description-format")
    description = None
    if wanted:
        description = {wanted: {"representation": wanted, "value": item.description, "embeddedContent": []}}
    icon = None
    if call.args.get("include-icon"):
        icon = {"path": "/images/logo/default-space-logo.svg"}
        if item.type != "personal":  # FACTS 9.3
            icon["apiDownloadLink"] = f"/rest/api/space/{quote(item.key)}/icon"
    return {
        "createdAt": item.created_at,
        "authorId": item.author_id,
        "spaceOwnerId": item.owner_id,
        "homepageId": item.homepage_id,
        "icon": icon,
        "description": description,
        "status": item.status,
        "name": item.name,
        "key": item.key,
        "id": item.id,
        "type": item.type,
        "currentActiveAlias": item.alias,
        "_links": {"webui": f"/spaces/{quote(item.alias or item.key, safe='~')}"},
    }
