"""CONTRACT 2.4, law 11: loss is never exit 0; and what the ledger of runs tells of it."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.running_target import RunningTarget
from support.stores import Destination
from support.target import Done, Feed, load, mapped

BAD = {"title": 5}
"""A field of no page."""


def pages(*numbers: int, bad: tuple[int, ...] = ()) -> Feed:
    feed = Feed().schema("spaces", "id").record("spaces", id="7", key="ENG").schema("pages", "id")
    for number in numbers:
        feed.page(number, **(BAD if number in bad else {}))
    return feed


def ledger(destination: Destination) -> list[dict[str, Any]]:
    return sorted(destination.rows("cdm_ingest_run"), key=lambda run: str(run["run_id"]))


def test_law_11_a_stream_that_loses_every_record_ends_with_exit_1_and_no_state(
    tmp_path: Path, destination: Destination
) -> None:
    feed = pages(1, 2, 3, bad=(1, 2, 3)).state({"at": 3})
    done = load(tmp_path, feed, destination=destination.url)
    assert "every record of a stream was rejected (3 of pages)" in done.error
    assert "`title`" in done.error
    assert done.lines == []
    (run,) = ledger(destination)
    assert (run["status"], run["failed_counter"], run["total"]) == ("FAILED", 3, None)
    assert run["error_msgs"][-1] == {"stage": "run", "message": done.error}


def test_law_11_a_state_waits_while_a_stream_has_bad_records_alone(tmp_path: Path, destination: Destination) -> None:
    """The last good STATE is the one before the first record of that stream."""
    feed = pages().state({"at": 0})
    for number in range(1, 5):
        feed.page(number, **BAD).state({"at": number})
    done = load(tmp_path, feed, destination=destination.url, batch_size_rows=1, batch_seconds=1e-9)
    assert (done.code, done.lines) == (1, [{"at": 0}])
    done = load(tmp_path, feed.page(9).state({"at": 9}), destination=destination.url, batch_size_rows=1)
    assert (done.code, done.lines) == (0, [{"at": 4}, {"at": 9}])


@pytest.mark.parametrize(("bad", "code"), [(3, 0), (4, 1)])
def test_law_11_more_than_max_failures_end_the_run_at_the_last_good_state(
    bad: int, code: int, tmp_path: Path, destination: Destination
) -> None:
    feed = pages(1).state({"at": 1}).page(2).page(3).state({"at": 3})
    for number in range(10, 10 + bad):
        feed.page(number, **BAD)
    done = load(tmp_path, feed.page(4).state({"at": 4}), destination=destination.url, max_failures=3, batch_size_rows=2)
    assert (done.code, done.lines) == (code, [{"at": 1}, *([] if code else [{"at": 4}])])
    (run,) = ledger(destination)
    assert (run["status"], run["failed_counter"]) == ("FAILED" if code else "COMPLETED_WITH_ERRORS", bad)
    if code:
        assert "4 records were rejected (4 of pages), more than `max_failures` (3)" in done.error
        assert run["error_msgs"][-1]["message"] == done.error


def test_max_failures_may_be_none_at_all(tmp_path: Path, duckdb_destination: Destination) -> None:
    done = load(tmp_path, pages(1, 2, bad=(2,)), destination=duckdb_destination.url, max_failures=0)
    assert "more than `max_failures` (0)" in done.error


def states(done: Done) -> list[Any]:
    return [line["value"] for line in done.lines if line["type"] == "STATE"]


def test_law_11_the_mapper_loses_no_stream_and_no_more_than_it_may_with_exit_0(tmp_path: Path) -> None:
    lost = mapped(tmp_path, pages().state({"at": 0}).page(1, **BAD).page(2, **BAD).state({"at": 2}))
    assert (lost.code, states(lost)) == (1, [{"at": 0}])
    assert "every record of a stream was rejected (2 of pages)" in lost.error
    few = pages(1).state({"at": 1}).page(2, **BAD).page(3, **BAD).page(4).state({"at": 4})
    done = mapped(tmp_path, few, max_failures=2)
    assert (done.code, states(done)) == (0, [{"at": 1}, {"at": 4}])
    many = mapped(tmp_path, few, max_failures=1)
    assert (many.code, states(many)) == (1, [{"at": 1}])
    assert "2 records were rejected (2 of pages), more than `max_failures` (1)" in many.error
    alone = mapped(tmp_path, pages().page(1, **BAD).state({"at": 1}))
    assert (alone.code, states(alone)) == (0, [{"at": 1}]), "one bad record alone costs itself"


def test_law_6_one_bad_record_costs_itself_also_where_it_comes_alone(tmp_path: Path, destination: Destination) -> None:
    """Else one hostile page would stop every run of a quiet site, and with it all other streams."""
    done = load(tmp_path, pages(1, bad=(1,)).state({"at": 1}), destination=destination.url)
    assert (done.code, done.lines) == (0, [{"at": 1}])
    (run,) = ledger(destination)
    assert (run["status"], run["failed_counter"], run["total"]) == ("COMPLETED_WITH_ERRORS", 1, 2)


def declared(**properties: Any) -> Feed:
    return Feed([{"type": "SCHEMA", "stream": "pages", "schema": {"properties": properties}, "key_properties": ["id"]}])


OURS = {"id": {"type": ["string", "null"]}, "title": {}, "version": {"type": "integer"}, "space_id": {}}


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"id": {}, "object": {}, "properties": {}}, "its SCHEMA lacks title, version, space_id"),
        ({**OURS, "id": {"type": "integer"}}, "its id is integer, not a text"),
        ({**OURS, "version": {"type": ["object", "null"]}}, "its version is object, not a number"),
    ],
    ids=["a page of Notion", "ids are numbers", "the objects of the API"],
)
def test_law_11_a_stream_that_is_called_like_ours_is_refused_before_its_first_record(
    properties: dict[str, Any], complaint: str, tmp_path: Path, destination: Destination
) -> None:
    feed = declared(**properties).record("pages", id="1").state({"at": 1})
    done = load(tmp_path, feed, destination=destination.url)
    assert complaint in done.error
    for way_out in ("`stream_mapping`", "`unmapped_streams`", "`mode`"):
        assert way_out in done.error
    assert done.lines == []
    assert ledger(destination) == []
    ways: list[dict[str, Any]] = [
        {"stream_mapping": {"pages": "other"}, "unmapped_streams": "raw"},
        {"mode": "raw"},
    ]
    for way in ways:
        assert load(tmp_path, feed, destination=destination.url, **way).code == 0
    assert complaint in mapped(tmp_path, feed).error


def test_a_stream_with_the_fields_that_matter_is_taken_for_ours(tmp_path: Path, destination: Destination) -> None:
    feed = declared(**OURS).record("pages", id="1", title="Mapped", version="3", space_id="7").state({"at": 1})
    assert load(tmp_path, feed, destination=destination.url).code == 0
    assert [row["title"] for row in destination.rows("cdm_doc_item")] == ["Mapped"]


def test_a_stream_mapping_to_nothing_known_is_named_with_what_is_known(tmp_path: Path) -> None:
    done = load(tmp_path, Feed().schema("issues", "id"), stream_mapping={"issues": "pagez"}, destination="ndjson:///x")
    assert "`stream_mapping` takes stream 'issues' for 'pagez'" in done.error
    assert "pages, blogposts, attachments" in done.error


def test_what_a_tap_flattened_is_read_as_it_was(tmp_path: Path, destination: Destination) -> None:
    """``flattening_enabled``, which every tap of the SDK has, makes texts of objects and lists."""
    feed = Feed().schema("pages", "id")
    feed.page(1, raw='{"id": "1", "deep": {"a": [1]}}', labels='["b", "a"]').page(2, raw=None, labels=None)
    feed.page(3, raw="no JSON").state({"at": 1})
    done = load(tmp_path, feed, destination=destination.url)
    assert (done.code, done.lines) == (0, [{"at": 1}])
    one, two = destination.rows("cdm_doc_item")
    assert (one["tags"], one["raw_source"]) == (["a", "b"], {"id": "1", "deep": {"a": [1]}})
    assert (two["tags"], two["raw_source"]) == (None, None)


def test_the_reason_of_a_failure_is_in_the_row_of_the_run(tmp_path: Path, destination: Destination) -> None:
    done = load(tmp_path, pages(1, 2).text + "{broken\n", destination=destination.url, batch_size_rows=1)
    (run,) = ledger(destination)
    assert run["status"] == "FAILED"
    assert run["error_msgs"] == [{"stage": "run", "message": done.error}]


def test_a_batch_of_failures_alone_is_in_the_row_before_its_state_is_out(
    tmp_path: Path, destination: Destination
) -> None:
    """Known: STATE was out and, when the run was killed, nothing told of the record that was left out."""
    feed = pages(1).state({"at": 1}).page(2, **BAD).state({"at": 2})
    running = RunningTarget(tmp_path, destination, feed.text, batch_seconds=0.2, batch_size_rows=2)
    for _ in range(600):
        if {"at": 2} in running.states:
            break
        time.sleep(0.05)
    running.process.kill()
    running.end()
    (run,) = ledger(destination)
    assert (run["failed_counter"], run["error_msgs"][0]["line"]) == (1, 6)


def test_a_killed_run_is_called_failed_by_the_next_one_where_no_other_can_be_running(
    tmp_path: Path, destination: Destination
) -> None:
    running = RunningTarget(tmp_path, destination, pages(1).state({"at": 1}).text, batch_size_rows=2, batch_seconds=0.2)
    running.await_state()
    running.process.send_signal(signal.SIGKILL)
    running.end()
    if destination.kind == "postgres":  # there another may be running: called so after two days
        load(tmp_path, pages(1).state({}), destination=destination.url)
        assert [run["status"] for run in ledger(destination)] == ["IN_PROGRESS", "COMPLETED"]
        destination.execute(
            "UPDATE cdm_ingest_run SET started_at = '2026-01-01T00:00:00.000Z' WHERE status = 'IN_PROGRESS'"
        )
    load(tmp_path, pages(1).state({}), destination=destination.url)
    killed, *others = ledger(destination)
    assert killed["status"] == "FAILED"
    assert "killed" in killed["error_msgs"][-1]["message"]
    assert {run["status"] for run in others} == {"COMPLETED"}


@pytest.mark.parametrize(
    "feed",
    [Feed(), pages(), pages(1), pages(1).state({"at": 1}).page(2)],
    ids=["nothing", "a space", "no STATE", "no STATE at its end"],
)
def test_law_12_without_a_last_word_of_the_tap_a_run_is_incomplete(
    feed: Feed, tmp_path: Path, destination: Destination
) -> None:
    done = load(tmp_path, feed, destination=destination.url)
    assert done.code == 0
    assert "did the tap fail?" in done.complaints[-1]
    (run,) = ledger(destination)
    assert (run["status"], run["total"]) == ("INCOMPLETE", None)


def test_the_scope_of_a_run_tells_version_settings_streams_and_spaces(tmp_path: Path, destination: Destination) -> None:
    feed = pages(1).schema("users", "account_id").record("spaces", id="8", key="HR").state({})
    load(tmp_path, feed, destination=destination.url)
    (run,) = ledger(destination)
    assert run["scope"].pop("version").count(".") == 2
    assert run["scope"] == {
        "mode": "cdm",
        "source_system": "confluence",
        "streams": ["spaces", "pages", "users"],
        "spaces": ["ENG", "HR"],
    }
    assert (run["status"], run["total"]) == ("COMPLETED", 3)


def test_what_was_left_out_is_called_so(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = pages(1).schema("sprints", "id").record("sprints", id="a").state({})
    done = load(tmp_path, feed, destination=duckdb_destination.url, unmapped_streams="ignore")
    assert "1 pages, 1 spaces, 1 sprints left out; into " in done.stderr


def test_the_last_line_says_where_the_rows_are_and_that_nothing_changed(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    path = duckdb_destination.url.removeprefix("duckdb:///")
    done = load(tmp_path, pages(1).state({}), destination=duckdb_destination.url)
    assert f"COMPLETED: 1 pages, 1 spaces; into {path} in " in done.stderr.splitlines()[-1]
    again = load(tmp_path, pages().state({}), destination=duckdb_destination.url)
    assert "COMPLETED: nothing changed: 1 spaces; into " in again.stderr.splitlines()[-1]
    assert len(again.stderr.splitlines()) == 1
