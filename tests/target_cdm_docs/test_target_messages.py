"""What the target makes of messages, good and bad: CONTRACT 2.4, laws 3, 6, 7 and 8."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.mapping.shapes import CORE
from support.stores import Destination
from support.target import Feed, load
from target_cdm_docs import ingest


def pages(*numbers: int) -> Feed:
    feed = Feed().schema("pages", "id")
    for number in numbers:
        feed.page(number)
    return feed


def into(destination: Destination) -> dict[str, Any]:
    return {"destination": destination.url}


def test_pages_become_items_and_the_run_is_kept(tmp_path: Path, destination: Destination) -> None:
    done = load(tmp_path, pages(1, 2).state({"bookmark": 2}), **into(destination))
    assert (done.code, done.lines) == (0, [{"bookmark": 2}])
    assert [row["title"] for row in destination.rows("cdm_doc_item")] == ["Page 1", "Page 2"]
    (run,) = destination.rows("cdm_ingest_run")
    assert (run["status"], run["counts"], run["failed_counter"]) == ("COMPLETED", {"pages": 2}, 0)
    assert run["progress_counter"] == 2
    assert run["finished_at"] >= run["started_at"]


def test_law_3_state_leaves_only_after_what_came_before_it_is_committed(
    tmp_path: Path, destination: Destination
) -> None:
    """Law 3: the second batch breaks, so its STATE never leaves; the first one's did."""
    feed = pages(1).state({"at": 1}).page(2).state({"at": 2}).page(3).state({"at": 3})
    done = load(tmp_path, feed.text + "{broken\n", **into(destination), batch_size_rows=2)
    assert "line 8 of the input is not a JSON object" in done.error
    assert done.lines == [{"at": 1}]
    assert [row["source_item_id"] for row in destination.rows("cdm_doc_item")] == ["1", "2"]
    assert [row["status"] for row in destination.rows("cdm_ingest_run")] == ["FAILED"]


def test_law_3_the_last_state_inside_a_commit_is_written_at_once(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    feed = Feed().schema("pages", "id")
    for number in range(6):
        feed.page(number).state({"at": number})
    done = load(tmp_path, feed, **into(duckdb_destination), batch_size_rows=2)
    assert done.lines == [{"at": 0}, {"at": 2}, {"at": 4}, {"at": 5}]


def test_an_empty_state_is_one_too(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = pages(1).state({"bookmark": 1}).page(2).state({})
    assert load(tmp_path, feed, **into(duckdb_destination)).lines == [{}]


def test_a_state_alone_is_passed_on(tmp_path: Path, duckdb_destination: Destination) -> None:
    assert load(tmp_path, Feed().state({"at": 1}), **into(duckdb_destination)).lines == [{"at": 1}]


def test_law_6_a_bad_record_costs_itself_alone(tmp_path: Path, destination: Destination) -> None:
    """Law 6."""
    done = load(tmp_path, pages(1).record("pages", title="nameless").page(3).state({}), **into(destination))
    assert done.code == 0
    assert [row["source_item_id"] for row in destination.rows("cdm_doc_item")] == ["1", "3"]
    (run,) = destination.rows("cdm_ingest_run")
    assert (run["status"], run["failed_counter"], run["counts"]) == ("COMPLETED_WITH_ERRORS", 1, {"pages": 3})
    (entry,) = run["error_msgs"]
    assert (entry["stream"], entry["line"]) == ("pages", 3)
    assert any(line.startswith("line 3 of the input was left out") for line in done.complaints)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("[1]\n", "is not a JSON object"),
        ("not JSON\n", "is not a JSON object"),
        ('{"type": "RECORD", "stream": "pages", "rec\n', "is not a JSON object"),
        ('{"type": "RECORD", "stream": "pages", "record": {"id": NaN}}\n', "is not a JSON object"),
        ("[" * 100_000 + "\n", "is not a JSON object"),
        ("\n", "is not a JSON object"),
        ('{"stream": "pages"}\n', "has no 'type'"),
        ('{"type": "RECORDS"}\n', "has the unknown type 'RECORDS'"),
        ('{"type": "RECORD", "stream": "users", "record": {}}\n', "'users', of which no SCHEMA came before"),
        ('{"type": "RECORD", "stream": "pages"}\n', "RECORD without a stream's name and an object"),
        ('{"type": "SCHEMA", "stream": "pages"}\n', "has no object 'schema'"),
        ('{"type": "SCHEMA", "schema": {}}\n', "has no 'stream'"),
        (
            '{"type": "SCHEMA", "stream": "pages", "schema": {"properties": {"id": {"type": 3}}}}\n',
            "no valid JSON Schema",
        ),
        ('{"type": "STATE"}\n', "has no object 'value'"),
        ('{"type": "BATCH", "stream": "pages", "manifest": []}\n', "unset the tap's `batch_config`"),
    ],
)
def test_law_6_a_bad_line_ends_the_run_by_its_number_with_nothing_half_committed(
    line: str, complaint: str, tmp_path: Path, duckdb_destination: Destination
) -> None:
    """Law 6."""
    done = load(tmp_path, pages(1).state({"at": 1}).text + line, **into(duckdb_destination))
    assert done.error.startswith("line 4 of the input"), done.error
    assert complaint in done.error
    assert done.lines == []
    assert duckdb_destination.rows("cdm_doc_item") == []
    assert duckdb_destination.rows("cdm_ingest_run") == []


