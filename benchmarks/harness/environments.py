"""An environment for each program that this project is compared with, made when it is first wanted."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("output/bench/environments")
LISTING = "import importlib.metadata as m, sys; print('\\n'.join(m.version(each) for each in sys.argv[1:]))"


@dataclass(frozen=True)
class Environment:
    """Packages that are installed together, apart from all else.

    Attributes:
        name: Of its folder.
        packages: What pip is asked for.
        told: Distributions whose versions are said.
    """

    name: str
    packages: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it is."""
        return FOLDER.absolute() / self.name

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.folder / "bin" / name)

    def make(self) -> str:
        """Make it unless it is there; returns why it cannot be made, or nothing."""
        ready = self.folder / ".ready"
        if ready.exists():
            return ""
        print(f"Installing {' '.join(self.packages)} into an environment of its own …", file=sys.stderr)
        venv.create(self.folder, with_pip=True, clear=True)
        command = [self.program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*command, *self.packages], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"cannot be installed: {done.stderr.strip().splitlines()[-1][:200]}"
        ready.touch()
        return ""

    def versions(self) -> str:
        """Its versions in words."""
        command = [self.program("python"), "-c", LISTING, *self.told]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return ", ".join(f"{name} {version}" for name, version in zip(self.told, found, strict=True))
