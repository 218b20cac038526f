"""Questions to one Confluence: credentials, throttle, retries and totals around the wire.

Only paths below the configured base are asked, so that credentials reach no other host whatever a link says.
"""

from __future__ import annotations

import importlib.metadata
import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from tap_confluence.client.attempts import Attempts, Failed
from tap_confluence.client.credentials.auth import Auth
from tap_confluence.client.credentials.secrets import Secrets
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceBudgetError,
    ConfluenceError,
    ConfluenceNotFoundError,
    ConfluenceRateLimitError,
    ConfluenceScopeError,
)
from tap_confluence.client.outcome import broken, content, refused
from tap_confluence.client.retry import http_date
from tap_confluence.client.throttle import Throttle
from tap_confluence.client.totals import Counters
from tap_confluence.client.waiting import Clock, Waiter, WallClock
from tap_confluence.client.wire import Reply, Wire, WireError, WireOptions

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""Decoded bytes of one answer: 250 pages of 10 MB are not one request."""
RENEWALS = 20
"""Newer credentials that one question may wait for: a token may die while its successor is on its way."""
_SLOWEST_INTERVAL = 60.0
"""Seconds between requests beyond which nearing a limit does not slow down further: the 429 will say how long."""

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)


def default_user_agent() -> str:
    """The tap's name and version."""
    return f"tap-confluence/{importlib.metadata.version('tap-confluence')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask.

    Attributes:
        path: Below the base URL, with a leading slash, percent-encoded.
        what: The operation as a message names it, with the id or key it is about.
        params: The query; lists are comma lists already.
        json: A body, sent by POST; reading is all that is ever posted.
        heavy: Many rows of a list with a limit: fewer can be asked for, so what is due to size fails at once.
        scope: The scope it needs, for the message of a refusal.
        probing: A refusal is an answer like any other, and no reason to look for newer credentials.
    """

    path: str
    what: str
    params: Mapping[str, str] | None = None
    json: object = None
    heavy: bool = False
    scope: str | None = None
    probing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """How patiently and how fast to ask; the settings of CONTRACT 1.1 with the same names.

    Attributes:
        identity: The tap's own certificate and its key, as one file or two.
        headers: Sent to ``origin`` with each request.
        alive: What proves that the credentials live, where dead ones show as a 403 or 404 (FACTS 4.6); None elsewhere.
    """

    concurrency: int
    requests_per_second: float
    max_retries: int
    request_timeout: float
    max_wait: float
    max_requests: int | None
    verify: bool | str
    user_agent: str | None
    secrets: Secrets
    identity: str | tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str = ""
    max_response_bytes: int = MAX_RESPONSE_BYTES
    alive: Request | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer.

    Attributes:
        data: Its JSON.
        headers: Its headers, names in any case.
        observed_at: The server's clock (``Date``), RFC 3339 UTC with milliseconds.
    """

    data: Any
    headers: Mapping[str, str]
    observed_at: str


