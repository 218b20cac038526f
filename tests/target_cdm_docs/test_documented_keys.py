"""What docs/data-model.md says about the members of JSON columns, held against the mapping itself."""

from __future__ import annotations

from collections import defaultdict

from cdm_docs.mapping.registry import map_record
from data_model_notes import CHUNK_KEYS, ITEM_KEYS, LINK_KEYS, REVISION_KEYS
from support.tap_records import CHUNKED, RECORDS, told

ALL = [map_record(stream, told(stream), CHUNKED) for stream in RECORDS]
BROKEN = {"recovered", "problems"}
"""Told of broken bodies alone."""
BY_NAME = {"content_type", "posting_day", "jql", "file_id"}
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
    links = {name for rows in ALL for _, _, each in rows.links for one in each for name in one.properties}
    assert links | BY_NAME == LINK_KEYS.keys()
    chunks = {name for rows in ALL for _, _, each in rows.chunks for one in each for name in one.metadata}
    assert chunks == CHUNK_KEYS.keys()
