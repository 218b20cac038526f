"""The text of downloaded files: what each kind says, and what files that nobody should send cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.read import RENDERINGS, read
from cdm_docs.mapping.registry import map_record
from cdm_docs.model.rows import CdmRows
from support import documents
from support.stores import Destination
from support.tap_records import OPTIONS, told
from support.target import Feed, load
from target_cdm_docs.files import kinds
from target_cdm_docs.files.reading import FileReader
from target_cdm_docs.files.worker import Worker

TYPES = {"pdf": "application/pdf", "csv": "text/csv", "html": "text/html", "txt": "text/plain"}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents.pdf(tmp_path / "a.pdf", ["First page", "Second page"])
    documents.docx(tmp_path / "a.docx")
    documents.pptx(tmp_path / "a.pptx")
    documents.xlsx(tmp_path / "a.xlsx")
    hidden = "<script>var hidden</script><!-- hidden -->"
    (tmp_path / "a.html").write_text(
        f"<html><head><title>t</title></head><body><h1>Top</h1><p>one <b>two</b>{hidden}<br>three</p></body></html>"
    )
    (tmp_path / "a.csv").write_bytes("Name;Größe\nÄpfel;3\n".encode("cp1252"))
    (tmp_path / "a.txt").write_text("first line\nsecond line\n\n# no heading\n", encoding="utf-16")
    return tmp_path


EXPECTED = {
    "a.pdf": "First page\n\nSecond page",
    "a.docx": "# Fuse box\n\nTurn the main switch off.\n\n| Fuse | Rating |\n| --- | --- |\n| F1 | 16 A |",
    "a.pptx": "## Quarter\n\nSales are up\n\nSay it slowly",
    "a.xlsx": "## Prices\n\n| Item | Price |\n| --- | --- |\n| Bolt | 1.5 |\n| Nut | 2 |",
    "a.html": "# Top\n\none **two**\\\nthree",
    "a.csv": "| Name | Größe |\n| --- | --- |\n| Äpfel | 3 |",
    "a.txt": "first line\\\nsecond line\n\n\\# no heading",
}


def attachment(name: str, reader: FileReader, **changed: Any) -> CdmRows:
    options = replace(OPTIONS, read=read, chunk=chunk, chunks_enabled=True, read_file=reader, write=RENDERINGS)
    kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    record = told("attachments", title=name, content_path=name, media_type=kind, **changed)
    return map_record("attachments", record, options)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_says_what_stands_in_it(name: str, folder: Path, worker: Worker) -> None:
    rows = attachment(name, FileReader(folder, worker))
    ((_, revision),) = rows.revisions
    assert (revision.text, revision.text_format) == (EXPECTED[name], "markdown")
    assert rows.failures == ()


def test_text_and_chunks_of_a_file_stand_beside_those_of_pages(
    folder: Path, worker: Worker, destination: Destination
) -> None:
    destination.load([attachment("a.docx", FileReader(folder, worker))])
    (chunk_row,) = destination.query("SELECT heading_path, text, metadata FROM cdm_doc_chunk")
    assert chunk_row["heading_path"] == "Fuse box"
    assert "16 A" in chunk_row["text"]
    metadata = chunk_row["metadata"]
    told_of = json.loads(metadata) if isinstance(metadata, str) else metadata
    assert (told_of["doc_type"], told_of["title"]) == ("attachment", "a.docx")
    assert "16 A" in destination.query("SELECT text FROM attachments")[0]["text"]


def test_a_file_of_200_pages_is_read_whole(tmp_path: Path, worker: Worker) -> None:
    documents.pdf(tmp_path / "long.pdf", [f"Page number {number}" for number in range(200)])
    ((_, revision),) = attachment("long.pdf", FileReader(tmp_path, worker)).revisions
    assert revision.text == "\n\n".join(f"Page number {number}" for number in range(200))


def test_a_page_that_cannot_be_read_costs_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    documents.pdf_bomb(tmp_path / "bomb.pdf")
    worker = Worker()
    try:
        rows = attachment("bomb.pdf", FileReader(tmp_path, worker))
    finally:
        worker.close()
    assert rows.revisions[0][1].text == "words\n\nwords"
    assert "1 of its pages cannot be read, the first of them page 2" in str(rows.failures[0]["message"])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("broken.pdf", "it cannot be read"),
        ("broken.docx", "it cannot be read"),
        ("bomb.docx", "it unpacks to 600,000,000 bytes"),
        ("missing.pdf", "No such file"),
        ("../../secret.txt", "is not in attachments_directory"),
        ("link.txt", "is not in attachments_directory"),
        ("ring.txt", "is not in attachments_directory"),
    ],
)
def test_a_file_that_cannot_be_read_costs_its_text_alone(
    tmp_path: Path, worker: Worker, name: str, reason: str
) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "ring.txt").symlink_to(folder / "ring.txt")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 and no more")
    if name == "bomb.docx":
        documents.bomb(folder / name)
    rows = attachment(name, FileReader(folder, worker))
    ((_, revision),) = rows.revisions
    assert not revision.text
    (failure,) = rows.failures
    assert (failure["stream"], failure["stage"], failure["id"]) == ("attachments", "file", told("attachments")["id"])
    assert reason in failure["message"]
    assert "secret" not in str(revision.text)


def test_a_worker_that_dies_or_takes_too_long_is_replaced(folder: Path) -> None:
    worker = Worker()
    try:
        assert worker.read(folder / "a.txt", "text")[1] is None
        process = worker._process
        assert process is not None
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert worker.read(folder / "a.txt", "text")[1] is None
        hung = folder / "pipe.txt"
        os.mkfifo(hung)
        worker.seconds = 0.5
        assert worker.read(hung, "text") == ([], "reading it took more than 0.5 s")
        worker.seconds = 60
        assert worker.read(folder / "a.txt", "text")[1] is None
    finally:
        worker.close()


def test_a_file_that_ends_the_worker_costs_itself_alone(folder: Path) -> None:
    worker = Worker()
    try:
        assert worker.read(folder / "a.txt", "text")[1] is None
        assert worker._process is not None
        hung = folder / "pipe.txt"
        os.mkfifo(hung)
        killing = threading.Timer(0.3, worker._process.kill)
        killing.start()
        assert "ended the process" in str(worker.read(hung, "text")[1])
        assert worker.read(folder / "a.txt", "text")[1] is None
    finally:
        worker.close()


_TARGET = """
import sys, time
from target_cdm_docs.files.worker import Worker

