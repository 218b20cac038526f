"""What a row costs the tap in CPU: a first sync, one in which nothing changed, and planning over many spaces.

Prints CPU seconds, rows a CPU second and the peak of each run, of this checkout's tap and, where its path is given, of
another's (such as that of an older checkout), in turns and on the same site by formula, and the ratio of the two.
Arguments: rounds, pages, spaces, the other ``tap-confluence``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.formula_site import Formula, serve

OWN = str(Path(sys.executable).parent / "tap-confluence")
BODY = 2000


@dataclass
class Cost:
    """What a run took."""

    cpu: float
    rows: int
    peak_mb: float


def run(tap: str, folder: Path, site: str, state: Path | None) -> Cost:
    """Run a tap once; its last STATE is left in the folder."""
    folder.mkdir(exist_ok=True)
    config = {"base_url": site, "deployment": "cloud", "email": "me@example.com", "api_token": "t"}
    (folder / "config.json").write_text(json.dumps({**config, "requests_per_second": 1000}), encoding="utf-8")
    command = [tap, "--config", str(folder / "config.json"), *(["--state", str(state)] if state else [])]
    rows, last = 0, b""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            rows += line.startswith(b'{"type":"RECORD"')
            last = line if line.startswith(b'{"type":"STATE"') else last
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{tap}: exit {os.waitstatus_to_exitcode(status)}"
    (folder / "state.json").write_text(json.dumps(json.loads(last)["value"]), encoding="utf-8")
    return Cost(used.ru_utime + used.ru_stime, rows, used.ru_maxrss / 1024)


def compare(name: str, formula: Formula, taps: list[str], rounds: int) -> None:
    """Run each tap in turns: a first sync, then one in which nothing changed; print the least CPU of each."""
    least: dict[tuple[str, str], Cost] = {}
    with serve(formula) as site, tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for number, tap in enumerate(taps):
                place = Path(folder) / str(number)
                for kind in ("first sync", "nothing changed"):
                    cost = run(tap, place, site, None if kind == "first sync" else place / "state.json")
                    known = least.get((kind, tap))
                    least[kind, tap] = cost if known is None or cost.cpu < known.cpu else known
    for kind in ("first sync", "nothing changed"):
        own = least[kind, OWN]
        words = f"{name}, {kind}: {own.cpu:.1f} s of CPU, {own.rows:,} rows, {own.rows / own.cpu:,.0f} rows/s"
        words += f", peak {own.peak_mb:.0f} MB"
        for other in taps[1:]:
            old = least[kind, other]
            words += f"; before {old.cpu:.1f} s, peak {old.peak_mb:.0f} MB: {own.cpu / old.cpu:.0%} of it"
        print(words, flush=True)


def main(rounds: int = 1, pages: int = 40_000, spaces: int = 5_000, other: str | None = None) -> None:
    """Print both comparisons."""
    taps = [OWN, *([other] if other else [])]
    compare(f"{pages:,} pages in 20 spaces", Formula(20, pages, BODY), taps, rounds)
    compare(f"{spaces:,} spaces of 2 pages", Formula(spaces, 2 * spaces, 100), taps, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:5])
