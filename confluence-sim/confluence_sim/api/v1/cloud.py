"""How Cloud speaks ``/rest/api``."""

from __future__ import annotations

from confluence_sim.api.v1.dialect import Dialect
from confluence_sim.api.v1.identity import user_object
from confluence_sim.api.v1.parts import content_links, group_object, space_object
from confluence_sim.api.v2.shapes import MEDIA_DESCRIPTIONS

CLOUD = Dialect(
    user=user_object,
    group=group_object,
    space=space_object,
    links=content_links,
    inline_most=25,
    bodies=("storage", "atlas_doc_format"),
    attachment_extras=lambda item: {"mediaTypeDescription": MEDIA_DESCRIPTIONS.get(item.media_type, "File")},
)
