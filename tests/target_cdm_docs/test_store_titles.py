"""Links by name: to the item that holds the title now, else to the last that held it; whoever comes first."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.stores import Destination
from support.tap_records import OPTIONS, Record, told


def at(hour: int) -> str:
    return f"2026-02-01T{hour:02d}:00:00.000Z"


def one(stream: str, **changed: Any) -> CdmRows:
    return map_record(stream, told(stream, **changed), OPTIONS)


def space(key: str = "ENG", hour: int = 1, space_id: str = "1") -> CdmRows:
    return one("spaces", id=space_id, key=key, observed_at=at(hour))


def page(content_id: str, title: str, hour: int, *, space_id: str = "1", **more: Any) -> CdmRows:
    changed = {"id": content_id, "title": title, "version": hour, "observed_at": at(hour), "space_id": space_id}
    return one("pages", **{**changed, "body": "{}", **more})


def linking(*references: Record, stream: str = "pages", hour: int = 1) -> CdmRows:
    body = json.dumps({"references": references})
    return one(stream, id="99", title="Source", version=hour, observed_at=at(hour), body=body)


def gone(content_id: str, hour: int, kind: str = "page") -> CdmRows:
    return one("tombstones", type=kind, id=content_id, detected_at=at(hour))


TO_PLAN: Record = {"kind": "internal", "written": "page:ENG/Plan", "space_key": "ENG", "title": "Plan"}


def targets(database: Destination) -> list[str | None]:
    """Where the source's links lead."""
    links = [row for row in database.rows("cdm_doc_link") if row["from_item_cdm_id"] == "cdm:doc:item:acme:99"]
    return [row["to_item_cdm_id"] and row["to_item_cdm_id"].rpartition(":")[2] for row in links]


def test_a_link_waits_for_its_target_and_keeps_its_name(destination: Destination) -> None:
    destination.load([space(), linking(TO_PLAN)])
    assert targets(destination) == [None]
    (link,) = destination.rows("cdm_doc_link")
    assert link["properties"] == {"written": "page:ENG/Plan", "space_key": "ENG", "title": "Plan"}
    destination.load([page("10", "Plan", 2)])
    assert targets(destination) == ["10"]
    (back,) = destination.query("SELECT * FROM cdm_doc_backlinks")
    assert (back["item_cdm_id"], back["from_title"]) == ("cdm:doc:item:acme:10", "Source")


def test_a_link_follows_a_renamed_page(destination: Destination) -> None:
    destination.load([space(), page("10", "Plan", 2), linking(TO_PLAN)])
    destination.load([page("10", "New plan", 3)])
    assert targets(destination) == ["10"]


def test_a_title_that_changes_hands_leads_to_who_holds_it_now(destination: Destination) -> None:
    destination.load([space(), page("10", "Plan", 2), linking(TO_PLAN)])
    destination.load([page("10", "Old plan", 3)], [page("11", "Plan", 4)])
    assert targets(destination) == ["11"]
    destination.load([gone("11", 5)])
    assert targets(destination) == ["11"], "the last that held it"
    destination.load([page("10", "Plan", 6)])
    assert targets(destination) == ["10"]


def test_two_pages_swap_their_titles(destination: Destination) -> None:
    destination.load([space(), page("10", "Plan", 2), page("11", "Other", 2), linking(TO_PLAN)])
    destination.load([page("10", "Other", 3), page("11", "Plan", 3)])
    assert targets(destination) == ["11"]


def test_a_page_that_moves_to_another_space_is_found_there(destination: Destination) -> None:
    to_ops: Record = {"kind": "internal", "written": "page:OPS/Plan", "space_key": "OPS", "title": "Plan"}
    destination.load([space(), space("OPS", space_id="2"), page("10", "Plan", 2), linking(to_ops)])
    assert targets(destination) == [None]
    destination.load([page("10", "Plan", 3, space_id="2", space_key="OPS")])
    assert targets(destination) == ["10"]


