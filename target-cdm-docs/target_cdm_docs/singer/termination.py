"""Being told to stop: never in the middle of a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(BaseException):
    """The process was told to stop; nothing is lost by stopping here.

    Attributes:
        signum: The signal.
    """

    def __init__(self, signum: int) -> None:
        """Take the signal's number."""
        super().__init__(f"told to stop by signal {signum}")
        self.signum = signum


class Termination:
    """Turns a signal into ``Terminated``, at once or at the end of what must not be torn."""

    def __init__(self) -> None:
        """Nothing was asked for yet."""
        self._signum: int | None = None
        self._held = False

    def ask(self, signum: int) -> None:
        """Called by the signal's handler.

        Raises:
            Terminated: Unless held.
        """
        self._signum = signum
        if not self._held:
            self._held = True  # a second signal must not tear what is tidied up now
            raise Terminated(signum)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold a signal back inside a ``with``.

        Raises:
            Terminated: At the end, if a signal came meanwhile.
        """
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before
        if self._signum is not None and not before:
            self.ask(self._signum)
