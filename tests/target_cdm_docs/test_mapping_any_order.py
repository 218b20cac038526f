"""CONTRACT 2.4, laws 1, 2, 5 and 9, from the records of all streams to rows: in memory by the hundred, in databases."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows, Clock
from support.histories import Historian, OddHistorian
from support.memory import MemoryStore, load
from support.stores import Destination
from support.tap_records import CHUNKED, OPTIONS, told
from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.tables.tables import ACCESS, CHUNK, GROUP, ITEM, LINK, REVISION, SET, SPACE, TOMBSTONE, USER

PUBLIC = (SPACE, ITEM, REVISION, LINK, ACCESS, USER, GROUP, CHUNK, TOMBSTONE)
LENGTH = 70
VIEWS = ("cdm_doc_tree", "cdm_doc_backlinks", "cdm_doc_effective_access")
SYSTEMS = ("acme", "beta")
SEEDS, IN_A_TEST = 500, 25
Told = list[tuple[str, dict[str, Any]]]
Shown = dict[str, list[str]]


def public(tables: Mapping[str, Iterable[dict[str, Any]]]) -> Shown:
    """What records decide: all columns but stamps, and which sets of access rows are known."""
    shown = {
        table.name: sorted(
            json.dumps({name: row[name] for name in table.names if name in row}, sort_keys=True)
            for row in tables[table.name]
        )
        for table in PUBLIC
    }
    known = [row["owner"] for row in tables[SET.name] if row["kind"] == "access"]
    return shown | {"sets of access rows that are known": sorted(known)}


def in_memory(*batches: list[CdmRows], hard_delete: bool) -> Shown:
    return public({name: list(rows.values()) for name, rows in load(*batches, hard_delete=hard_delete).tables.items()})


def in_a_database(database: Destination) -> Shown:
    return public({table.name: database.rows(table.name, order=table.key[0]) for table in (*PUBLIC, SET)})


def views(database: Destination) -> Shown:
    return {view: sorted(map(repr, database.query(f"SELECT * FROM {view}"))) for view in VIEWS}


class History:
    """What two source systems with equal ids, keys and titles tell; a seed decides what kind of history it is."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.hard_delete = seed % 2 == 1
        historians = [Historian(seed * 10 + i, steady=seed % 5 == 0, sized=seed % 4 > 1) for i, _ in enumerate(SYSTEMS)]
        shares = (LENGTH - 10, 10)
        self.told = [
            (stream, record, replace(CHUNKED, source_system=system))
            for historian, system, share in zip(historians, SYSTEMS, shares, strict=True)
            for stream, record in historian.tell(share)
        ]

    def rows(self) -> list[CdmRows]:
        """The history as it was told."""
        return [map_record(stream, record, options) for stream, record, options in self.told]

    def through_a_mapper(self) -> list[CdmRows]:
        """The history as a mapper sends it on."""
        sent = [message for rows in self.rows() for message in emit(rows)]
        return [map_record(stream, record, OPTIONS) for stream, record in sent]

    def delivered(self, rows: list[CdmRows]) -> list[list[CdmRows]]:
        """The rows in any order, cut into batches of any size; runs are killed and begin again at an earlier STATE."""
        self.dice.shuffle(rows)
        batches: list[list[CdmRows]] = []
        at = 0
        while at < len(rows):
            size = self.dice.choice((1, 2, 5, 20, 60))
            batches.append(rows[at : at + size])
            at += size
            if self.dice.random() < 0.05:
                at = self.dice.randrange(at)
        return batches


def deliveries(seed: int) -> tuple[History, list[CdmRows], list[list[CdmRows]]]:
    """A history, its rows as told, and a delivery of them: every third history's through a mapper."""
    history = History(seed)
    told = history.rows()
    return history, told, history.delivered(history.through_a_mapper() if seed % 3 == 0 else list(told))


@pytest.mark.parametrize("seeds", [range(at, at + IN_A_TEST) for at in range(0, SEEDS, IN_A_TEST)], ids=str)
def test_laws_1_5_and_9_any_order_any_split_and_any_kill_end_in_the_same_rows(seeds: range) -> None:
    broken = []
    for seed in seeds:
        history, told, batches = deliveries(seed)
        hard_delete = history.hard_delete
        if in_memory(told, hard_delete=hard_delete) != in_memory(*batches, hard_delete=hard_delete):
            broken.append(seed)
    assert broken == []


