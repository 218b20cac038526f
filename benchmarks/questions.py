"""The questions of a large site, on DuckDB and PostgreSQL: how long each takes, and with --explain how it is answered.

Makes, by SQL, some 200,000 pages in 100 spaces, 100,000 files, 2,000,000 links, 1,000 people in 500 groups (five a
space) and 4,000 restricted pages, then asks and writes. Each question is asked once cold and then --times times warm;
the fastest of these is printed, the processor's time that a warm answer took (the database's, over its threads), and
which tables it read as a whole. Of what is written, PostgreSQL's own counters are printed too: a statement of a batch
that reads a whole table, or updates that are not HOT, would show there.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil
import psycopg
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.read import read
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from harness.database_work import Work, scans_in_duckdb, work
from target_cdm_docs.stores import open_store
from target_cdm_docs.stores.base import Batch, Run, Store
from target_cdm_docs.stores.tables import tables
from target_scale import places

OPTIONS = Options(source_system="acme", read=read, chunk=chunk)
MOMENT = "'2026-01-05T09:00:00.000Z'"
TYPED = "CAST('2026-01-05 09:00:00+00' AS timestamptz)"
Execute = Callable[[str], list[tuple[Any, ...]]]


def whole(number: str, by: int) -> str:
    """Return a quotient without its fraction: DuckDB's division of integers has one, PostgreSQL's has not."""
    return f"CAST(floor({number} / {by}) AS bigint)"


class Site:
    """How large it is, and the SQL of the ids in it. A page ``n`` is in space ``n % spaces``, below page ``up(n)``."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.spaces = max(2, pages // 2000)
        self.people = 1000
        self.groups = 5 * self.spaces
        self.restricted = pages // 50
        self.links = 10

    def item(self, number: str) -> str:
        """The id of a page."""
        return f"'cdm:doc:item:acme:' || ({number})"

    def up(self, number: str) -> str:
        """The page above a page: the tenth part of its place within its space; null at the root."""
        place = whole(f"({number})", self.spaces)
        return f"CASE WHEN {place} > 0 THEN {whole(place, 10)} * {self.spaces} + ({number}) % {self.spaces} END"

    def space(self, number: str) -> str:
        """The id of a space."""
        return f"'cdm:doc:space:acme:' || (({number}) % {self.spaces})"

    def group(self, number: str) -> str:
        """The id of a group."""
        return f"'cdm:work:group:acme:g' || (({number}) % {self.groups})"

    def person(self, number: str) -> str:
        """The id of a person."""
        return f"'cdm:work:user:acme:u' || (({number}) % {self.people})"


