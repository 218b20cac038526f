"""OAuth 2.0: access tokens that live an hour, and what they are got for.

Apps that users let in (3LO) have refresh tokens that die when they are used (FACTS 4.4), service accounts (2LO) their
client credentials alone (FACTS 11.2).

One refresh runs at a time, over all threads and all taps that share a token file: two would kill each other's token.
The file is there and locked before the first refresh, so that what replaces the only token has a place to go.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tap_confluence.client.answers import TruncatedError, decode, words
from tap_confluence.client.attempts import Attempts, Failed
from tap_confluence.client.credentials.secrets import Secrets
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceConfigError,
    ConfluenceError,
    ConfluenceRateLimitError,
    ConfluenceServerError,
)
from tap_confluence.client.retry import retry_after
from tap_confluence.client.waiting import Waiter
from tap_confluence.client.wire import Reply, WireError

log = logging.getLogger(__name__)

Post = Callable[[str, dict[str, str]], Reply]
"""Sends JSON to a URL without credentials and returns the answer."""
_TURN = 0.2
"""Seconds between two looks whether another tap is done with the token file."""


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth app and where it refreshes its tokens."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


class TokenFile:
    """The newest refresh token on disk, bound to the configured one: a new one in the configuration wins."""

    def __init__(self, path: str | None, configured: str | None, waiter: Waiter) -> None:
        """Take the file, if any, the refresh token of the configuration, if any, and who waits for the file."""
        self._path = Path(path).expanduser() if path else None
        self._newest = configured
        self._configured = configured
        self._seed = sha256((configured or "").encode()).hexdigest()[:16]
        self._waiter = waiter

    @property
    def keeps(self) -> bool:
        """Whether a rotated token outlives the run."""
        return self._path is not None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the file for oneself: taps that share it take turns.

        Raises:
            ConfluenceConfigError: It cannot be written.
            ConfluenceInterruptedError: The run was told to stop.
        """
        if self._path is None:
            yield
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{self._path}.lock")
            while True:
                try:
                    lock.acquire(blocking=False)
                    break
                except Timeout:
                    self._waiter.wait(_TURN, "another process refreshes the token of oauth_token_file")
        except OSError as error:
            raise _unwritable(error) from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> str:
        """The refresh token to use; another tap may have left a newer one.

        Raises:
            ConfluenceConfigError: There is none, or the file is not what ``write`` makes.
        """
        if self._path is not None and self._path.exists():
            try:
                kept = json.loads(self._path.read_text(encoding="utf-8"))
                if self._configured is None or kept["seed"] == self._seed:
                    return str(kept["refresh_token"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ConfluenceConfigError(f"oauth_token_file: cannot be read ({type(error).__name__})") from None
        if self._newest is None:
            raise ConfluenceConfigError("oauth_refresh_token is missing: oauth_token_file does not exist yet")
        return self._newest

    def write(self, refresh_token: str) -> None:
        """Keep a token; the file is whole at every moment and for its owner's eyes.

        Raises:
            ConfluenceConfigError: It cannot be written.
        """
        if self._path is None:
            self._newest = refresh_token
            return
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"seed": self._seed, "refresh_token": refresh_token}, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            raise _unwritable(error) from None


def _unwritable(error: OSError) -> ConfluenceConfigError:
    return ConfluenceConfigError(f"oauth_token_file: cannot be written ({error.strerror})")


class OAuth:
    """``Auth`` of an OAuth app."""

    def __init__(self, app: App, tokens: TokenFile | None, post: Post, attempts: Attempts, secrets: Secrets) -> None:
        """Take the app and its refresh token, None for a service account; ask nothing until a header is wanted."""
        self._app = app
        self._tokens = tokens
        self._post = post
        self._attempts = attempts
        self._secrets = secrets
        self._lock = threading.Lock()
        self._access_token: str | None = None

    def header(self) -> str:
        """``Bearer`` with the access token; the first one is fetched.

        Raises:
            ConfluenceAuthError: The refresh token is dead, or the app is unknown.
            ConfluenceError: The authority does not answer, or is busy.
        """
        with self._lock:
            if self._access_token is None:
                self._refresh()
            return f"Bearer {self._access_token}"

    def renew(self, refused: str) -> bool:
        """A newer access token than the refused one; another thread may have fetched it meanwhile.

        Raises:
            ConfluenceAuthError: The refresh token is dead, or the app is unknown.
            ConfluenceError: The authority does not answer, or is busy.
        """
        with self._lock:
            if refused == f"Bearer {self._access_token}":
                self._refresh()
        return True

    def _refresh(self) -> None:
        if self._tokens is None:
            self._access_token, _ = self._exchanged("client_credentials")
            return
        with self._tokens.turn():
            token = self._tokens.read()
            self._secrets.add(token)
            self._tokens.write(token)  # a file that cannot be written must not cost the grant
            access, rotated = self._exchanged("refresh_token", refresh_token=token)
            self._tokens.write(rotated or token)
        if rotated not in (None, token) and not self._tokens.keeps and self._access_token is None:
            log.warning(
                "oauth_refresh_token was replaced by a new one, which ends with this run: set oauth_token_file and a"
                " newly granted oauth_refresh_token, or the next run cannot log in"
            )
        self._access_token = access

    def _exchanged(self, grant_type: str, **grant: str) -> tuple[str, str | None]:
        """An access token and the next refresh token, if there is one, by as many attempts as it takes."""
        form = {
            "grant_type": grant_type,
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret,
            **grant,
        }
        access, rotated = self._attempts.run(lambda: self._once(form), self._told)
        self._secrets.add(access)
        if rotated is not None:
            self._secrets.add(rotated)
        return access, rotated

    def _once(self, form: dict[str, str]) -> tuple[str, str | None]:
        """Exchange a grant for an access token and the next refresh token.

        Raises:
            Failed: There is none.
        """
        try:
            reply = self._post(self._app.token_url, form)
            data: Any = decode(reply.body) if reply.status == HTTPStatus.OK else None
        except WireError as error:
            raise Failed(ConfluenceServerError, str(error), wait=None if error.final else 0.0) from None
        except TruncatedError:  # a token that was used has a leeway (FACTS 4.4)
            raise Failed(ConfluenceServerError, "the answer is not JSON or was cut off", wait=0.0) from None
        if reply.status != HTTPStatus.OK:
            raise self._refused(reply)
        access = data.get("access_token") if isinstance(data, dict) else None
        rotated = data.get("refresh_token") if isinstance(data, dict) else None
        if not isinstance(access, str) or not isinstance(rotated, str | None):
            raise Failed(ConfluenceAuthError, "the answer holds no access token; check oauth_token_url")
        return access, rotated

    def _refused(self, reply: Reply) -> Failed:
        """A busy authority says nothing about the grant."""
        said = f"{reply.status} {words(reply.body, self._secrets.mask)}".rstrip()
        wait = retry_after(reply.headers.get("Retry-After"), reply.headers.get("Date")) or 0.0
        later = "the authority is busy, the grant is not in question: try again later"
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Failed(ConfluenceRateLimitError, said, status=reply.status, wait=wait, advice=later)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Failed(ConfluenceServerError, said, status=reply.status, wait=wait, advice=later)
        if self._tokens is None:
            advice = "check oauth_client_id and oauth_client_secret; those of an app that users let in need an"
            return Failed(ConfluenceAuthError, said, status=reply.status, advice=f"{advice} oauth_refresh_token, too")
        again = "grant access again and set a new oauth_refresh_token"
        kept = "" if self._tokens.keeps else ", with an oauth_token_file: each run uses the token up"
        return Failed(ConfluenceAuthError, said, status=reply.status, advice=again + kept)

    def _told(self, failed: Failed, attempts: int) -> ConfluenceError:
        tried = f" (after {attempts} attempts)" if attempts > 1 else ""
        shown = self._secrets.mask(f"refreshing the access token: {failed.message}{tried}")
        return failed.kind(shown, http_status=failed.status, attempts=attempts, url=self._app.token_url)
