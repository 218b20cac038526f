"""Data Center's errors in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
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


def error_reply(error: ApiError, *, html: bool = False) -> Reply:
    """Return an error as Data Center tells it; ``html``: refusals come from Tomcat (FACTS 11.8)."""
    if html and error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _tomcat_page(error)
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


def _tomcat_page(error: ApiError) -> Reply:
    """Return a refusal as Tomcat's page: the reason stands in its message, and in a header for a failed login."""
    words = f"HTTP Status {error.status} - {HTTPStatus(error.status).phrase}"
    page = (
        f'<!doctype html><html lang="en"><head><title>{words}</title></head><body><h1>{words}</h1>'
        f'<hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> {escape(error.title)}</p>'
        f"<p><b>Description</b> {HTTPStatus(error.status).description}</p>"
        '<hr class="line" /><h3>Apache Tomcat/9.0.91</h3></body></html>'
    )
    reason = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    return Reply(page, status=error.status, headers={**reason, **error.headers}, media_type="text/html;charset=utf-8")


def no_route() -> Reply:
    """Return the answer to an address that does not exist."""
    return Reply(NO_ROUTE, status=404, media_type="application/xml")