if __name__ == "__main__":
    pipe = Worker()._start()
    pipe.send((sys.argv[1], "text", -3.0))
    print("asked", flush=True)
    time.sleep(60)
"""


def test_a_worker_whose_target_was_killed_over_a_file_ends_by_itself(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "target.py").write_text(_TARGET)
    command = [sys.executable, str(folder / "target.py"), str(folder / "pipe.txt")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as target:
        assert target.stdout is not None
        assert target.stdout.readline() == b"asked\n"
        target.kill()
        target.communicate(timeout=30)  # until the worker, too, has let go of standard error


def test_a_worker_has_no_more_memory_than_it_may_have(folder: Path) -> None:
    worker = Worker(memory=350_000_000)
    try:
        with (folder / "big.txt").open("wb") as file:
            file.truncate(190_000_000)
        parts, problem = worker.read(folder / "big.txt", "text")
        assert parts == []
        assert problem is not None
        assert "memory" in problem
        assert worker.read(folder / "a.txt", "text")[1] is None
    finally:
        worker.close()


def test_a_text_without_end_is_cut_and_says_so(tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "long.txt").write_text("word word word\n\n" * 200_000)
    parts, problem = worker.read(tmp_path / "long.txt", "text")
    assert sum(len(text) for _, text in parts) <= 2_000_000
    assert "longer than 2,000,000 characters" in str(problem)


def test_files_without_a_text_are_left_alone(tmp_path: Path) -> None:
    reader = FileReader(tmp_path)
    assert reader("photo.png", "image/png", "photo.png") is None
    assert reader("x", "application/octet-stream", "x") is None
    assert kinds.kind_of("application/octet-stream", "Report.DOCX") == "docx"
    assert kinds.kind_of("text/csv; charset=utf-8", None) == "csv"


def test_a_run_reads_files_and_tells_of_those_that_it_cannot(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"no pdf")
    feed = Feed().schema("attachments", "id", properties=told("attachments"))
    for number, name in enumerate(("a.docx", "bad.pdf")):
        feed.record("attachments", **told("attachments", id=str(number), title=name, content_path=name))
    feed.state({"bookmarks": {}})
    database = tmp_path / "out.duckdb"
    done = load(tmp_path, feed, destination=f"duckdb:///{database}", attachments_directory=str(folder))
    assert done.code == 0, done.stderr
    assert len(done.lines) == 1
    found = Destination("duckdb", f"duckdb:///{database}", None)
    texts = {row["id"]: row["text"] for row in found.query("SELECT id, text FROM attachments")}
    assert "16 A" in texts["0"]
    assert not texts["1"]
    (ledger,) = found.query("SELECT status, error_msgs FROM cdm_ingest_run")
    assert ledger["status"] == "COMPLETED_WITH_ERRORS"
    assert "bad.pdf" in str(ledger["error_msgs"])


@pytest.mark.parametrize("number", range(4))
def test_a_file_that_could_not_be_read_is_read_when_its_record_comes_again(
    folder: Path, tmp_path: Path, number: int
) -> None:
    record = told("attachments", id=str(number), title="late.txt", media_type="text/plain", content_path="late.txt")
    feed = Feed().schema("attachments", "id", properties=record).record("attachments", **record).state({})
    destination = Destination("duckdb", f"duckdb:///{tmp_path / 'out.duckdb'}", None)
    settings = {"destination": destination.url, "attachments_directory": str(folder)}
    for _ in range(2):
        assert load(tmp_path, feed, **settings).code == 0
    (folder / "late.txt").write_text(f"text {number}")
    assert load(tmp_path, feed, **settings).code == 0
    assert [row["text"].strip() for row in destination.query("SELECT text FROM attachments")] == [f"text {number}"]
    statuses = [row["status"] for row in destination.query("SELECT status FROM cdm_ingest_run ORDER BY started_at")]
    assert statuses == ["COMPLETED_WITH_ERRORS", "COMPLETED_WITH_ERRORS", "COMPLETED"]


def test_without_the_extra_the_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("target_cdm_docs.composition.missing_packages", lambda: ["pypdf"])
    done = load(tmp_path, Feed().schema("pages", "id").page(1), attachments_directory="files")
    assert "install target-cdm-docs[files]" in done.error
