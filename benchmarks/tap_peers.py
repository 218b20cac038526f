"""Reading one site with this project's tap and with what a user would otherwise write; prints ratios.

The site is the file of ``generate.py``, answered from bytes made beforehand by a process of its own, at once and with a
latency. What asks for each page's attachments would take the better part of an hour with the latency at 20,000 pages;
where a run would take longer than two minutes, its seconds are computed from its requests and said to be. Runs are in
turns, figures are medians of the rounds. At 20,000 pages three rounds take some ten minutes on two quiet cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.request import urlopen

import generate
from harness import results
from harness.environments import Environment
from harness.measure import Usage, middle, run

ROOT = Path(__file__).resolve().parent
OWN = str(Path(sys.executable).parent / "tap-confluence")
CONCURRENCY = 5
PATIENCE = 120.0
"""Seconds that a run with latency may take."""
PACKAGES = ("requests", "atlassian-python-api", "singer-sdk")
OTHERS = Environment("tap-peers", PACKAGES, PACKAGES)
OURS = f"tap-confluence, concurrency {CONCURRENCY}, rate lifted"


@dataclass(frozen=True)
class Reader:
    """A way to read a site: its name, and its command for a site and a folder of its own."""

    name: str
    command: Callable[[str, Path], list[str]]
    is_own: bool = False


def ours(site: str, folder: Path) -> list[str]:
    """Return this project's command."""
    config = {"base_url": site, "deployment": "cloud", "email": "me@example.com", "api_token": "t"}
    config |= {"concurrency": CONCURRENCY, "requests_per_second": 1000}
    return [OWN, "--config", _file(folder, config)]


def stock(site: str, folder: Path) -> list[str]:
    """Return the command of a tap as the SDK's cookiecutter makes it."""
    return [OTHERS.program("python"), str(ROOT / "others" / "tap_sdk.py"), "--config", _file(folder, {"site": site})]


def _file(folder: Path, config: dict[str, object]) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def script(name: str, *words: str) -> Callable[[str, Path], list[str]]:
    """Return the command of a script of others."""
    return lambda site, _: [OTHERS.program("python"), str(ROOT / "others" / name), site, *words]


@contextmanager
def serve(path: Path, latency: float) -> Iterator[tuple[int, int]]:
    """Serve a file; yields the ports without and with the latency."""
    command = [sys.executable, str(ROOT / "harness" / "prepared_site.py"), str(path), "0", str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first, second = map(int, process.stdout.readline().split())
        yield first, second
    finally:
        process.terminate()
        process.wait()


def asked(port: int) -> int:
    """Return the requests since this was asked."""
    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


def read(reader: Reader, port: int) -> tuple[Usage, int]:
    """Run a reader once; returns what it took and its requests. The note counts its rows."""
    asked(port)
    with tempfile.TemporaryDirectory(dir=generate.FOLDER) as name:
        folder = Path(name).absolute()
        out = folder / "out"
        site = f"http://127.0.0.1:{port}/wiki"
        usage = run(reader.command(site, folder), log=folder / "log", stdout=out, cwd=folder)
        with out.open("rb") as lines:
            rows = sum(_is_content(line) for line in lines)
    return replace(usage, note=str(rows)), asked(port)


def _is_content(line: bytes) -> bool:
    """A page or an attachment: a line of those of others is nothing else, and Singer's say their stream first."""
    if not line.startswith((b'{"type":"RECORD"', b'{"type": "RECORD"', b'{"type":"SCHEMA"', b'{"type": "SCHEMA"')):
        return b'"STATE"' not in line[:20]
    return b"RECORD" in line[:20] and (b'"pages"' in line[:60] or b'"attachments"' in line[:60])


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.12, help="seconds")
    given = parser.parse_args()
    path, _ = generate.files(generate.FOLDER, given.pages, given.pages // 10)
    keys = [f"SP{number}" for number in range(generate.Site(given.pages).spaces)]
    readers = [
        Reader(OURS, ours, is_own=True),
        Reader("singer-sdk, two REST streams", stock),
        Reader("requests, attachments of each page", script("tap_requests.py")),
        Reader("atlassian-python-api, attachments of each page", script("tap_atlassian.py", *keys)),
    ]
    failure = OTHERS.make()
    readers = [each for each in readers if each.is_own or not failure]
    quick: dict[str, list[Usage]] = {}
    slow: dict[str, list[Usage]] = {}
    counts: dict[str, int] = {}
    with serve(path, given.latency) as (port, distant):
        for number in range(given.rounds):
            for reader in readers[number % len(readers) :] + readers[: number % len(readers)]:
                usage, counts[reader.name] = read(reader, port)
                quick.setdefault(reader.name, []).append(usage)
                told = (
                    f"{usage.wall:.1f} s, CPU {usage.client:.1f} s, {counts[reader.name]} requests, {usage.note} rows"
                )
                print(f"round {number + 1}: {reader.name}: {usage.failure or told}", file=sys.stderr, flush=True)
                if reader.is_own or counts[reader.name] * given.latency < PATIENCE:
                    usage, _ = read(reader, distant)
                    slow.setdefault(reader.name, []).append(usage)
                    print(f"  with latency {usage.wall:.1f} s {usage.failure}", file=sys.stderr, flush=True)
    rows = []
    for reader in readers:
        usage = middle(quick[reader.name])
        rows.append([reader.name, *_figures(usage, slow.get(reader.name), counts[reader.name], given.latency)])
    needed = 3 + -(-given.pages // 250) + -(-given.pages // 2 // 250)
    limit = needed * given.latency / CONCURRENCY
    rows.append(["the limit: requests needed x latency / concurrency", *[""] * 4, f"{limit:.1f}", "", str(needed)])
    head = ["reader", "content rows", "wall s", "CPU s", "rows a CPU second"]
    head += [f"wall s at {given.latency * 1000:.0f} ms", "peak MB", "requests"]
    text = f"""{results.machine()}; {failure or OTHERS.versions()}.

{given.pages:,} pages and {given.pages // 2:,} attachments in 20 spaces, {path.stat().st_size / 1e6:,.0f} MB as Singer
lines, read from a server that answers from prepared bytes, uncompressed. Medians of {given.rounds} rounds in turns.

{results.table(head, rows)}

Content rows are pages and attachments. This project's tap writes an inventory row beside each, and spaces and users;
the stock tap reads neither of these, keeps no inventory and finds no deletion; the other two keep no STATE.

{_goals(middle(quick[OURS]), middle(slow[OURS]))}
"""
    results.write("Taps", text)


def _figures(usage: Usage, slow: list[Usage] | None, requests: int, latency: float) -> list[str]:
    if usage.failure:
        return [usage.failure, *[""] * 6]
    rows = int(usage.note)
    distant = f"{middle(slow).wall:.1f}" if slow else f"{usage.wall + requests * latency:,.0f} (computed)"
    seconds = [f"{usage.wall:.1f}", f"{usage.client:.1f}", f"{rows / usage.client:,.0f}", distant]
    return [f"{rows:,}", *seconds, f"{usage.peak_mb:.0f}", f"{requests:,}"]


def _goals(own: Usage, distant: Usage) -> str:
    speed = int(own.note or 0) / own.client
    goals = [
        ["wall s with latency", "at most 6", f"{distant.wall:.1f}", "yes" if distant.wall <= 6 else "no"],
        ["content rows a CPU second", "at least 10,000", f"{speed:,.0f}", "yes" if speed >= 10_000 else "no"],
    ]
    return results.table(["tap-confluence", "goal", "figure", "reached"], goals)


if __name__ == "__main__":
    main()
