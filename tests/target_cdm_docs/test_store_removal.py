"""What becomes of things that are gone: stamped, or with ``hard_delete`` removed; and never back by an older word."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support import memory
from support.stores import Destination
from support.tap_records import CHUNKED, told
from target_cdm_docs.stores.tables.tables import PENDING, RUN, TABLES

OF_THE_PAGE = {
    "cdm_doc_item": "cdm_id",
    "cdm_doc_revision": "item_cdm_id",
    "cdm_doc_link": "from_item_cdm_id",
    "cdm_doc_chunk": "item_cdm_id",
    "cdm_doc_access": "target_cdm_id",
}
"""Tables that tell something about the page, and the column that says so."""


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def one(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), CHUNKED)


def page(hour: int, **changed: Any) -> list[CdmRows]:
    return [
        one("pages", **{"version": hour, "observed_at": at(hour), **changed}),
        one("content_restrictions", observed_at=at(hour)),
        one("content_labels", observed_at=at(hour)),
        one("tasks", observed_at=at(hour)),
    ]


def gone(hour: int, kind: str = "page", content_id: str = "10", reason: str = "trashed") -> CdmRows:
    return one("tombstones", type=kind, id=content_id, reason=reason, detected_at=at(hour))


def about_the_page(database: Destination) -> dict[str, int]:
    """How many rows of each table tell about it."""
    return {
        table: sum(row[column] == "cdm:doc:item:acme:10" for row in database.rows(table))
        for table, column in OF_THE_PAGE.items()
    }


NOTHING = dict.fromkeys(OF_THE_PAGE, 0)


def test_what_is_gone_is_stamped_and_kept(destination: Destination) -> None:
    destination.load(page(1))
    before = about_the_page(destination)
    destination.load([gone(2)])
    assert about_the_page(destination) == before
    (item,) = destination.rows("cdm_doc_item")
    assert (item["deleted_at"], item["deleted_reason"]) == (at(2), "trashed")
    assert {row["deleted_at"] for row in destination.rows("cdm_doc_chunk")} == {at(2)}
    destination.load([gone(3, reason="deleted")])
    assert destination.rows("cdm_doc_item")[0]["deleted_reason"] == "deleted"


def test_with_hard_delete_what_is_gone_leaves_no_row(destination: Destination) -> None:
    destination.load(page(1), hard_delete=True)
    assert all(about_the_page(destination).values())
    destination.load([gone(2)], hard_delete=True)
    assert about_the_page(destination) == NOTHING
    assert [row["reason"] for row in destination.rows("cdm_doc_tombstone")] == ["trashed"]


@pytest.mark.parametrize("together", [True, False])
def test_with_hard_delete_an_older_word_brings_nothing_back(destination: Destination, together: bool) -> None:
    batches = [[gone(5), *page(1)]] if together else [[gone(5)], page(1), page(4)]
    destination.load(*batches, hard_delete=True)
    assert about_the_page(destination) == NOTHING


def test_with_hard_delete_a_later_word_brings_back_only_what_it_says(destination: Destination) -> None:
    destination.load(page(1, labels=["old"]), [gone(5)], hard_delete=True)
    destination.load(
        [one("pages", version=6, observed_at=at(6), labels=None, body='{"text": "new"}')], hard_delete=True
    )
    (item,) = destination.rows("cdm_doc_item")
    assert (item["deleted_at"], item["tags"]) == (None, None)
    assert "tasks" not in item["properties"]
    assert [row["revision_number"] for row in destination.rows("cdm_doc_revision")] == [6]
    assert destination.rows("cdm_doc_access") == []


def test_a_link_to_what_is_gone_keeps_its_target(destination: Destination) -> None:
    reference = {"kind": "internal", "written": "id", "content_id": "10"}
    source = one("pages", id="11", body=json.dumps({"references": [reference]}))
    destination.load([*page(1), source], [gone(5)], hard_delete=True)
    (link,) = destination.rows("cdm_doc_link")
    assert link["to_item_cdm_id"] == "cdm:doc:item:acme:10"
    assert destination.query("SELECT * FROM cdm_doc_backlinks") == []


@pytest.mark.parametrize("hard_delete", [False, True])
def test_a_space_that_is_gone_is_stamped_or_removed(destination: Destination, hard_delete: bool) -> None:
    space = one("spaces", observed_at=at(1))
    destination.load([space], [gone(5, "space", "1", "space_removed")], [space], hard_delete=hard_delete)
    assert [row["deleted_at"] for row in destination.rows("cdm_doc_space")] == ([] if hard_delete else [at(5)])
    destination.load([one("spaces", observed_at=at(6))], hard_delete=hard_delete)
    assert [row["deleted_at"] for row in destination.rows("cdm_doc_space")] == [None]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_with_hard_delete_no_order_leaves_a_memory_of_what_is_gone(
    destination: Destination, order: tuple[int, ...]
) -> None:
    batches = [page(1), page(2), [gone(3)]]
    destination.load(*(batches[place] for place in order), batches[0] + batches[1], hard_delete=True)
    assert about_the_page(destination) == NOTHING
    assert destination.query("SELECT kind, owner FROM _cdm_set") == []


def test_with_hard_delete_a_later_word_of_a_lesser_version_brings_its_links_and_chunks(
    destination: Destination,
) -> None:
    destination.load(page(5), [gone(6)], hard_delete=True)
    destination.load([one("pages", version=1, observed_at=at(7))], hard_delete=True)
    back = about_the_page(destination)
    assert back["cdm_doc_item"] == back["cdm_doc_revision"] == 1
    assert back["cdm_doc_link"] > 0
    assert back["cdm_doc_chunk"] > 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_law_9_a_lesser_version_told_after_the_tombstone_is_what_is_left(
    order: tuple[int, ...], together: bool
) -> None:
    words = [[gone(12)], page(16, version=1), page(5, version=3)]
    ordered = [words[place] for place in order]
    store = memory.load(*([[row for word in ordered for row in word]] if together else ordered), hard_delete=True)
    (item,) = store.tables["cdm_doc_item"].values()
    assert (item["latest_revision_cdm_id"], item["deleted_at"]) == ("cdm:doc:revision:acme:10:1", None)
    assert [row["cdm_id"] for row in store.tables["cdm_doc_revision"].values()] == ["cdm:doc:revision:acme:10:1"]
    assert store.tables["cdm_doc_link"]
    assert store.tables["cdm_doc_chunk"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_law_9_a_version_seen_again_without_its_body_is_there_without_it(
    order: tuple[int, ...], together: bool
) -> None:
    words = [[gone(8)], page(6, version=2), page(9, version=2, body=None, body_format=None)]
    ordered = [words[place] for place in order]
    store = memory.load(*([[row for word in ordered for row in word]] if together else ordered), hard_delete=True)
    (item,) = store.tables["cdm_doc_item"].values()
    (revision,) = store.tables["cdm_doc_revision"].values()
    assert (revision["cdm_id"], revision["body"]) == (item["latest_revision_cdm_id"], None)
    assert not store.tables["cdm_doc_chunk"]


@pytest.mark.parametrize("hard_delete", [False, True])
@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_law_19_what_moved_is_gone_only_where_it_stands_in_the_space_that_missed_it(
    destination: Destination, order: tuple[int, ...], hard_delete: bool
) -> None:
    def present() -> list[str]:
        return [row["source_item_id"] for row in destination.rows("cdm_doc_item") if row["deleted_at"] is None]

    def missed(content_id: str) -> CdmRows:
        moved = {"reason": "moved", "space_id": "1", "moved_to_space_id": "2", "detected_at": at(5)}
        return one("tombstones", type="page", id=content_id, **moved)

    stays = one("pages", id="10", space_id="1", observed_at=at(4))
    went = one("pages", id="11", space_id="2", observed_at=at(4))
    batches = [[stays, went], [missed("10"), missed("11")]]
    destination.load(*(batches[place] for place in order), hard_delete=hard_delete)
    assert present() == ["11"]
    destination.load([one("pages", id="10", space_id="1", observed_at=at(6))], hard_delete=hard_delete)
    assert sorted(present()) == ["10", "11"]


def everything(store: memory.MemoryStore) -> dict[str, list[str]]:
    """All rows that are no bookkeeping of what waits, without stamps."""
    return {
        table.name: sorted(str([row[name] for name in table.names]) for row in store.tables[table.name].values())
        for table in TABLES
        if table not in (PENDING, RUN)
    }


def moved(hour: int, space: str) -> CdmRows:
    return one("tombstones", type="page", id="10", reason="moved", space_id=space, detected_at=at(hour))


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_law_9_what_moved_comes_back_whole_when_an_older_word_tells_that_it_stands_elsewhere(
    order: tuple[int, ...], together: bool
) -> None:
    words = [page(2, space_id="1"), [moved(5, "1")], [one("pages", version=3, observed_at=at(1), space_id="2")]]
    ordered = [words[place] for place in order]
    store = memory.load(*([[row for word in ordered for row in word]] if together else ordered), hard_delete=True)
    (item,) = store.tables["cdm_doc_item"].values()
    assert (item["space_cdm_id"], item["deleted_at"]) == ("cdm:doc:space:acme:2", None)
    assert len(store.tables["cdm_doc_revision"]) == 2
    assert store.tables["cdm_doc_access"]
    assert everything(store) == everything(memory.load([row for word in words for row in word]))


def test_law_9_what_moved_leaves_no_row_but_in_what_waits_and_another_reason_ends_that() -> None:
    store = memory.load(page(2, space_id="1"), [moved(5, "1")], hard_delete=True)
    known = ("cdm_doc_tombstone", "cdm_work_user")
    assert {name for name, rows in everything(store).items() if rows} <= set(known)
    assert store.tables[PENDING.name]
    memory.load([gone(6)], hard_delete=True, into=store)
    assert not store.tables[PENDING.name]


@pytest.mark.parametrize("hard_delete", [False, True])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_law_19_a_word_that_it_left_another_space_hides_no_other_word(
    order: tuple[int, ...], hard_delete: bool
) -> None:
    for earlier in (moved(5, "1"), gone(5)):
        words = [page(2, space_id="1"), [earlier], [moved(6, "2")]]
        store = memory.load(*(words[place] for place in order), hard_delete=hard_delete)
        stamps = [row["deleted_at"] for row in store.tables["cdm_doc_item"].values()]
        assert stamps == ([] if hard_delete else [at(5)])


@pytest.mark.parametrize("together", [True, False])
def test_a_link_loses_its_target_that_is_gone_where_the_key_of_its_space_is_another_since(together: bool) -> None:
    by_title = {"kind": "internal", "written": "page:ENG/Old", "space_key": "ENG", "title": "Old"}
    source = one("pages", id="11", body=json.dumps({"references": [by_title]}), observed_at=at(3))
    space = {"id": "2", "observed_at": at(2)}
    first = [
        one("pages", id="10", space_id="2", title="Old", observed_at=at(1)),
        one("spaces", **space, key="ENG"),
        source,
    ]
    second = [gone(4), one("spaces", **{**space, "observed_at": at(3)}, key="OPS")]
    store = memory.load(*([first + second] if together else [first, second]), hard_delete=True)
    (link,) = [row for row in store.tables["cdm_doc_link"].values() if row["link_type"] == "internal"]
    assert link["to_item_cdm_id"] is None
