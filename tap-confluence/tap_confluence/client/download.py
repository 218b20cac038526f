"""The bytes of a file, from wherever the site sends us for them (FACTS 6.1).

Credentials go to the configured site alone: the media host of Cloud wants none and must get none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import requests

from tap_confluence.client.attempts import Failed
from tap_confluence.client.errors import ConfluenceResponseError, ConfluenceServerError
from tap_confluence.client.site import join, may_lead_to, split
from tap_confluence.client.transport import Request, Transport
from tap_confluence.client.wire import Reply, WireError

MOST_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_ERROR_BYTES = 65_536
"""Of the body of a refusal, enough to say what the server said."""
MOST_FILE_BYTES = 4 * 1024**3
"""Of a file whose size nobody tells, neither the caller nor the server."""

Begin = Callable[[], Callable[[bytes], object]]
"""Begins anew with an empty file; returns what takes its bytes."""


@dataclass(frozen=True, slots=True)
class Target:
    """What takes the bytes, and how many of them at most."""

    take: Callable[[bytes], object]
    max_bytes: int | None


def download(transport: Transport, question: Request, begin: Begin, *, max_bytes: int | None) -> None:
    """Fetch a file, with the retries of every other question.

    Args:
        transport: The site.
        question: What leads to the bytes, directly or by redirects.
        begin: Called before each attempt.
        max_bytes: Give up beyond this size; None for what the server says, or ``MOST_FILE_BYTES``.

    Raises:
        ConfluenceError: One of its kinds; the file is not whole then.
    """
    transport.attempts(
        question, lambda authorization: _attempt(transport, question, authorization, Target(begin(), max_bytes))
    )


def _attempt(transport: Transport, question: Request, authorization: str, file: Target) -> None:
    """Fetch it once.

    Raises:
        Failed: Not all of it came.
    """
    url = transport.base_url + question.path
    params = question.params
    try:
        for _ in range(MOST_HOPS):
            own = urlsplit(url)[:2] == urlsplit(transport.base_url)[:2]
            with transport.opened(url, authorization if own else None, params) as response:
                if response.status_code == HTTPStatus.OK:
                    _save(transport, response, file)
                    return
                # A few bytes, and read to their end the connection can be used again.
                body = b"".join(transport.read(response, _ERROR_BYTES))
                if response.status_code not in _REDIRECTS:
                    raise transport.refused(question, Reply(response.status_code, response.headers, body))
                url, params = _next(transport, url, response), None
    except WireError as error:
        raise Failed(ConfluenceServerError, str(error), wait=None if error.final or error.large else 0.0) from error
    raise Failed(ConfluenceResponseError, f"more than {MOST_HOPS} redirects")


def _next(transport: Transport, url: str, response: requests.Response) -> str:
    """Where a redirect leads.

    Raises:
        WireError: To where a site may not send its readers, or nowhere.
    """
    target = join(url, response.headers.get("Location", ""))
    parts = split(target) if target else None
    if target is None or parts is None:
        raise WireError("a redirect to what is no address", final=True)
    if not may_lead_to(transport.base_url, target):
        raise WireError(f"a redirect to {parts.scheme}://{parts.hostname or ''}, which is not safe", final=True)
    return target


def _save(transport: Transport, response: requests.Response, file: Target) -> None:
    """Take the body, all of it.

    Raises:
        WireError: It broke off or is too large.
    """
    size = 0
    promised = response.headers.get("Content-Length", "")
    told = promised.isascii() and promised.isdigit() and "Content-Encoding" not in response.headers
    most = MOST_FILE_BYTES if file.max_bytes is None and not told else file.max_bytes
    for chunk in transport.read(response, most):
        file.take(chunk)
        size += len(chunk)
        transport.counters.add(size=len(chunk))
    if told and int(promised) != size:
        raise WireError(f"the answer broke off after {size} of {promised[:20]} bytes")
