"""Real ``meltano run`` and real pipes, each with a database, a STATE and a log of its own.

Meltano hands STATE and catalog over in files of the project (``.meltano/run``): one run at a time, whoever else tests.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PREFIXES = ("TAP_CONFLUENCE_", "TARGET_", "MAP_CDM_DOCS_", "MELTANO_")


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other test runs Meltano in this project, and keep it so."""
    with (ROOT / ".meltano" / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without any plugin's settings, plus ``extra``."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIXES)}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{kept['PATH']}", "NO_COLOR": "1", **extra}


@dataclass
class Meltano:
    """The repository's own Meltano project, with its system database elsewhere.

    Attributes:
        folder: Holds the system database (and so every STATE) of this instance.
        environment: Settings for the plugins.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``meltano`` with arguments; with ``check``, fail showing its output unless it succeeds."""
        with alone():
            done = subprocess.run(
                [BIN / "meltano", "--environment=dev", *arguments],
                cwd=ROOT,
                env=self._environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=240,
            )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    @contextmanager
    def started(self, *blocks: str) -> Iterator[subprocess.Popen[str]]:
        """Start ``meltano run`` as a terminal does, in a group of its own, and wait for its end after the block."""
        with (
            alone(),
            subprocess.Popen(
                [BIN / "meltano", "--environment=dev", "run", "--no-install", *blocks],
                cwd=ROOT,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            yield process

    def _environment(self) -> dict[str, str]:
        return clean_environment(
            {"MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}", **self.environment}
        )

    def run(self, *blocks: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``meltano run`` with blocks or a job, installing nothing."""
        return self("run", "--no-install", *blocks, check=check)

    def state(self, name: str) -> dict[str, Any]:
        """Return the STATE that Meltano keeps under a state id (without its environment)."""
        done = self("state", "get", f"dev:{name}")
        kept: dict[str, Any] = json.loads(done.stdout)
        state: dict[str, Any] = kept.get("singer_state", kept)
        return state


def run(command: Sequence[str | Path], *, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a program of the virtual environment with a clean environment; return what it printed."""
    environment = clean_environment(more.pop("env", {}))
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        **more,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done
