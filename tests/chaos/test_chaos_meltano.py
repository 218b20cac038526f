"""``meltano run`` told to stop, whole or in part: the next run goes on from the STATE that Meltano kept, to the end."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from confluence_sim import serve
from confluence_sim.log import Request
from confluence_sim.site import Site
from support.meltano import Meltano
from support.stores import Destination
from support.tap import CONTENT, on_request, small_world, truth

pytestmark = [
    pytest.mark.xdist_group("meltano"),
    pytest.mark.chaos,
]  # half a minute each

PLUGINS = {"tap": ("tap-confluence",), "target": ("target-cdm-docs",), "both": ("tap-confluence", "target-cdm-docs")}
"""Whom a signal meets; ``job`` is Meltano and all that it started, as Ctrl-C in a terminal."""
CASES = [(whom, number) for whom in ("job", *PLUGINS) for number in (signal.SIGINT, signal.SIGTERM)]


def processes(script: str, folder: Path) -> list[int]:
    """Those that run a script of ours with settings that name a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            names = [Path(word).name for word in (place / "cmdline").read_text().split("\0")[:2]]
            if script in names and str(folder) in (place / "environ").read_text(errors="replace"):
                found.append(int(place.name))
    return found


def told(destination: Destination) -> dict[str, int]:
    """The newest version of each content that is not removed."""
    alive = {row["cdm_id"]: row["source_item_id"] for row in destination.rows("cdm_doc_item") if not row["deleted_at"]}
    revisions = [row for row in destination.rows("cdm_doc_revision") if row["item_cdm_id"] in alive]
    newest: dict[str, int] = {}
    for row in sorted(revisions, key=lambda row: row["revision_number"]):
        newest[alive[row["item_cdm_id"]]] = row["revision_number"]
    return newest


def wanted(site: Site) -> dict[str, int]:
    """What the world holds."""
    return {content_id: version for stream in CONTENT for content_id, version in truth(site.world, stream).items()}


@pytest.mark.parametrize(("whom", "number"), CASES)
def test_meltano_told_to_stop_in_the_middle_the_next_run_ends_exact(
    whom: str, number: signal.Signals, tmp_path: Path, duckdb_destination: Destination
) -> None:
    world = small_world(spaces=3, pages=24, attachments=6)
    with serve(world) as site:
        meltano = Meltano(
            tmp_path,
            {
                "TAP_CONFLUENCE_BASE_URL": site.url,
                "TAP_CONFLUENCE_EMAIL": site.email,
                "TAP_CONFLUENCE_API_TOKEN": site.token,
                "TAP_CONFLUENCE_PAGE_SIZE": "5",
                "TAP_CONFLUENCE_CONCURRENCY": "1",
                "TARGET_CDM_DOCS_DESTINATION": duckdb_destination.url,
            },
        )
        met: list[int] = []

        def strike(request: Request) -> None:
            if request.path.endswith("/pages") and "cursor" in request.query and not met:
                scripts = PLUGINS.get(whom, ())
                met.extend(pid for script in scripts for pid in processes(script, tmp_path))
                for pid in met:
                    os.kill(pid, number)
                if whom == "job":
                    met.append(process.pid)
                    os.killpg(process.pid, number)

        with meltano.started("tap-confluence", "target-cdm-docs") as process, on_request(site, strike):
            said = process.communicate(timeout=240)[0]
        assert len(met) >= len(PLUGINS.get(whom, "1")), said
        assert process.returncode != 0, said
        assert site.token not in said
        meltano.run("tap-confluence", "target-cdm-docs")
        assert told(duckdb_destination) == wanted(site)
