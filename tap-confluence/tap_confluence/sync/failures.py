"""What goes wrong in a run: what is told about it, what goes on all the same, and what ends the run (laws 6 and 16)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from tap_confluence.api.query import ItemFailure
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceEndedError,
    ConfluenceError,
    ConfluenceWaitError,
    ends_everything,
)
from tap_confluence.sync.parts import stream_of
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.owed import Owed

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
        items: Single rows that failed, but those that were given up before.
        stopped: Why the run ends early, if it does.
    """

    def __init__(self, owed: Owed, progress: Progress, scope: Scope) -> None:
        """Take where failures are remembered, where they are counted, and the spaces, for their names."""
        self.walks = 0
        self.items = 0
        self.stopped: str | None = None
        self._owed = owed
        self._progress = progress
        self._scope = scope
        self._forbidden: dict[str, ConfluenceAuthError] = {}
        self._read: set[str] = set()
        self._known: dict[tuple[str, str], tuple[ItemFailure, str]] = {}

    def of(self, part: str, error: Exception, space_ids: Sequence[str] = (), *, stage: str = "walk") -> None:
        """A walk or ``sweep`` of these spaces failed, or a whole stream; others go on.

        Raises:
            Exception: What cannot get better, and ends the run.
        """
        if self.stops(error):
            return
        if not isinstance(error, ConfluenceError):
            raise error
        stream = stream_of(part)
        if isinstance(error, ConfluenceAuthError):
            self._forbidden[stream] = error
        self.walks += 1
        self._progress.failed(stream)
        self._owed.tell(
            stream=part,
            stage=stage,
            message=str(error),
            occurred_at=self._scope.observed_at,
            space_id=space_ids[0] if len(space_ids) == 1 else None,
            url=error.url,
            http_status=error.http_status,
            attempts=error.attempts,
        )
        if not space_ids:
            logger.error("%s: %s", part, error)
            return
        names = ", ".join(self._scope.key(space_id) or space_id for space_id in space_ids[:NAMED])
        more = f" and {len(space_ids) - NAMED} more spaces" if len(space_ids) > NAMED else ""
        logger.error(MESSAGES[stage], part, names + more, error)

    def of_items(self, failures: Iterable[ItemFailure], observed_at: str) -> None:
        """Single rows could not be read.

        Of what is owed already nothing is told before it was asked for by id: that a list cannot deliver it is known.
        """
        for failure in failures:
            if failure.stage == "list" and failure.id is not None and self._owed.was_owed(failure.kind, failure.id):
                self._known[failure.kind, failure.id] = failure, observed_at
            else:
                self._tell(failure, observed_at)

    def after_asking(self, part: str) -> None:
        """What was owed of a part was asked for by id: tell what lists could not deliver and is owed still."""
        for key in [key for key in self._known if key[0] == part]:
            failure, observed_at = self._known.pop(key)
            if self._owed.is_due(*key):
                self._tell(failure, observed_at)

    def _tell(self, failure: ItemFailure, observed_at: str) -> None:
        given_up = failure.id is not None and self._owed.is_given_up(failure.kind, failure.id)
        until = self._owed.add(failure, observed_at)
        self.items += not given_up
        self._progress.failed(stream_of(failure.kind))
        logger.warning(
            "%s %s could not be read: %s%s", failure.kind, failure.id or "without id", failure.message, until
        )

    def succeeded(self, stream: str) -> None:
        """Something of a stream could be read: a 403 is no word about all of it."""
        self._read.add(stream)

    def end_of(self, stream: str) -> None:
        """A stream is through; without the names of users, what names them is worth having.

        Raises:
            ConfluenceAuthError: All of it is forbidden: the credentials lack a scope or permission.
        """
        if stream in self._forbidden and stream not in self._read and stream != "users":
            raise self._forbidden[stream]

    def stops(self, error: Exception) -> bool:
        """Whether the run stops here, cleanly; raises what no other walk can survive either."""
        if isinstance(error, ConfluenceEndedError):
            self.walks += isinstance(error, ConfluenceWaitError) and self.stopped is None
            self.stopped = str(error)
            return True
        if ends_everything(error):
            raise error
        return False
