"""One request over the wire: bounded in time and bytes, no redirects, no cookies. No retries here.

Told to stop (law 14), no request begins any more and none is waited for: this is the one place that looks.
"""

from __future__ import annotations

import http.cookiejar
import logging
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import requests
import urllib3
from requests.adapters import HTTPAdapter

from tap_confluence.client.attempts import Weight
from tap_confluence.client.credentials.certificates import trusted
from tap_confluence.client.errors import ConfluenceInterruptedError
from tap_confluence.client.waiting import Clock

CHUNK = 1 << 16
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}[\w ]{0,60})")
"""How the library tells what a proxy said."""
_SLOWEST = 5
"""An answer may take this many times the read timeout in all: a drip is not an answer."""
_SLOWEST_PACE = 16_384
"""Bytes a second that a file must come at in the long run, beside that time."""


class _NoQueries(logging.Filter):
    """Leaves queries out of what urllib3 says of each request at DEBUG: a link to a file is signed there (FACTS 6)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the links; let every record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(each.partition("?")[0] if isinstance(each, str) else each for each in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_NoQueries())
# It prints a traceback where headers break off, as they do when the tap hangs up; our own error tells of it.
logging.getLogger("urllib3.connection").addFilter(lambda record: not record.exc_info)


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How to speak HTTP.

    Attributes:
        timeout: Seconds for connecting and for each silence while reading.
        max_bytes: Decoded bytes that an answer may have.
        connections: Kept open side by side.
        verify: Check certificates: by the system's and the usual authorities, a bundle's path, or not at all.
        user_agent: Names the client.
        identity: The tap's own certificate and its key, as one file or two; None for none.
        headers: Sent with what goes to ``origin``, as a proxy in front of it may want; they may be secrets.
        origin: Scheme, host and port of the site.
    """

    timeout: float
    max_bytes: int
    connections: int
    verify: bool | str
    user_agent: str
    identity: str | tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireError(Exception):
    """No complete answer came.

    Attributes:
        weight: Whether a smaller answer might have passed: a timeout and too many bytes say so, a cut connection may.
        final: Trying again is no use: a certificate that is not trusted, a host name that does not exist.
        large: It had more bytes than it may.
    """

    def __init__(self, message: str, *, weight: Weight = Weight.NONE, final: bool = False, large: bool = False) -> None:
        super().__init__(message)
        self.weight = weight
        self.final = final
        self.large = large


class _Session(requests.Session):
    """A session that leaves redirects alone: even when told to follow none, it would read them whole to look ahead."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class _Connections(HTTPAdapter):
    """The connections, each known from its first byte on, so that a stop can end what is waited for."""

    def __init__(self, most: int, clock: Clock, trust: Mapping[str, Any]) -> None:
        self._clock = clock
        self._trust = trust
        self._made: WeakValueDictionary[int, Any] = WeakValueDictionary()
        super().__init__(pool_connections=most, pool_maxsize=most, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """The library's pools, which trust whom we trust."""
        super().init_poolmanager(connections, maxsize, block, **{**options, **self._trust})

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The same behind a proxy."""
        return super().proxy_manager_for(proxy, **{**options, **self._trust})

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        """The library's pool for a request, with or without a proxy, whose connections we come to know."""
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        if not hasattr(pool.ConnectionCls, "heeds_stop"):
            pool.ConnectionCls = self._heeding(pool.ConnectionCls)
        return pool

    def _heeding(self, kind: Any) -> Any:
        made, clock = self._made, self._clock

        class Connection(kind):  # type: ignore[misc] # whichever class the pool uses
            heeds_stop = True

            def connect(self) -> None:
                super().connect()
                made[id(self)] = self
                if clock.stopped:
                    raise OSError("told to stop")

        return Connection

    def abort(self) -> None:
        """Hang up everywhere; whoever waits for bytes hears of it. Takes no lock."""
        for reference in self._made.valuerefs():
            sock: Any = getattr(reference(), "sock", None)
            with suppress(OSError, AttributeError):  # not connected, or not any more
                sock.shutdown(socket.SHUT_RDWR)


