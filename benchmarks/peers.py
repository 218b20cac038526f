"""Loading one file with what a user would otherwise pick, and with this project's target; prints ratios.

The file is a first sync as this tap emits it (``generate.py``). Each loader runs in an environment of its own, made
when it is first wanted, into an empty place of its own; the runs of a round are in turns, and figures are medians of
the rounds. This project's target then loads the same file again, and then a run with edits. Rows are counted
afterwards. At 20,000 pages three rounds take about half an hour on two quiet cores; ``--pages 1000`` takes minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import generate
from harness import postgres, results
from harness.environments import Environment
from harness.measure import Usage, middle, run

OWN = str(Path(sys.executable).parent / "target-cdm-docs")
OTHERS = Path(__file__).resolve().parent / "others"
FIRST, AGAIN, EDITS = "first load", "the same file again", "edits on top"

MELTANO = Environment("meltanolabs", ("meltanolabs-target-postgres",), ("meltanolabs-target-postgres", "singer-sdk"))
PIPELINEWISE = Environment("pipelinewise", ("pipelinewise-target-postgres",), ("pipelinewise-target-postgres",))
DUCKDB = Environment("target-duckdb", ("target-duckdb",), ("target-duckdb", "duckdb"))
JSONL = Environment("target-jsonl", ("target-jsonl",), ("target-jsonl",))
DLT = Environment("dlt", ("dlt[postgres]", "pyarrow", "orjson"), ("dlt", "pyarrow"))
LIMIT = Environment("limit", ("msgspec", "psycopg[binary]"), ("msgspec", "psycopg"))

DEFAULTS = "meltanolabs-target-postgres, defaults"
BARE, RAW, CDM, MARKDOWN = "the limit", "ours, raw", "ours, cdm, links", "ours, cdm, links and Markdown"
THEIR_DUCKDB, OUR_DUCKDB = "target-duckdb", "ours, cdm, links and Markdown, DuckDB"
OUR_RAW_DUCKDB = "ours, raw, DuckDB"


@dataclass(frozen=True)
class Place:
    """Where a loader may write: an empty database of the server, and a folder.

    Attributes:
        server: The server.
        database: The name of the database in it.
        folder: The folder.
    """

    server: postgres.Server
    database: str
    folder: Path

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.server.url(self.database)

    @property
    def file(self) -> Path:
        """The file of a DuckDB."""
        return self.folder / "bench.duckdb"

    def config(self, **settings: object) -> list[str]:
        """Return the arguments that give a Singer target its settings."""
        path = self.folder / "config.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return ["--config", str(path)]


@dataclass(frozen=True)
class Loader:
    """A way to load a file.

    Attributes:
        name: What it is called in the table.
        command: The command that loads what it reads.
        count: What says how much it left.
        environment: What it runs in; this project's own when missing.
        steps: What it loads, one after the other.
    """

    name: str
    command: Callable[[Place], list[str]]
    count: Callable[[Place], str]
    environment: Environment | None = None
    steps: tuple[str, ...] = (FIRST,)


TABLES = r"""SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND schemaname NOT LIKE '%\_staging'
AND tablename NOT LIKE '\_%'"""


def rows_in_postgres(place: Place) -> str:
    """Count the rows of all tables but a loader's own."""
    tables = place.server.execute(TABLES, database=place.database)
    counts = [place.server.execute(f"SELECT count(*) FROM {table}", database=place.database) for (table,) in tables]
    return f"{sum(int(str(row[0][0])) for row in counts):,} rows"


def _duckdb(place: Place, query: str) -> list[tuple[object, ...]]:
    import duckdb  # noqa: PLC0415 - its memory is not the other loaders' concern

    with closing(duckdb.connect(str(place.file), read_only=True)) as connection:
        found: list[tuple[object, ...]] = connection.execute(query).fetchall()
        return found


def rows_in_duckdb(place: Place) -> str:
    """Count the rows of all tables."""
    tables = _duckdb(place, 'SELECT format(\'"{}"."{}"\', schema_name, table_name) FROM duckdb_tables()')
    return f"{sum(int(str(_duckdb(place, f'SELECT count(*) FROM {table}')[0][0])) for (table,) in tables):,} rows"


def lines_in_files(place: Place) -> str:
    """Count the lines of a folder's files."""
    count = 0
    for path in place.folder.glob("*.jsonl"):
        with path.open("rb") as lines:
            count += sum(1 for _ in lines)
    return f"{count:,} rows"


RAW_ROWS = "SELECT count(*) FROM raw_record"
CDM_ROWS = """SELECT (SELECT count(*) FROM cdm_doc_item), (SELECT count(*) FROM cdm_doc_link),
(SELECT count(*) FROM cdm_doc_revision WHERE text IS NOT NULL)"""


def _told(rows: list[tuple[object, ...]]) -> str:
    names = ("items", "links", "texts") if len(rows[0]) > 1 else ("rows",)
    return ", ".join(f"{int(str(count)):,} {name}" for name, count in zip(names, rows[0], strict=True))


