"""CONTRACT 2.4, law 4: what comes as a whole is replaced as a whole; and what counts as a change, on both databases."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Collection
from typing import Any

import pytest
from cdm_docs.content.chunks.cutting import Cutting
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmDocAccess, CdmDocLink, CdmRows, Clock, Member, whole_set
from support import memory
from support.stores import Destination
from support.tap_records import CHUNKED, Record, told
from target_cdm_docs.stores.tables.tables import ACCESS, LINK

BY_WORD = dataclasses.replace(CHUNKED, cutting=Cutting(8))


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def one(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), BY_WORD)


def page(version: int, **changed: Any) -> CdmRows:
    return one("pages", **{"version": version, "observed_at": at(version), **changed})


def saying(*written: str, text: str = "") -> str:
    """A body with links, and text of which each eight characters are a chunk."""
    references = [{"kind": "external", "written": one, "url": one} for one in written]
    return json.dumps({"references": references, "text": text})


def links(database: Destination) -> list[str]:
    return sorted(row["url"] for row in database.rows("cdm_doc_link"))


def chunks(database: Destination) -> dict[str, str | None]:
    return {row["text"]: row["deleted_at"] for row in database.rows("cdm_doc_chunk")}


def the_item(database: Destination) -> Record:
    (item,) = database.rows("cdm_doc_item")
    return item


def test_law_4_a_new_revision_replaces_the_links(destination: Destination) -> None:
    destination.load([page(1, body=saying("a", "b"))])
    assert links(destination) == ["a", "b"]
    destination.load([page(2, body=saying("b", "c"))])
    assert links(destination) == ["b", "c"]
    destination.load([page(3, body=None)])
    assert links(destination) == ["b", "c"], "a body that was not read says nothing of its links"
    destination.load([page(4, body=saying())])
    assert links(destination) == []


def test_a_version_told_without_its_place_does_not_take_links_from_the_text(destination: Destination) -> None:
    body = saying(text="Hello")
    destination.load([page(3, body=body)])
    destination.load([one("content_versions", number=3, body=body, observed_at=at(9))])
    destination.load([one("content_versions", number=3, body=None, observed_at=at(10))])
    (revision,) = destination.rows("cdm_doc_revision")
    assert (revision["text"], revision["body"]) == ("Hello (markdown, ENG)", body)


def test_law_4_a_moved_file_is_linked_from_where_it_hangs_now(destination: Destination) -> None:
    destination.load([one("attachments")], [one("attachments", container_id="11", observed_at=at(9))])
    (link,) = destination.rows("cdm_doc_link")
    assert link["from_item_cdm_id"] == "cdm:doc:item:acme:11"


def test_law_4_an_edit_changes_only_the_chunks_that_it_changes(destination: Destination) -> None:
    end = " (ENG)"
    destination.load([page(1, body=saying(text="one     two     "))])
    before = {row["text"]: row for row in destination.rows("cdm_doc_chunk")}
    destination.load([page(2, body=saying(text="one     three   four    "))])
    after = {row["text"]: row for row in destination.rows("cdm_doc_chunk")}
    assert chunks(destination) == {
        "one     ": None, "two     ": at(2), "three   ": None, "four    ": None, end: None
    }  # fmt: skip
    for text in ("one     ", end):
        assert after[text]["changed_at"] == before[text]["changed_at"]
        assert after[text]["revision_cdm_id"] == "cdm:doc:revision:acme:10:2"
    assert after["two     "]["changed_at"] > before["two     "]["changed_at"]
    assert (after["one     "]["chunk_index"], after["one     "]["total_chunks"]) == (0, 4)


def test_law_4_labels_that_were_not_read_leave_the_tags(destination: Destination) -> None:
    destination.load([page(1, labels=["b", "a"])])
    destination.load([page(2, labels=None, title="Edited")])
    item = the_item(destination)
    assert (item["title"], item["tags"]) == ("Edited", ["a", "b"])
    destination.load([page(3, labels=[])])
    assert the_item(destination)["tags"] == []


def test_law_4_labels_may_come_before_their_page_and_are_replaced_whole(destination: Destination) -> None:
    def labels(hour: int, *names: str) -> list[CdmRows]:
        same = {"observed_at": at(hour)}
        rows = [one("content_labels", name=name, label_id=name, **same) for name in names]
        return rows or [one("content_labels", label_id="none", name=None, **same)]

    destination.load(labels(3, "x", "y"))
    destination.load([page(1, labels=["old"])])
    assert the_item(destination)["tags"] == ["x", "y"]
    destination.load(labels(4, "y"), labels(2, "z"))
    assert the_item(destination)["tags"] == ["y"]
    destination.load(labels(5))
    assert the_item(destination)["tags"] == []


def test_tasks_and_properties_may_come_before_their_page(destination: Destination) -> None:
    destination.load([one("tasks"), one("tasks", id="t2", status="complete")], [one("content_properties")])
    destination.load([page(1)])
    properties = the_item(destination)["properties"]
    assert [(task["id"], task["status"]) for task in properties["tasks"]] == [("t1", "open"), ("t2", "complete")]
    assert properties["content_properties"][0]["value"] == {"v": [2]}
    assert properties["subtype"] == "live"


def test_the_inventory_places_an_item_but_tells_no_content(destination: Destination) -> None:
    destination.load([one("content_inventory", version=1, seen_at=at(5))])
    assert destination.rows("cdm_doc_item") == []
    destination.load([page(1)])
    item = the_item(destination)
    assert (item["title"], item["parent_item_cdm_id"], item["properties"]["position"]) == (
        "Moved", "cdm:doc:item:acme:8", 7
    )  # fmt: skip
    destination.load([page(2, observed_at=at(6), title="Edited")])
    assert the_item(destination)["title"] == "Edited"


def test_changed_at_moves_with_the_content_and_synced_at_with_every_sight(destination: Destination) -> None:
    destination.load([page(1)])
    first = the_item(destination)
    destination.load([page(1, observed_at=at(8))])
    seen = the_item(destination)
    assert seen["changed_at"] == first["changed_at"]
    assert seen["synced_at"] > first["synced_at"]
    destination.load([page(1, observed_at=at(9), title="Edited")])
    assert the_item(destination)["changed_at"] > first["changed_at"]


def test_characters_that_a_database_cannot_hold_are_replaced_and_counted(destination: Destination) -> None:
    odd = "a\x00b\ud800c"
    clean = "a\ufffdb\ufffdc"
    destination.load(
        [
            page(
                1,
                title=odd,
                labels=[odd],
                raw={odd: [odd]},
                body=odd,
                body_format="storage",
                position=2**70,
            ),
            one("spaces", name=odd, key=odd),
            one("users", display_name=odd),
            one("content_labels", content_id="11", name=odd),
        ]
    )
    item = the_item(destination)
    assert (item["title"], item["tags"], item["raw_source"]) == (clean, [clean], {clean: [clean]})
    assert item["properties"]["position"] == 2**70
    assert [row["body"] for row in destination.rows("cdm_doc_revision")] == [clean]
    assert [row["key"] for row in destination.rows("cdm_doc_space")] == [clean]
    assert [row["display_name"] for row in destination.rows("cdm_work_user")] == [clean]
    (run,) = destination.query("SELECT replaced_characters FROM cdm_ingest_run")
    assert run["replaced_characters"] >= 16
    destination.load([page(1, observed_at=at(9), title=odd, body=odd, body_format="storage")])
    assert the_item(destination)["title"] == clean


def claim(stream: str, owner: str, hour: int, ids: Collection[str], word: str) -> list[CdmRows]:
    """A set of access rows or links, told whole by one of two owners, with ids that the other may claim too."""
    clock = Clock(0, f"2026-01-01T{hour:02d}:00:00.000Z", "")
    item, person = f"cdm:doc:item:acme:{owner}", "cdm:work:user:acme:u"
    made: list[Member] = [
        CdmDocAccess(f"cdm:doc:access:acme:{one}", "acme", item, person, "user", word, None)
        if stream == "access"
        else CdmDocLink(f"cdm:doc:link:acme:{one}", "acme", one, item, None, None, "internal", word, None, TITLE)
        for one in ids
    ]
    of = f"cdm_doc_access:{item}" if stream == "access" else item
    return [CdmRows(sets=(whole_set(stream, of, clock, tuple(made)),))]


TITLE = {"space_key": "ENG", "title": "Page"}


def claims(seed: int) -> list[list[CdmRows]]:
    """What three owners claim of three ids, set after set; one of them may be buried in between."""
    dice, found = random.Random(seed), []
    for hour in dice.sample(range(1, 20), 7):
        ids = dice.sample(("x", "y", "z"), dice.randrange(4))
        found.append(claim(dice.choice(("access", "link")), dice.choice("ABC"), hour, ids, dice.choice("rw")))
    if seed % 2:
        found.append([map_record("tombstones", told("tombstones", id="B", detected_at=moment_at(dice)), CHUNKED)])
    found.append([map_record("spaces", told("spaces", id="1", key="ENG"), CHUNKED)])
    found.append([map_record("pages", told("pages", id="7", title="Page", observed_at=moment_at(dice)), CHUNKED)])
    return found


def moment_at(dice: random.Random) -> str:
    return f"2026-01-01T{dice.randrange(20):02d}:30:00.000Z"


@pytest.mark.parametrize("seed", range(40))
def test_ids_that_several_owners_claim_do_not_depend_on_the_order(seed: int) -> None:
    told_sets, hard_delete = claims(seed), seed % 4 == 1
    dice = random.Random(seed)

    def stored(*batches: list[CdmRows]) -> list[list[tuple[Any, ...]]]:
        tables = memory.load(*batches, hard_delete=hard_delete).tables
        return [
            sorted(tuple(str(row[name]) for name in table.names) for row in tables[table.name].values())
            for table in (ACCESS, LINK)
        ]

    once = stored([rows for each in told_sets for rows in each])
    for _ in range(8):
        again = [*told_sets, *dice.sample(told_sets, 3)]
        dice.shuffle(again)
        cut = dice.randrange(len(again))
        assert stored(*again) == once
        assert (
            stored([rows for each in again[:cut] for rows in each], [r for each in again[cut:] for r in each]) == once
        )


def test_a_claim_that_lost_comes_back_when_the_other_owner_lets_go(destination: Destination) -> None:
    a, b = "cdm:doc:item:acme:A", "cdm:doc:item:acme:B"
    destination.load(claim("access", "A", 1, ["x"], "r"), claim("access", "B", 2, ["x"], "w"))
    assert [row["target_cdm_id"] for row in destination.rows("cdm_doc_access")] == [b]
    destination.load(claim("access", "B", 3, [], ""))
    (row,) = destination.rows("cdm_doc_access")
    assert (row["target_cdm_id"], row["access_mode"]) == (a, "r")
    destination.load(claim("access", "A", 4, [], ""))
    assert destination.rows("cdm_doc_access") == []
    assert destination.query("SELECT * FROM _cdm_pending") == []
