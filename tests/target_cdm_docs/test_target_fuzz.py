"""Whatever comes in: rows, or one line and exit code 1; never a traceback, never anything half-committed."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.registry import MAPPED, map_record
from cdm_docs.mapping.shapes import CORE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, told
from support.tap_strategies import JSON, malformed, well_formed
from support.target import Done, Feed, load, mapped
from target_cdm_docs.singer.reader import BadLineError, LineReader

shared = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
TYPES = ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH"]
STREAMS = sorted(MAPPED)
GOOD = {stream: told(stream) for stream in RECORDS}
GOOD |= {own: record for stream in RECORDS for own, record in emit(map_record(stream, told(stream), CHUNKED))}
GOOD["cdm_doc_empty_set"] = {"cdm_id": "link:x", "kind": "link", "owner_cdm_id": "x"}
"""By stream: a good record; a stream that has bad ones alone is a run that failed (law 11)."""
HUGE: list[Any] = [2**70, 1e308, "x" * 9000, "\ud800\x00", [[[[]]]], {"": {"": ""}}, True, None]
PAGE: dict[str, Any] = {name: {} for name in CORE["pages"]}

STRANGE_SCHEMA = st.one_of(
    st.just({"type": "object", "properties": {}, "$ref": "#/nowhere"}),
    st.fixed_dictionaries(
        {"properties": st.just(PAGE)},
        optional=dict.fromkeys(("type", "required", "$ref", "$schema", "$id", "allOf", "$defs"), JSON),
    ),
    JSON,
)
KEYS = st.lists(st.sampled_from(["id", "type", "name"]), max_size=2) | st.lists(JSON, max_size=2) | JSON
SOME = ["pages", "sprints", "\ud800"]
DECLARED = st.fixed_dictionaries(
    {"type": st.just("SCHEMA"), "stream": st.sampled_from(SOME), "schema": st.just({"properties": PAGE})},
    optional={"key_properties": KEYS, "bookmark_properties": JSON},
)
STRANGE = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("SCHEMA"), "stream": st.sampled_from(SOME), "schema": STRANGE_SCHEMA, "key_properties": KEYS}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES)},
        optional={"stream": st.sampled_from(SOME) | JSON, "schema": JSON, "record": JSON, "value": JSON},
    ),
    st.fixed_dictionaries({"type": JSON}),
    JSON,
)
FIELDS = st.dictionaries(st.sampled_from(["type", "name", "space_key"]), JSON)
RECORD = st.fixed_dictionaries(
    {
        "type": st.just("RECORD"),
        "stream": st.sampled_from(SOME),
        "record": FIELDS.map(lambda some: {"id": 1, **some}),
    },
    optional={"version": JSON, "time_extracted": JSON},
)
STATE = st.fixed_dictionaries({"type": st.just("STATE"), "value": st.dictionaries(st.text(max_size=3), JSON)})
LINE = STRANGE.map(json.dumps) | st.text(max_size=40) | st.binary(max_size=40)
INPUT = st.tuples(
    st.lists(DECLARED.map(json.dumps), min_size=1, max_size=4),
    st.lists((RECORD | STATE).map(json.dumps), max_size=6),
    st.lists(LINE, max_size=1),
    st.lists(RECORD.map(json.dumps), max_size=2),
).map(lambda parts: [line for part in parts for line in part])


def check(done: Done) -> None:
    """The run ended as runs end."""
    assert "Traceback" not in done.stderr, ascii(done.stderr)  # half a pair would choke whoever reports it
    assert done.code in {0, 1}, ascii(done.stderr)
    if done.code:
        assert done.error


def as_bytes(lines: list[str | bytes]) -> bytes:
    return b"".join(
        (line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")) + b"\n" for line in lines
    )


@settings(shared, max_examples=500)
@given(st.binary(max_size=60) | LINE.map(lambda line: as_bytes([line])))
@example(b'{"type": "RECORD"' + b" " * 10 + b"}")
@example(b'{"type": "\xff"}')
@example(b'\xef\xbb\xbf{"type": "STATE"}')
@example(b'{"type":"STATE","value":' + b"[" * 5000 + b"]" * 5000 + b"}")
@example(b'{"type":"STATE","value":1' + b"0" * 5000 + b"}")
@example(b'{"type":"STATE","value":1e999}')
def test_a_line_is_a_message_or_a_bad_line_with_its_number(line: bytes) -> None:
    reader = LineReader()
    try:
        message = reader.deserialize_json(line)
    except BadLineError as error:
        assert re.match("line 1 of the input", str(error))  # noqa: PT017 - a good line raises nothing
    else:
        assert isinstance(message["type"], str)


@settings(shared, max_examples=150)
@given(lines=INPUT, mode=st.sampled_from(["cdm", "raw"]), unmapped=st.sampled_from(["raw", "ignore"]))
def test_any_lines_end_in_rows_or_in_one_line(
    lines: list[str | bytes], mode: str, unmapped: str, tmp_path: Path
) -> None:
    check(load(tmp_path, as_bytes(lines), destination=f"ndjson:///{tmp_path}", mode=mode, unmapped_streams=unmapped))


@settings(shared, max_examples=30)
@given(lines=INPUT)
def test_any_lines_passed_through_fit_into_the_databases(
    lines: list[str | bytes], tmp_path: Path, destination: Destination
) -> None:
    check(load(tmp_path, as_bytes(lines), destination=destination.url, mode="raw"))


@settings(shared, max_examples=60)
@given(lines=INPUT)
def test_any_lines_end_the_mapper_in_messages_or_in_one_line(lines: list[str | bytes], tmp_path: Path) -> None:
    done = mapped(tmp_path, as_bytes(lines))
    check(done)
    assert all(isinstance(message["type"], str) for message in done.lines)


def messages(stream: str, records: list[Any]) -> str:
    feed = Feed().schema(stream, "id")
    for record in records:
        feed.messages.append({"type": "RECORD", "stream": stream, "record": record})
    return feed.state({"at": 1}).text


@pytest.mark.parametrize("stream", STREAMS)
@settings(shared, max_examples=6)
@given(data=st.data())
def test_any_records_of_a_known_stream_cost_at_most_themselves(
    stream: str, data: st.DataObject, tmp_path: Path
) -> None:
    strange = st.dictionaries(st.sampled_from(["id", "cdm_id", "body", "raw"]) | st.text(max_size=3), JSON)
    some = strange | malformed(stream) | well_formed(stream) if stream in RECORDS else strange
    records = data.draw(st.lists(some, max_size=6))
    done = load(
        tmp_path, messages(stream, [GOOD[stream], *records]), destination=f"ndjson:///{tmp_path}", chunks_enabled=True
    )
    check(done)
    assert (done.code, done.lines) == (0, [{"at": 1}])


@settings(shared, max_examples=25)
@given(data=st.data())
def test_any_well_formed_records_fit_into_the_databases(
    data: st.DataObject, tmp_path: Path, destination: Destination
) -> None:
    feed = Feed()
    for stream in data.draw(st.lists(st.sampled_from(sorted(RECORDS)), max_size=5)):
        feed.schema(stream, "id")
        for record in [GOOD[stream], *data.draw(st.lists(well_formed(stream), max_size=4))]:
            feed.messages.append({"type": "RECORD", "stream": stream, "record": record})
    done = load(tmp_path, feed.state({"at": 1}), destination=destination.url)
    check(done)
    assert (done.code, done.lines) == (0, [{"at": 1}])


def test_any_field_may_hold_anything_and_the_batch_survives(tmp_path: Path, destination: Destination) -> None:
    feed, count = Feed(), 0
    for stream, fields in RECORDS.items():
        feed.schema(stream, "id")
        for name, value in itertools.product([*fields, "set_size"], HUGE):
            feed.record(stream, **told(stream, **{name: value}))
            count += 1
    done = load(tmp_path, feed.state({"at": 1}), destination=destination.url, max_failures=count)
    check(done)
    assert (done.code, done.lines) == (0, [{"at": 1}])
    (run,) = destination.rows("cdm_ingest_run")
    assert run["progress_counter"] == count
