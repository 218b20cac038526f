"""Ids and schemas of the data model."""

from __future__ import annotations

from cdm_docs.model.ids import Ids, short_hash
from cdm_docs.model.rows import CdmDocItem
from cdm_docs.model.schema import STREAMS, json_schema
from hypothesis import given
from hypothesis import strategies as st

IDS = Ids("confluence")


def test_ids_name_the_source_and_its_own_ids() -> None:
    assert IDS.space("7") == "cdm:doc:space:confluence:7"
    assert IDS.item("att9") == "cdm:doc:item:confluence:att9"
    assert IDS.revision("9", 3) == "cdm:doc:revision:confluence:9:3"
    assert IDS.user("712020:ab") == "cdm:work:user:confluence:712020:ab"


def test_the_same_text_again_is_another_chunk_and_an_edit_elsewhere_changes_no_id() -> None:
    first = IDS.chunk("1", "A > B", "text", 0)
    assert first != IDS.chunk("1", "A > B", "text", 1)
    assert first == "cdm:doc:chunk:confluence:1:" + first.split(":")[5] + ":0"


@given(st.lists(st.text() | st.none(), max_size=3), st.lists(st.text() | st.none(), max_size=3))
def test_different_references_have_different_hashes(one: list[str | None], two: list[str | None]) -> None:
    assert (short_hash(*one) == short_hash(*two)) == (one == two)


def test_a_schema_has_every_field_and_tells_what_may_be_null() -> None:
    schema = json_schema(CdmDocItem)
    assert next(iter(schema["properties"])) == "cdm_id"
    assert schema["properties"]["doc_type"] == {"type": ["string"]}
    assert schema["properties"]["title"] == {"type": ["string", "null"]}
    assert schema["properties"]["tags"]["type"] == ["array", "null"]
    assert all(json_schema(row)["properties"]["cdm_id"] == {"type": ["string"]} for row in STREAMS.values())
    moments = [
        value
        for row in STREAMS.values()
        for name, value in json_schema(row)["properties"].items()
        if name[-3:] == "_at"
    ]
    assert {value["format"] for value in moments} == {"date-time"}