class Transport:
    """Asks one Confluence; safe to share between threads."""

    def __init__(self, base_url: str, auth: Auth, options: TransportOptions, *, clock: Clock | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.counters = Counters()
        self._auth = auth
        self._options = options
        self._clock = clock or WallClock()
        self._waiter = Waiter(self._clock, self.counters)
        self._throttle = Throttle(options.requests_per_second, self._waiter)
        self._slots = threading.BoundedSemaphore(options.concurrency)
        self._budget = threading.Lock()
        self._server_clock: tuple[datetime | None, float] = (None, 0.0)
        self._wire = Wire(wire_options(options), self._clock)
        self._attempts = Attempts(options.max_retries, options.max_wait, self._pause)

    def close(self) -> None:
        """Give the connections back."""
        self._wire.close()

    def stop(self) -> None:
        """Begin no request and end every wait, now and later; callable from a signal handler."""
        self._clock.stop()
        self._wire.abort()

    def server_now(self) -> str:
        """The server's clock, reckoned on from its last answer; ours before the first."""
        last, at = self._server_clock
        elapsed = timedelta(seconds=self._clock.monotonic() - at)
        return _utc_text((last or datetime.now(timezone.utc)) + (elapsed if last else timedelta()))

    def ask(self, question: Request) -> Response:
        """Ask until there is an answer or no hope of one.

        Raises:
            ConfluenceError: One of its kinds; see ``errors``.
        """
        return self.attempts(question, lambda authorization: self._once(question, authorization))

    def attempts(self, question: Request, once: Callable[[str], AnswerT]) -> AnswerT:
        """Ask in a way of the caller's own, with the retries of every question.

        Args:
            question: What is asked, for messages.
            once: Asks once with these credentials; raises ``Failed``.

        Raises:
            ConfluenceError: One of its kinds; see ``errors``.
        """
        authorization = ""
        renewals = RENEWALS

        def signed() -> AnswerT:
            nonlocal authorization
            authorization = self._auth.header()
            return once(authorization)

        def renewed(error: ConfluenceError) -> bool:
            nonlocal renewals
            if not renewals or not self._renewed(error, question, authorization):
                return False
            renewals -= 1
            return True

        return self._attempts.run(
            signed,
            lambda failed, number: self._error(question, failed, number),
            mended=renewed,
            heavy=question.heavy,
        )

    def _renewed(self, error: ConfluenceError, question: Request, authorization: str) -> bool:
        """Whether there are newer credentials than those that were refused, or that may be dead behind a 403 or 404.

        A gateway has no other words for a dead token (FACTS 4.6); while it lives, a 403 is about what was asked for.

        Raises:
            ConfluenceAuthError: They are dead, and there are no newer ones.
        """
        if question.probing or isinstance(error, ConfluenceScopeError):
            return False
        proof = self._options.alive
        missing = isinstance(error, ConfluenceNotFoundError)
        forbidden = isinstance(error, ConfluenceAuthError) and error.http_status == HTTPStatus.FORBIDDEN
        if (missing or forbidden) and proof is not None and question is not proof:
            if self._auth.header() == authorization:  # else another thread has found out
                self.ask(proof)
            return self._auth.header() != authorization
        return isinstance(error, ConfluenceAuthError) and self._auth.renew(authorization)

    def _pause(self, seconds: float, why: str, failed: Failed) -> None:
        """Wait before a retry; a wait that the server asked for holds all threads."""
        self.counters.add(retries=1)
        if failed.wait or failed.kind is ConfluenceRateLimitError:
            self._throttle.hold(seconds, why)
        else:
            self._waiter.wait(seconds, why)

    def _once(self, question: Request, authorization: str) -> Response:
        """One request.

        Raises:
            Failed: There is no answer that can be used.
        """
        url = self.base_url + question.path
        start = self._throttle.acquire()
        with self._slots:
            self._count()
            try:
                reply = self._wire.send(
                    "GET" if question.json is None else "POST",
                    url,
                    authorization=authorization,
                    params=question.params,
                    json=question.json,
                )
            except WireError as error:
                raise broken(error) from error
        self.counters.add(size=len(reply.body))
        self._heed_limits(reply.headers)
        self._server_clock = (http_date(reply.headers.get("Date")), self._clock.monotonic())
        if reply.status != HTTPStatus.OK:
            failed = self.refused(question, reply)
            if failed.kind is ConfluenceRateLimitError:
                self._learn(start, failed)
            raise failed
        self._throttle.answered()
        return Response(content(reply), reply.headers, observed_at(reply.headers))

    def _learn(self, start: float, failed: Failed) -> None:
        """Ask less often after a refusal, unless it names a time beyond any rate, as an hour's quota does."""
        rate = self._throttle.refused(start) if (failed.wait or 0.0) < _SLOWEST_INTERVAL else None
        if rate is not None:
            log.warning(
                "too many requests for the site: asking %.2g times a second at most from here on; set"
                " requests_per_second so to begin with",
                rate,
            )

    def refused(self, question: Request, reply: Reply) -> Failed:
        """What an answer other than the wanted one means."""
        return refused(
            reply,
            heavy=question.heavy,
            scope=question.scope,
            has_cursor="cursor" in (question.params or {}),
            mask=self._options.secrets.mask,
        )

    @contextmanager
    def opened(
        self, url: str, authorization: str | None, params: Mapping[str, str] | None
    ) -> Generator[requests.Response, None, None]:
        """One request whose body the caller reads, counted and throttled as all.

        Raises:
            WireError: No headers came.
        """
        self._throttle.acquire()
        with self._slots:
            self._count()
            with self._wire.open("GET", url, authorization=authorization, params=params) as response:
                yield response

    def read(self, response: requests.Response, max_bytes: int | None) -> Iterator[bytes]:
        """The body, piece by piece.

        Raises:
            WireError: It breaks off, or is too large or too slow.
        """
        return self._wire.read(response, max_bytes, patient=True)

    def _error(self, question: Request, failed: Failed, attempts: int) -> ConfluenceError:
        """An error that names the operation and shows no secret."""
        tried = f" (after {attempts} attempts)" if attempts > 1 else ""
        shown = f"{question.what} at {self.base_url}: {failed.message}{tried}"
        shown = self._options.secrets.mask(shown)
        return failed.kind(shown, http_status=failed.status, attempts=attempts, url=self.base_url + question.path)

    def _count(self) -> None:
        """Count a request before it goes out.

        Raises:
            ConfluenceBudgetError: ``max_requests`` is spent.
        """
        budget = self._options.max_requests
        with self._budget:
            if budget is not None and self.counters.totals.requests >= budget:
                raise ConfluenceBudgetError(f"max_requests: all {budget} requests of this run are spent")
            self.counters.add(requests=1, points=1)

    def _heed_limits(self, headers: Mapping[str, str]) -> None:
        """Slow down before the wall: spread what is left over the time to the reset (FACTS 5.4)."""
        if headers.get("X-RateLimit-NearLimit", "").lower() != "true":
            return
        reset = _moment(headers.get("X-RateLimit-Reset"))
        remaining = headers.get("X-RateLimit-Remaining", "")
        now = http_date(headers.get("Date")) or datetime.now(timezone.utc)
        seconds = (reset - now).total_seconds() if reset else _SLOWEST_INTERVAL
        if seconds <= 0:
            return
        totals = self.counters.totals
        cost = max(1.0, totals.points / max(1, totals.requests))
        left = float(remaining) / cost if remaining.isascii() and remaining.isdigit() else seconds
        interval = min(_SLOWEST_INTERVAL, seconds / max(left, 1.0))
        self._throttle.slow(interval, seconds, "near the site's rate limit")


def wire_options(options: TransportOptions) -> WireOptions:
    """The part of the options that concerns the wire."""
    return WireOptions(
        timeout=options.request_timeout,
        max_bytes=options.max_response_bytes,
        connections=options.concurrency,
        verify=options.verify,
        user_agent=options.user_agent or default_user_agent(),
        identity=options.identity,
        headers=options.headers,
        origin=options.origin,
    )


def observed_at(headers: Mapping[str, str]) -> str:
    """The server's clock at its answer; ours where it sends none."""
    moment = http_date(headers.get("Date")) or datetime.now(timezone.utc)
    return _utc_text(moment)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _moment(value: str | None) -> datetime | None:
    """The ISO 8601 UTC text of ``X-RateLimit-Reset``."""
    try:
        moment = datetime.fromisoformat((value or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
