"""Records passed through unmapped, in both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.stores import Destination
from target_cdm_docs.raw import raw_record
from target_cdm_docs.stores.base import Batch, RawRecord, Run


def load(database: Destination, *records: RawRecord) -> list[dict[str, Any]]:
    store = database.open()
    run = Run(run_id="r", started_at="2026-01-01T00:00:00.000Z", status="IN_PROGRESS")
    for record in records:
        store.apply(Batch(raw=[record]), run)
    store.close(run)
    return database.rows("raw_record")


def raw(arrived: int, **record: Any) -> RawRecord:
    return raw_record("issues", record, ["id"], "jira", arrived=arrived, tells_its_age=False)


def ours(arrived: int, **record: Any) -> RawRecord:
    return raw_record("pages", record, ["id"], "confluence", arrived=arrived, tells_its_age=True)


def test_a_raw_record_that_comes_again_does_not_change(destination: Destination) -> None:
    (first,) = load(destination, raw(1, id="1"))
    (again,) = load(destination, raw(7, id="1"))
    assert again["changed_at"] == first["changed_at"]
    assert again["synced_at"] > first["synced_at"]
    assert again["record"] == {"id": "1"}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ({"name": "early"}, {"name": "late"}),
        ({"version": 7, "name": "b"}, {"version": 7, "name": "a"}),
        ({"version": 7}, {"version": 3}),
        ({"updated_at": "2026-01-01T12:00:00+02:00"}, {"updated_at": "2026-01-01T11:00:00Z"}),
        ({"updated_at": "31/01/2026"}, {"updated_at": "02/02/2026"}),
        ({"observed_at": "\x00"}, {"observed_at": "\ud800"}),
    ],
)
def test_law_2_of_what_is_passed_through_the_last_to_arrive_stays(
    first: dict[str, Any], last: dict[str, Any], destination: Destination
) -> None:
    """What another tap calls version or time need not tell which record is newer."""
    (row,) = load(destination, raw(1, id="1", **first), raw(2, id="1", **last))
    assert row["record"] == json.loads(json.dumps({"id": "1", **last}).replace("\\ud800", "\ufffd"))


def test_law_2_of_a_stream_of_tap_confluence_the_newer_record_stays(destination: Destination) -> None:
    old, new = (f"2026-01-0{day}T00:00:00.000Z" for day in (1, 2))
    (row,) = load(destination, ours(1, id="1", version=2, updated_at=new), ours(2, id="1", version=2, updated_at=old))
    assert row["updated_at"] == new
    (row,) = load(destination, ours(3, id="1", version=3, updated_at="\x00", observed_at="\ud800"))
    assert row["record"]["version"] == 3


def test_keys_of_any_length_tell_records_apart(destination: Destination) -> None:
    long = "🙂ö" * 5000
    records = [raw(1, id=key) for key in ("x", long, f"{long}!", long)]
    found = load(destination, *records)
    assert sorted(len(row["record"]["id"]) for row in found) == [1, 10_000, 10_001]


def test_a_number_is_the_key_that_its_text_is(destination: Destination) -> None:
    (row,) = load(destination, raw(1, id=1, name="old"), raw(2, id="1", name="new"))
    assert (row["record_key"], row["record"]) == ("1", {"id": "1", "name": "new"})


def test_what_a_database_cannot_hold_is_replaced_and_counted(destination: Destination) -> None:
    (row,) = load(destination, raw(1, id="1", text="a\x00b\ud800", deep=[{"k\x00": 2**80}]))
    assert row["record"] == {"id": "1", "text": "a\ufffdb\ufffd", "deep": [{"k\ufffd": 2**80}]}
    assert destination.query("SELECT replaced_characters FROM cdm_ingest_run") == [{"replaced_characters": 3}]
