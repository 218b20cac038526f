"""CONTRACT 2.4, laws 1, 2 and 4, of the stores: rows are a function of the set of records, on both databases."""

from __future__ import annotations

import random
from typing import Any

import pytest
from cdm_docs.model.ids import Ids
from cdm_docs.model.rows import (
    CdmDocChunk,
    CdmDocItem,
    CdmDocLink,
    CdmDocRevision,
    CdmDocSpace,
    CdmDocTombstone,
    CdmRows,
    Clock,
    Facet,
    ItemPlace,
    whole_set,
)
from support.stores import STAMPS, Destination

IDS = Ids("confluence")
TABLES = ("cdm_doc_space", "cdm_doc_item", "cdm_doc_revision", "cdm_doc_link", "cdm_doc_chunk")


def at(minute: int) -> str:
    return f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00.000Z"


def space(key: str = "ENG", minute: int = 0, space_id: str = "1") -> CdmRows:
    row = CdmDocSpace(IDS.space(space_id), "confluence", space_id, key, key, None, None, {}, at(0))
    return CdmRows(spaces=((Clock(0, at(minute), ""), row),))


def link(item: str, title: str) -> CdmDocLink:
    cdm_id = IDS.link(item, "internal", f"page:/{title}")
    properties = {"space_key": "ENG", "title": title}
    return CdmDocLink(cdm_id, "confluence", cdm_id, IDS.item(item), None, None, "internal", title, at(0), properties)


def chunk(item: str, index: int, text: str, version: int) -> CdmDocChunk:
    return CdmDocChunk(
        IDS.chunk(item, None, text, 1),
        IDS.item(item),
        IDS.revision(item, version),
        index,
        3,
        None,
        text,
        {"v": version},
    )


def page(
    item: str,
    version: int,
    minute: int,
    *,
    title: str = "Title",
    tags: list[str] | None = None,
    links: tuple[str, ...] = (),
    chunks: tuple[str, ...] = (),
) -> CdmRows:
    clock = Clock(version, at(minute), "")
    row = CdmDocItem(
        IDS.item(item), "confluence", item, IDS.space("1"), None, title, "page", None, "current", None, None,
        at(0), at(minute), None, tags, {"id": item}, {"n": version}, IDS.revision(item, version),
    )  # fmt: skip
    body = f"<p>{title} {version}</p>"
    revision = CdmDocRevision(
        IDS.revision(item, version), "confluence", f"{item}:{version}", row.cdm_id, version, str(version), None,
        at(minute), None, body, "storage", title, "markdown", f"hash-{body}", {},
    )  # fmt: skip
    return CdmRows(
        items=((clock, row),),
        revisions=((clock, revision),),
        sets=(
            whole_set("link", row.cdm_id, clock, tuple(link(item, one) for one in links)),
            whole_set("chunk", row.cdm_id, clock, tuple(chunk(item, i, one, version) for i, one in enumerate(chunks))),
        ),
    )


def tombstone(item: str, minute: int, reason: str = "trashed") -> CdmRows:
    target = IDS.item(item)
    return CdmRows(tombstones=(CdmDocTombstone(IDS.tombstone(target), "confluence", target, reason, at(minute)),))


def place(item: str, version: int, minute: int, title: str) -> CdmRows:
    row = ItemPlace(IDS.item(item), "confluence", item, IDS.space("1"), None, title, "page", "current", 5)
    return CdmRows(places=((Clock(version, at(minute), ""), row),))


def label(item: str, minute: int, *names: str) -> CdmRows:
    clock = Clock(0, at(minute), "")
    labels = tuple(Facet(IDS.item(item), "label", name, name, whole_set=True) for name in names)
    return CdmRows(sets=(whole_set("label", IDS.item(item), clock, labels),))


def task(item: str, minute: int, status: str) -> CdmRows:
    facet = Facet(IDS.item(item), "task", "t1", {"id": "t1", "status": status}, whole_set=False)
    return CdmRows(facets=((Clock(0, at(minute), ""), facet),))


HISTORY = [
    space(),
    page("10", 1, 1, title="Start", links=("Old name", "Nowhere"), chunks=("a", "b")),
    page("10", 2, 9, title="Start", links=("New name",), chunks=("b", "c"), tags=["x", "y"]),
    page("20", 1, 2, title="Old name", chunks=("q",)),
    page("20", 2, 5, title="New name", chunks=("q", "r")),
    tombstone("20", 4),
    page("30", 1, 3, title="Gone"),
    tombstone("30", 8, "deleted"),
    tombstone("99", 3),
    place("10", 2, 12, "Start"),
    label("20", 6, "a", "b"),
    label("20", 7),
    task("10", 3, "incomplete"),
    task("10", 4, "complete"),
    space("ENG", 20),
]


def content(database: Destination) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [{k: v for k, v in row.items() if k not in STAMPS} for row in database.rows(table)] for table in TABLES
    }


@pytest.fixture(scope="module")
def expected(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    database = Destination("duckdb", f"duckdb:///{tmp_path_factory.mktemp('expected') / 'x.duckdb'}")
    database.load(HISTORY)
    return content(database)


def test_what_the_history_comes_to(expected: dict[str, list[dict[str, Any]]]) -> None:
    items = {row["source_item_id"]: row for row in expected["cdm_doc_item"]}
    assert set(items) == {"10", "20", "30"}
    assert items["10"]["tags"] == ["x", "y"]
    assert items["10"]["properties"]["tasks"] == [{"id": "t1", "status": "complete"}]
    assert items["10"]["properties"]["position"] == 5
    assert items["20"]["title"] == "New name"
    assert items["20"]["tags"] == []
    assert items["20"]["deleted_at"] is None
    assert items["30"]["deleted_reason"] == "deleted"
    assert [row["revision_number"] for row in expected["cdm_doc_revision"]] == [1, 2, 1, 2, 1]
    assert [(row["anchor_text"], row["to_item_cdm_id"]) for row in expected["cdm_doc_link"]] == [
        ("New name", IDS.item("20"))
    ]
    chunks = {(row["item_cdm_id"], row["text"]): row["deleted_at"] for row in expected["cdm_doc_chunk"]}
    assert chunks == {
        (IDS.item("10"), "a"): at(9),
        (IDS.item("10"), "b"): None,
        (IDS.item("10"), "c"): None,
        (IDS.item("20"), "q"): None,
        (IDS.item("20"), "r"): None,
    }


@pytest.mark.parametrize("seed", range(6))
def test_law_1_any_order_and_any_split_ends_in_the_same_rows(
    destination: Destination, expected: dict[str, list[dict[str, Any]]], seed: int
) -> None:
    chance = random.Random(seed)
    rows = HISTORY * 2
    chance.shuffle(rows)
    cuts = sorted(chance.sample(range(len(rows)), 4))
    batches = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    destination.load(*batches)
    assert content(destination) == expected
