"""What each fault of the simulator does to a first sync, and to the run after it: the table of docs/reliability.md.

Prints a row for every switch: how often it struck, the exit code of the run under it, the rows held after it, and those
held after the next run, which are compared with the world field by field; ends with 1 if any differ.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from confluence_sim import Fault, serve
from confluence_sim.faults import KINDS
from support.faults import Ordeal
from support.scripted_http import Said, scripted
from support.tap import small_world

AMOUNTS = {"slow_drip": 0.05, "big_page_timeout": 3, "big_page_unavailable": 3}
"""Faults as a test can bear them."""


def row(name: str) -> str:
    """Run with one fault, and without; returns the line of the table.

    Raises:
        AssertionError: The rows are not as they are in the world.
    """
    world = small_world(spaces=3, pages=24, attachments=6)
    with serve(world) as site, scripted(lambda _: Said()) as foreign, tempfile.TemporaryDirectory() as folder:
        trial = Ordeal(site, Path(folder), foreign)
        out = trial.suffer([Fault(name, seed=1, amount=AMOUNTS.get(name))])
        struck = sum(entry.fault == name for entry in site.requests)
        under = len(trial.mirror.rows)
        trial.recover(f"after {name}")
        return f"| `{name}` | {struck} | {out.code} | {under} | {len(trial.mirror.rows)}, exact |"


def main() -> int:
    """Print the table; returns the exit code."""
    print("| switch | struck | exit code under it | rows held then | rows held after the next run |")
    print("|---|---|---|---|---|")
    code = 0
    for name in KINDS:
        try:
            print(row(name), flush=True)
        except AssertionError as error:  # noqa: PERF203 - one bad switch must not hide the others
            print(f"| `{name}` | **{str(error)[:200]}** | | | |", flush=True)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
