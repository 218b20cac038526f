"""What v1 once had and Cloud has removed: 410 (FACTS 2.1, 2.2)."""

from __future__ import annotations

from confluence_sim.api.endpoint import ApiError, Call, Endpoint, Reply
from confluence_sim.api.params import Param

REMOVED = (
    *("/content", "/content/<id>", "/content/<id>/history", "/content/<id>/child", "/content/<id>/child/<kind>"),
    *("/content/<id>/label", "/content/<id>/property", "/content/<id>/property/<key>", "/content/<id>/version"),
    *("/space", "/space/<key>", "/space/<key>/content", "/space/<key>/content/<kind>", "/space/<key>/property"),
)
HEADERS = {"Deprecation": "true", "Warning": '299 - "Deprecated API, will be removed on 31 Mar 2025"'}


def gone(_: Call) -> Reply:
    """Answer 410.

    Raises:
        ApiError: always.
    """
    text = "com.atlassian.confluence.api.service.exceptions.GoneException: This deprecated endpoint has been removed."
    raise ApiError(410, "GONE", text, headers=HEADERS)


_PARTS = {name: Param("String") for name in ("id", "key", "kind")}
ENDPOINTS = [Endpoint(rule, gone, _PARTS, any_query=True) for rule in REMOVED]
