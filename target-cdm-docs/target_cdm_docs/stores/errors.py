"""What goes wrong with a destination, as a person should read it: named, without credentials, with a way out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


class StoreError(Exception):
    """A destination cannot be used or did not take a batch; nothing of the batch was written."""


class StoreConfigError(StoreError):
    """The destination's name is not one that can be used."""


class StoreConnectionError(StoreError):
    """The destination cannot be reached, is locked, or went away and did not come back."""


class StoreWriteError(StoreError):
    """The destination refused what was to be written: rights, space on the disk, or a value."""


_PASSWORD_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/?#\s]*@", re.IGNORECASE)
_PASSWORD_IN_TEXT = re.compile(
    r"(?P<key>\b(?:password|passfile|sslpassword|sslkey)\s*=\s*)('[^']*'|[^\s&'\"]+)", re.IGNORECASE
)


def redact(destination: str) -> str:
    """A destination as it may be shown: without user name, password and parameters that can hold secrets."""
    try:
        parts = urlsplit(destination)
    except ValueError:
        return redact_text(destination)
    host = parts.netloc.rpartition("@")[2]
    bare = f"{parts.scheme}://{host}{parts.path}" if parts.scheme else destination
    return redact_text(bare)


def redact_text(text: str, *secrets: str | None) -> str:
    """A driver's message as it may be shown: one line, with anything that looks like a credential taken out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = _PASSWORD_IN_URL.sub(r"\g<scheme>***@", text)
    text = _PASSWORD_IN_TEXT.sub(r"\g<key>***", text)
    return " ".join(text.split())
