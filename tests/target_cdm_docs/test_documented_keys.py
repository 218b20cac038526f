"""What docs/data-model.md says about JSON columns and about old revisions, held against the target itself."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from cdm_docs.mapping.registry import map_record
from data_model_notes import CHUNK_KEYS, ITEM_KEYS, LINK_KEYS, REVISION_KEYS
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, chunks_of, links_of, told

PAGE = Path(__file__).parents[2] / "docs" / "data-model.md"
ALL = [map_record(stream, told(stream), CHUNKED) for stream in RECORDS]
BROKEN = {"recovered", "problems", "excerpts"}
"""Told of broken bodies alone, and of those with an excerpt."""
BY_NAME = {"content_type", "posting_day", "jql", "file_id", "included"}
"""Told of links that no body here has."""


def test_the_page_tells_every_member_of_an_items_properties_and_no_other() -> None:
    documented: dict[str, set[str]] = defaultdict(set)
    for kinds, members in ITEM_KEYS.items():
        for kind in kinds.split(", "):
            documented[kind] |= members.keys()
    found: dict[str, set[str]] = defaultdict(set)
    for rows in ALL:
        for _, item in rows.items:
            found[item.doc_type] |= (item.properties or {}).keys()
    for kind in ("page", "blogpost"):
        found[kind] |= {"tasks", "content_properties"}  # which other streams tell
    assert found == documented


def test_the_page_tells_the_members_of_the_properties_of_revisions_links_and_chunks() -> None:
    revisions = {name for rows in ALL for _, one in rows.revisions for name in one.properties or {}}
    assert revisions | BROKEN == REVISION_KEYS.keys()
    links = {name for rows in ALL for one in links_of(rows) for name in one.properties}
    assert links | BY_NAME == LINK_KEYS.keys()
    chunks = {name for rows in ALL for one in chunks_of(rows) for name in one.metadata}
    assert chunks == CHUNK_KEYS.keys()


def test_old_revisions_may_be_deleted_as_the_page_says(destination: Destination) -> None:
    (statement,) = re.findall(r"```sql\n(DELETE .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    versions = [("1", "2019-01-01T00:00:00.000Z"), ("2", "2021-01-01T00:00:00.000Z")]
    old = [told("content_versions", number=int(number), created_at=when) for number, when in versions]
    page = told("pages", updated_at="2019-06-01T00:00:00.000Z")
    destination.load(
        [map_record("pages", page, CHUNKED), *(map_record("content_versions", one, CHUNKED) for one in old)]
    )
    destination.execute(statement)
    assert [row["revision_number"] for row in destination.rows("cdm_doc_revision")] == [2, 3]
