"""How much memory the tap takes for a first sync of one space with 100,000 pages, in a process of its own.

Prints the peak of what was resident, rows and seconds; ends with 1 above 250 MB. With an argument: so many pages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from confluence_sim import Clock, World, serve

PAGES = 100_000
MOST_MB = 250.0
BODY = "<p>" + "The lamp is lit at dusk and trimmed at midnight. " * 40 + "</p>"
"""Two kilobytes, the size of a usual page."""
LOOKED_AT = 100
"""Lines between two looks at the memory."""


def world_of(pages: int) -> World:
    """Return a world of one space with so many pages, each with a body of its own."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="BIG", name="Everything")
    for number in range(pages - 1):
        world.create_page(space, title=f"Page {number}", body=f"<h1>{number}</h1>{BODY}")
    return world


def peak_of(process: int) -> float:
    """Return the most megabytes that a process has had resident; what the kernel adds up counts its parent's too."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main(pages: int) -> int:
    """Run the tap once; returns the exit code."""
    began = time.perf_counter()
    world = world_of(pages)
    print(f"{pages:,} pages were made in {time.perf_counter() - began:.0f} s", flush=True)
    rows = size = lines = 0
    peak = 0.0
    with serve(world) as site, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps({**site.config, "requests_per_second": 1000}), encoding="utf-8")
        began = time.perf_counter()
        command = [str(Path(sys.executable).parent / "tap-confluence"), "--config", str(config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            for line in process.stdout:
                size += len(line)
                rows += line.startswith(b'{"type":"RECORD","stream":"pages"')
                lines += 1
                peak = peak if lines % LOOKED_AT else max(peak, peak_of(process.pid))
        seconds = time.perf_counter() - began
    print(f"{rows:,} pages, {size / 1e6:,.0f} MB of Singer lines in {seconds:.0f} s; peak of the tap: {peak:.0f} MB")
    return int(process.returncode != 0 or rows != pages or peak > MOST_MB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAGES))