class Wire:
    """A pool of connections, safe to share between threads: it keeps no cookies and no other memory of a request."""

    def __init__(self, options: WireOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._session = _Session()
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {"User-Agent": options.user_agent, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        )
        self._connections = _Connections(options.connections, clock, trusted(options.verify))
        self._session.cert = options.identity
        self._session.mount("https://", self._connections)
        self._session.mount("http://", self._connections)
        self._reached = False

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def abort(self) -> None:
        """End what is waited for, after the clock was told to stop; callable from a signal handler."""
        self._connections.abort()

    def _hear(self) -> None:
        """See whether to go on.

        Raises:
            ConfluenceInterruptedError: The run was told to stop.
        """
        if self._clock.stopped:
            raise ConfluenceInterruptedError("told to stop")

    def send(
        self,
        method: str,
        url: str,
        *,
        authorization: str | None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Reply:
        """Send one request and read the answer whole.

        Raises:
            WireError: No complete answer within the bounds.
            ConfluenceInterruptedError: The run was told to stop.
        """
        with self.open(method, url, authorization=authorization, params=params, json=json) as response:
            body = b"".join(self.read(response, self._options.max_bytes))
            return Reply(response.status_code, response.headers, body)

    def open(
        self,
        method: str,
        url: str,
        *,
        authorization: str | None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> requests.Response:
        """Send one request and return with the headers read; the caller reads the body and closes.

        Raises:
            WireError: No headers came.
            ConfluenceInterruptedError: The run was told to stop.
        """
        self._hear()

        # The environment's netrc would add credentials of its own wherever `auth` is left out.
        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            if url.startswith(f"{self._options.origin}/"):
                request.headers.update(self._options.headers)
            if authorization is not None:
                request.headers["Authorization"] = authorization
            return request

        try:
            response = self._session.request(
                method,
                url,
                params=params,
                json=json,
                auth=sign,
                timeout=self._options.timeout,
                verify=self._options.verify,
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            self._hear()
            raise self._describe(error) from error
        except (urllib3.exceptions.HTTPError, ValueError) as error:  # requests lets these of urllib3 and http.client by
            raise _malformed(error) from None
        self._reached = True
        return response

    def read(self, response: requests.Response, max_bytes: int | None, *, patient: bool = False) -> Iterator[bytes]:
        """The decoded body, piece by piece, as it arrives; ``patient`` lets a large file take the time of its size.

        Raises:
            WireError: It breaks off, is not what its encoding says, is longer than ``max_bytes``, or drips.
            ConfluenceInterruptedError: The run was told to stop.
        """
        begun = self._clock.monotonic()
        size = 0
        raw: Any = response.raw
        try:
            while chunk := raw.read1(CHUNK, decode_content=True):
                size += len(chunk)
                if max_bytes is not None and size > max_bytes:
                    raise WireError(f"the answer is larger than {max_bytes} bytes", weight=Weight.SURELY, large=True)
                yield chunk
                self._hear()
                due = self._options.timeout * _SLOWEST + (size / _SLOWEST_PACE if patient else 0)
                if self._clock.monotonic() - begun > due:
                    raise WireError("the answer arrives too slowly", weight=Weight.SURELY)
            self._hear()  # hung up on, a body without a known length seems to be whole
        except urllib3.exceptions.ReadTimeoutError as error:
            self._hear()
            raise WireError(f"no data for {self._options.timeout:g} s", weight=Weight.SURELY) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._hear()
            raise WireError(f"the answer broke off ({type(error).__name__})", weight=Weight.MAYBE) from error

    def _describe(self, error: requests.RequestException) -> WireError:
        if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
            return WireError("the proxy speaks SOCKS, which needs the extra tap-confluence[socks]", final=True)
        if isinstance(error, requests.exceptions.ProxyError):
            return self._describe_proxy(error)
        if isinstance(error, requests.exceptions.SSLError):
            return WireError(f"TLS failed: {_cause(error)}; see ca_bundle and verify_ssl", final=True)
        if isinstance(error, requests.ConnectTimeout):
            return WireError(f"no connection within {self._options.timeout:g} s")
        if isinstance(error, requests.Timeout):
            return WireError(f"no answer within {self._options.timeout:g} s", weight=Weight.SURELY)
        if isinstance(error, ValueError):
            return _malformed(error)
        return self._describe_cause(_cause(error), "")

    def _describe_proxy(self, error: requests.RequestException) -> WireError:
        """What a proxy said, or why there is none: its address may hold a password, so it is not repeated."""
        if refusal := _TUNNEL.search(str(error)):
            said = refusal[1]
            if said.startswith("407"):
                said += "; the proxy's address needs user:password@ before its host, percent-encoded"
            return WireError(f"the proxy refused: {said}", final=True)
        cause: object = _cause(error)
        return self._describe_cause(getattr(cause, "original_error", cause), "the proxy: ")

    def _describe_cause(self, cause: object, whose: str) -> WireError:
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            return WireError(f"{whose}the host name cannot be resolved", final=not self._reached)
        if isinstance(cause, urllib3.exceptions.NewConnectionError):
            return WireError(f"{whose}cannot connect ({str(cause).rsplit(': ', 1)[-1]})")
        return WireError(f"{whose}the connection broke ({type(cause).__name__})", weight=Weight.MAYBE)


def _malformed(error: Exception) -> WireError:
    """An address or a header that is none; their words may hold credentials, so they are not repeated."""
    return WireError(f"the address or a header is malformed ({type(error).__name__})", final=True)


def _cause(error: requests.RequestException) -> BaseException:
    """What urllib3 said below the library's own wrapping."""
    cause: object = error.args[0] if error.args else error
    reason = getattr(cause, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    return cause if isinstance(cause, BaseException) else error