def ours(name: str, *, duckdb: bool = False, **settings: object) -> Loader:
    """Return this project's target with some settings."""
    query = RAW_ROWS if settings.get("mode") == "raw" else CDM_ROWS

    def command(place: Place) -> list[str]:
        destination = f"duckdb:///{place.file}" if duckdb else place.url
        return [OWN, *place.config(destination=destination, **settings)]

    def count(place: Place) -> str:
        return _told(_duckdb(place, query) if duckdb else place.server.execute(query, database=place.database))

    return Loader(name, command, count, steps=(FIRST, AGAIN, EDITS))


def meltano(place: Place, **settings: object) -> list[str]:
    """Return the command of meltanolabs-target-postgres."""
    url = place.url.replace("postgresql:", "postgresql+psycopg:")
    return [MELTANO.program("target-postgres"), *place.config(sqlalchemy_url=url, **settings)]


def pipelinewise(place: Place) -> list[str]:
    """Return the command of pipelinewise-target-postgres."""
    where = {"host": "127.0.0.1", "port": place.server.port, "user": "postgres", "password": "x"}
    config = place.config(**where, dbname=place.database, default_target_schema="raw")
    return [PIPELINEWISE.program("target-postgres"), *config]


def target_duckdb(place: Place) -> list[str]:
    """Return the command of target-duckdb."""
    return [DUCKDB.program("target-duckdb"), *place.config(path=str(place.file), default_target_schema="raw")]


def dlt(place: Place, kind: str) -> list[str]:
    """Return the command of dlt."""
    return [DLT.program("python"), str(OTHERS / "dlt_load.py"), place.url, str(place.folder / "dlt"), kind]


BEST = {"use_copy": True, "validate_records": False, "batch_size_rows": 50_000}
LOADERS = (
    Loader(DEFAULTS, meltano, rows_in_postgres, MELTANO),
    Loader(
        "meltanolabs-target-postgres, use_copy, no validation, batches of 50,000",
        lambda place: meltano(place, **BEST),
        rows_in_postgres,
        MELTANO,
    ),
    Loader("pipelinewise-target-postgres", pipelinewise, rows_in_postgres, PIPELINEWISE),
    Loader("dlt, merge", lambda place: dlt(place, "records"), rows_in_postgres, DLT),
    Loader("dlt, merge, Arrow", lambda place: dlt(place, "arrow"), rows_in_postgres, DLT),
    Loader(
        BARE,
        lambda place: [LIMIT.program("python"), str(OTHERS / "limit_postgres.py"), place.url],
        rows_in_postgres,
        LIMIT,
    ),
    ours(RAW, mode="raw"),
    ours(CDM, text_format="none"),
    ours(MARKDOWN),
    Loader(THEIR_DUCKDB, target_duckdb, rows_in_duckdb, DUCKDB),
    ours(OUR_RAW_DUCKDB, duckdb=True, mode="raw"),
    ours(OUR_DUCKDB, duckdb=True),
    Loader(
        "target-jsonl",
        lambda place: [JSONL.program("target-jsonl"), *place.config(destination_path=str(place.folder))],
        lines_in_files,
        JSONL,
    ),
)

Figures = dict[tuple[str, str], list[Usage]]


def measure(loader: Loader, place: Place, files: dict[str, Path]) -> Iterator[tuple[str, Usage]]:
    """Yield what each step took."""
    server = place.server.spent
    place.server.fresh(place.database)
    for step in loader.steps:
        log = place.folder / "log"
        usage = run(loader.command(place), log=log, stdin=files[step], cwd=place.folder, server=server)
        yield step, usage if usage.failure else replace(usage, note=loader.count(place))
    place.server.drop(place.database)


def rounds(loaders: list[Loader], server: postgres.Server, files: dict[str, Path], times: int) -> Iterator[Figures]:
    """Run all loaders in turns, each round beginning with another; yield after each what they took so far."""
    found: Figures = {}
    for number in range(times):
        start = number * len(loaders) // times
        for loader in loaders[start:] + loaders[:start]:
            with tempfile.TemporaryDirectory(dir=generate.FOLDER) as folder:
                for step, usage in measure(loader, Place(server, "bench", Path(folder).absolute()), files):
                    found.setdefault((loader.name, step), []).append(usage)
                    print(f"round {number + 1}: {loader.name}, {step}: {_figures(usage)}", file=sys.stderr, flush=True)
        yield found


def _figures(usage: Usage) -> str:
    if usage.failure:
        return usage.failure
    return (
        f"{usage.wall:.1f} s, CPU {usage.client:.1f} + {usage.server:.1f}, peak {usage.peak_mb:.0f} MB "
        f"({usage.together_mb:.0f} together); {usage.note}"
    )


