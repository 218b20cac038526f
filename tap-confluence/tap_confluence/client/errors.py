"""What can go wrong between the tap and Confluence, branched by what the caller may do about it.

::

    ConfluenceError
    ├── ConfluenceConfigError         a setting is missing, wrong or contradicts another: nothing was asked yet
    │   └── ConfluenceArgumentError   a call of the library with what it cannot mean; a ValueError, too
    ├── ConfluenceAuthError           401, 403, a dead or anonymous token, a login page: fail at once, never retried
    │   └── ConfluenceScopeError      the token lacks a scope: a newer one would, too
    ├── ConfluenceNotFoundError       404: missing, or hidden from this account (FACTS 4.8)
    ├── ConfluenceRateLimitError      429 after all retries
    ├── ConfluenceServerError         5xx, a lost connection, a truncated body, after all retries
    │   └── ConfluenceTooHeavyError   the answer was too big or took too long: ask for fewer rows
    ├── ConfluenceRequestError        any other 4xx: the question itself was refused
    │   └── ConfluenceCursorError     the cursor was refused: walk again from the start
    ├── ConfluenceResponseError       an answer that is not what was promised: wrong shape, repeated cursor, redirect
    └── ConfluenceEndedError          the run ends here, cleanly: nothing more is asked
        ├── ConfluenceBudgetError     `max_requests` is spent
        ├── ConfluenceInterruptedError  somebody told the run to stop
        └── ConfluenceWaitError       told to wait longer than `max_wait`; a ConfluenceRateLimitError, too

Messages name the operation, the base URL and the id or key; never a credential.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class ConfluenceError(Exception):
    """Anything that this package raises on purpose.

    Attributes:
        http_status: The status of the last answer; None when there was none.
        attempts: How many requests were made for it.
        url: What was asked, without its query string; None when nothing was asked.
    """

    def __init__(
        self, message: str, *, http_status: int | None = None, attempts: int = 1, url: str | None = None
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.attempts = attempts
        self.url = url


class ConfluenceConfigError(ConfluenceError):
    """A setting is missing, wrong or contradicts another."""


class ConfluenceArgumentError(ConfluenceConfigError, ValueError):
    """A call of the library with what it cannot mean."""


class ConfluenceAuthError(ConfluenceError):
    """The credentials are wrong, dead, anonymous or lack a scope (FACTS 4.5 to 4.7)."""


class ConfluenceScopeError(ConfluenceAuthError):
    """The token lives and lacks a scope (FACTS 4.5): a newer one would lack it as well."""


class ConfluenceNotFoundError(ConfluenceError):
    """Missing, or hidden from this account: Confluence does not say which (FACTS 4.8)."""


class ConfluenceRateLimitError(ConfluenceError):
    """Still 429 after all retries."""


class ConfluenceServerError(ConfluenceError):
    """The server or the connection failed, after all retries."""


class ConfluenceTooHeavyError(ConfluenceServerError):
    """The answer was too big or took too long (FACTS 1.1).

    Attributes:
        divisible: It was one of a list with a limit: fewer rows may pass.
    """

    def __init__(self, message: str, *, divisible: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.divisible = divisible


class ConfluenceRequestError(ConfluenceError):
    """The question itself was refused."""


class ConfluenceCursorError(ConfluenceRequestError):
    """The cursor was refused (FACTS 1.5)."""


class ConfluenceResponseError(ConfluenceError):
    """An answer that is not what was promised."""


class ConfluenceEndedError(ConfluenceError):
    """The run ends here, cleanly: nothing more is asked."""


class ConfluenceBudgetError(ConfluenceEndedError):
    """The run's `max_requests` is spent."""


class ConfluenceInterruptedError(ConfluenceEndedError):
    """The run was told to stop."""


class ConfluenceWaitError(ConfluenceEndedError, ConfluenceRateLimitError):
    """Told to wait longer than `max_wait`."""


_DOWN = (None, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
"""Statuses of a server that is down as a whole; None is a connection that broke."""


def ends_everything(error: Exception) -> bool:
    """Whether nothing more can be asked: dead credentials, a wrong setting, no budget left, told to stop.

    A 403 is about what was asked for, and says nothing of the rest.
    """
    if isinstance(error, ConfluenceAuthError):
        return error.http_status != HTTPStatus.FORBIDDEN
    return isinstance(error, (ConfluenceConfigError, ConfluenceEndedError))


def is_of_one(error: Exception) -> bool:
    """Whether an error may be that of one thing among those that were asked for: asking for fewer shows of which."""
    if ends_everything(error) or isinstance(error, ConfluenceRateLimitError):
        return False
    if isinstance(error, ConfluenceServerError):
        return error.http_status not in _DOWN
    return isinstance(error, ConfluenceError)
