"""When a row was true, and what tells two rows of the same moment apart. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import msgspec

from cdm_docs.model.rows import Clock

_encode = msgspec.json.Encoder(order="deterministic").encode
_DIGITS = 32


def digest_of(content: Any) -> str:
    """Return a hash of a row, or of several: a function of what they say and of nothing else."""
    try:
        encoded = _encode(content)
    except (UnicodeEncodeError, OverflowError):
        # Lone surrogates and whole numbers beyond 64 bits: rare, slower, the same promise.
        encoded = json.dumps(content, sort_keys=True, default=dataclasses.asdict).encode("ascii")
    return hashlib.sha256(encoded).hexdigest()[:_DIGITS]


def clock_of(version: int | None, observed_at: str | None, content: Any) -> Clock:
    """Return the clock of a row.

    Args:
        version: The source's version number, if it has one.
        observed_at: When the source told it, if known.
        content: The row, or the rows of a set.
    """
    return Clock(version or 0, observed_at or "", digest_of(content))
