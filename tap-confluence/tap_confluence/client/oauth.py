"""OAuth 2.0 (3LO): access tokens that live an hour, and refresh tokens that die when they are used (FACTS 4.4).

A rotated refresh token is on disk before it is used, and one refresh runs at a time: two would kill each other's token.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tap_confluence.client.answers import TruncatedError, decode, words
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError, ConfluenceServerError
from tap_confluence.client.wire import Reply, WireError

Post = Callable[[str, dict[str, str]], Reply]
"""Sends JSON to a URL without credentials and returns the answer."""
TRIES = 3
"""How often a refresh is tried while the authority does not answer; a used token has a leeway (FACTS 4.4)."""


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth app and where it refreshes its tokens."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


class TokenFile:
    """The newest refresh token on disk, bound to the configured one: a new one in the configuration wins."""

    def __init__(self, path: str | None, configured: str | None) -> None:
        """Take the file, if any, and the refresh token of the configuration, if any."""
        self._path = Path(path).expanduser() if path else None
        self._configured = configured
        self._seed = sha256((configured or "").encode()).hexdigest()[:16]

    def read(self) -> str:
        """The refresh token to begin with.

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
        if self._configured is None:
            raise ConfluenceConfigError("oauth_refresh_token is missing: oauth_token_file does not exist yet")
        return self._configured

    def write(self, refresh_token: str) -> None:
        """Keep a rotated token; the file is whole at every moment and for its owner's eyes.

        Raises:
            ConfluenceConfigError: It cannot be written.
        """
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"seed": self._seed, "refresh_token": refresh_token}, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            raise ConfluenceConfigError(f"oauth_token_file: cannot be written ({error.strerror})") from None


class OAuth:
    """``Auth`` of an OAuth app."""

    def __init__(self, app: App, tokens: TokenFile, post: Post) -> None:
        """Ask nothing until the first header is wanted."""
        self._app = app
        self._tokens = tokens
        self._post = post
        self._lock = threading.Lock()
        self._refresh_token: str | None = None
        self._access_token: str | None = None

    def header(self) -> str:
        """``Bearer`` with the access token; the first one is fetched.

        Raises:
            ConfluenceAuthError: The refresh token is dead.
        """
        with self._lock:
            if self._access_token is None:
                self._refresh()
            return f"Bearer {self._access_token}"

    def renew(self, refused: str) -> bool:
        """A newer access token than the refused one; another thread may have fetched it meanwhile.

        Raises:
            ConfluenceAuthError: The refresh token is dead.
        """
        with self._lock:
            if refused == f"Bearer {self._access_token}":
                self._refresh()
        return True

    def _refresh(self) -> None:
        if self._refresh_token is None:
            self._refresh_token = self._tokens.read()
        answer = self._asked(
            {
                "grant_type": "refresh_token",
                "client_id": self._app.client_id,
                "client_secret": self._app.client_secret,
                "refresh_token": self._refresh_token,
            }
        )
        access, rotated = answer.get("access_token"), answer.get("refresh_token", self._refresh_token)
        if not isinstance(access, str) or not isinstance(rotated, str):
            raise ConfluenceAuthError("oauth_token_url: the answer holds no access token")
        self._tokens.write(rotated)
        self._refresh_token, self._access_token = rotated, access

    def _asked(self, form: dict[str, str]) -> dict[str, Any]:
        for left in reversed(range(TRIES)):
            try:
                reply = self._post(self._app.token_url, form)
            except WireError as error:
                if left and not error.final:
                    continue
                raise ConfluenceServerError(f"refreshing the access token: {error}", url=self._app.token_url) from None
            if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and left:
                continue
            break
        if reply.status != HTTPStatus.OK:
            raise ConfluenceAuthError(
                f"refreshing the access token: {reply.status} {words(reply.body)}; grant access again and set a new"
                " oauth_refresh_token",
                http_status=reply.status,
            )
        try:
            data = decode(reply.body)
        except TruncatedError:
            data = None
        return data if isinstance(data, dict) else {}
