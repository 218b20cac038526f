"""Disks that are full and files that may not grow: for this process and the processes it starts."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes: what is written there fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Mount a disk of that size on a folder; yields what changes its size. Skips a test that may not mount."""
    folder.mkdir()

    def mount(options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def resize(other: str) -> None:
        assert mount(f"remount,size={other}")

    if os.geteuid() != 0 or not mount(f"size={size}"):
        pytest.skip("only root may mount a disk, and not everywhere")
    try:
        yield resize
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