def described(figures: dict[tuple[str, str], Usage]) -> str:
    """Return the table of all that ran; ratios are against the defaults of what most users pick."""
    base = figures.get((DEFAULTS, FIRST))

    def ratio(usage: Usage, name: str) -> str:
        return f"{getattr(usage, name) / getattr(base, name):.2f}" if base and not base.failure else ""

    rows = []
    for (name, step), usage in figures.items():
        title = name if step == FIRST else f"{name}: {step}"
        if usage.failure:
            rows.append([title, *[""] * 7, usage.failure.replace("|", "/")])
            continue
        seconds = [f"{each:.1f}" for each in (usage.wall, usage.client, usage.server)]
        memory = [f"{each:.0f}" for each in (usage.peak_mb, usage.together_mb)]
        rows.append([title, *seconds, ratio(usage, "wall"), ratio(usage, "cpu"), *memory, usage.note])
    head = ["loader", "wall s", "CPU client s", "CPU server s", "wall ratio", "CPU ratio", "peak MB", "together MB"]
    return results.table([*head, "left behind"], rows)


Step = tuple[str, str]
GOALS: tuple[tuple[str, Step, Step, float], ...] = (
    ("raw of meltanolabs' defaults", (RAW, FIRST), (DEFAULTS, FIRST), 0.25),
    ("raw of the limit", (RAW, FIRST), (BARE, FIRST), 1.5),
    ("cdm with links of meltanolabs' defaults", (CDM, FIRST), (DEFAULTS, FIRST), 0.45),
    ("cdm with links and Markdown of meltanolabs' defaults", (MARKDOWN, FIRST), (DEFAULTS, FIRST), 0.65),
    ("cdm with links and Markdown into DuckDB of target-duckdb", (OUR_DUCKDB, FIRST), (THEIR_DUCKDB, FIRST), 1.0),
    *(
        (f"{step} of the first load: {name.removeprefix('ours, ')}", (name, step), (name, FIRST), 0.15)
        for name in (RAW, CDM, MARKDOWN, OUR_RAW_DUCKDB, OUR_DUCKDB)
        for step in (AGAIN, EDITS)
    ),
)


def goals(figures: dict[tuple[str, str], Usage]) -> str:
    """Return the table of goals, each with its figure."""
    rows = []
    for name, own, other, asked in GOALS:
        ran = [figures[each] for each in (own, other) if each in figures and not figures[each].failure]
        if len(ran) == 2:
            wall, cpu = ran[0].wall / ran[1].wall, ran[0].cpu / ran[1].cpu
            rows.append([name, f"{asked:.2f}", f"{wall:.2f}", f"{cpu:.2f}", _reached(min(wall, cpu), wall, asked)])
    return results.table(["ratio", "goal", "wall", "CPU", "reached"], rows)


def _reached(least: float, wall: float, asked: float) -> str:
    return "yes" if wall <= asked else "by CPU alone" if least <= asked else "no"


def environments(loaders: Iterable[Loader]) -> dict[str, str]:
    """Make the environments; returns their versions, or why one cannot be made."""
    found = {}
    for environment in dict.fromkeys(loader.environment for loader in loaders if loader.environment):
        found[environment.name] = environment.make() or environment.versions()
    return found


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--edits", type=int, help="a tenth of the pages when missing")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", help="loaders whose names contain this; the page is left alone")
    given = parser.parse_args()
    edits = given.edits or given.pages // 10
    first, edited = generate.files(generate.FOLDER, given.pages, edits)
    chosen = [each for each in LOADERS if not given.only or any(word in each.name for word in given.only)]
    versions = environments(chosen)
    ready = [each for each in chosen if not each.environment or "cannot" not in versions[each.environment.name]]
    with first.open("rb") as lines:
        records = sum(line.startswith(b'{"type":"RECORD"') for line in lines)
    sizes = [f"{path.stat().st_size / 1e6:,.0f} MB" for path in (first, edited)]
    site = f"{given.pages:,} pages and {given.pages // 2:,} attachments: {records:,} records, {sizes[0]}"
    head = f"{site} (`generate.py`);\nthen {edits:,} edits, {sizes[1]}."
    files = {FIRST: first, AGAIN: first, EDITS: edited}
    with postgres.serve() as server:
        versions = {"server": server.version, **versions}
        for number, taken in enumerate(rounds(ready, server, files, given.rounds), 1):
            figures = {(each.name, step): middle(taken[each.name, step]) for each in ready for step in each.steps}
            for each in chosen:
                if each not in ready and each.environment:
                    figures[each.name, FIRST] = Usage.of_failure(versions[each.environment.name])
            text = f"""{results.machine()}; {", ".join(versions.values())}.

{head} Medians of {number} rounds in turns.

{described(figures)}

Ratios are against the first line. {records:,} rows are all records; target-duckdb takes the first record of each batch
for the header of its CSV file and loses it. dlt keeps its own copy of everything on disk while it works.

{goals(figures)}
"""
            if given.only:
                print(text)
            else:
                results.write("Loaders", text)  # after each round: what ran is not lost with what did not


if __name__ == "__main__":
    main()