def test_law_7_an_unmapped_stream_ends_the_run_and_names_the_ways_out(tmp_path: Path, destination: Destination) -> None:
    """Law 7."""
    done = load(tmp_path, pages(1).schema("sprints", "id"), **into(destination))
    for word in ("'sprints'", "`stream_mapping`", "`unmapped_streams`", "`raw`", "`ignore`", "deselect"):
        assert word in done.error
    assert destination.rows("cdm_doc_item") == []


def test_an_unmapped_stream_can_be_left_out(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = pages(1).schema("sprints", "id").record("sprints", id="a")
    assert load(tmp_path, feed, **into(duckdb_destination), unmapped_streams="ignore").code == 0
    assert duckdb_destination.rows("raw_record") == []
    (run,) = duckdb_destination.rows("cdm_ingest_run")
    assert run["counts"] == {"pages": 1, "sprints": 1}


def test_an_unmapped_stream_can_be_kept_as_it_is(tmp_path: Path, destination: Destination) -> None:
    feed = (
        pages(1).schema("sprints", "id").record("sprints", id="a", goal="light").record("sprints", id="a", goal="dark")
    )
    assert load(tmp_path, feed, **into(destination), unmapped_streams="raw").code == 0
    (row,) = destination.rows("raw_record")
    assert (row["stream"], row["record_key"], row["record"]) == ("sprints", "a", {"id": "a", "goal": "dark"})
    assert len(destination.rows("cdm_doc_item")) == 1


def test_a_stream_can_be_taken_for_another(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = Feed().schema("wiki_pages", "id", properties=CORE["pages"])
    feed.page(1)
    feed.messages[-1]["stream"] = "wiki_pages"
    assert load(tmp_path, feed, **into(duckdb_destination), stream_mapping={"wiki_pages": "pages"}).code == 0
    assert len(duckdb_destination.rows("cdm_doc_item")) == 1


def test_law_8_activate_version_is_ignored_with_one_warning(tmp_path: Path, duckdb_destination: Destination) -> None:
    """Law 8."""
    feed = pages(1)
    feed.messages += [{"type": "ACTIVATE_VERSION", "stream": "pages", "version": number} for number in range(3)]
    feed.state({})
    done = load(tmp_path, feed, **into(duckdb_destination))
    assert done.code == 0
    assert [line for line in done.complaints if "ACTIVATE_VERSION" in line] == done.complaints
    assert len(done.complaints) == 1
    assert len(duckdb_destination.rows("cdm_doc_item")) == 1


def test_half_a_surrogate_pair_is_replaced_not_a_crash(tmp_path: Path, destination: Destination) -> None:
    feed = Feed().schema("pages", "id").page(1, title="half \ud800 and \x00 nothing").state({"\ud800": 1})
    done = load(tmp_path, feed, **into(destination))
    assert done.code == 0, done.stderr
    (item,) = destination.rows("cdm_doc_item")
    assert item["title"] == "half \ufffd and \ufffd nothing"
    assert done.lines == [{"\ud800": 1}]


def test_sync_errors_of_the_tap_are_told_in_the_run(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = pages(1).schema("sync_errors", "error_id")
    feed.record(
        "sync_errors", error_id="e1", stream="pages", id="9", message="403", stage="item", http_status=403
    ).state({})
    assert load(tmp_path, feed, **into(duckdb_destination)).code == 0
    (run,) = duckdb_destination.rows("cdm_ingest_run")
    assert (run["status"], run["failed_counter"]) == ("COMPLETED_WITH_ERRORS", 1)
    assert run["error_msgs"][0]["id"] == "9"


def test_raw_mode_passes_everything_through(tmp_path: Path, destination: Destination) -> None:
    feed = pages(1).schema("sprints").record("sprints", goal="light").record("sprints", goal="light")
    assert load(tmp_path, feed, **into(destination), mode="raw").code == 0
    rows = {row["stream"]: row for row in destination.rows("raw_record")}
    assert json.loads(json.dumps(rows["pages"]["record"])) == feed.messages[1]["record"]
    assert rows["pages"]["space_key"] is None
    assert rows["sprints"]["record"] == {"goal": "light"}
    assert destination.rows("cdm_doc_item") == []


@pytest.mark.parametrize(("every", "lines"), [(0.0, 3), (3600.0, 0)])
def test_a_person_watching_hears_of_progress_but_not_of_every_batch(
    every: float, lines: int, tmp_path: Path, duckdb_destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "PROGRESS_EVERY", every)
    done = load(tmp_path, pages(1, 2, 3), **into(duckdb_destination), batch_size_rows=1)
    assert done.stderr.count("written so far") == lines