def values(site: Site) -> Iterator[tuple[tables.Table, int, dict[str, str]]]:
    """Yield, by table, how many rows it gets and their columns as SQL over ``n``."""
    clock = f"'000000000001|' || {MOMENT} || '|0'"
    kept = {"_clock": clock, "_version": "1", "_observed_at": MOMENT, "_seen_at": MOMENT, "_told": "1", "_digest": "''"}
    base = {"source_system": "'acme'", "run_id": "'00000000000000000000000000'", **kept}
    when = {"created_at": MOMENT, "updated_at": MOMENT, "created_ts": TYPED, "updated_ts": TYPED}
    yield tables.SPACE, site.spaces, {
        **base, **when, "cdm_id": site.space("n"), "source_space_id": "CAST(n AS text)", "key": "'S' || n",
        "name": "'Space ' || n",
    }  # fmt: skip
    page = {
        **base, **when, "cdm_id": site.item("n"), "source_item_id": "CAST(n AS text)", "space_cdm_id": site.space("n"),
        "parent_item_cdm_id": f"'cdm:doc:item:acme:' || ({site.up('n')})", "title": "'Page ' || n",
        "doc_type": "'page'", "status": "'current'", "created_by_cdm_id": site.person("n"),
        "updated_by_cdm_id": site.person("n + 1"), "url": "'https://acme.example/wiki/pages/' || n",
        "tags": "CAST('[\"label-' || n % 50 || '\"]' AS json)", "version_number": "1",
        "latest_revision_cdm_id": "'cdm:doc:revision:acme:' || n || ':1'", "position": "n",
        "properties": "CAST('{\"position\": ' || n || '}' AS json)", "owner_cdm_id": site.person("n"),
    }  # fmt: skip
    yield tables.ITEM, site.pages, page
    file = {
        "cdm_id": "'cdm:doc:item:acme:att' || n", "source_item_id": "'att' || n", "doc_type": "'attachment'",
        "parent_item_cdm_id": site.item("2 * n"), "space_cdm_id": site.space("2 * n"), "title": "'image.png'",
        "latest_revision_cdm_id": "'cdm:doc:revision:acme:att' || n || ':1'", "file_size": "n",
    }  # fmt: skip
    yield tables.ITEM, site.pages // 2, {**page, **file}
    yield tables.REVISION, site.pages, {
        **base, **when, "cdm_id": "'cdm:doc:revision:acme:' || n || ':1'", "source_revision_id": "n || ':1'",
        "item_cdm_id": site.item("n"), "revision_number": "1", "author_cdm_id": site.person("n"),
        "body": "repeat('<p>lamp harbour ' || n || '</p>', 20)", "body_format": "'storage'",
        "text": "repeat('lamp harbour ' || n || ' ', 20)", "text_format": "'markdown'",
    }  # fmt: skip
    target = f"(CAST(n AS bigint) * 7919) % {site.pages}"
    yield tables.LINK, site.pages * site.links, {
        **base, **when, "cdm_id": "'cdm:doc:link:acme:' || n",
        "source_link_id": "CAST(n AS text)", "from_item_cdm_id": site.item(whole("n", site.links)),
        "to_item_cdm_id": site.item(target), "link_type": "'internal'", "anchor_text": "'see'",
        "properties": f"CAST('{{\"title\": \"Page ' || {target} || '\"}}' AS json)", "_ref": f"'t' || {target}",
        "_owner": site.item(whole("n", site.links)),
    }  # fmt: skip
    yield tables.NAME, site.pages, {
        **base, "name_digest": "'t' || n", "item_cdm_id": site.item("n"), "kind": "'page'", "scope": site.space("n"),
        "name": "'Page ' || n", "held_at": MOMENT,
    }  # fmt: skip
    access = {**base, "access_mode": "'read'", "_owner": "''"}
    yield tables.ACCESS, site.groups, {
        **access, "cdm_id": "'a:p' || n", "target_cdm_id": site.space("n"), "principal_cdm_id": site.group("n"),
        "principal_type": "'group'", "kind": "'permission'", "target_type": "'space'",
    }  # fmt: skip
    yield tables.ACCESS, site.groups * 100, {
        **access, "cdm_id": "'a:m' || n", "target_cdm_id": site.group("n"), "access_mode": "'member'",
        "principal_cdm_id": site.person(f"{whole('n', site.groups)} * 7 + n"), "principal_type": "'user'",
        "kind": "'membership'",
    }  # fmt: skip
    for k, who in enumerate((site.group(f"n * 50 % {site.pages} % {site.spaces} + {site.spaces}"), site.person("n"))):
        yield tables.ACCESS, site.restricted, {
            **access, "cdm_id": f"'a:r{k}' || n", "target_cdm_id": site.item("n * 50"), "principal_cdm_id": who,
            "principal_type": "'group'" if k == 0 else "'user'", "kind": "'restriction'",
        }  # fmt: skip
    yield tables.SET, site.pages, {
        **kept, "kind": "'access'", "owner": f"'content_restrictions:' || {site.item('n')}",
    }  # fmt: skip
    yield tables.USER, site.people, {
        **base, "cdm_id": site.person("n"), "display_name": "'Person ' || n", "account_status": "'active'",
        "account_type": "'atlassian'",
    }  # fmt: skip


def fill(execute: Execute, site: Site) -> None:
    """Make the rows."""
    for table, count, columns in values(site):
        known = {column.name for column in table.everything}
        used = {name: value for name, value in columns.items() if name in known}
        execute(
            f'INSERT INTO "{table.name}" ({", ".join(used)}) '
            f"SELECT {', '.join(used.values())} FROM generate_series(0, {count - 1}) AS t(n)"
        )


