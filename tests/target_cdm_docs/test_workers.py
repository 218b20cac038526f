"""Documents mapped by workers beside the target: the same rows, whatever becomes of a worker; none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import CancelledError
from pathlib import Path

import msgspec
import pytest
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support.histories import Historian
from support.running_target import RunningTarget, assert_exact, contents, lines_of, tale
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS
from support.target import Feed, load
from target_cdm_docs.settings import Settings
from target_cdm_docs.workers import pool
from target_cdm_docs.workers.wire import Job, answer, decode_rows, encode_jobs

SMALL = {"batch_size_rows": 40}
"""Batches of which a tale has dozens, so that there is always one to be mapped while another is written."""


def dying(text: str) -> list[str]:
    """A tokenizer that ends the worker which asks for it, and does its work in the target itself."""
    if multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    return text.split()


def asking_to_stop(text: str) -> list[str]:
    """A tokenizer that tells its own process to stop when it comes to a certain word."""
    if "enough" in text and multiprocessing.parent_process() is None:
        signal.raise_signal(signal.SIGTERM)
    return text.split()


def job_of(stream: str, record: dict[str, object]) -> Job:
    """A record as it comes to a worker."""
    return Job(stream, msgspec.json.encode({"type": "RECORD", "stream": stream, "record": record}))


def children_of(process: int) -> list[int]:
    """The processes that one has started."""
    listed = (file.read_text() for file in Path(f"/proc/{process}/task").glob("*/children"))  # by the thread that did
    return [int(each) for children in listed for each in children.split()]


def is_alive(process: int) -> bool:
    """Whether a process is there, and not only its name."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_rows_that_travel_are_those_of_the_mapping_and_what_does_not_travel_is_left_to_the_target() -> None:
    told = [*RECORDS.items(), *(each for seed in range(5) for each in Historian(seed).tell(60))]
    found = decode_rows(answer(encode_jobs([job_of(*each) for each in told]), CHUNKED))
    travelled = 0
    for (stream, record), rows in zip(told, found, strict=True):
        try:
            expected: CdmRows | None = map_record(stream, record, CHUNKED)
        except MappingError:
            expected = None
        if rows is not None:
            travelled += 1
            assert rows == expected, stream
        elif expected is not None:
            assert not (expected.revisions or expected.items) or expected.facets or expected.failures, stream
    assert travelled > 100


@pytest.mark.parametrize("text", ["\ud800", "\x00", "<p>&#0;</p>"])
def test_a_record_that_cannot_travel_is_left_to_the_target(text: str) -> None:
    record = {"id": "1", "title": text, "space_id": "7", "version": 1, "body": text, "body_format": "storage"}
    line = b'{"type":"RECORD","record":' + repr(record).replace("'", '"').encode("ascii", "backslashreplace") + b"}"
    (rows,) = decode_rows(answer(encode_jobs([Job("pages", line)]), CHUNKED))
    assert rows is None or rows == map_record("pages", msgspec.json.decode(line)["record"], CHUNKED)


def test_with_workers_every_table_holds_the_rows_that_it_holds_without(
    tmp_path: Path, destination: Destination, duckdb_destination: Destination
) -> None:
    """A world that grows and is edited, told in many batches."""
    (tmp_path / "alone").mkdir()
    alone = Destination("duckdb", f"duckdb:///{tmp_path / 'alone' / 'cdm.duckdb'}")
    assert load(tmp_path, lines_of(tale()), destination=alone.url, workers=0).code == 0
    done = load(tmp_path, lines_of(tale()), destination=destination.url, workers=2, **SMALL)
    assert (done.code, done.complaints) == (0, []), done.stderr
    assert [state["at"] for state in done.lines] == sorted(state["at"] for state in done.lines)
    assert done.lines[-1] == {"at": len(tale()) - 1}
    assert_exact(destination, contents(alone))


