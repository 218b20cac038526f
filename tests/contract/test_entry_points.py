"""Ctrl-C while a command is still loading: one line, exit code 130, no traceback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = {
    "tap-confluence": "tap_confluence.__main__:main",
    "target-cdm-docs": "target_cdm_docs.__main__:main",
    "map-cdm-docs": "target_cdm_docs.__main__:map_main",
}
INTERRUPTED = """
import importlib, os, signal, sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == "singer_sdk":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
getattr(importlib.import_module("{module}"), "{function}")()
"""


def declared() -> dict[str, str]:
    """The commands that the packages install."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*/pyproject.toml"))
    return dict(re.findall(r'^([a-z-]+) = "([a-z_.]+:[A-Za-z_.]+)"$', text, re.MULTILINE))


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", ENTRIES)
def test_ctrl_c_while_a_command_loads_is_one_line(name: str) -> None:
    module, _, function = declared()[name].partition(":")
    assert f"{module}:{function}" == ENTRIES[name]
    done = run(INTERRUPTED.format(module=module, function=function))
    assert done.returncode == 128 + signal.SIGINT
    assert done.stdout == ""
    assert done.stderr.endswith("interrupted before it began\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ENTRIES)
def test_a_command_that_nobody_interrupts_says_its_version(name: str) -> None:
    module, _, function = ENTRIES[name].partition(":")
    done = run(f"import sys; sys.argv = ['x', '--version']; from {module} import {function}; {function}()")
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
