"""The mapper in front of another's SQL target holds the rows that our own target holds: CONTRACT 2.4, law 5."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cdm_docs.mapping.times import canonical_moment
from confluence_sim import Clock, World, serve
from confluence_sim.content import build_sample_site
from psycopg.rows import dict_row
from support.meltano import Meltano
from support.stores import STAMPS, Destination
from target_cdm_docs.stores.tables import tables

# One worker runs Meltano, the others need not wait for it.
pytestmark = [pytest.mark.bare, pytest.mark.xdist_group("meltano")]

TABLES = ("cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_access", "cdm_work_user", "cdm_doc_chunk")
OURS = STAMPS | {column.name for table in tables.TABLES for each in table.computed for column in each.columns}
"""Columns that only our target has."""


def plain(value: Any) -> Any:
    return canonical_moment(value.isoformat()) if isinstance(value, datetime) else value


def rows(url: str, schema: str, table: str, columns: set[str]) -> dict[str, dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found = connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()
    return {row["cdm_id"]: {name: plain(row.get(name)) for name in columns} for row in found}


def columns_of(url: str, schema: str, table: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            [schema, table],
        ).fetchall()
    return {name for (name,) in found if not name.startswith("_")} - OURS


def test_law_5_the_mapper_before_an_sql_target_holds_the_rows_of_our_target(
    tmp_path: Path, postgres_destination: Destination
) -> None:
    url = postgres_destination.url
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"))
    with serve(world) as site:
        build_sample_site(world, site.url)
        meltano = Meltano(
            tmp_path,
            {
                "TAP_CONFLUENCE_BASE_URL": site.url,
                "TAP_CONFLUENCE_EMAIL": site.email,
                "TAP_CONFLUENCE_API_TOKEN": site.token,
                "TARGET_CDM_DOCS_DESTINATION": url,
                "TARGET_CDM_DOCS_SCHEMA": "ours",
                "TARGET_POSTGRES__CDM_SQLALCHEMY_URL": url.replace("postgresql://", "postgresql+psycopg2://"),
            },
        )
        meltano.run("tap-confluence", "target-cdm-docs")
        meltano.run("cdm-mapped")
    held = 0
    for table in TABLES:
        columns = columns_of(url, "ours", table)
        ours = rows(url, "ours", table, columns)
        if not ours:
            continue
        assert rows(url, "confluence_cdm", table, columns) == ours, table
        held += len(ours)
    columns = columns_of(url, "ours", "cdm_doc_link") - {"to_item_cdm_id"}
    ours = rows(url, "ours", "cdm_doc_link", columns)
    assert rows(url, "confluence_cdm", "cdm_doc_link", columns) == ours
    assert min(held, len(ours)) > 100
