"""Records passed through unmapped, in both databases."""

from __future__ import annotations

from typing import Any

from support.stores import Destination, destination, duckdb_destination, postgres_destination, postgres_server
from target_cdm_docs.raw import raw_record
from target_cdm_docs.stores.base import Batch, RawRecord, Run

__all__ = ["destination", "duckdb_destination", "postgres_destination", "postgres_server"]


def load(database: Destination, *records: RawRecord) -> list[dict[str, Any]]:
    store = database.open()
    run = Run(run_id="r", started_at="2026-01-01T00:00:00.000Z", status="IN_PROGRESS")
    for record in records:
        store.apply(Batch(raw=[record]), run)
    store.close(run)
    return database.rows("raw_record")


def raw(arrived: int, **record: Any) -> RawRecord:
    updated_at = record.get("updated_at")
    return RawRecord("issues", "1", "jira", None, updated_at, record, arrived)


def test_a_raw_record_that_comes_again_does_not_change(destination: Destination) -> None:
    (first,) = load(destination, raw(1, id="1"))
    (again,) = load(destination, raw(7, id="1"))
    assert again["changed_at"] == first["changed_at"]
    assert again["synced_at"] > first["synced_at"]
    assert again["record"] == {"id": "1"}


def test_of_records_that_tell_no_time_the_later_to_arrive_wins(destination: Destination) -> None:
    (row,) = load(destination, raw(9, id="1", name="late"), raw(4, id="1", name="early"))
    assert row["record"]["name"] == "late"


def test_of_records_that_tell_their_time_the_newer_wins(destination: Destination) -> None:
    (row,) = load(
        destination,
        raw(1, id="1", updated_at="2026-01-02T00:00:00.000Z"),
        raw(2, id="1", updated_at="2026-01-01T00:00:00.000Z"),
    )
    assert row["updated_at"] == "2026-01-02T00:00:00.000Z"


def test_keys_of_any_length_tell_records_apart(destination: Destination) -> None:
    long = "🙂ö" * 5000
    records = [raw_record("issues", {"id": key}, ["id"], "jira", 1) for key in ("x", long, f"{long}!", long)]
    found = load(destination, *records)
    assert sorted(len(row["record"]["id"]) for row in found) == [1, 10_000, 10_001]


def test_what_a_database_cannot_hold_is_replaced_and_counted(destination: Destination) -> None:
    (row,) = load(destination, raw(1, id="1", text="a\x00b\ud800", deep=[{"k\x00": 2**80}]))
    assert row["record"] == {"id": "1", "text": "a\ufffdb\ufffd", "deep": [{"k\ufffd": 2**80}]}
    assert destination.query("SELECT replaced_characters FROM cdm_ingest_run") == [{"replaced_characters": 3}]
