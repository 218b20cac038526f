"""What must not be shown: the configured secrets, and the tokens that came in their place."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 4
"""Characters below which a text is no secret, and to mask it would make words unreadable."""


class Secrets:
    """Masks secrets in whatever is shown, in each form in which they travel; safe to share between threads."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Take those known from the start."""
        self._forms: frozenset[str] = frozenset()
        for secret in known:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask this one, too, from now on."""
        if len(secret) >= _SHORTEST:
            self._forms |= _forms(secret)

    def mask(self, text: str) -> str:
        """The text without any of them."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text


def _forms(secret: str) -> set[str]:
    """A secret as it is, in an address, in JSON, and in base 64."""
    packed = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], packed}
