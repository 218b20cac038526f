"""What a run may lose of its input: single bad records, but no stream and not too many (laws 6 and 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


class LossError(Exception):
    """More records were rejected than a run may lose; the message names the streams."""


@dataclass(slots=True)
class Losses:
    """The good and the bad records of a run.

    Attributes:
        most: How many may be rejected.
    """

    most: int
    _taken: set[str] = field(default_factory=set)
    _rejected: Counter[str] = field(default_factory=Counter)
    _reason: str = ""

    def take(self, stream: str) -> None:
        """Note a good record."""
        self._taken.add(stream)

    def reject(self, stream: str, reason: str) -> None:
        """Note a bad record.

        Raises:
            LossError: It is one more than a run may lose.
        """
        self._rejected[stream] += 1
        self._reason = reason
        if (lost := self._rejected.total()) > self.most:
            raise LossError(
                f"{lost:,} records were rejected ({_listed(self._rejected)}), more than `max_failures` "
                f"({self.most:,}); the last one: {reason}"
            )

    @property
    def in_doubt(self) -> Mapping[str, int]:
        """Streams that had bad records and no good one, with how many: at the end they may turn out to be lost."""
        return {stream: count for stream, count in self._rejected.items() if stream not in self._taken}

    def end(self) -> None:
        """The input is at its end.

        Raises:
            LossError: A stream lost everything; one bad record alone costs itself.
        """
        if lost := {stream: count for stream, count in self.in_doubt.items() if count > 1}:
            raise LossError(f"every record of a stream was rejected ({_listed(lost)}): {self._reason}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} of {shown(stream)}" for stream, count in sorted(counts.items()))


def shown(name: str) -> str:
    """A name from the input as any terminal and log can show it."""
    return name.encode("utf-8", "backslashreplace").decode()