def test_a_batch_is_no_larger_where_workers_wait_for_documents(tmp_path: Path, duckdb_destination: Destination) -> None:
    """Records that no worker maps wait behind those that one does, and count."""
    feed = Feed().schema("pages", "id").page(0).schema("content_labels", "content_id", "label_id")
    for number in range(1, 95):
        feed.record("content_labels", **RECORDS["content_labels"] | {"content_id": str(number)}).state({"at": number})
    done = load(tmp_path, feed, destination=duckdb_destination.url, workers=1, batch_size_rows=10, batch_seconds=1000)
    assert done.code == 0, done.stderr
    assert len(done.lines) >= 9


def test_what_a_worker_had_that_died_is_mapped_by_the_target(tmp_path: Path, duckdb_destination: Destination) -> None:
    feed = Feed().schema("pages", "id")
    for number in range(1, 30):
        feed.page(number, body="<p>word</p>")
    settings = {
        "chunks_enabled": True,
        "chunk_unit": "tokens",
        "chunk_tokenizer": f"{__name__}:dying",
    }
    done = load(
        tmp_path,
        feed.state({"at": 30}),
        destination=duckdb_destination.url,
        workers=1,
        batch_size_rows=10,
        **settings,
    )
    assert (done.code, done.lines[-1]) == (0, {"at": 30}), done.stderr
    assert "a worker ended before its time" in done.complaints[0]
    assert len(duckdb_destination.rows("cdm_doc_chunk")) == 29


def test_told_to_stop_while_it_maps_no_state_leaves_before_its_records(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    """The records that wait are taken out of the line together: a signal among them must not lose the others."""
    feed = Feed().schema("pages", "id")
    for number in range(1, 30):
        feed.page(number, body="<p>enough</p>" if number == 12 else "<p>word</p>").state({"at": number})
    settings = {"chunks_enabled": True, "chunk_unit": "tokens", "chunk_tokenizer": f"{__name__}:asking_to_stop"}
    done = load(tmp_path, feed, destination=duckdb_destination.url, batch_size_rows=20, workers=0, **settings)
    assert done.code == 128 + signal.SIGTERM
    kept = {int(row["source_item_id"]) for row in duckdb_destination.rows("cdm_doc_item")}
    assert kept >= set(range(1, done.lines[-1]["at"] + 1)) >= set(range(1, 13))


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_a_target_ends_it_leaves_no_worker_behind(
    signum: signal.Signals, tmp_path: Path, postgres_destination: Destination
) -> None:
    run = RunningTarget(tmp_path, postgres_destination, lines_of(tale()), workers=2, batch_size_rows=60)
    run.await_state()
    workers = children_of(run.process.pid)
    assert len(workers) >= 2
    run.process.send_signal(signum)
    done = run.end(eof=False)
    assert done.code == (-signum if signum == signal.SIGKILL else 128 + signum), done.stderr
    assert "Traceback" not in done.stderr
    until = time.monotonic() + 20
    while time.monotonic() < until and any(map(is_alive, workers)):
        time.sleep(0.05)
    assert not any(map(is_alive, workers))


def test_workers_that_are_ended_map_nothing_more_and_none_is_left(caplog: pytest.LogCaptureFixture) -> None:
    before = multiprocessing.active_children()
    made = pool.Pool(Settings(workers=1), 1)
    text = {"body": f"<p>{'word ' * 20_000}</p>", "body_format": "storage"}
    answers = [made.submit([job_of("pages", RECORDS["pages"] | text)] * 20) for _ in range(6)]
    assert answers[0] is not None
    assert len(answers[0].result()) == 20
    made.close()
    assert answers[-1] is not None
    with pytest.raises(CancelledError):
        answers[-1].result()
    assert multiprocessing.active_children() == before
    assert caplog.messages == []


def test_workers_are_started_where_there_is_enough_to_do_and_processors_to_do_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for processors, count in ((1, 0), (2, 2), (64, 2)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=processors: set(range(n)))
        assert pool.usual_count() == count
    assert pool.pool_for(Settings(workers=0)) is None
    assert pool.pool_for(Settings(mode="raw", workers=3)) is None
    made = pool.pool_for(Settings())
    assert made is not None
    assert made.submit([job_of("pages", {"id": "1"})]) is None
    made.close()
