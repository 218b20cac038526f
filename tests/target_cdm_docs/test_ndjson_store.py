"""The append-only destination, line by line of CONTRACT 2.2."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.model.rows import CdmRows
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hard_times import files_of_at_most
from support.target import Done, Feed, command, load
from target_cdm_docs.stores import open_store
from target_cdm_docs.stores.base import Batch, RawRecord, Run
from target_cdm_docs.stores.errors import StoreWriteError


def pages(*numbers: int) -> Feed:
    feed = Feed().schema("pages", "id")
    for number in numbers:
        feed.page(number)
    return feed


def attachment(feed: Feed, number: int, container: int) -> Feed:
    return feed.schema("attachments", "id").record(
        "attachments",
        id=str(number),
        type="attachment",
        title="lamp.png",
        container_id=str(container),
        container_type="page",
        space_id="7",
        version=1,
        updated_at="2026-01-04T09:00:00.000Z",
        observed_at="2026-01-05T10:00:00.000Z",
    )


class Runs:
    """The directory of an NDJSON destination, and runs into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = folder / "runs"

    def load(self, feed: Feed | str, **more: Any) -> tuple[Done, Path]:
        """Run the target; returns what it said, and the folder whose name it said last."""
        done = load(self.folder, feed, destination=f"ndjson:///{self.directory}", **more)
        return done, self.directory / done.stderr.splitlines()[-1]

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.directory)): path.read_bytes() for path in every_file(self.directory)}


def every_file(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_a_run_has_a_folder_of_its_own_named_by_the_last_line_on_stderr(runs: Runs) -> None:
    done, folder = runs.load(pages(1, 2))
    assert done.code == 0
    assert [path.name for path in runs.directory.iterdir()] == [folder.name]
    assert [line["title"] for line in lines(folder / "cdm_doc_item.ndjson")] == ["Page 1", "Page 2"]
    assert len(lines(folder / "cdm_doc_revision.ndjson")) == 2


def test_the_runs_of_a_directory_sort_by_their_names(runs: Runs) -> None:
    names = [runs.load(pages(1))[1].name for _ in range(3)]
    assert sorted(set(names)) == names


def test_the_manifest_tells_of_each_file_the_truth(runs: Runs) -> None:
    done, folder = runs.load(pages(1, 2, 3).state({}), batch_size_rows=2)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["run_id"], manifest["phase"]) == (done.stderr.splitlines()[-1], "COMPLETED")
    assert manifest["completed_at"].endswith("Z")
    told = {artifact["path"]: artifact for artifact in manifest["artifacts"]}
    there = {path.name for path in every_file(folder)}
    assert set(told) == there - {"manifest.json"}
    for name, artifact in told.items():
        data = (folder / name).read_bytes()
        assert artifact["sha256"] == hashlib.sha256(data).hexdigest()
        assert artifact["rows"] == (data.count(b"\n") if name.endswith(".ndjson") else None)
        rows = [json.loads(line) for line in data.splitlines()] if name.endswith(".ndjson") else []
        keys = artifact["key_properties"] or []
        assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)


def test_the_metrics_count_streams_and_things(runs: Runs) -> None:
    feed = attachment(pages(1, 2), 5, 1).schema("spaces", "id").record("spaces", id="7", key="S", name="Space")
    feed.record("pages", title="nameless")
    _, folder = runs.load(feed)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["counts"] == {"pages": 3, "attachments": 1, "spaces": 1}
    assert (metrics["spaces"], metrics["pages"], metrics["attachments"]) == (1, 2, 1)
    assert (metrics["since"], metrics["body_format"]) == ("2026-01-04T09:00:00.000Z", "storage")
    assert (metrics["failures"], len(metrics["error_msgs"])) == (1, 1)
    assert metrics["seconds"] >= 0


