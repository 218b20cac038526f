"""The jobs of ``meltano.yml`` that pass records through as they are."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from confluence_sim import serve
from support.meltano import Meltano
from support.stores import Destination
from support.tap import small_world, truth

# One worker runs Meltano, the others need not wait for it.
pytestmark = [pytest.mark.bare, pytest.mark.xdist_group("meltano")]


def test_the_raw_jobs_keep_every_record_as_it_is(tmp_path: Path, postgres_destination: Destination) -> None:
    world = small_world()
    pages = {each: (version, world.contents[each].body) for each, version in truth(world, "pages").items()}
    with serve(world) as site:
        meltano = Meltano(
            tmp_path,
            {
                "TAP_CONFLUENCE_BASE_URL": site.url,
                "TAP_CONFLUENCE_EMAIL": site.email,
                "TAP_CONFLUENCE_API_TOKEN": site.token,
                "TARGET_POSTGRES_SQLALCHEMY_URL": postgres_destination.url.replace(
                    "postgresql:", "postgresql+psycopg2:"
                ),
                "TARGET_CDM_DOCS__NDJSON_DESTINATION": f"ndjson:///{tmp_path}/files",
            },
        )
        meltano.run("raw")
        files = meltano.run("ndjson")

    with psycopg.connect(postgres_destination.url) as connection:
        rows = connection.execute("SELECT id, version, body FROM confluence_raw.pages").fetchall()
    assert {each: (version, body) for each, version, body in rows} == pages

    (folder,) = (tmp_path / "files").iterdir()
    lines = [json.loads(line) for line in (folder / "pages.ndjson").read_text(encoding="utf-8").splitlines()]
    assert {line["id"]: (line["version"], line["body"]) for line in lines} == pages
    assert folder.name in files.stdout + files.stderr
