"""How Cloud speaks ``/rest/api``, and what its answers have in common."""

from __future__ import annotations

from confluence_sim.api.endpoint import ApiError
from confluence_sim.api.v1.dialect import Dialect
from confluence_sim.api.v1.identity import user_object

CLOUD = Dialect(user=user_object, inline_most=25, bodies=("storage", "atlas_doc_format"))
_EXCEPTIONS = "com.atlassian.confluence.api.service.exceptions."


def refused(text: str) -> ApiError:
    """Return v1's 400 (FACTS 2.15)."""
    return ApiError(400, "BAD_REQUEST", f"{_EXCEPTIONS}BadRequestException: {text}")


def missing(text: str) -> ApiError:
    """Return v1's 404: missing, or no permission (FACTS 2.15, 4.8)."""
    return ApiError(404, "NOT_FOUND", f"{_EXCEPTIONS}NotFoundException: {text}")
