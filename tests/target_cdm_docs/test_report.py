"""``cdm-docs report``: one page of what a database holds, made of the database alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from click.testing import CliRunner, Result
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, told
from target_cdm_docs.documents import main
from target_cdm_docs.report import charts
from target_cdm_docs.report.figures import LISTED, MONTHS, Figures, read_figures
from target_cdm_docs.stores.reading import reading

pytestmark = pytest.mark.bare

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def rows(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), CHUNKED)


def page(content_id: str, title: str, parent: str | None = None, **more: Any) -> CdmRows:
    kind = None if parent is None else "page"
    return rows("pages", id=content_id, title=title, parent_id=parent, parent_type=kind, body=None, **more)


def figures(destination: Destination) -> Figures:
    with reading(destination.url, destination.schema) as query:
        return read_figures(query)


def report(destination: str, output: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["report", "--destination", destination, "--output", str(output), *more])


class Elements(HTMLParser):
    """Names and attributes of all elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_counts_what_is_there_and_tells_what_the_newest_run_did(destination: Destination) -> None:
    before = [rows("spaces"), page("1", "Top"), page("2", "Kept", "1"), page("3", "Old", "1"), page("4", "Bin", "1")]
    destination.load(before)
    destination.load(
        [page("3", "Edited", "1", version=4, observed_at="2026-02-01T00:00:00.000Z"), page("5", "New", "1")],
        [rows("tombstones", type="page", id="4", reason="trashed", detected_at="2026-02-01T00:00:00.000Z")],
    )
    found = figures(destination)
    assert {name: found.counts[name] for name in ("spaces", "pages", "files")} == {"spaces": 1, "pages": 4, "files": 0}
    changed = {name: [row["title"] for row in listing.rows] for name, listing in found.changed.items()}
    assert changed == {"new": ["New"], "edited": ["Edited"], "removed": ["Bin"]}
    assert [run["status"] for run in found.runs] == ["COMPLETED", "COMPLETED"]


def test_the_tree_stands_as_in_the_space_and_a_ring_ends(destination: Destination) -> None:
    ring = [page("8", "A", "9"), page("9", "B", "8")]
    destination.load([rows("spaces"), page("1", "Top"), page("2", "Below", "1"), page("3", "Deep", "2"), *ring])
    ((space, nodes),) = figures(destination).trees
    assert space["key"] == "ENG"
    assert [node.title for node in nodes] == ["Top"]
    assert [(child.title, [one.title for one in child.children]) for child in nodes[0].children] == [
        ("Below", ["Deep"])
    ]


def test_what_is_broken_orphaned_and_linked_to_is_told(destination: Destination) -> None:
    destination.load([map_record(stream, told(stream), CHUNKED) for stream in RECORDS if stream != "tombstones"])
    found = figures(destination)
    broken = destination.query("SELECT count(*) AS n FROM links WHERE is_broken")[0]["n"]
    assert found.broken.total == broken > 0
    assert found.public is not None
    destination.load([page("70", "Lonely", "10")])
    assert "Lonely" in {row["title"] for row in figures(destination).orphans.rows}


def test_a_long_list_is_cut_and_says_how_much_more_there_is(duckdb_destination: Destination, tmp_path: Path) -> None:
    old = {"updated_at": "2020-01-01T00:00:00.000Z"}
    destination = duckdb_destination
    destination.load([rows("spaces"), *[page(str(n), f"Page {n}", **old) for n in range(1, LISTED + 8)]])
    found = figures(destination).stale
    assert (len(found.rows), found.total, found.more) == (LISTED, LISTED + 7, 7)
    report(destination.url, tmp_path / "r.html")
    assert "… and 7 more" in (tmp_path / "r.html").read_text()


def test_growth_is_told_month_by_month_also_beside_impossible_dates(destination: Destination) -> None:
    days = {"1": "1001-05-05", "2": "2025-11-30", "3": "2026-02-01", "4": "2999-01-01"}
    made = [page(number, number, created_at=f"{day}T00:00:00.000Z") for number, day in days.items()]
    destination.load([rows("spaces"), *made])
    growth = figures(destination).growth
    assert len(growth) == MONTHS
    assert growth[-4:] == [("2025-11", 2.0), ("2025-12", 2.0), ("2026-01", 2.0), ("2026-02", 3.0)]


