"""The demonstration behind ``make demo``: a simulated Confluence, the main job twice, and what came of it.

Starts the simulator with its sample site, runs ``meltano run tap-confluence target-cdm-docs`` into a DuckDB file,
edits a few pages, runs it again, and prints what each run did.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from confluence_sim.site import Site
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "output" / "demo"
DATABASE = OUTPUT / "demo.duckdb"
LOG = OUTPUT / "demo.log"
REPORT = OUTPUT / "report.html"
COUNTED = (
    ("spaces", "cdm_doc_space", "TRUE"),
    ("pages", "cdm_doc_item", "doc_type = 'page'"),
    ("blog posts", "cdm_doc_item", "doc_type = 'blogpost'"),
    ("attachments", "cdm_doc_item", "doc_type = 'attachment'"),
    ("versions", "cdm_doc_revision", "TRUE"),
    ("links", "cdm_doc_link", "TRUE"),
)
QUESTION = """\
SELECT item.title, count(*) AS links_here
FROM cdm_doc_item AS item
JOIN cdm_doc_link AS link ON link.to_item_cdm_id = item.cdm_id
WHERE link.link_type = 'internal' AND item.deleted_at IS NULL
GROUP BY item.cdm_id, item.title
ORDER BY links_here DESC, item.title
LIMIT 5"""
MORE = "SELECT space_key, path, author, updated_at FROM pages ORDER BY 1, 2"

Counts = dict[str, int]
console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run of the job did: how long, how many requests, the rows there are and those it changed."""

    seconds: float
    requests: int
    rows: Counts
    changed: Counts


def meltano(environment: dict[str, str], *arguments: str) -> None:
    """Run Meltano in the demo environment with its output in the log; end the demo if it fails."""
    with LOG.open("a", encoding="utf-8") as log:
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "meltano", "--environment=demo", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        sys.stderr.write(LOG.read_text(encoding="utf-8")[-4000:])
        raise SystemExit(f"\n`meltano {' '.join(arguments)}` failed; the whole log is {LOG.relative_to(ROOT)}")


def measure(since: float) -> tuple[Counts, Counts]:
    """Count the rows in the database: all of them, and those whose content changed since a moment (epoch seconds)."""
    rows: Counts = {}
    changed: Counts = {}
    with duckdb.connect(str(DATABASE), read_only=True) as database:
        for name, table, condition in COUNTED:
            count = f"SELECT count(*), count(*) FILTER (epoch(changed_at) >= ?) FROM {table} WHERE {condition}"  # noqa: S608 - names from the table above
            rows[name], changed[name] = database.execute(count, [since]).fetchone() or (0, 0)
    return rows, changed


def run_job(site: Site, environment: dict[str, str], title: str) -> Figures:
    """Run the main job once, saying so."""
    site.requests.clear()
    since = time.time()
    with console.status(f"{title}: meltano run tap-confluence target-cdm-docs"):
        meltano(environment, "run", "--no-install", "tap-confluence", "target-cdm-docs")
    seconds = time.time() - since
    requests = len(site.requests)
    console.print(f"[green]✓[/] {title}: {seconds:.1f} s, {requests} requests to Confluence")
    return Figures(seconds, requests, *measure(since))


def edit(world: World) -> None:
    """Do what people do between two nights: edit a page, rename one, write one, attach a file, bin one."""
    world.clock.advance(hours=14)
    handbook = world.space_by_key("HB")
    if handbook is None:
        raise LookupError("the sample site has no space HB")
    pages = {item.title: item for item in world.contents.values() if item.space_id == handbook.id}
    start, decisions = pages["Start here"], pages["How we decide"]
    world.edit(start, body=start.body + "<p>New: the fog horn answers questions, too.</p>", message="Fog horn")
    world.clock.advance(minutes=3)
    world.edit(decisions, title="How we decide things", message="Say what")
    note = world.create_page(handbook, title="A note from the night shift", body="<p>All lamps lit.</p>", parent=start)
    world.attach(note, filename="night.txt", data=b"All lamps lit.\n", media_type="text/plain")
    console.print(
        "[green]✓[/] somebody edits a page, renames another, writes a third and attaches a file to it", soft_wrap=True
    )


def show(first: Figures, second: Figures) -> None:
    """Print what the two runs did, where the file is, and one question with its answer."""
    table = Table(title="\nWhat is in the database now", title_justify="left", title_style="bold")
    table.add_column("", style="cyan")
    for heading in ("first run", "changed by the second", "rows now"):
        table.add_column(heading, justify="right")
    for name, *_ in COUNTED:
        table.add_row(name, str(first.rows[name]), str(second.changed[name]), str(second.rows[name]))
    table.add_section()
    table.add_row("requests", str(first.requests), str(second.requests), "")
    table.add_row("seconds", f"{first.seconds:.1f}", f"{second.seconds:.1f}", "")
    console.print(table)
    console.print("\nWhich pages do the others point to?\n")
    console.print(Syntax(QUESTION, "sql", background_color="default"))
    answer = Table(box=None, header_style="dim")
    answer.add_column("title")
    answer.add_column("links_here", justify="right")
    with duckdb.connect(str(DATABASE), read_only=True) as database:
        for title, links in database.execute(QUESTION).fetchall():
            answer.add_row(title, str(links))
    console.print(answer)
    database_path = DATABASE.relative_to(ROOT)
    connect = f"duckdb.connect('{database_path}')"
    console.print(
        f"\nThe database: [bold]{database_path}[/] (the log of both runs is beside it). Ask it more, for example:",
        soft_wrap=True,
    )
    console.print(f"  .venv/bin/python -c \"import duckdb; {connect}.sql('{MORE}').show()\"", soft_wrap=True)
    console.print("Next: docs/quickstart.md runs the commands by hand; README.md connects your site.", soft_wrap=True)


def write_report() -> None:
    """Make the page that shows what is in the database."""
    target = ["--destination", f"duckdb:///{DATABASE.relative_to(ROOT)}", "--output", str(REPORT.relative_to(ROOT))]
    subprocess.run([ROOT / ".venv" / "bin" / "cdm-docs", "report", *target], cwd=ROOT, check=True, capture_output=True)
    console.print(f"\nTo look at, in a browser: [bold]{REPORT.relative_to(ROOT)}[/]", soft_wrap=True)


def main() -> int:
    """Run the demonstration; return the process's exit code."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    world = World()
    with serve(world) as site:
        build_sample_site(world, site.url)
        console.print(
            f"[green]✓[/] a simulated Confluence runs at {site.url}: the handbook of a company that keeps lights",
            soft_wrap=True,
        )
        environment = {
            "TAP_CONFLUENCE_BASE_URL": site.url,
            "TAP_CONFLUENCE_EMAIL": site.email,
            "TAP_CONFLUENCE_API_TOKEN": site.token,
            "TARGET_CDM_DOCS_DESTINATION": f"duckdb:///{DATABASE.relative_to(ROOT)}",
            "MELTANO_DATABASE_URI": f"sqlite:///{OUTPUT / 'meltano.db'}",
        }
        first = run_job(site, environment, "First run")
        edit(world)
        second = run_job(site, environment, "Second run")
    show(first, second)
    write_report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
