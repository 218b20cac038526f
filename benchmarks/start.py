"""What it takes to begin: both programs with nothing to do, and a run of Meltano in which nothing changed.

Start-up is beside ``python -c "import singer_sdk"``, without which no plugin of the SDK starts; runs are in turns and
figures medians. Meltano runs the main job against the simulator's sample site as a user would, twice; the second run is
measured, and its CPU is split by process. A minute in all, and a minute more where Meltano has no plugins yet.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from harness import results
from harness.measure import Usage, middle, run

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
BARE, TAP, TARGET = "import singer_sdk", "tap-confluence --discover", "target-cdm-docs, an empty stream"
DATABASE = "import singer_sdk, duckdb; open that file and close it"
OPENING = "import singer_sdk, duckdb; duckdb.connect('output/cdm-docs.duckdb').close()"
COMMANDS = {
    BARE: [sys.executable, "-c", "import singer_sdk"],
    TAP: [str(PROGRAMS / "tap-confluence"), "--discover"],
    TARGET: [str(PROGRAMS / "target-cdm-docs")],
    DATABASE: [sys.executable, "-c", OPENING],
}
MELTANO = str(PROGRAMS / "meltano")
JOB = ("tap-confluence", "target-cdm-docs")
GOAL_RATIO, GOAL_SECONDS = 1.3, 4.0


def starts(rounds: int, folder: Path) -> dict[str, Usage]:
    """Return what each command takes to begin and to end."""
    taken: dict[str, list[Usage]] = {}
    for _ in range(rounds + 1):
        for name, command in COMMANDS.items():
            taken.setdefault(name, []).append(run(command, log=folder / "log", cwd=folder))
    return {name: middle(usages[1:]) for name, usages in taken.items()}


def described(figures: dict[str, Usage]) -> str:
    """Return the table of starts."""
    bare = figures[BARE]
    rows = []
    for name, usage in figures.items():
        if usage.failure:
            rows.append([name, usage.failure, *[""] * 5])
            continue
        wall, cpu = usage.wall / bare.wall, usage.client / bare.client
        goal = "" if name in (BARE, DATABASE) else "yes" if cpu <= GOAL_RATIO else "no"
        rows.append([name, f"{usage.wall:.2f}", f"{usage.client:.2f}", f"{wall:.2f}", f"{cpu:.2f}", goal])
        rows[-1].append(f"{usage.peak_mb:.0f}")
    return results.table(["command", "wall s", "CPU s", "wall ratio", "CPU ratio", "at most 1.3", "peak MB"], rows)


@contextmanager
def site(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the sample site; yields the variables that lead Meltano to it and keep what it writes in the folder."""
    world = World()
    with serve(world) as served:
        build_sample_site(world, served.url)
        world.clock.advance(hours=1)
        yield {
            "TAP_CONFLUENCE_BASE_URL": served.url,
            "TAP_CONFLUENCE_EMAIL": served.email,
            "TAP_CONFLUENCE_API_TOKEN": served.token,
            "TARGET_CDM_DOCS_DESTINATION": f"duckdb:///{folder / 'bench.duckdb'}",
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
            "MELTANO_ENVIRONMENT": "demo",
        }


def unchanged(rounds: int, folder: Path) -> Usage:
    """Return what a run of Meltano takes in which nothing changed."""
    for kind, name in zip(("extractor", "loader"), JOB, strict=True):
        subprocess.run([MELTANO, "install", kind, name], cwd=ROOT, check=True, capture_output=True)
    command = [MELTANO, "run", *JOB]
    with site(folder) as env:
        usages = [run(command, log=folder / "log", cwd=ROOT, env=env) for _ in range(rounds + 1)]
    return middle([replace(usage, processes=_shares(usage)) for usage in usages[1:]])


def _shares(usage: Usage) -> dict[str, float]:
    shares: dict[str, float] = {}
    for words, seconds in usage.processes.items():
        shares[_process(words)] = shares.get(_process(words), 0.0) + seconds
    return shares


def _process(words: str) -> str:
    """The name of a process: of its program, and what it was asked where that is not the run itself."""
    first = next((word for word in words.split() if "python" not in Path(word).name), words)
    asked = re.search(r" (--discover|--about|--version|install)\b", words)
    return f"{Path(first).name}{f' {asked.group(1)}' if asked else ''}"


def split(usage: Usage) -> str:
    """Return the table of CPU by process, as of the last look at each."""
    if usage.failure:
        return usage.failure
    shares = {**usage.processes, "between two looks": max(0.0, usage.client - sum(usage.processes.values()))}
    rows = [[name, f"{seconds:.2f}"] for name, seconds in sorted(shares.items(), key=lambda each: -each[1])]
    rows.append([f"all; the goal is at most {GOAL_SECONDS:.1f}", f"{usage.client:.2f}"])
    return results.table(["meltano run, nothing changed: process", "CPU s"], rows)


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        begun = starts(given.rounds, Path(name))
        ran = unchanged(given.rounds, Path(name))
    versions = ", ".join(f"{each} {version(each)}" for each in ("singer-sdk", "meltano"))
    text = f"""{results.machine()}; {versions}.

Medians of {given.rounds} rounds in turns after one that is not counted, so that files are compiled and the database is
there: the default one, a DuckDB file.

{described(begun)}

{split(ran)}

It took {ran.wall:.1f} s.
"""
    results.write("Start-up", text)


if __name__ == "__main__":
    main()
