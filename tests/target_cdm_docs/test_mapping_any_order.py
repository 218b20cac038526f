"""CONTRACT 2.4, laws 1 and 2, from the records of all streams to the rows of both databases, and through a mapper."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.histories import Historian
from support.stores import STAMPS, Destination, destination, duckdb_destination, postgres_destination, postgres_server
from support.tap_records import CHUNKED, OPTIONS, told

__all__ = ["destination", "duckdb_destination", "postgres_destination", "postgres_server"]

TABLES = (
    "cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_access", "cdm_work_user",
    "cdm_doc_chunk", "cdm_doc_tombstone",
)  # fmt: skip
VIEWS = ("cdm_doc_tree", "cdm_doc_backlinks", "cdm_doc_effective_access")
LENGTH = 70
Told = list[tuple[str, dict[str, Any]]]


def content(database: Destination) -> dict[str, list[Any]]:
    """All that stands in the tables and views, but for when it was written."""
    found: dict[str, list[Any]] = {
        table: [{name: value for name, value in row.items() if name not in STAMPS} for row in database.rows(table)]
        for table in TABLES
    }
    return found | {view: sorted(map(repr, database.query(f"SELECT * FROM {view}"))) for view in VIEWS}


def mapped(records: Told) -> list[CdmRows]:
    return [map_record(stream, record, CHUNKED) for stream, record in records]


def through_a_mapper(records: Told) -> list[CdmRows]:
    sent = [message for rows in mapped(records) for message in emit(rows)]
    return [map_record(stream, record, OPTIONS) for stream, record in sent]


def in_pieces(rows: list[CdmRows], dice: random.Random) -> list[list[CdmRows]]:
    """The rows in any order, cut into batches of any size."""
    dice.shuffle(rows)
    cuts = sorted(dice.sample(range(len(rows)), 4))
    return [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


@cache
def expected(seed: int, folder: Path, *, steady: bool = False, hard_delete: bool = False) -> dict[str, list[Any]]:
    """What a history comes to when it is written as told, in one batch, into DuckDB."""
    database = Destination("duckdb", f"duckdb:///{folder / f'{seed}{steady}{hard_delete}.duckdb'}")
    database.load(mapped(Historian(seed, steady=steady).tell(LENGTH)), hard_delete=hard_delete)
    return content(database)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("expected")


@pytest.mark.parametrize("seed", range(3))
def test_law_1_records_in_any_order_and_any_split_end_in_the_same_rows(
    destination: Destination, folder: Path, seed: int
) -> None:
    records = Historian(seed).tell(LENGTH)
    destination.load(*in_pieces(mapped(records), random.Random(seed)))
    assert content(destination) == expected(seed, folder)


@pytest.mark.parametrize("seed", range(5, 7))
def test_law_5_what_goes_through_a_mapper_ends_in_the_same_rows(
    destination: Destination, folder: Path, seed: int
) -> None:
    records = Historian(seed).tell(LENGTH)
    destination.load(*in_pieces(through_a_mapper(records), random.Random(seed)))
    assert content(destination) == expected(seed, folder)


@pytest.mark.parametrize("seed", range(8, 10))
def test_law_1_holds_where_removals_remove(destination: Destination, folder: Path, seed: int) -> None:
    records = Historian(seed, steady=True).tell(LENGTH)
    destination.load(*in_pieces(mapped(records), random.Random(seed)), hard_delete=True)
    assert content(destination) == expected(seed, folder, steady=True, hard_delete=True)


def test_law_1_the_same_records_again_change_nothing(destination: Destination) -> None:
    rows = mapped(Historian(11).tell(LENGTH))
    destination.load(rows)
    before = {table: destination.rows(table) for table in TABLES}
    destination.load(rows[20:], rows[:40])
    for table in TABLES:
        after = destination.rows(table)
        assert [row | {"synced_at": None} for row in after] == [row | {"synced_at": None} for row in before[table]]


def newest(records: Told, stream: str, field: str) -> dict[str, dict[str, Any]]:
    """By id: the record with the greatest (version, time); None where two with the same say different things."""
    found: dict[str, Any] = {}
    for name, record in records:
        if name == stream and record.get("type") != "sweep":
            found.setdefault(record["id"], []).append(record)
    ranked = {key: sorted(rows, key=lambda row: (row["version"] or 0, row[field])) for key, rows in found.items()}
    return {
        key: rows[-1]
        for key, rows in ranked.items()
        if all(row == rows[-1] or (row["version"] or 0, row[field]) != _rank(rows[-1], field) for row in rows)
    }


def _rank(record: dict[str, Any], field: str) -> tuple[int, str]:
    return record["version"] or 0, record[field]


@pytest.mark.parametrize("seed", range(20, 24))
def test_law_2_items_say_what_the_newest_records_say(duckdb_destination: Destination, seed: int) -> None:
    records = Historian(seed).tell(LENGTH)
    duckdb_destination.load(*in_pieces(mapped(records), random.Random(seed)))
    items = {row["source_item_id"]: row for row in duckdb_destination.rows("cdm_doc_item")}
    pages, places = newest(records, "pages", "observed_at"), newest(records, "content_inventory", "seen_at")
    assert pages
    for content_id, page in pages.items():
        item = items[content_id]
        assert (item["raw_source"], item["updated_at"]) == (page["raw"], page["updated_at"])
        seen = [
            record[field]
            for stream, field in (("pages", "observed_at"), ("content_inventory", "seen_at"))
            for name, record in records
            if name == stream and record["id"] == content_id and record["type"] != "sweep"
        ]
        buried = [r["detected_at"] for name, r in records if name == "tombstones" and r["id"] == content_id]
        gone = bool(buried) and max(buried) > max(seen)
        assert item["deleted_at"] == (max(buried) if gone else None)
        place = places.get(content_id)
        if place is not None and _rank(place, "seen_at") != _rank(page, "observed_at"):
            newer = _rank(place, "seen_at") > _rank(page, "observed_at")
            assert (item["title"], item["status"]) == (
                (place if newer else page)["title"],
                (place if newer else page)["status"],
            )


def page(version: int, observed_at: str, **changed: Any) -> CdmRows:
    return map_record("pages", told("pages", version=version, observed_at=observed_at, **changed), CHUNKED)


def tombstone(detected_at: str) -> CdmRows:
    return map_record("tombstones", told("tombstones", detected_at=detected_at), CHUNKED)


NOON, ONE, TWO = "2026-01-05T12:00:00.000Z", "2026-01-05T13:00:00.000Z", "2026-01-05T14:00:00.000Z"


def test_law_2_an_older_record_never_overwrites_a_newer_one(destination: Destination) -> None:
    destination.load([page(3, ONE, title="New")], [page(2, TWO, title="Old")], [page(3, NOON, title="Older")])
    (item,) = destination.rows("cdm_doc_item")
    assert item["title"] == "New"
    assert [row["revision_number"] for row in destination.rows("cdm_doc_revision")] == [2, 3]


def test_law_2_a_tombstone_wins_only_if_it_is_later(destination: Destination) -> None:
    destination.load([page(1, ONE)], [tombstone(NOON)])
    assert destination.rows("cdm_doc_item")[0]["deleted_at"] is None
    destination.load([tombstone(TWO)])
    (item,) = destination.rows("cdm_doc_item")
    assert (item["deleted_at"], item["deleted_reason"]) == (TWO, "trashed")
    assert {chunk["deleted_at"] for chunk in destination.rows("cdm_doc_chunk")} == {TWO}


def test_law_2_any_later_record_revives(destination: Destination) -> None:
    destination.load([page(2, NOON), tombstone(ONE)], [page(1, TWO)])
    (item,) = destination.rows("cdm_doc_item")
    assert (item["deleted_at"], item["updated_at"]) == (None, told("pages")["updated_at"])
    assert {chunk["deleted_at"] for chunk in destination.rows("cdm_doc_chunk")} == {None}


def test_law_2_a_tombstone_for_an_unknown_id_leaves_a_marker(destination: Destination) -> None:
    destination.load([tombstone(ONE)])
    assert destination.rows("cdm_doc_item") == []
    assert [row["target_cdm_id"] for row in destination.rows("cdm_doc_tombstone")] == ["cdm:doc:item:acme:10"]
    destination.load([page(1, NOON)])
    assert destination.rows("cdm_doc_item")[0]["deleted_at"] == ONE
    destination.load([page(1, TWO)])
    assert destination.rows("cdm_doc_item")[0]["deleted_at"] is None
