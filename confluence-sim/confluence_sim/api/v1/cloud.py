"""How Cloud speaks ``/rest/api``."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.v1.dialect import Dialect
from confluence_sim.api.v1.identity import user_object
from confluence_sim.api.v1.parts import content_links, group_object, space_object
from confluence_sim.api.v2.shapes import MEDIA_DESCRIPTIONS
from confluence_sim.model import Content, Version


def _attachment_extras(content: Content, item: Version) -> dict[str, Any]:
    """Return what tells the media host of a file; captured answers have it in v1 as v2 does (FACTS 1.14)."""
    return {
        "mediaTypeDescription": MEDIA_DESCRIPTIONS.get(item.media_type, "File"),
        "fileId": item.file_id,
        "collectionName": f"contentId-{content.container_id}",
    }


CLOUD = Dialect(
    user=user_object,
    group=group_object,
    space=space_object,
    links=content_links,
    inline_most=25,
    bodies=("storage", "atlas_doc_format"),
    attachment_extras=_attachment_extras,
)
