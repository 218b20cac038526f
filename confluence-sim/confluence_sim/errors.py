"""Errors in the words of the dialect that was asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from confluence_sim.api import v1
from confluence_sim.api.endpoint import Reply, not_found
from confluence_sim.api.errors import ApiError

NO_ROUTE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<status><status-code>404</status-code><message>null for uri</message></status>"""


def no_route(path: str) -> Reply:
    """Return the answer to an unknown address: XML in v1 (FACTS 2.3)."""
    if path.startswith(v1.PREFIX):
        return Reply(NO_ROUTE, status=404, media_type="application/xml")
    return error_reply(path, not_found())


def error_reply(path: str, error: ApiError) -> Reply:
    """Return an error in the words of the dialect that was asked (FACTS 1.23, 2.15)."""
    if path.startswith(v1.PREFIX) and error.status != HTTPStatus.METHOD_NOT_ALLOWED:  # which Spring answers (2.3)
        body: dict[str, Any] = {
            "statusCode": error.status,
            "data": {"authorized": True, "valid": True, "errors": [], "successful": True},
            "message": error.title,
        }
    else:
        item = {"status": error.status, "code": error.code, "title": error.title, "detail": error.detail}
        body = {"errors": [item]}
    return Reply(body, status=error.status, headers=error.headers)
