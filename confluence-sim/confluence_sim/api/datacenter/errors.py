"""Data Center's errors in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from confluence_sim.api.endpoint import Reply
from confluence_sim.api.errors import ApiError

_EXCEPTIONS = "com.atlassian.confluence.api.service.exceptions."
NO_ROUTE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<status><status-code>404</status-code><message>null for uri</message></status>"""


def missing(text: str) -> ApiError:
    """Return the 404 that hides whether a thing is missing or forbidden (FACTS 4.8)."""
    return ApiError(404, "NOT_FOUND", f"{_EXCEPTIONS}NotFoundException: {text}")


def refused(text: str) -> ApiError:
    """Return the 400."""
    return ApiError(400, "BAD_REQUEST", f"{_EXCEPTIONS}BadRequestException: {text}")


def forbidden(text: str) -> ApiError:
    """Return the 403."""
    return ApiError(403, "FORBIDDEN", f"{_EXCEPTIONS}PermissionException: {text}")


def unauthorized(text: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """Return the 401."""
    asks = {"WWW-Authenticate": 'Basic realm="Confluence"'}
    return ApiError(401, "UNAUTHORIZED", text, headers={**asks, **(headers or {})})


def not_implemented(text: str) -> ApiError:
    """Return the 501 for a type of content that a list does not know."""
    return ApiError(501, "NOT_IMPLEMENTED", f"{_EXCEPTIONS}NotImplementedServiceException: {text}")


def error_reply(error: ApiError) -> Reply:
    """Return an error as Data Center tells it."""
    body = {
        "statusCode": error.status,
        "data": {
            "authorized": error.status != HTTPStatus.FORBIDDEN,
            "valid": True,
            "allowedInReadOnlyMode": True,
            "errors": [],
            "successful": False,
        },
        "message": error.title,
        "reason": HTTPStatus(error.status).phrase,
    }
    return Reply(body, status=error.status, headers=error.headers)


def no_route() -> Reply:
    """Return the answer to an address that does not exist."""
    return Reply(NO_ROUTE, status=404, media_type="application/xml")
