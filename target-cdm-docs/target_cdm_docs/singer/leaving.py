"""How to leave a run that failed before its input is through."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping
from typing import IO

PATIENCE = 20.0
"""Seconds that the tap may take to end by itself."""
PIECE = 1 << 20
_MELTANO = "MELTANO_PROJECT_ROOT"
"""Meltano sets it for its plugins."""


def is_under_meltano(environ: Mapping[str, str]) -> bool:
    """Whether Meltano stands between the tap and us.

    It answers an end of the loader with tracebacks of BrokenPipeError that bury what the loader said; a tap at the
    other end of a plain pipe had better be stopped at once.
    """
    return _MELTANO in environ


def read_to_the_end(source: IO[bytes], seconds: float = PATIENCE) -> int:
    """Read what still comes and throw it away: no STATE was written for it, so the next run gets it again.

    Args:
        source: A pipe, as standard input is; a file needs no reading.
        seconds: Longest time.

    Returns:
        How many bytes came.
    """
    until, size = time.monotonic() + seconds, 0
    try:
        handle = source.fileno()
        while (left := until - time.monotonic()) > 0 and select.select([handle], [], [], left)[0]:
            piece = os.read(handle, PIECE)
            if not piece:
                break
            size += len(piece)
    except (OSError, ValueError):  # closed, or no pipe
        return size
    return size
