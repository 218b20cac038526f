"""``cdm-docs``: what is made of a database of documents after it was loaded."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

import click

from target_cdm_docs.singer.environment import read_dotenv
from target_cdm_docs.stores.errors import StoreError

DESTINATION = "duckdb:///output/cdm-docs.duckdb"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look at what target-cdm-docs has loaded. Settings in .env are read, those in the environment win."""
    if complaint := read_dotenv():
        raise click.ClickException(complaint)


@main.command()
@click.option(
    "--destination",
    envvar="TARGET_CDM_DOCS_DESTINATION",
    default=DESTINATION,
    show_default=True,
    help="The database, as the target's setting; also from TARGET_CDM_DOCS_DESTINATION.",
)
@click.option(
    "--schema",
    envvar="TARGET_CDM_DOCS_SCHEMA",
    help="Schema of the tables, as the target's setting; also from TARGET_CDM_DOCS_SCHEMA.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("output/report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option("--title", default="Confluence in this database", show_default=True, help="What stands above it.")
def report(destination: str, schema: str | None, output: Path, title: str) -> None:
    """Write one HTML page: the newest run, growth, what is stale, broken, orphaned, public, and the tree."""
    from target_cdm_docs.report.figures import read_figures  # noqa: PLC0415 - --help is quick
    from target_cdm_docs.report.page import render  # noqa: PLC0415
    from target_cdm_docs.stores.reading import reading  # noqa: PLC0415

    try:
        with reading(destination, schema) as query:
            page = render(read_figures(query), title=title, made_at=datetime.now(timezone.utc))
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(page, encoding="utf-8")
    except (StoreError, OSError) as error:
        reason = f"--output: {error}" if isinstance(error, OSError) else str(error)
        sys.stderr.write(f"cdm-docs report: {reason}\n")
        raise SystemExit(1) from None
    sys.stdout.write(f"{output}\n")
