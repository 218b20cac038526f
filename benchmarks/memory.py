"""How much memory the tap takes for a large site, and how much of its output is STATE: a first sync, then its sweep.

Prints for each the peak of what was resident, rows, bytes, CPU seconds, the share of STATE; ends with 1 above 250 MB,
or when STATE takes more than 2 %. Arguments: pages, spaces, bytes of a body.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.formula_site import Formula, serve

MOST_MB = 250.0
MOST_STATE = 0.02
LOOKED_AT = 100
"""Lines between two looks at the memory."""


def peak_of(process: int) -> float:
    """Return the most megabytes that a process has had resident; what the kernel adds up counts its parent's too."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def measure(name: str, folder: Path, site: str, **settings: object) -> bool:
    """Run the tap once, from the STATE of the run before; returns whether it kept within the bounds."""
    config = {"base_url": site, "deployment": "cloud", "email": "me@example.com", "api_token": "t"}
    path, state = folder / "config.json", folder / "state.json"
    path.write_text(json.dumps({**config, "requests_per_second": 1000, **settings}), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "tap-confluence"), "--config", str(path)]
    command += ["--state", str(state)] if state.exists() else []
    records = states = lines = rows = 0
    peak, last = 0.0, b""
    began = os.times().children_user
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b'{"type":"STATE"'):
                states, last = states + len(line), line
            else:
                records += len(line)
                rows += line.startswith(b'{"type":"RECORD"')
            lines += 1
            peak = peak if lines % LOOKED_AT else max(peak, peak_of(process.pid))
    state.write_text(json.dumps(json.loads(last)["value"]), encoding="utf-8")
    share = states / (records + states)
    print(
        f"{name}: {rows:,} rows, {records / 1e6:,.0f} MB, STATE {share:.2%} of it ({len(last) / 1e6:.1f} MB the last);"
        f" {os.times().children_user - began:.0f} s of CPU; peak {peak:.0f} MB",
        flush=True,
    )
    return process.returncode == 0 and peak <= MOST_MB and share <= MOST_STATE


def main(pages: int = 1_000_000, spaces: int = 1, body: int = 2000) -> int:
    """Measure; returns the exit code."""
    print(f"{pages:,} pages of {body:,} bytes in {spaces:,} spaces")
    with serve(Formula(spaces, pages, body)) as site, tempfile.TemporaryDirectory() as folder:
        first = measure("first sync", Path(folder), site)
        sweep = measure("sweep", Path(folder), site, deletion_detection="every_sync")
    return int(not (first and sweep))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
