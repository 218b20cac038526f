"""What a mapper sends on says the same as what it was sent: the base of CONTRACT 2.4, law 5."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections import defaultdict
from typing import Any

import jsonschema
import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.registry import MAPPED, emitted_by, map_record
from cdm_docs.mapping.streams import KEY, ROW_TYPES, record_schema
from cdm_docs.model.rows import CdmRows, SetPart
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tap_records import CHUNKED, OPTIONS, RECORDS, told
from support.tap_strategies import STRUCTS, well_formed

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_set(*parts: CdmRows) -> dict[str, Any]:
    """What rows say, whatever their order and however sets are cut into members."""
    said: dict[str, Any] = defaultdict(list)
    for rows in parts:
        for field in dataclasses.fields(rows):
            for row in getattr(rows, field.name):
                if isinstance(row, SetPart):
                    said[repr(dataclasses.replace(row, members=()))] += map(repr, row.members)
                else:
                    said[field.name].append(repr(row))
    return {name: sorted(set(rows)) for name, rows in said.items()}


def through_a_mapper(rows: CdmRows) -> list[CdmRows]:
    """The rows that a target makes of the records that a mapper makes of rows; as JSON in between."""
    sent = [(stream, json.loads(json.dumps(record))) for stream, record in emit(rows)]
    return [map_record(stream, record, OPTIONS) for stream, record in reversed(sent)]


@pytest.mark.parametrize("stream", sorted(STRUCTS))
@given(data=st.data())
@quick
def test_what_a_mapper_sends_says_the_same(stream: str, data: st.DataObject) -> None:
    record = data.draw(well_formed(stream))
    try:
        rows = map_record(stream, record, CHUNKED)
    except MappingError as error:
        assert " is missing" in str(error)  # noqa: PT017 - what access rows and labels cannot do without
        return
    assert as_set(*through_a_mapper(rows)) == as_set(rows)


@pytest.mark.parametrize("stream", sorted(RECORDS))
def test_a_full_record_goes_through_a_mapper_unchanged(stream: str) -> None:
    rows = map_record(stream, told(stream), CHUNKED)
    assert as_set(*through_a_mapper(rows)) == as_set(rows)


@pytest.mark.parametrize("stream", sorted(RECORDS))
def test_what_a_mapper_sends_fits_its_schemas(stream: str) -> None:
    for name, record in emit(map_record(stream, told(stream), CHUNKED)):
        assert name in emitted_by(stream)
        schema = record_schema(name)
        assert set(record) <= set(schema["properties"])
        assert set(KEY) <= set(record)
        jsonschema.validate(record, schema)


@pytest.mark.parametrize("stream", sorted(RECORDS))
def test_mapping_is_pure(stream: str) -> None:
    record = told(stream)
    before = copy.deepcopy(record)
    first = map_record(stream, record, CHUNKED)
    assert record == before
    assert map_record(stream, copy.deepcopy(record), CHUNKED) == first


@pytest.mark.parametrize("stream", sorted(ROW_TYPES))
def test_every_stream_that_a_mapper_sends_is_accepted(stream: str) -> None:
    assert emitted_by(stream) == (stream,)
    assert any(stream in emitted_by(source) for source in MAPPED if source not in ROW_TYPES)


def test_rows_of_another_mapper_need_no_clocks() -> None:
    for stream in ("pages", "attachments", "spaces", "users", "content_inventory", "space_permissions"):
        for name, record in emit(map_record(stream, told(stream), CHUNKED)):
            bare = {key: value for key, value in record.items() if not key.startswith("clock_")}
            again = map_record(name, bare, OPTIONS)
            assert as_set(again) != as_set(CdmRows())
            assert map_record(name, bare, OPTIONS) == again
