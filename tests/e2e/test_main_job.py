"""The main job as people run it: ``meltano run tap-confluence target-cdm-docs`` over HTTP into real databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.content import build_sample_site
from confluence_sim.folder import load_folder
from confluence_sim.site import Site
from support.bodies import PAGES, REAL, counted, page_name, real_pages
from support.meltano import Meltano
from support.stores import Destination
from support.tap import pages_of

# One worker runs Meltano, the others need not wait for it.
pytestmark = [pytest.mark.bare, pytest.mark.xdist_group("meltano")]

CONTENT = ("pages", "blogposts", "attachments")
TABLES = ("cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_work_user")


def job(folder: Path, site: Site, destination: Destination) -> Meltano:
    return Meltano(
        folder,
        {
            "TAP_CONFLUENCE_BASE_URL": site.url,
            "TAP_CONFLUENCE_EMAIL": site.email,
            "TAP_CONFLUENCE_API_TOKEN": site.token,
            "TARGET_CDM_DOCS_DESTINATION": destination.url,
        },
    )


def counts(destination: Destination) -> list[dict[str, int]]:
    """Records by stream of each run, oldest first."""
    return [run["counts"] for run in destination.rows("cdm_ingest_run")]


def tables(destination: Destination) -> dict[str, list[dict[str, Any]]]:
    """All rows, but for when they were last seen."""
    return {
        table: [{name: value for name, value in row.items() if name != "synced_at"} for row in destination.rows(table)]
        for table in TABLES
    }


@real_pages
def test_real_pages_arrive_whole_and_with_every_link(
    tmp_path: Path, destination: Destination, record_property: Callable[[str, object], None]
) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    load_folder(world, REAL)
    with serve(world) as site:
        job(tmp_path, site, destination).run("tap-confluence", "target-cdm-docs")
    ids = {row["title"]: row["cdm_id"] for row in destination.rows("cdm_doc_item")}
    revisions = {row["item_cdm_id"]: row for row in destination.rows("cdm_doc_revision")}
    links = destination.rows("cdm_doc_link")
    expected = 0
    for page in PAGES:
        item = ids[page_name(page)]
        assert revisions[item]["body"].encode() == page.read_bytes(), page.name
        found = [row for row in links if row["from_item_cdm_id"] == item]
        count = sum(counted(page.read_text(encoding="utf-8")).values())
        assert len(found) == count, page.name
        expected += count
    record_property("links", expected)
    assert len(links) == expected > 100


@pytest.mark.parametrize(
    "destination", ["postgres", pytest.param("duckdb", marks=pytest.mark.chaos)], indirect=True
)  # of the file `make demo` tells the same
def test_a_second_run_brings_nothing_and_edits_bring_themselves_in_six_requests(
    tmp_path: Path, destination: Destination
) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    with serve(world) as site:
        build_sample_site(world, site.url)
        meltano = job(tmp_path, site, destination)
        meltano.run("tap-confluence", "target-cdm-docs")
        before = tables(destination)

        world.clock.advance(hours=1)
        said = meltano("run", "tap-confluence", "target-cdm-docs").stderr
        assert "Installing" not in said  # what pip_url names has not changed
        assert "METRIC" not in said
        assert "Skipping" not in said
        assert tables(destination) == before
        assert not set(counts(destination)[1]) & set(CONTENT)

        world.clock.advance(hours=1)
        edited = pages_of(world, "HB")[3:6]
        for page in edited:
            world.edit(page, body=f"{page.body}<p>Seen to.</p>")
        file = world.attach(edited[0], filename="new.txt", data=b"new", media_type="text/plain")
        site.requests.clear()
        meltano.run("tap-confluence", "target-cdm-docs")
        asked = [f"{entry.method} {entry.path}" for entry in site.requests]
    assert len(asked) <= 6, asked
    assert {name: counts(destination)[2].get(name, 0) for name in CONTENT} == {
        "pages": 3,
        "blogposts": 0,
        "attachments": 1,
    }
    revisions = {row["cdm_id"] for row in tables(destination)["cdm_doc_revision"]}
    fresh = revisions - {row["cdm_id"] for row in before["cdm_doc_revision"]}
    assert fresh == {f"cdm:doc:revision:confluence:{item.id}:{item.version}" for item in (*edited, file)}
