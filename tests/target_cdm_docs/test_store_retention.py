"""``revisions_keep``: what is left of an item's revisions follows from what was told, whatever the runs it came in."""

from __future__ import annotations

import random
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.histories import Historian
from support.memory import MemoryStore, load
from support.stores import Destination
from support.tap_records import CHUNKED, told
from support.target import Feed
from support.target import load as load_lines
from target_cdm_docs.stores.tables.tables import ITEM, REVISION, TABLES

Runs = list[list[list[CdmRows]]]
"""By run, by batch: what records say."""


def a_history(seed: int, *sizes: int) -> tuple[list[CdmRows], Runs, int]:
    """What a history tells, the same in any order in runs of these sizes that tell some again, and how much is kept."""
    dice = random.Random(seed)
    rows = [map_record(stream, record, CHUNKED) for stream, record in Historian(seed, sized=seed % 2 == 1).tell(70)]
    shuffled = dice.sample(rows, len(rows))
    runs: Runs = []
    while shuffled or not runs:
        size = dice.choice(sizes)
        again = [row for run in runs for batch in run for row in batch if dice.random() < 0.1]
        runs.append([again, shuffled[:size]])
        shuffled = shuffled[size:]
    return rows, runs, dice.choice((1, 1, 2))


def rows_of(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """The revisions, and all else that follows from records: stamps aside."""
    return {
        table.name: sorted(repr([row[name] for name in table.names]) for row in tables[table.name])
        for table in TABLES
        if table.name not in {"cdm_ingest_run", "cdm_schema_version", "_cdm_hash"}
    }


def held(store: MemoryStore) -> dict[str, list[str]]:
    return rows_of({name: list(rows.values()) for name, rows in store.tables.items()})


@pytest.mark.parametrize("seeds", [range(at, at + 25) for at in range(0, 100, 25)], ids=str)
def test_law_1_any_order_in_any_runs_leaves_what_one_run_leaves(seeds: range) -> None:
    broken, removed = [], 0
    for seed in seeds:
        rows, runs, keep = a_history(seed, 1, 5, 20)
        store = MemoryStore()
        for run in runs:
            load(*run, revisions_keep=keep, into=store)
        if held(store) != held(load(rows, revisions_keep=keep)):
            broken.append(seed)
        removed += len(load(rows).tables[REVISION.name]) - len(store.tables[REVISION.name])
    assert broken == []
    assert removed > len(seeds)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_are_the_newest_and_all_else_stays_as_it_is(seed: int) -> None:
    rows, _, keep = a_history(seed, 70)
    everything, kept = load(rows).tables, load(rows, revisions_keep=keep).tables
    newest = {row["cdm_id"]: row["version_number"] for row in everything[ITEM.name].values()}

    def is_wanted(number: int | None, item: str) -> bool:
        return number is None or item not in newest or number > newest[item] - keep

    revisions = everything[REVISION.name].items()
    wanted = {key for key, row in revisions if is_wanted(row["revision_number"], row["item_cdm_id"])}
    assert set(kept[REVISION.name]) == wanted
    assert {row["latest_revision_cdm_id"] for row in kept[ITEM.name].values()} - {None} <= {one for (one,) in wanted}
    others = [table.name for table in TABLES if table is not REVISION]
    assert {name: kept[name] for name in others} == {name: everything[name] for name in others}


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(100, 120))])
def test_databases_leave_what_the_dictionaries_leave(destination: Destination, seed: int) -> None:
    rows, runs, keep = a_history(seed, 30)
    for run in runs:
        destination.load(*run, revisions_keep=keep)
    expected = sorted(load(rows, revisions_keep=keep).tables[REVISION.name])
    assert sorted((row["cdm_id"],) for row in destination.rows(REVISION.name)) == expected


def page(version: int, **changed: Any) -> CdmRows:
    return map_record("pages", told("pages", version=version, **changed), CHUNKED)


def numbers(database: Destination) -> list[int]:
    return [row["revision_number"] for row in database.rows(REVISION.name)]


def test_an_old_version_that_is_told_again_is_gone_again_at_the_end(destination: Destination) -> None:
    destination.load([page(1)], [page(2)], [page(3)], revisions_keep=2)
    assert numbers(destination) == [2, 3]
    destination.load([page(1)], revisions_keep=2)
    assert numbers(destination) == [2, 3]
    destination.load([page(1)])
    assert numbers(destination) == [1, 2, 3]


def versions(*numbers: int) -> Feed:
    feed = Feed().schema("pages", "id")
    for number in numbers:
        feed.page(1, version=number)
    return feed


@pytest.fixture
def settings(destination: Destination) -> dict[str, Any]:
    return {"destination": destination.url, "revisions_keep": 1}


def test_a_run_that_comes_to_its_end_removes_and_one_that_does_not_leaves_all(
    tmp_path: Any, destination: Destination, settings: dict[str, Any]
) -> None:
    assert load_lines(tmp_path, versions(1, 2, 3), **settings).code == 0  # no STATE after its last record
    assert numbers(destination) == [1, 2, 3]
    assert load_lines(tmp_path, versions(4).text + "torn", **settings, batch_size_rows=1).code == 1
    assert numbers(destination) == [1, 2, 3, 4]
    assert load_lines(tmp_path, versions(5).state({}), **settings).code == 0
    assert numbers(destination) == [5]


def test_who_keeps_more_gets_them_from_the_same_input(
    tmp_path: Any, destination: Destination, settings: dict[str, Any]
) -> None:
    feed = versions(1, 2, 3).state({})
    for keep, left in ((1, [3]), (1, [3]), (2, [2, 3]), (None, [1, 2, 3])):
        assert load_lines(tmp_path, feed, **{**settings, "revisions_keep": keep}).code == 0
        assert numbers(destination) == left


def test_it_does_not_go_together_with_hard_delete(tmp_path: Any, destination: Destination) -> None:
    done = load_lines(tmp_path, Feed(), destination=destination.url, revisions_keep=1, hard_delete=True)
    assert done.code == 1
    assert done.error.startswith("revisions_keep and hard_delete exclude each other")
    assert done.lines == []
