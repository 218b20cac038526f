"""What a command took: by the clock, of the processor (its own and a server's), and of memory."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

LOOK_SECONDS = 0.05
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a command took.

    Attributes:
        wall: Seconds by the clock.
        client: CPU seconds of it and of the processes that it started; of those it did not wait for, as last seen.
        server: CPU seconds of the server meanwhile.
        peak_mb: The most that one of its processes had resident, in megabytes, as of the last look at it. (What the
            kernel adds up at the end counts what this process had when it began the other.)
        together_mb: The most that they had together, as often as one looked; shared pages count in each.
        processes: CPU seconds by command line, as last seen: only for the shares of each.
        failure: The end of what it said, where it did not end with exit code 0.
        note: What a reader has to know of it, such as the rows that it left.
    """

    wall: float
    client: float
    server: float
    peak_mb: float
    together_mb: float
    processes: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""
    note: str = ""

    @classmethod
    def of_failure(cls, failure: str) -> Usage:
        """What did not run took nothing."""
        return cls(0, 0, 0, 0, 0, failure=failure)

    @property
    def cpu(self) -> float:
        """CPU seconds in all."""
        return self.client + self.server


@dataclass
class _Looker:
    """Looks at a process and those below it, again and again."""

    root: int
    peak_mb: float = 0.0
    together_mb: float = 0.0
    seen: dict[int, tuple[str, float]] = field(default_factory=dict)

    def look(self, ended: threading.Event) -> None:
        """Look until it ended."""
        while not ended.wait(LOOK_SECONDS):
            total = 0.0
            for process in _tree(self.root):
                with suppress(OSError, LookupError):  # it is gone
                    now, peak = _resident(process)
                    total, self.peak_mb = total + now, max(self.peak_mb, peak)
                    words = Path(f"/proc/{process}/cmdline").read_text().split("\0")
                    self.seen[process] = " ".join(words).strip(), _cpu(process, children=False)
            self.together_mb = max(self.together_mb, total)


def _tree(process: int) -> list[int]:
    found, left = [], [process]
    while left:
        each = left.pop()
        found.append(each)
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                left += map(int, path.read_text().split())
    return found


def _resident(process: int) -> tuple[float, float]:
    status = Path(f"/proc/{process}/status").read_text()
    told = dict(re.findall(r"^(VmRSS|VmHWM):\s*(\d+) kB", status, re.MULTILINE))
    return int(told["VmRSS"]) * 1024 / 1e6, int(told["VmHWM"]) * 1024 / 1e6


def _cpu(process: int, *, children: bool = True) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if children else 13])) / TICKS


def spent(server: int | None) -> float:
    """Return the CPU seconds that a server, given by its process, has taken: it, those below it, and those gone."""
    total = 0.0
    for process in _tree(server) if server is not None else ():
        with suppress(OSError):
            total += _cpu(process)
    return total


def run(
    command: list[str],
    *,
    log: Path,
    stdin: Path | None = None,
    stdout: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    server: Callable[[], float] = lambda: 0.0,
) -> Usage:
    """Run a command to its end and return what it took.

    Args:
        command: Its words.
        log: Where what it says on standard error goes.
        stdin: What it reads; nothing when missing.
        stdout: Where it writes to; nowhere when missing.
        env: Variables beside those of this process.
        cwd: Where it runs.
        server: Tells the CPU seconds that the server has taken so far.
    """
    ended = threading.Event()
    with (
        Path(stdin or os.devnull).open("rb") as given,
        Path(stdout or os.devnull).open("wb") as out,
        log.open("wb") as said,
    ):
        before, began = server(), time.monotonic()
        process = subprocess.Popen(
            command, stdin=given, stdout=out, stderr=said, cwd=cwd, env={**_environment(), **(env or {})}
        )
        looker = _Looker(process.pid)
        thread = threading.Thread(target=looker.look, args=(ended,))
        thread.start()
        _, status, used = os.wait4(process.pid, 0)
        wall, after = time.monotonic() - began, server()
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        thread.join()
    failure = ""
    if process.returncode:
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        failure = f"exit code {process.returncode}: {lines[-1].strip()[:200] if lines else 'it said nothing'}"
    by_command: dict[str, float] = {}
    for words, seconds in looker.seen.values():
        by_command[words] = by_command.get(words, 0.0) + seconds
    waited_for = used.ru_utime + used.ru_stime
    return Usage(
        wall,
        max(waited_for, sum(by_command.values())),
        after - before,
        looker.peak_mb,
        looker.together_mb,
        by_command,
        failure,
    )


def _environment() -> dict[str, str]:
    """This process's variables, but that Python keeps what it has compiled, as it does for users."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def middle(usages: list[Usage]) -> Usage:
    """Return the medians of some runs of the same command, each figure by itself; a failure where any failed."""
    failed = next((usage for usage in usages if usage.failure), None)
    if failed:
        return failed
    figures = (
        median(getattr(usage, name) for usage in usages)
        for name in ("wall", "client", "server", "peak_mb", "together_mb")
    )
    names = dict.fromkeys(name for usage in usages for name in usage.processes)
    shares = {name: median(usage.processes.get(name, 0.0) for usage in usages) for name in names}
    return Usage(*figures, shares, note=usages[-1].note)