@pytest.mark.parametrize("seeds", [range(at, at + IN_A_TEST) for at in range(0, 100, IN_A_TEST)], ids=str)
def test_laws_1_and_9_hold_whatever_ids_moments_and_sizes_are_told(seeds: range) -> None:
    broken = []
    for seed in seeds:
        dice, hard_delete = random.Random(seed), seed % 2 == 1
        historian = OddHistorian(seed, steady=seed % 5 == 0, sized=True)
        told = [map_record(stream, record, CHUNKED) for stream, record in historian.tell(LENGTH)]
        batches, rows = [], dice.sample(told, len(told))
        while rows:
            size = dice.choice((1, 2, 5, 20))
            batches.append(rows[:size])
            rows = rows[size:]
        if in_memory(told, hard_delete=hard_delete) != in_memory(*batches, hard_delete=hard_delete):
            broken.append(seed)
    assert broken == []


def told_whole(told: list[CdmRows]) -> dict[str, list[set[str]]]:
    """By owner: its sets of access rows of which every member was told."""
    sets: dict[tuple[str, Clock, int | None], set[str]] = {}
    for part in (part for rows in told for part in rows.sets if part.kind == "access"):
        members = {json.dumps(dataclasses.asdict(member), sort_keys=True) for member in part.members}
        sets.setdefault((part.owner, part.clock, part.size), set()).update(members)
    found: dict[str, list[set[str]]] = {}
    for (owner, _, size), members in sets.items():
        if len(members) >= (size or 0):
            found.setdefault(owner, []).append({json.loads(member)["cdm_id"] for member in members})
    return found


@pytest.mark.parametrize("seed", [seed for seed in range(60) if seed % 4 > 1])
def test_law_10_at_every_moment_access_is_a_set_that_was_told_whole_or_nothing_is_known(seed: int) -> None:
    history = History(seed)
    told = history.rows()
    whole = told_whole(told)
    store = MemoryStore()
    run = Run(run_id="run", started_at=NOON, status="IN_PROGRESS")
    for batch in history.delivered(list(told)):
        store.apply(Batch(rows=batch), run)
        stored: dict[str, set[str]] = {}
        for row in store.tables[ACCESS.name].values():
            stored.setdefault(row["_owner"], set()).add(row["cdm_id"])
        known = {row["owner"] for row in store.tables[SET.name].values() if row["kind"] == "access"}
        assert set(stored) <= known
        for owner in known:
            assert stored.get(owner, set()) in whole[owner]


IN_DATABASES = [0, 3, 4, 7, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(1000, 1060))]


@pytest.mark.parametrize("seed", IN_DATABASES)
def test_laws_1_5_and_9_hold_in_databases(destination: Destination, seed: int) -> None:
    history, told, batches = deliveries(seed)
    once = replace(destination, schema="once")
    once.load(told, hard_delete=history.hard_delete)
    destination.load(*batches, hard_delete=history.hard_delete)
    assert in_a_database(destination) == in_a_database(once)
    assert views(destination) == views(once)


def test_law_1_the_same_records_again_change_nothing(destination: Destination) -> None:
    rows = History(11).rows()
    destination.load(rows)
    before = {table.name: destination.rows(table.name, order=table.key[0]) for table in PUBLIC}
    destination.load(rows[20:], rows[:40])
    for table in PUBLIC:
        after = destination.rows(table.name, order=table.key[0])
        assert [row | {"synced_at": None} for row in after] == [row | {"synced_at": None} for row in before[table.name]]


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


@pytest.mark.parametrize("seed", range(20, 60))
def test_law_2_items_say_what_the_newest_records_say(seed: int) -> None:
    records = Historian(seed).tell(LENGTH)
    random.Random(seed).shuffle(records)
    batch = [map_record(stream, record, CHUNKED) for stream, record in records]
    items = {row["source_item_id"]: row for row in load(batch[:30], batch[30:]).tables[ITEM.name].values()}
    pages, places = newest(records, "pages", "observed_at"), newest(records, "content_inventory", "seen_at")
    assert pages
    for content_id, page in pages.items():
        item = items[content_id]
        assert (json.loads(item["raw_source"]), item["updated_at"]) == (page["raw"], page["updated_at"])
        seen = [
            record[field]
            for stream, field in (("pages", "observed_at"), ("content_inventory", "seen_at"))
            for name, record in records
            if name == stream and record["id"] == content_id and record["type"] != "sweep"
        ]
        buried = [
            r["detected_at"]
            for name, r in records
            if name == "tombstones" and r["id"] == content_id
            if r["reason"] != "moved" or item["space_cdm_id"] == f"cdm:doc:space:acme:{r['space_id']}"
        ]
        gone = max(buried, default="") > max(seen)
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


def test_a_second_tombstone_dates_chunks_as_it_dates_their_item(destination: Destination) -> None:
    destination.load([page(1, NOON)], [tombstone(ONE)], [tombstone(TWO)])
    assert {row["deleted_at"] for table in (ITEM, CHUNK) for row in destination.rows(table.name)} == {TWO}
