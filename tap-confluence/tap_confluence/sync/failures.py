"""What goes wrong in a run: what is told about it, what goes on all the same, and what ends the run (law 6)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from tap_confluence.api.base import ItemFailure
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceConfigError,
    ConfluenceEndedError,
    ConfluenceError,
    ConfluenceWaitError,
)
from tap_confluence.sync.parts import stream_of
from tap_confluence.sync.plan import Group
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.dead_letters import DeadLetters

logger = logging.getLogger("tap-confluence")

MESSAGES = {
    "walk": "%s of %s could not be read; the next run begins where this one did: %s",
    "sweep": "the sweep of %s of %s was not finished; nothing is taken for gone: %s",
}
NAMED = 5
"""Spaces that a message names."""


class Failures:
    """Counts and tells failures.

    Attributes:
        walks: Walks that failed.
        items: Single rows that failed.
        stopped: Why the run ends early, if it does.
    """

    def __init__(self, letters: DeadLetters, progress: Progress, scope: Callable[[], Scope]) -> None:
        """Take where failures are written, where they are counted, and the spaces, for their names."""
        self.walks = 0
        self.items = 0
        self.stopped: str | None = None
        self._overcome: set[tuple[str, str | None]] = set()
        self._letters = letters
        self._progress = progress
        self._scope = scope

    def of_stream(self, stream: str, error: ConfluenceError) -> None:
        """A whole stream could not be read; others go on.

        Raises:
            ConfluenceAuthError: The credentials died.
            ConfluenceConfigError: A setting cannot be honoured.
        """
        if self._ends(error):
            return
        self.walks += 1
        self._progress.failed(stream)
        logger.error("%s: %s", stream, error)

    def of_walk(self, group: Group, error: Exception) -> None:
        """A walk failed."""
        self.of_spaces("walk", group.stream, group.space_ids, error)

    def of_sweep(self, stream: str, space_ids: Sequence[str], error: Exception) -> None:
        """A sweep failed."""
        self.of_spaces("sweep", stream, space_ids, error)

    def of_set(self, stream: str, partitions: Sequence[str], error: Exception) -> None:
        """The sets of some spaces (or parts of them, ``<space>/<part>``) or groups could not be read."""
        self.of_spaces("walk", stream, [partition.partition("/")[0] for partition in partitions], error)

    def of_spaces(self, stage: str, stream: str, space_ids: Sequence[str], error: Exception) -> None:
        """Other walks go on; what cannot get better ends the run.

        Raises:
            ConfluenceAuthError: The credentials died.
            ConfluenceConfigError: A setting cannot be honoured.
        """
        if self._ends(error):
            return
        if not isinstance(error, ConfluenceError):
            raise error
        scope = self._scope()
        self.walks += 1
        self._progress.failed(stream_of(stream))
        self._letters.tell(
            stream=stream,
            stage=stage,
            message=str(error),
            occurred_at=scope.observed_at,
            space_id=space_ids[0] if len(space_ids) == 1 else None,
            url=error.url,
            http_status=error.http_status,
            attempts=error.attempts,
        )
        names = ", ".join(scope.key(space_id) or space_id for space_id in space_ids[:NAMED])
        more = f" and {len(space_ids) - NAMED} more spaces" if len(space_ids) > NAMED else ""
        logger.error(MESSAGES[stage], stream, names + more, error)

    def overcome(self, part: str, content_ids: Iterable[str]) -> None:
        """These rows were read one by one in this run; that a list cannot deliver them is known."""
        self._overcome |= {(part, content_id) for content_id in content_ids}

    def of_items(self, failures: Iterable[ItemFailure], observed_at: str) -> None:
        """Single rows could not be read."""
        for failure in failures:
            if (failure.kind, failure.id) in self._overcome and failure.stage == "list":
                continue
            self._letters.add(failure, observed_at)
            self.items += 1
            self._progress.failed(stream_of(failure.kind))
            logger.warning("%s %s could not be read: %s", failure.kind, failure.id or "without id", failure.message)

    def _ends(self, error: Exception) -> bool:
        """Whether the run stops here, cleanly; raises what no other walk can survive either."""
        if isinstance(error, ConfluenceEndedError):
            self.walks += isinstance(error, ConfluenceWaitError) and self.stopped is None
            self.stopped = str(error)
            return True
        if isinstance(error, (ConfluenceAuthError, ConfluenceConfigError)):
            raise error
        return False
