"""Sections of ``benchmarks/RESULTS.md``: one a benchmark, each with its day, machine and versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "RESULTS.md"
HEAD = """\
# Results of the benchmarks

Written by `make bench`; each section is one benchmark's, with the day, the machine and the versions that it ran with.
Ratios within one table compare; seconds of different tables or machines do not. How to read them is in
[CONTRIBUTING.md](../CONTRIBUTING.md#benchmarks).
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Say when and on what this runs, and what else did."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    command = ["git", "-C", str(PAGE.parent), "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    processor = model.group(1) if model else platform.machine()
    return (
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}, {os.cpu_count()} cores of "
        f"{processor}, {memory:.0f} GiB, Python {platform.python_version()}; load average of"
        f" the last 15 minutes {os.getloadavg()[2]:.1f}"
    )


def write(title: str, text: str) -> None:
    """Put a section into the page, in place of the one of the same title."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    section = f"## {title}\n\n{text.strip()}\n"
    head, *known = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    titles = [each.partition("\n")[0] for each in known]
    if f"## {title}" in titles:
        known[titles.index(f"## {title}")] = section
    else:
        known.append(section)
    PAGE.write_text("\n".join(part.strip() + "\n" for part in (head, *known)), encoding="utf-8")
    print(f"{section}\n(in {PAGE.name})")