def records(stream: str, site: Site, numbers: range | list[int], version: int) -> list[dict[str, Any]]:
    """Return records of pages, or their rows of the inventory."""
    when = f"2026-02-{version:02d}T09:00:00.000Z"
    found = []
    for n in numbers:
        place = n // site.spaces
        record = {
            "id": str(n), "type": "page", "space_id": str(n % site.spaces), "space_key": f"S{n % site.spaces}",
            "status": "current", "title": f"Page {n}", "version": version,
            "parent_id": str(place // 10 * site.spaces + n % site.spaces) if place else None,
        }  # fmt: skip
        if stream == "pages":
            body = "".join(
                f'<p>See <ac:link><ri:page ri:content-title="Page {n + k}" /></ac:link></p>' for k in range(9)
            )
            record |= {"body": f"<p>{version}</p>{body}", "body_format": "storage", "observed_at": when}
            record |= {"created_at": when, "updated_at": when, "parent_type": "page"}
        else:
            record |= {"version": 1, "seen_at": when, "position": n}
        found.append(record)
    return found


RUN = {"run_id": "bench", "started_at": "2026-02-01T00:00:00.000Z"}


def write(store: Store, site: Site, stream: str, numbers: range | list[int], version: int) -> float:
    """Return the seconds that writing these records takes, without mapping them."""
    rows = [map_record(stream, record, OPTIONS) for record in records(stream, site, numbers, version)]
    began = time.perf_counter()
    store.apply(Batch(rows=rows), Run(**RUN, status="IN_PROGRESS"))
    return time.perf_counter() - began


def keep_one(store: Store) -> float:
    """Return the seconds that a run's end takes which removes all revisions but each item's newest."""
    began = time.perf_counter()
    store.close(Run(**RUN, status="COMPLETED"), revisions_keep=1)
    return time.perf_counter() - began


def writings(site: Site) -> Iterator[tuple[str, Callable[[Store], float]]]:
    """Yield what is written, by what it is called: each in a connection of its own."""
    few = random.Random(2).sample(range(site.pages), 100)
    many = range(min(10_000, site.pages))
    for turn, version in (("first", 2), ("again", 3)):
        yield f"a batch of 100 edits, {turn}", lambda store, v=version: write(store, site, "pages", few, v)
    yield "10,000 edits", lambda store: write(store, site, "pages", many, 4)
    yield "a replay of them", lambda store: write(store, site, "pages", many, 4)
    for turn, version in (("first", 5), ("second", 6), ("third", 7)):
        yield (
            f"a sweep of 10,000 unchanged pages, {turn}",
            lambda store, v=version: write(store, site, "content_inventory", many, v),
        )
    yield "revisions_keep: 1, old ones of 10,000 pages", keep_one
    yield "revisions_keep: 1, nothing to remove", keep_one


def questions(site: Site) -> dict[str, str]:
    """Return the questions, by what they are called."""
    dice = random.Random(1)
    some = [f"cdm:doc:item:acme:{dice.randrange(site.pages)}" for _ in range(200)]
    deepest, me = f"cdm:doc:item:acme:{site.pages - 1}", "cdm:work:user:acme:u7"
    listed = "ARRAY[" + ", ".join(f"'{one}'" for one in some) + "]"
    return {
        "which of 200 items may a person read": f"SELECT * FROM cdm_doc_may_read({listed}, '{me}')",
        "who may read an item": f"SELECT * FROM cdm_doc_readers(ARRAY['{deepest}'])",
        "path of an item": f"SELECT path FROM cdm_doc_path(ARRAY['{deepest}'])",
        "paths of 200 items": f"SELECT path FROM cdm_doc_path({listed})",
        "tree of a space (2,000 pages, 1,000 files)": "SELECT * FROM cdm_doc_space_tree('cdm:doc:space:acme:1')",
        "what is below an item": f"SELECT * FROM cdm_doc_subtree('cdm:doc:item:acme:{site.spaces + 1}')",
        "backlinks of an item": f"SELECT * FROM cdm_doc_backlinks WHERE item_cdm_id = '{some[0]}'",
        "current item with text": f"SELECT * FROM cdm_doc_current WHERE cdm_id = '{some[0]}'",
        "the 100 newest changes": "SELECT cdm_id FROM cdm_doc_item ORDER BY changed_at DESC LIMIT 100",
        "links changed since": "SELECT count(*) FROM cdm_doc_link WHERE changed_at > '2030-01-01T00:00:00Z'",
        "items that bear a label": "SELECT count(*) FROM cdm_doc_item_tag WHERE tag = 'label-7'",
        "all that a person may read": f"SELECT count(*) FROM cdm_doc_readable('{me}')",
        "the same of the view (whole site)": "SELECT count(*) FROM cdm_doc_effective_access"
        f" WHERE principal_cdm_id = '{me}'",
        "gates of the whole site": "SELECT count(*) FROM cdm_doc_gate",
    }


@contextmanager
def databases(folder: Path, wanted: list[str]) -> Iterator[Iterator[tuple[str, str]]]:
    """Yield the databases that are asked, by kind and URL, one after the other."""
    with places(folder) as known:

        def each() -> Iterator[tuple[str, str]]:
            for kind in wanted:
                yield kind, known[kind](0).destination

        yield each()


def connect(kind: str, url: str) -> Any:
    """Return a connection to ask by."""
    return (
        psycopg.connect(url, autocommit=True) if kind == "postgres" else duckdb.connect(url.removeprefix("duckdb:///"))
    )


def spent(connection: Any) -> float:
    """Return the processor's seconds that a connection's database has taken: of its server process, or of this one."""
    if isinstance(connection, psycopg.Connection):
        used = psutil.Process(connection.info.backend_pid).cpu_times()
        return float(used.user + used.system)
    return time.process_time()


def ask(connection: Any, query: str, times: int) -> tuple[float, float, float, int]:
    """Return the seconds of the first answer, of the fastest later one, of the processor for one, and the rows."""
    taken, rows, before = [], 0, 0.0
    for turn in range(times + 1):
        if turn == 1:
            before = spent(connection)
        began = time.perf_counter()
        rows = len(connection.execute(query).fetchall())
        taken.append(time.perf_counter() - began)
    return taken[0], min(taken[1:]), (spent(connection) - before) / times, rows


def ask_all(connection: Any, site: Site, times: int, *, explain: bool) -> None:
    """Ask, and print how long each question took and what was read for it."""
    is_postgres = isinstance(connection, psycopg.Connection)
    print(f"{'':48} {'cold':>9} {'warm':>9} {'cpu':>9} {'rows':>9}")
    for question, query in questions(site).items():
        cold, warm, cpu, rows = ask(connection, query, 1 if "whole site" in question else times)
        before = work(connection) if is_postgres else Work()
        if is_postgres:
            connection.execute(query)
        read = work(connection).since(before).scans if is_postgres else scans_in_duckdb(connection, query)
        print(
            f"{question:48} {1000 * cold:6.0f} ms {1000 * warm:6.0f} ms {1000 * cpu:6.0f} ms {rows:9,}  {read}",
            flush=True,
        )
        if explain:
            plan = connection.execute(f"EXPLAIN {query}").fetchall()
            print("\n".join(str(row[-1]) for row in plan))


def write_all(kind: str, url: str, site: Site) -> None:
    """Write, and print how long it took and what was done for it."""
    for title, done in writings(site):
        store = open_store(url, schema=None, hard_delete=False)
        if kind == "duckdb":
            file = Path(url.removeprefix("duckdb:///"))
            size = file.stat().st_size
            store.open()
            took = done(store)
            store.disconnect()
            said = f"file {(file.stat().st_size - size) / 1e6:+.1f} MB"
        else:
            with closing(connect(kind, url)) as watching:
                before = work(watching)
                store.open()
                took = done(store)
                store.disconnect()
                time.sleep(1)  # the server process that ended tells what it did
                since = work(watching).since(before)
                said = f"{since.scans}; {since.writes}"
        print(f"{title:48} {1000 * took:6.0f} ms  {said}", flush=True)


def main() -> None:
    """Make, ask, write, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--database", action="append", choices=["duckdb", "postgres"])
    given = parser.parse_args()
    site = Site(given.pages)
    with (
        tempfile.TemporaryDirectory() as name,
        databases(Path(name), given.database or ["duckdb", "postgres"]) as known,
    ):
        for kind, url in known:
            store = open_store(url, schema=None, hard_delete=False)
            store.open()
            store.disconnect()
            began = time.perf_counter()
            with closing(connect(kind, url)) as connection:
                fill(lambda query, on=connection: on.execute(query) and [], site)
                if kind == "postgres":
                    connection.execute("VACUUM ANALYZE")
                version = connection.execute("SELECT version()").fetchone()[0]
                print(f"{kind} ({version}): {site.pages:,} pages made in {time.perf_counter() - began:.0f} s")
                ask_all(connection, site, given.times, explain=given.explain)
            write_all(kind, url, site)


if __name__ == "__main__":
    main()
