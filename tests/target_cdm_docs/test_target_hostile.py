"""Hostile records cost themselves, and time that grows with length alone; raw mode changes nothing in what passes."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.content.storage.mending import mend
from cdm_docs.mapping.emit import emit
from cdm_docs.mapping.registry import map_record
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, told
from support.target import BIN, PLUGINS, Feed, load, mapped
from target_cdm_docs.singer.reader import DEEPEST

NUL_AND_HALF_A_PAIR = "\\u0000\\ud800"


def nested(levels: int, inside: str = f'"{NUL_AND_HALF_A_PAIR}"') -> str:
    """A JSON text of lists in lists."""
    return "[" * levels + inside + "]" * levels


def with_field(feed: Feed, stream: str, name: str, value: str, **more: Any) -> str:
    """Lines, with a record behind them that holds any JSON text."""
    record = json.dumps({"id": "66", "title": "Hostile", "version": 1, "space_id": "7", **more})[:-1]
    return feed.text + f'{{"type": "RECORD", "stream": "{stream}", "record": {record}, "{name}": {value}}}}}\n'


def three(stream: str = "pages") -> Feed:
    return Feed().schema(stream, "id").page(1).page(2).page(3) if stream == "pages" else Feed().schema(stream, "id")


@pytest.mark.parametrize("levels", [190, 250, 700, 982, 5000, 100_000])
@pytest.mark.parametrize("mode", ["cdm", "raw"])
def test_law_6_a_record_nested_too_deeply_costs_itself_alone(
    levels: int, mode: str, tmp_path: Path, destination: Destination
) -> None:
    """Known: 500 levels with a NUL ended every run with a traceback, 982 were called a bad line."""
    text = with_field(three(), "pages", "raw", f'{{"deep": {nested(levels)}}}') + Feed().page(4).state({"at": 4}).text
    done = load(tmp_path, text, destination=destination.url, mode=mode)
    assert (done.code, done.lines) == (0, [{"at": 4}]), done.stderr
    (run,) = destination.rows("cdm_ingest_run")
    is_kept = levels < 198
    assert (run["failed_counter"], run["progress_counter"]) == (int(not is_kept), 5)
    if not is_kept:
        assert "nested more than 200 levels deep" in run["error_msgs"][0]["message"]
    table, key = ("cdm_doc_item", "source_item_id") if mode == "cdm" else ("raw_record", "record_key")
    kept = {row[key] for row in destination.rows(table)}
    assert kept == {"1", "2", "3", "4"} | ({"66"} if is_kept else set())


def test_the_mapper_leaves_out_what_is_nested_too_deeply(tmp_path: Path) -> None:
    done = mapped(tmp_path, with_field(three(), "pages", "raw", f'{{"deep": {nested(1200)}}}'))
    assert done.code == 0
    assert "nested more than 200 levels deep" in done.complaints[0]


def test_a_text_that_a_tap_flattened_may_be_no_deeper(tmp_path: Path, duckdb_destination: Destination) -> None:
    text = with_field(three(), "pages", "raw", json.dumps(f'{{"deep": {nested(700, "0")}}}')) + Feed().state({}).text
    assert load(tmp_path, text, destination=duckdb_destination.url).code == 0
    (run,) = duckdb_destination.rows("cdm_ingest_run")
    assert "nested more than 200 levels deep" in run["error_msgs"][0]["message"]


@pytest.mark.parametrize("kind", ["STATE", "SCHEMA"])
def test_half_a_state_or_schema_is_none(kind: str, tmp_path: Path, duckdb_destination: Destination) -> None:
    deep = f'{{"properties": {nested(2000)}}}'
    line = f'{{"type": "{kind}", "stream": "x", "schema": {deep}, "value": {deep}}}\n'
    done = load(tmp_path, three().text + line, destination=duckdb_destination.url)
    assert "line 5 of the input is not a JSON object" in done.error


@pytest.mark.parametrize("brackets", ["[" * 3000, "[" * 3000 + "]" * 2999 + "}", "]" * 3000])
def test_brackets_that_do_not_match_are_a_bad_line(brackets: str, tmp_path: Path) -> None:
    done = load(tmp_path, with_field(three(), "pages", "raw", brackets), destination=f"ndjson:///{tmp_path}/runs")
    assert "line 5 of the input is not a JSON object" in done.error


def test_what_is_cut_for_its_depth_leaves_the_rest_of_a_line_as_it_was(tmp_path: Path) -> None:
    reader = PLUGINS["target-cdm-docs"].message_reader_class()  # type: ignore[attr-defined]
    deep = nested(DEEPEST + 700, '"]}[{"')
    line = f'{{"type": "RECORD", "a": "{{[\\"]", "deep": {deep}, "b": [{deep}, 1], "c": 2}}'
    message = reader.deserialize_json(line.encode())
    assert (message["a"], message["b"][1], message["c"]) == ('{["]', 1, 2)


GOOD = {stream: told(stream) for stream in RECORDS}
GOOD |= {own: record for stream in RECORDS for own, record in emit(map_record(stream, told(stream), CHUNKED))}


@pytest.mark.parametrize("mode", ["cdm", "raw"])
def test_no_character_in_a_moment_or_clock_ends_a_run(mode: str, tmp_path: Path, destination: Destination) -> None:
    """Known: the moments by which raw records are ordered, and the clocks of a mapper's, were not cleaned."""
    feed = Feed()
    for stream, record in GOOD.items():
        feed.schema(stream, "id").record(stream, **record)
        moments = [name for name in record if name.endswith(("_at", "clock_digest"))]
        for name, value in itertools.product(moments, ["\x00", "\ud800", "2026-01-01T00:00:00.000Z\udfff"]):
            feed.record(stream, **{**record, name: value})
    feed = Feed([message | {"key_properties": []} if "schema" in message else message for message in feed.messages])
    done = load(tmp_path, feed.state({"at": 1}), destination=destination.url, mode=mode, max_failures=10_000)
    assert (done.code, done.lines) == (0, [{"at": 1}]), ascii(done.stderr)


