"""Values as every destination can hold them. Pure.

PostgreSQL stores no NUL and nothing that is not UTF-8, its ``jsonb`` neither; DuckDB's driver refuses lone surrogates.
Such characters become U+FFFD in all destinations alike and are counted, so that nothing is lost silently.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
_INT64 = 2**63
_encode = msgspec.json.Encoder(order="deterministic").encode


class Cleaner:
    """Makes values storable and counts what it had to replace.

    Attributes:
        replaced: Characters, and numbers beyond 64 bits where a column needs 64, replaced so far.
    """

    __slots__ = ("replaced",)

    def __init__(self) -> None:
        self.replaced = 0

    def text(self, value: str) -> str:
        """A text without NUL and lone surrogates."""
        if "\x00" not in value:
            if value.isascii():
                return value
            try:
                value.encode()
            except UnicodeEncodeError:
                pass
            else:
                return value
        cleaned, count = _UNSTORABLE.subn(_REPLACEMENT, value)
        self.replaced += count
        return cleaned

    def integer(self, value: int) -> int | None:
        """A number that a column can hold: of at most 64 bits; None for one beyond. JSON holds any."""
        if -_INT64 <= value < _INT64:
            return value
        self.replaced += 1
        return None

    def json(self, value: Any) -> str:
        """A JSON text, with the keys of objects in order, so that equal values are equal texts."""
        try:
            text = _encode(value).decode()
        except UnicodeEncodeError:
            return _encode(self._walk(value)).decode()
        return _encode(self._walk(value)).decode() if "\\u0000" in text else text

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self._walk(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._walk(item) for item in value]
        return value


def digest(*parts: Any) -> str:
    """A short hash of values, the same on every machine."""
    return hashlib.sha256(_encode(parts)).hexdigest()[:24]


def canonical(value: Any) -> str:
    """A clean JSON value as text: equal values are equal texts."""
    return _encode(value).decode()


def digest_of_texts(parts: list[str]) -> str:
    """A short hash of a list of texts that hold no line breaks."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
