"""What a record must have: everything else that is wrong with it is said by name, and nothing but that is raised."""

from __future__ import annotations

from typing import Any

import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.registry import map_record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tap_records import CHUNKED, OPTIONS, RECORDS, told
from support.tap_strategies import STRUCTS, malformed, required

quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ALL_FIELDS = [
    (stream, name) for stream, struct in STRUCTS.items() for name in struct.__struct_fields__ if name != "value"
]
REQUIRED = [(stream, name) for stream, struct in STRUCTS.items() for name in sorted(required(struct))]


@pytest.mark.parametrize(("stream", "name"), ALL_FIELDS)
def test_a_field_of_a_wrong_type_is_named(stream: str, name: str) -> None:
    wrong: Any = 5 if name == "raw" else {"not": "this"}
    with pytest.raises(MappingError) as caught:
        map_record(stream, told(stream, **{name: wrong}), OPTIONS)
    assert f"`{name}`" in str(caught.value)
    assert f"stream '{stream}'" in str(caught.value)


@pytest.mark.parametrize(("stream", "name"), REQUIRED)
def test_a_record_without_what_identifies_it_is_refused(stream: str, name: str) -> None:
    record = told(stream)
    del record[name]
    with pytest.raises(MappingError, match=f"`{name}`"):
        map_record(stream, record, OPTIONS)
    with pytest.raises(MappingError, match=f"`{name}`"):
        map_record(stream, {**record, name: None}, OPTIONS)


@pytest.mark.parametrize("stream", sorted(RECORDS))
def test_what_identifies_a_record_is_enough(stream: str) -> None:
    needed = {name: told(stream)[name] for name in required(STRUCTS[stream])}
    beyond = {
        "content_labels": ("name",),
        "space_permissions": ("principal_type", "principal_id"),
        "content_restrictions": ("principal_type", "principal_id", "operation"),
    }
    needed |= {name: told(stream)[name] for name in beyond.get(stream, ())}
    everything_else_null = dict.fromkeys(RECORDS[stream]) | needed
    assert map_record(stream, needed, CHUNKED) == map_record(stream, everything_else_null, CHUNKED)
    for name in beyond.get(stream, ()):
        with pytest.raises(MappingError, match=f"`{name}` is missing"):
            map_record(stream, {**needed, name: None}, CHUNKED)


def test_the_message_names_stream_id_and_field() -> None:
    with pytest.raises(MappingError) as caught:
        map_record("pages", told("pages", labels=["a", 7]), OPTIONS)
    assert str(caught.value) == "stream 'pages': record with id '10': `labels[1]`: expected `str`, got `int`"
    with pytest.raises(MappingError) as caught:
        map_record("users", {"account_id": "u1", "observed_at": "yesterday"}, OPTIONS)
    assert str(caught.value) == (
        "stream 'users': record with account_id 'u1': `observed_at`: 'yesterday' is not a moment (RFC 3339)"
    )
    with pytest.raises(MappingError) as caught:
        map_record("pages", {}, OPTIONS)
    assert str(caught.value) == "stream 'pages': record without id: object missing required field `id`"


@pytest.mark.parametrize("stream", sorted(RECORDS))
@given(data=st.data())
@quick
def test_nothing_but_a_mapping_error_comes_of_a_bad_record(stream: str, data: st.DataObject) -> None:
    try:
        map_record(stream, data.draw(malformed(stream)), CHUNKED)
    except MappingError as error:
        assert stream in str(error)  # noqa: PT017 - a record that happens to be good raises nothing


@given(data=st.data())
@settings(quick, max_examples=300)
def test_nothing_but_a_mapping_error_comes_of_a_bad_row(data: st.DataObject) -> None:
    sent = [row for stream in RECORDS for row in emit(map_record(stream, told(stream), CHUNKED))]
    stream, record = data.draw(st.sampled_from(sent))
    name = data.draw(st.sampled_from(sorted(record)))
    value: Any = data.draw(st.sampled_from([None, 1.5, "x", [], {}, [1], True, "\ud800", 2**70]))
    try:
        map_record(stream, {**record, name: value}, OPTIONS)
    except MappingError as error:
        assert stream in str(error)  # noqa: PT017 - some changes do no harm


@pytest.mark.parametrize(("stream", "name"), [("pages", "version"), ("content_versions", "number")])
def test_a_version_beyond_64_bits_is_refused(stream: str, name: str) -> None:
    with pytest.raises(MappingError, match=f"`{name}`"):
        map_record(stream, told(stream, **{name: 2**70}), OPTIONS)


def test_an_id_that_no_index_can_hold_is_refused() -> None:
    with pytest.raises(MappingError, match=r"`id`.*255|255.*`id`"):
        map_record("pages", told("pages", id="x" * 256), OPTIONS)
    rows = map_record("pages", told("pages", id="x" * 255), OPTIONS)
    sent = [record for _, record in emit(rows)]
    with pytest.raises(MappingError, match="`cdm_id` is longer than 1200 bytes"):
        map_record("cdm_doc_item", sent[0] | {"cdm_id": "x" * 1201}, OPTIONS)


def test_a_record_that_is_nested_too_deeply_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(MappingError, match="content_properties"):
        map_record("content_properties", told("content_properties", value=deep), OPTIONS)


@pytest.mark.parametrize("moment", ["2026-01-03T10:00:00Z", "2026-01-03T12:00:00.0004+02:00", "2026-01-03 10:00:00"])
def test_moments_come_in_many_notations_and_leave_in_one(moment: str) -> None:
    ((clock, user),) = map_record("users", told("users", observed_at=moment), OPTIONS).users
    assert clock.observed_at == "2026-01-03T10:00:00.000Z"
    assert user.cdm_id == "cdm:work:user:acme:u1"