@pytest.mark.parametrize(
    "shape",
    [
        "<p {a}>x</p>", "<{a}", "<p {a}='", "<p a{b}>x", "<p a={b}>x", "</{a}", "<p {s}>", "<p {q}>", "<{s}", "&#{d};",
        "<p>{lt}", "<p>{cd}", "<p {eq}>x</p>",
    ],
)  # fmt: skip
def test_mending_takes_time_that_grows_with_length_alone(shape: str) -> None:
    """Known: 40 KB of one attribute's name took 35 seconds. Work is compared with work, not with a clock."""

    def body(n: int) -> str:
        return shape.format(
            a="a" * n, b=" " * n, s="a " * (n // 2), q='""' * (n // 2), d="1" * n, lt="<p " * (n // 3),
            cd="<![CDATA[" * (n // 9), eq="a=" * (n // 2),
        )  # fmt: skip

    def cost(n: int) -> float:
        text = body(n)
        began = time.process_time()
        mend(text)
        return time.process_time() - began

    small = min(cost(20_000) for _ in range(3)) + 0.002
    assert cost(400_000) < 20 * 8 * small  # quadratic: 400 times


def test_a_megabyte_of_an_attributes_name_costs_itself(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = three().page(66, body="<p " + "a" * 1_000_000 + ">kept &nbsp text</p>").state({})
    done = load(tmp_path, feed, destination=duckdb_destination.url)
    assert done.code == 0, done.stderr
    rows = {row["source_revision_id"]: row for row in duckdb_destination.rows("cdm_doc_revision")}
    assert any("kept" in str(row["text"]) for row in rows.values())


NUMBERS = [
    "0.1234567890123456789012345",
    "1.10",
    "1e400",
    "-0.0",
    "12345678901234567890123",
    "1E5",
    "0.30000000000000004",
]


def test_raw_mode_keeps_numbers_as_they_were_written(tmp_path: Path, destination: Destination) -> None:
    """Known of the SDK: a float in between rounds them, and makes null of what it cannot hold."""
    fields = ", ".join(f'"n{i}": {number}' for i, number in enumerate(NUMBERS))
    half = '"half": "\\ud800"'
    text = Feed().schema("rates", "id", properties=["n0"]).text
    for key, more in (("plain", ""), ("half", f", {half}")):
        text += f'{{"type": "RECORD", "stream": "rates", "record": {{"id": "{key}", {fields}{more}}}}}\n'
    for settings in ({"mode": "raw"}, {"unmapped_streams": "raw"}):
        done = load(tmp_path, text + Feed().state({}).text, destination=destination.url, **settings)
        assert done.code == 0, done.stderr
        found = destination.query("SELECT CAST(record AS text) AS record FROM raw_record")
        for row in found:
            kept = json.loads(row["record"], parse_float=str, parse_int=str)
            for i, number in enumerate(NUMBERS):
                assert Decimal(kept[f"n{i}"]) == Decimal(number)
                if destination.kind == "duckdb" or not set("eE-") & set(number):  # PostgreSQL writes no exponent
                    assert kept[f"n{i}"] == number
        assert len(found) == 2


@pytest.mark.parametrize("number", ["1e99999", "1e-99999", "0." + "1" * 20_000])
def test_a_number_that_no_database_holds_is_kept_as_a_text(
    number: str, tmp_path: Path, destination: Destination
) -> None:
    text = Feed().schema("rates", "id").text
    text += f'{{"type": "RECORD", "stream": "rates", "record": {{"id": "1", "n": {number}}}}}\n'
    assert load(tmp_path, text + Feed().state({}).text, destination=destination.url, mode="raw").code == 0
    assert destination.rows("raw_record")[0]["record"]["n"] == number


def test_one_null_key_is_one_entry_and_no_lost_batch(tmp_path: Path, destination: Destination) -> None:
    feed = Feed().schema("rates", "id").record("rates", id=None, n=1).record("rates", id="2").state({"at": 1})
    feed.schema("pairs", "a", "b").record("pairs", a=None, b=None).record("pairs", a=None, b=1).state({"at": 2})
    done = load(tmp_path, feed, destination=destination.url, mode="raw")
    assert (done.code, done.lines) == (0, [{"at": 2}])
    assert {row["record_key"] for row in destination.rows("raw_record")} == {"2", "[null,1]"}
    (run,) = destination.rows("cdm_ingest_run")
    assert [entry["line"] for entry in run["error_msgs"]] == [2, 6]


@pytest.mark.parametrize("schema", [{"$ref": "#/x"}, {"anyOf": [{"type": "object"}]}])
def test_raw_mode_asks_for_no_properties_where_a_schema_is_put_together(
    schema: dict[str, Any], tmp_path: Path, duckdb_destination: Destination
) -> None:
    feed = Feed([{"type": "SCHEMA", "stream": "rates", "schema": schema, "key_properties": ["id"]}])
    done = load(tmp_path, feed.record("rates", id="1").state({}), destination=duckdb_destination.url, mode="raw")
    assert done.code == 0, done.stderr


def test_lines_of_windows_are_read_and_their_blank_ones_are_not(tmp_path: Path, destination: Destination) -> None:
    lines = three().state({"at": 1}).text.splitlines()
    done = load(tmp_path, "\r\n\r\n".join(lines) + "\r\n\r\n", destination=destination.url)
    assert (done.code, done.lines) == (0, [{"at": 1}])
    done = load(tmp_path, "\r\n".join([*lines, "", "{broken"]), destination=destination.url)
    assert f"line {len(lines) + 2} of the input" in done.error


@pytest.mark.parametrize("plugin", ["target-cdm-docs", "map-cdm-docs"])
@pytest.mark.parametrize(("closed", "name"), [("<&-", "standard input"), (">&-", "standard output")])
def test_a_closed_pipe_is_one_line(plugin: str, closed: str, name: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    destination = {"destination": f"ndjson:///{tmp_path}/runs"} if plugin == "target-cdm-docs" else {}
    config.write_text(json.dumps(destination))
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "{BIN / plugin}" --config "{config}" {closed}'],
        input=b"" if closed == ">&-" else None,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"{name} is closed".encode() in done.stderr
    assert b"Traceback" not in done.stderr
