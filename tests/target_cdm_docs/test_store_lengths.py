"""However long a document's words are: they are stored whole, or the one record is refused; no batch is lost."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, told
from support.tap_strategies import STRUCTS
from target_cdm_docs.stores.engines.database import Database
from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables.tables import HASH, USER

LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyzäöü🙂0123456789", k=20_000))
"""Words that no index can shorten."""


def accepted(stream: str, record: dict[str, Any]) -> list[CdmRows]:
    """The rows of a record; none when it is refused."""
    try:
        return [map_record(stream, record, CHUNKED)]
    except MappingError:
        return []


def test_long_words_are_stored_whole(destination: Destination) -> None:
    destination.load(
        [
            map_record("pages", told("pages", title=LONG, labels=[LONG], version_message=LONG, url=LONG), CHUNKED),
            map_record("spaces", told("spaces", name=LONG, key=LONG, description=LONG), CHUNKED),
            map_record("users", told("users", display_name=LONG), CHUNKED),
        ]
    )
    (item,) = destination.rows("cdm_doc_item")
    assert (item["title"], item["tags"], item["url"]) == (LONG, [LONG], LONG)
    assert [row["key"] for row in destination.rows("cdm_doc_space")] == [LONG]


def test_a_long_word_in_any_field_costs_at_most_its_record(postgres_destination: Destination) -> None:
    words = [
        (stream, name)
        for stream, record in RECORDS.items()
        for name, value in record.items()
        if isinstance(value, str) and name not in STRUCTS[stream].moments
    ]
    batches = [accepted(stream, told(stream, **{name: LONG})) for stream, name in words]
    assert len(words) > sum(map(bool, batches)) > len(RECORDS)
    postgres_destination.load(*batches)


def test_a_long_word_in_a_row_of_another_mapper_costs_at_most_that_row(postgres_destination: Destination) -> None:
    sent = [row for stream in RECORDS for row in emit(map_record(stream, told(stream), CHUNKED))]
    rows = [
        row
        for stream, record in sent
        for name, value in record.items()
        if isinstance(value, str)
        for row in accepted(stream, record | {name: LONG})
    ]
    assert len(rows) > len(sent)
    postgres_destination.load(rows)


@pytest.mark.parametrize("kind", ["internal", "attachment"])
def test_a_long_reference_in_a_body_is_kept_as_it_was_written(destination: Destination, kind: str) -> None:
    reference = {
        "kind": kind,
        "written": LONG,
        "content_id": LONG,
        "account_id": LONG,
        "title": LONG,
        "space_key": LONG,
    }
    destination.load([map_record("pages", told("pages", body=json.dumps({"references": [reference]})), CHUNKED)])
    (link,) = destination.rows("cdm_doc_link")
    assert link["properties"]["written"] == LONG
    assert link["to_item_cdm_id"] is None


def test_keys_of_any_characters_are_found(destination: Destination) -> None:
    dice = random.Random(3)
    words = ["NULL", "{}", '"', "\\", *("".join(dice.choices("a\"\\,{}' \n\tü😀", k=4)) for _ in range(200))]
    keys = [(f"cdm:work:user:acme:{word}",) for word in sorted(set(words))]
    store = destination.open()
    assert isinstance(store, Database)

    def look(session: Session) -> list[Any]:
        session.insert(USER, ("cdm_id",), keys)
        found = [session.fetch(USER, ("cdm_id",), ("cdm_id",), some) for some in (keys, keys[:1], [*keys, (None,)])]
        assert found[1] == keys[:1]
        assert sorted(found[0]) == sorted(found[2]) == keys
        return session.fetch(HASH, ("key",), ("key",), [(-(2**63),), (7,)])

    assert store.read(look) == []
    store.disconnect()
