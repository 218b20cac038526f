"""A PostgreSQL URL by its parts.

What is shown is put together from parts that are no secret; a URL itself, whole or in pieces, is never shown. A URL
of which libpq would take a piece of the password for the host is refused before libpq repeats it in its own words.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from target_cdm_docs.stores.errors import StoreConfigError, one_line

CONNECT_TIMEOUT = 10
"""Seconds for an answer to a connection, unless the URL or PGCONNECT_TIMEOUT says otherwise."""

CURE = (
    "write a special character of the user name or password (/ @ : # ? % or a blank) percent-encoded, or leave the "
    "password out and set PGPASSWORD"
)

_SHOWN = {"host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile"}
"""Parameters that the driver may repeat: none of them is a secret."""

_SHORTEST_SECRET = 4
"""Characters; shorter values stand in every sentence, and taking them out would tell them."""

_CONTROL = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        parameters: What libpq makes of the URL.
        shown: Host, port and database, for messages.
    """

    parameters: dict[str, Any]
    shown: str

    def said(self, error: BaseException) -> str:
        """Return the driver's words on one line, without any parameter that may be a secret."""
        words = one_line(error)
        for name, value in self.parameters.items():
            if name not in _SHOWN and len(str(value)) >= _SHORTEST_SECRET:
                words = words.replace(str(value), "***")
        return words


def read_address(url: str) -> Address:
    """Take a URL apart.

    Args:
        url: ``postgresql://user:password@host:port/database?parameter=value``.

    Raises:
        StoreConfigError: It is ambiguous, or libpq cannot read it; the message holds nothing of it.
    """
    user, at, _ = url.partition("://")[2].rpartition("@")
    if at and {"/", "@"} & set(user):
        raise StoreConfigError(f"destination: more than one way to read this URL: {CURE}")
    if _CONTROL.search(url):
        raise StoreConfigError("destination: the URL holds a line break or another control character")
    try:
        parameters = conninfo_to_dict(url)
    except (psycopg.Error, UnicodeError):
        raise StoreConfigError(
            f"destination: libpq cannot read this URL: check the names of its parameters, and {CURE}"
        ) from None
    parameters = {name: value for name, value in parameters.items() if value is not None}
    host, port, database = (parameters.get(name, "") for name in ("host", "port", "dbname"))
    if "PGCONNECT_TIMEOUT" not in os.environ:
        parameters.setdefault("connect_timeout", CONNECT_TIMEOUT)
    return Address(parameters, f"postgresql://{host}{f':{port}' if port else ''}/{database}")
