"""The one loop around every request: asked again while that may help, with a wait in between (CONTRACT 1.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum
from itertools import count
from typing import TypeVar

from tap_confluence.client.errors import ConfluenceError, ConfluenceTooHeavyError, ConfluenceWaitError
from tap_confluence.client.retry import delays

log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")


class Weight(IntEnum):
    """Whether a failure may be due to the size of what was asked for (FACTS 1.1)."""

    NONE = 0
    MAYBE = 1
    """A hiccup as well: asked for once more as it is, before fewer rows are."""
    SURELY = 2


class Failed(Exception):  # noqa: N818 - not for callers: the loop makes a ConfluenceError of it
    """One request failed.

    Attributes:
        kind: The error that it becomes when there is no hope.
        message: What the error says, without what was asked and where.
        status: Of the answer; None where there was none.
        wait: Seconds to wait at least before asking again; None where asking again is no use.
        weight: Whether fewer rows might pass.
        advice: What a person may do when there is no hope.
    """

    def __init__(
        self,
        kind: type[ConfluenceError],
        message: str,
        *,
        status: int | None = None,
        wait: float | None = None,
        weight: Weight = Weight.NONE,
        advice: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.wait = wait
        self.weight = weight
        self.advice = advice

    def hopeless(self) -> Failed:
        """The same with its advice: it is not asked again."""
        return Failed(self.kind, f"{self.message}; {self.advice}", status=self.status) if self.advice else self


class Attempts:
    """The loop, and its memory of a wait that was too long: nothing is asked any more then."""

    def __init__(self, max_retries: int, max_wait: float, pause: Callable[[float, str, Failed], None]) -> None:
        """Take the limits, and ``pause(seconds, why, failed)``, which waits."""
        self._max_retries = max_retries
        self._max_wait = max_wait
        self._pause = pause
        self._ended: ConfluenceWaitError | None = None

    def run(
        self,
        once: Callable[[], AnswerT],
        told: Callable[[Failed, int], ConfluenceError],
        *,
        mended: Callable[[ConfluenceError], bool] = lambda _: False,
        heavy: bool = False,
    ) -> AnswerT:
        """Ask until there is an answer or no hope of one.

        Args:
            once: Asks once; raises ``Failed``.
            told: Makes an error of a failure and the number of requests so far.
            mended: Whether the reason of an error is gone already, so that it is asked again at once.
            heavy: Fewer rows can be asked for: what is due to size is not asked for again as it is.

        Raises:
            ConfluenceError: What ``told`` made of the last failure.
            ConfluenceWaitError: A server asked for a longer wait than ``max_wait``, now or before.
        """
        waits = delays(self._max_retries)
        weighed = 0
        for number in count(1):
            if self._ended is not None:
                raise self._ended
            try:
                return once()
            except Failed as failed:
                error, failure = told(failed, number), failed
            if mended(error):
                continue
            weighed += failure.weight
            if heavy and weighed >= Weight.SURELY:
                raise _divisible(error)
            step = next(waits, None)
            if failure.wait is None or step is None:
                raise told(failure.hopeless(), number)
            seconds = max(failure.wait, step)
            if seconds > self._max_wait:
                self._ended = _too_long(error, seconds)
                raise self._ended
            log.warning("%s; retry %d of %d in %.1f s", error, number, self._max_retries, seconds)
            self._pause(seconds, str(error), failure)
        raise AssertionError("numbers do not end")  # pragma: no cover


def _divisible(error: ConfluenceError) -> ConfluenceTooHeavyError:
    """The same error, of a list that can be asked for in smaller pieces."""
    return ConfluenceTooHeavyError(
        str(error), http_status=error.http_status, attempts=error.attempts, url=error.url, divisible=True
    )


def _too_long(error: ConfluenceError, seconds: float) -> ConfluenceWaitError:
    return ConfluenceWaitError(
        f"{error}; told to wait {seconds:.0f} s, which is more than max_wait: nothing more is asked in this run",
        http_status=error.http_status,
        attempts=error.attempts,
        url=error.url,
    )
