"""The packages of this workspace as others get them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from support.meltano import BIN, ROOT

NAMES = ("tap-confluence", "cdm-docs", "target-cdm-docs", "confluence-sim")


def wheels(folder: Path, *, sources: bool = False) -> Path:
    """Do what ``make dist`` does, in another folder; with ``sources`` also build what the wheels are built of."""
    command = [
        BIN / "uv",
        "build",
        "--quiet",
        "--all-packages",
        *(() if sources else ("--wheel",)),
        "--out-dir",
        folder,
    ]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    for definition in ROOT.glob("plugins/*/*.definition.yml"):
        shutil.copy(definition, folder)
    return folder