def test_a_moved_row_of_the_inventory_moves_the_name_too(destination: Destination) -> None:
    destination.load([space(), page("10", "Other", 2), linking(TO_PLAN)])
    destination.load([one("content_inventory", id="10", title="Plan", version=2, seen_at=at(3))])
    assert targets(destination) == ["10"]


def test_a_space_may_come_after_everything_else_and_change_its_key(destination: Destination) -> None:
    destination.load([page("10", "Plan", 2), linking(TO_PLAN)])
    assert targets(destination) == [None]
    destination.load([space()])
    assert targets(destination) == ["10"]
    destination.load([space("NEW", hour=3)])
    assert targets(destination) == [None]


def test_the_order_in_which_things_come_does_not_matter(duckdb_destination: Destination) -> None:
    told_all = [space(), page("10", "Plan", 2), page("10", "Old plan", 3), page("11", "Plan", 4), linking(TO_PLAN)]
    for n, order in enumerate(itertools.islice(itertools.permutations(told_all), 0, None, 17)):
        fresh = Destination("duckdb", duckdb_destination.url.replace("cdm", f"cdm{n}"))
        fresh.load(*[[rows] for rows in order])
        assert targets(fresh) == ["11"]


@pytest.mark.parametrize(
    ("reference", "lead"),
    [
        ({"filename": "a.png"}, "att1"),
        ({"filename": "a.png", "space_key": "ENG", "title": "Plan"}, "att2"),
        ({"file_id": "f-2"}, "att2"),
        ({"filename": "b.png"}, None),
    ],
)
def test_files_are_found_by_name_on_their_page_and_by_media_id(
    destination: Destination, reference: Record, lead: str | None
) -> None:
    source = linking({"kind": "attachment", "written": "file", **reference})
    files = [
        one("attachments", id="att1", title="a.png", container_id="99", file_id="f-1"),
        one("attachments", id="att2", title="a.png", container_id="10", file_id="f-2"),
    ]
    destination.load([source], files[1:], [page("10", "Plan", 2)], files[:1], [space()])
    (link,) = [row for row in destination.rows("cdm_doc_link") if not row["properties"].get("container")]
    assert link["to_item_cdm_id"] == (lead and f"cdm:doc:item:acme:{lead}")


def test_blog_posts_are_found_by_title_and_day(destination: Destination) -> None:
    extra = [["content_type", "blogpost"], ["posting_day", "2026/01/01"]]
    post = {"kind": "internal", "written": "post", "space_key": "ENG", "title": "News", "extra": extra}
    same = {"title": "News", "body": None, "observed_at": at(2)}
    destination.load(
        [
            space(),
            linking(post),
            page("10", "News", 2),
            one("blogposts", id="20", created_at="2026-01-01T09:00:00.000Z", **same),
            one("blogposts", id="21", created_at="2026-01-08T09:00:00.000Z", **same),
        ]
    )
    assert targets(destination) == ["20"]


def test_the_tree_tells_the_way_to_every_item(destination: Destination) -> None:
    destination.load(
        [
            space(),
            page("10", "Root", 1, parent_id=None),
            one("folders", id="15", title="Folder", parent_id="10"),
            page("11", "Leaf", 1, parent_id="15"),
            page("12", "Orphan", 1, parent_id="77"),
            gone("13", 5),
            page("13", "Gone", 1, parent_id="10"),
        ]
    )
    found = {row["path"]: (row["depth"], row["space_key"]) for row in destination.query("SELECT * FROM cdm_doc_tree")}
    assert found == {
        "Root": (0, "ENG"),
        "Root / Folder": (1, "ENG"),
        "Root / Folder / Leaf": (2, "ENG"),
        "Orphan": (0, "ENG"),
    }


def test_what_lies_below_something_without_a_title_is_in_the_tree(destination: Destination) -> None:
    destination.load(
        [space(), one("folders", id="15", title=None, parent_id=None), page("11", "Leaf", 1, parent_id="15")]
    )
    paths = {row["cdm_id"][-2:]: row["path"] for row in destination.query("SELECT * FROM cdm_doc_tree")}
    assert paths == {"15": "", "11": " / Leaf"}