def test_the_manifest_is_written_last(runs: Runs) -> None:
    _, folder = runs.load(pages(1))
    newest = max(every_file(folder), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "manifest.json"


def test_no_run_touches_the_folder_of_an_earlier_one(runs: Runs) -> None:
    runs.load(pages(1, 2))
    before = runs.files()
    runs.load(pages(1, 3))
    runs.load(pages(1).text + "{broken\n")
    assert {name: data for name, data in runs.files().items() if name in before} == before


def test_the_last_line_of_an_id_wins(runs: Runs) -> None:
    feed = Feed().schema("pages", "id").page(1, title="Old").page(1, version=2, title="New")
    _, folder = runs.load(feed)
    last = {line["cdm_id"]: line for line in lines(folder / "cdm_doc_item.ndjson")}
    assert [line["title"] for line in last.values()] == ["New"]


def test_removals_are_lines_of_their_own(runs: Runs) -> None:
    feed = pages(1).schema("tombstones", "type", "id")
    feed.record(
        "tombstones", type="page", id="1", space_id="7", reason="trashed", detected_at="2026-02-01T00:00:00.000Z"
    )
    _, folder = runs.load(feed)
    (tombstone,) = lines(folder / "cdm_doc_tombstone.ndjson")
    assert (tombstone["target_cdm_id"], tombstone["reason"]) == ("cdm:doc:item:confluence:1", "trashed")
    assert len(lines(folder / "cdm_doc_item.ndjson")) == 1


def test_raw_mode_has_a_file_for_each_stream(runs: Runs) -> None:
    feed = pages(1).schema("sprints", "id").record("sprints", id="a", goal="light")
    _, folder = runs.load(feed, mode="raw")
    assert lines(folder / "sprints.ndjson") == [{"id": "a", "goal": "light"}]
    assert lines(folder / "pages.ndjson") == [feed.messages[1]["record"]]


@pytest.mark.parametrize("doc_type", [["page"], {"page": 1}, None, 1, "page"])
def test_raw_records_that_look_like_items_are_counted_or_not_but_end_no_run(runs: Runs, doc_type: object) -> None:
    feed = Feed().schema("cdm_doc_item", "id").record("cdm_doc_item", id="1", doc_type=doc_type, updated_at=["x"])
    done, folder = runs.load(feed, mode="raw")
    assert done.code == 0, done.stderr
    assert json.loads((folder / "metrics.json").read_text())["pages"] == int(doc_type == "page")


def test_a_run_without_records_is_told_as_complete(runs: Runs) -> None:
    done, folder = runs.load(Feed().state({"at": 1}))
    assert (done.code, done.lines) == (0, [{"at": 1}])
    assert json.loads((folder / "manifest.json").read_text())["phase"] == "COMPLETED"


def test_a_run_that_fails_before_its_first_commit_leaves_nothing(runs: Runs) -> None:
    done, _ = runs.load(pages(1).text + "{broken\n")
    assert "line 3" in done.error
    assert list(runs.directory.iterdir()) == []


def test_a_run_that_fails_later_keeps_what_state_promised_and_says_so(runs: Runs) -> None:
    done, folder = runs.load(pages(1).state({"at": 1}).page(2).page(3).text + "{broken\n", batch_size_rows=2)
    assert (done.code, done.lines) == (1, [{"at": 1}])
    assert [line["title"] for line in lines(folder / "cdm_doc_item.ndjson")] == ["Page 1", "Page 2"]
    assert json.loads((folder / "manifest.json").read_text())["phase"] == "FAILED"


def batch(stream: str, *records: dict[str, Any]) -> list[RawRecord]:
    return [RawRecord(stream, str(n), "confluence", None, None, record) for n, record in enumerate(records)]


def test_a_failed_batch_leaves_no_bytes(tmp_path: Path) -> None:
    """The files of the batch before are as they were; a file that the failed batch began is gone."""
    store = open_store(f"ndjson:///{tmp_path / 'runs'}", schema=None, hard_delete=False)
    run = Run("r1", "2026-01-01T00:00:00.000Z", "IN_PROGRESS")
    store.open()
    store.apply(Batch(raw=batch("a", {"n": 1})), run)
    before = {path.name: path.read_bytes() for path in every_file(tmp_path)}
    big = {"n": "x" * 9000}
    with files_of_at_most(20_000), pytest.raises(StoreWriteError, match="cannot write into"):
        store.apply(Batch(raw=[*batch("new", big), *batch("a", big, big, big)]), run)
    assert {path.name: path.read_bytes() for path in every_file(tmp_path)} == before
    store.apply(Batch(raw=batch("a", {"n": 2})), run)
    assert lines(tmp_path / "runs" / "r1" / "a.ndjson") == [{"n": 1}, {"n": 2}]


def test_a_disk_that_is_full_from_the_start_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"destination": f"ndjson:///{tmp_path / 'runs'}"}))
    with files_of_at_most(100):
        done = command("target-cdm-docs", "--config", str(config), text=pages(1, 2).state({"at": 2}).text)
    assert "cannot write into" in done.error
    assert done.stdout == ""
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_disk_that_is_full_at_the_end_leaves_a_folder_without_a_manifest(tmp_path: Path) -> None:
    """No room for the manifest: the lines that STATE promised are there, and the folder is not told as complete."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"destination": f"ndjson:///{tmp_path / 'runs'}", "mode": "raw"}))
    feed = Feed().schema("a", "id").record("a", id=1).state({"at": 1})
    with files_of_at_most(64):
        done = command("target-cdm-docs", "--config", str(config), text=feed.text)
    assert "cannot write into" in done.error
    (folder,) = (tmp_path / "runs").iterdir()
    assert [path.name for path in every_file(folder)] == ["a.ndjson"]
    assert lines(folder / "a.ndjson") == [{"id": 1}]
    assert json.loads(done.stdout) == {"at": 1}


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = load(tmp_path, pages(1), destination=f"ndjson:///{tmp_path / 'file' / 'runs'}")
    assert done.error == f"destination: cannot make {tmp_path / 'file' / 'runs'}: Not a directory"


HOSTILE = [
    "..",
    "../../evil",
    "/etc/passwd",
    "a/../../b",
    "con\x00",
    "~",
    ".",
    "",
    "x" * 5000,
    "manifest",
    "metrics.json",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_stream_name_does_not_leave_the_folder(name: str, runs: Runs) -> None:
    done, folder = runs.load(Feed().schema(name, "id").record(name, id=1), mode="raw")
    assert done.code == 0, done.stderr
    (data,) = (path for path in every_file(runs.directory) if path.suffix == ".ndjson")
    assert data.parent == folder
    assert lines(data) == [{"id": 1}]
    assert {path.name for path in every_file(folder)} == {data.name, "metrics.json", "manifest.json"}
    assert {path.name for path in runs.folder.iterdir()} == {"runs", "input.singer", "target-config.json"}


@settings(max_examples=100, deadline=None)
@given(st.sets(st.text(max_size=300), min_size=2, max_size=6))
def test_different_streams_never_share_a_file(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    directory = tmp_path_factory.mktemp("names")
    store = open_store(f"ndjson:///{directory}", schema=None, hard_delete=False)
    store.open()
    raw = [each for number, name in enumerate(sorted(names)) for each in batch(name, {"n": number})]
    store.apply(Batch(raw=raw, rows=[CdmRows()]), Run("r1", "2026-01-01T00:00:00.000Z", "IN_PROGRESS"))
    assert sorted(lines(path)[0]["n"] for path in (directory / "r1").iterdir()) == list(range(len(names)))
