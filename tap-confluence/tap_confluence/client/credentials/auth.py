"""How a request says who sends it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Protocol


class Auth(Protocol):
    """Credentials that can be turned into a header."""

    def header(self) -> str:
        """The value of ``Authorization`` for the next request."""

    def renew(self, refused: str) -> bool:
        """Get newer credentials than the refused header; False when there are none, so the refusal stands."""


@dataclass(frozen=True, slots=True)
class Basic:
    """User name and secret: email and API token on Cloud (FACTS 4.1), user and password on Data Center."""

    user: str
    secret: str = field(repr=False)

    def header(self) -> str:
        """``Basic`` with the pair in base64 of its UTF-8."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode()).decode("ascii")

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the pair is all there is
        """Never: a refused pair stays refused."""
        return False


@dataclass(frozen=True, slots=True)
class Bearer:
    """A personal access token of Data Center (FACTS 7.5), or the token of a service account of Cloud (FACTS 11.2)."""

    token: str = field(repr=False)

    def header(self) -> str:
        """``Bearer`` with the token."""
        return f"Bearer {self.token}"

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the token is all there is
        """Never: a refused token stays refused."""
        return False
