"""How rows travel from where they are found to whoever writes them.

A stream's rows come as lists; ``CHECKPOINT`` between them says that all rows so far are consistent with STATE as it is
now. STATE is changed only after the consumer came back for more, that is, after it has written what it got.
"""

from __future__ import annotations

from typing import Final

from tap_confluence.api.query import Record

Rows = list[Record]
CHECKPOINT: Final[Rows] = []
"""Stands between rows where STATE may be written; compared by identity."""
