"""The destination of dictionaries is equal to both databases in every column, for random histories."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support import memory
from support.histories import Historian
from support.stores import Destination
from support.tap_records import CHUNKED
from target_cdm_docs.stores.tables.tables import RUN, TABLES, VERSION, Table

COMPARED = [table for table in TABLES if table not in (RUN, VERSION)]


def batches_of(seed: int) -> list[list[CdmRows]]:
    dice = random.Random(seed)
    records = Historian(seed).tell(70)
    dice.shuffle(records)
    options = [CHUNKED, dataclasses.replace(CHUNKED, source_system="beta")]
    rows = [map_record(stream, record, dice.choice(options)) for stream, record in records]
    cuts = sorted(dice.sample(range(len(rows)), 4))
    return [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def compared(table: Table, rows: Iterable[dict[str, Any]], moments: list[Any], *, decoded: bool = False) -> list[str]:
    """Rows in the order of their keys; of a stamp, the how-manieth moment it is. Each store has a run of its own."""

    def plain(name: str, value: Any) -> Any:
        if name == "run_id":
            return value is not None
        if name in {stamp.name for stamp in table.stamps} and value in moments:
            return moments.index(value)
        if isinstance(value, datetime):
            return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if table.type_of(name) == "json":
            return json.dumps(value if decoded or value is None else json.loads(value), sort_keys=True)
        return value

    return sorted(repr(sorted((name, plain(name, value)) for name, value in row.items())) for row in rows)


@pytest.mark.parametrize("hard_delete", [False, True])
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 22))])
def test_the_dictionaries_hold_what_the_databases_hold(destination: Destination, seed: int, hard_delete: bool) -> None:
    batches = batches_of(seed)
    in_memory = memory.load(*batches, hard_delete=hard_delete).tables
    destination.load(*batches, hard_delete=hard_delete)
    found = {table.name: destination.query(f'SELECT * FROM "{table.name}"') for table in COMPARED}

    def moments(tables: Any) -> list[Any]:
        return sorted(
            {row[s.name] for t in COMPARED for row in tables[t.name] for s in t.stamps if s.default and row[s.name]}
        )

    held = {name: list(rows.values()) for name, rows in in_memory.items()}
    for table in COMPARED:
        there = compared(table, found[table.name], moments(found), decoded=destination.kind == "postgres")
        assert there == compared(table, held[table.name], moments(held))


def test_the_dictionaries_refuse_what_a_database_would_refuse() -> None:
    session = memory.MemorySession({table.name: {} for table in TABLES}, 1)
    table = next(table for table in TABLES if table.name == "cdm_work_user")
    session.insert(table, ("cdm_id",), [("a",)])
    with pytest.raises(AssertionError, match="inserted twice"):
        session.insert(table, ("cdm_id",), [("a",)])
    with pytest.raises(AssertionError, match="updated twice"):
        session.update(table, ("cdm_id",), ("email",), [("a", "1"), ("a", "2")], changed=True)