def test_a_database_without_permissions_does_not_claim_that_nothing_is_public(
    duckdb_destination: Destination, tmp_path: Path
) -> None:
    duckdb_destination.load([rows("spaces"), page("1", "Top")])
    assert figures(duckdb_destination).public is None
    report(duckdb_destination.url, tmp_path / "r.html")
    assert "Permissions were not read" in (tmp_path / "r.html").read_text()


HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_a_hostile_wiki_runs_nothing_and_loads_nothing(destination: Destination, tmp_path: Path) -> None:
    destination.load(
        [
            rows("spaces", name=HOSTILE, key=HOSTILE),
            page("1", HOSTILE, url="javascript:alert(1)"),
            page("2", "Fine", "1", url="https://wiki.example/2"),
            page("3", HOSTILE, "1", url="https://[broken"),
            page("4", HOSTILE, "1", url=" data:text/html,<script>alert(1)</script>"),
            rows("users", account_id="u2", display_name=HOSTILE),
        ]
    )
    done = report(destination.url, tmp_path / "r.html")
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'r.html'}\n")
    elements = Elements((tmp_path / "r.html").read_text()).found
    names = {name for name, _ in elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
    assert not [attribute for _, attributes in elements for attribute in attributes if attribute.startswith("on")]
    addresses = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert addresses == {"https://wiki.example/2"}
    (policy,) = [attributes for _, attributes in elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_an_empty_database_is_a_page_too(destination: Destination, tmp_path: Path) -> None:
    destination.load([])
    assert report(destination.url, tmp_path / "r.html", "--title", "Ours").exit_code == 0
    assert "<h1>Ours</h1>" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("duckdb:///nowhere/at.duckdb", "there is no file nowhere/at.duckdb: run the target first"),
        ("ndjson:///folder", "a report is made of a database"),
        ("postgresql://ada:ge%2Fheim@127.0.0.1:9/docs", "cannot read postgresql://127.0.0.1:9/docs"),
        ("postgresql://ada:ge/heim@127.0.0.1:9/docs", "percent-encoded"),
    ],
)
def test_what_cannot_be_read_is_one_line_without_a_secret(url: str, words: str, tmp_path: Path) -> None:
    done = report(url, tmp_path / "r.html")
    assert done.exit_code == 1
    assert words in done.output
    assert done.output.count("\n") == 1
    assert "heim" not in done.output
    assert not (tmp_path / "r.html").exists()


def test_a_database_that_the_target_did_not_fill_is_told_so(destination: Destination, tmp_path: Path) -> None:
    destination.execute("CREATE TABLE pages (id int)")
    done = report(destination.url, tmp_path / "r.html")
    assert done.exit_code == 1
    assert "no documents are there yet" in done.output


@pytest.mark.parametrize(
    ("version", "cure"), [(3, "run target-cdm-docs into it once"), (1000, "update target-cdm-docs")]
)
def test_tables_of_another_version_are_told_so(
    version: int, cure: str, destination: Destination, tmp_path: Path
) -> None:
    destination.load([])
    destination.execute(f"UPDATE cdm_schema_version SET version = {version}")
    done = report(destination.url, tmp_path / "r.html")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert f"its tables are of version {version}" in done.output
    assert cure in done.output


def test_charts_reach_from_zero_to_a_round_number_and_label_what_they_show() -> None:
    chart = charts.columns([("<a>", 3.0), ("b", 47.0)], unit="rows & more")
    ticks = re.findall(r'class="tick"[^>]*>([^<]*)<', chart)
    assert ticks[:3] == ["0", "30", "60"]
    assert "&lt;a&gt;: 3 rows &amp; more" in chart
    assert charts.area([], unit="pages").count("<svg") == charts.columns([], unit="pages").count("<svg") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page is not looked at")
@pytest.mark.parametrize("width", [400, 1400])
def test_a_browser_shows_the_page_at_any_width(width: int, duckdb_destination: Destination, tmp_path: Path) -> None:
    duckdb_destination.load([map_record(stream, told(stream), CHUNKED) for stream in RECORDS])
    path, picture = tmp_path / "r.html", tmp_path / "r.png"
    report(duckdb_destination.url, path)
    common = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    done = subprocess.run(
        [*common, f"--screenshot={picture}", path.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Refused to" not in done.stderr
    head = picture.read_bytes()[16:24]
    assert int.from_bytes(head[:4], "big") == width
