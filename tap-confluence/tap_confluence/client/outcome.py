"""What came of a request: its JSON, or a failure with the wait and the weight that decide what is asked next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from tap_confluence.client.answers import TruncatedError, decode, is_page, names_limit, phrase, refusal
from tap_confluence.client.attempts import Failed, Weight
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceRateLimitError,
    ConfluenceRequestError,
    ConfluenceServerError,
    ConfluenceTooHeavyError,
)
from tap_confluence.client.retry import retry_after
from tap_confluence.client.wire import Reply, WireError

_WEIGHTS: Mapping[int, Weight] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Weight.SURELY,
    HTTPStatus.INTERNAL_SERVER_ERROR: Weight.SURELY,
    HTTPStatus.GATEWAY_TIMEOUT: Weight.SURELY,
    HTTPStatus.BAD_GATEWAY: Weight.MAYBE,
    HTTPStatus.SERVICE_UNAVAILABLE: Weight.MAYBE,
}
"""Statuses that a big page with bodies provokes (FACTS 1.1, 11.9)."""


def broken(error: WireError) -> Failed:
    """What an answer that did not come, or not whole, means."""
    kind = ConfluenceTooHeavyError if error.weight else ConfluenceServerError
    return Failed(kind, str(error), wait=None if error.final else 0.0, weight=error.weight)


def refused(reply: Reply, *, heavy: bool, scope: str | None, has_cursor: bool, mask: Callable[[str], str]) -> Failed:
    """What an answer other than the wanted one means.

    Args:
        reply: The answer.
        heavy: Fewer rows could be asked for.
        scope: The scope that was needed, for the message.
        has_cursor: A cursor was sent, which may be what was refused.
        mask: Takes secrets out of what the server says.
    """
    status = reply.status
    kind, message = refusal(status, reply.headers, reply.body, has_cursor=has_cursor, scope=scope, mask=mask)
    if 200 <= status < 300:  # noqa: PLR2004 - the class of successes, of which only 200 carries what was asked
        kind, message = ConfluenceServerError, f"unexpected {phrase(status)}"
    wait = retry_after(reply.headers.get("Retry-After"), reply.headers.get("Date"))
    weight = Weight.NONE if wait else _WEIGHTS.get(status, Weight.NONE)
    if weight:
        kind = ConfluenceTooHeavyError
    elif kind is ConfluenceRequestError and heavy and names_limit(reply.body):
        weight = Weight.SURELY
    if not issubclass(kind, (ConfluenceRateLimitError, ConfluenceServerError)):
        return Failed(kind, message, status=status, weight=weight)
    advice = "set requests_per_second lower" if kind is ConfluenceRateLimitError else ""
    return Failed(kind, message, status=status, wait=wait or 0.0, weight=weight, advice=advice)


def content(reply: Reply) -> Any:
    """The JSON in an answer of 200.

    Raises:
        Failed: There is none in it.
    """
    if is_page(reply.headers, reply.body):
        message = "an HTML page instead of JSON: a login page, or no Confluence; check base_url and credentials"
        raise Failed(ConfluenceAuthError, message, status=reply.status)
    try:
        return decode(reply.body)
    except TruncatedError as error:
        message = f"the answer is not JSON or was cut off ({error})"
        raise Failed(ConfluenceServerError, message, status=reply.status, wait=0.0) from error
