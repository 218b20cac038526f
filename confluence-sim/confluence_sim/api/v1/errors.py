"""v1's errors in its own words (FACTS 2.15)."""

from __future__ import annotations

from confluence_sim.api.errors import ApiError

_EXCEPTIONS = "com.atlassian.confluence.api.service.exceptions."


def refused(text: str) -> ApiError:
    """Return v1's 400 (FACTS 2.15)."""
    return ApiError(400, "BAD_REQUEST", f"{_EXCEPTIONS}BadRequestException: {text}")


def forbidden(text: str) -> ApiError:
    """Return v1's 403."""
    return ApiError(403, "FORBIDDEN", f"{_EXCEPTIONS}PermissionException: {text}")


def missing(text: str) -> ApiError:
    """Return v1's 404: missing, or no permission (FACTS 2.15, 4.8)."""
    return ApiError(404, "NOT_FOUND", f"{_EXCEPTIONS}NotFoundException: {text}")
