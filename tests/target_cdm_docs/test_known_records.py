"""A record that comes again byte by byte is neither mapped nor written, and the rows are those of a run that does."""

from __future__ import annotations

import io
import itertools
import json
import random
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cdm_docs.content.chunks.cutting import Cutting
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from cdm_docs.mapping.shapes import CORE
from cdm_docs.model.rows import CdmRows
from support.histories import Historian
from support.memory import MemoryStore, load
from support.stores import Destination
from support.tap_records import CHUNKED, RECORDS, Record
from support.target import Feed
from support.target import load as run_target
from target_cdm_docs import hashes
from target_cdm_docs import intake as intake_module
from target_cdm_docs.ingest import Ingest, Limits, new_run
from target_cdm_docs.intake import Intake
from target_cdm_docs.settings import Settings
from target_cdm_docs.singer.reader import LineReader
from target_cdm_docs.singer.termination import Terminated
from target_cdm_docs.stores.base import Batch, Run
from target_cdm_docs.stores.tables.tables import CHUNK, HASH, ITEM, PENDING, RUN, SET, TABLES, VERSION

KEYS = {
    "content_versions": ["content_id", "number"],
    "content_labels": ["content_id", "label_id"],
    "users": ["account_id"],
    "group_members": ["group_id", "account_id"],
    "space_permissions": ["space_id", "permission_id"],
    "content_restrictions": ["content_id", "operation", "principal_type", "principal_id"],
    "content_inventory": ["type", "id"],
    "tombstones": ["type", "id"],
    "sync_errors": ["error_id"],
}
Told = list[tuple[str, Record]]
COMPARED = [table.name for table in TABLES if table not in (RUN, VERSION, HASH, PENDING)]


def key_of(stream: str, record: Record) -> list[Any]:
    return [record[name] for name in KEYS.get(stream, ["id"])]


class Watched(MemoryStore):
    """A store that counts the records of which it gets rows."""

    taken = 0

    def apply(self, batch: Batch, run: Run) -> None:
        self.taken += len(batch.rows)
        super().apply(batch, run)


def deliver(
    store: MemoryStore, records: Told, *, size: int, killed_after: int | None = None, options: Options = CHUNKED
) -> None:
    """Run the target's intake over records of Singer into a store; a killed run ends without a commit."""
    hard_delete, cutting = store._hard_delete, options.cutting
    settings = Settings(
        source_system="acme", hard_delete=hard_delete, chunk_size=cutting.size, chunk_overlap=cutting.overlap
    )
    reader = LineReader()
    ingest = Ingest(store, new_run({}), Limits(size, 10**9, 10**9, 10**9), emit_state=lambda _: None)
    intake = Intake(settings, options, reader, ingest)

    def take(message: dict[str, Any]) -> None:
        intake.record(message)
        if ingest.is_full:
            ingest.commit()

    messages: list[dict[str, Any]] = [
        {"type": "SCHEMA", "stream": stream, "key_properties": KEYS.get(stream, ["id"])}
        | {"schema": {"properties": {name: {} for name in (*KEYS.get(stream, ["id"]), *CORE[stream])}}}
        for stream in RECORDS
    ]
    told = records[:killed_after]
    messages += [{"type": "RECORD", "stream": stream, "record": record} for stream, record in told]
    lines = io.BytesIO(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
    reader.process_lines(lines, {"SCHEMA": intake.schema, "RECORD": take})
    if killed_after is None:
        ingest.commit()


def contents(store: MemoryStore) -> dict[str, list[str]]:
    """All rows without the moments at which they were written."""
    return {
        table.name: sorted(repr([row[name] for name in table.names]) for row in store.tables[table.name].values())
        for table in TABLES
        if table.name in COMPARED
    }


@pytest.mark.parametrize("seeds", [range(at, at + 10) for at in range(0, 60, 10)], ids=str)
def test_histories_told_again_in_parts_and_by_killed_runs_end_in_the_rows_of_one_run(seeds: Sequence[int]) -> None:
    broken, spared = [], 0
    for seed in seeds:
        dice = random.Random(seed)
        hard_delete = seed % 2 == 1
        told = Historian(seed, sized=seed % 4 > 1).tell(60)
        once = load([map_record(stream, record, CHUNKED) for stream, record in told], hard_delete=hard_delete)
        store, sent = Watched(hard_delete=hard_delete), 0
        for size in (dice.choice((1, 3, 20)), 7, 60):
            some = dice.sample(told, dice.randrange(20, len(told)))
            deliver(store, some, size=size, killed_after=dice.choice((None, 10, 30)))
            sent += len(some)
        deliver(store, told, size=25)
        deliver(store, told, size=60)
        spared += sent + 2 * len(told) - store.taken
        if contents(store) != contents(once):
            broken.append(seed)
    assert broken == []
    assert spared > 60 * len(seeds)


def at_moments_of_their_own(seed: int) -> Told:
    """A history in which no two tellings are of the same moment."""
    told = []
    for number in range(60):
        for stream, record in Historian(seed * 100 + number, sized=True).tell(1):
            moments = {name: record[name] for name in ("observed_at", "seen_at", "detected_at") if record.get(name)}
            later = {name: at.replace(".000Z", f".{number:03d}Z") for name, at in moments.items()}
            told.append((stream, record | later))
    return told


def shown(store: MemoryStore) -> dict[str, list[str]]:
    """All rows but chunks that no text has any more, and marks of sets, which tell how often each was read."""
    found = {name: rows for name, rows in contents(store).items() if name not in {CHUNK.name, SET.name}}
    chunks = [row for row in store.tables[CHUNK.name].values() if row["deleted_at"] is None]
    return found | {CHUNK.name: sorted(repr([row[name] for name in CHUNK.names]) for row in chunks)}


@pytest.mark.parametrize("seed", range(15))
def test_histories_read_again_in_another_way_end_in_the_rows_of_that_way(seed: int) -> None:
    told = at_moments_of_their_own(seed)
    other = replace(CHUNKED, text_format="plain", cutting=Cutting(6, 1))
    store, once, dice = MemoryStore(), MemoryStore(), random.Random(seed)
    deliver(store, told, size=40)
    deliver(once, told, size=1000, options=other)
    assert shown(store) != shown(once)
    deliver(store, dice.sample(told, len(told)), size=dice.choice((1, 5, 40)), options=other)
    assert shown(store) == shown(once)


def test_the_same_file_again_is_not_mapped_at_all() -> None:
    newest = {(stream, *map(str, key_of(stream, record))): (stream, record) for stream, record in Historian(5).tell(60)}
    told = [(stream, record) for stream, record in newest.values() if stream not in hashes.NEVER_KNOWN]
    store = Watched()
    deliver(store, told, size=20)
    assert store.taken == len(told) > 20
    deliver(store, told, size=20)
    assert store.taken == len(told)


@pytest.mark.parametrize("at", range(6))
def test_law_3_told_to_stop_over_a_record_that_waited_no_record_before_the_last_state_is_left_out(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records wait until many can be looked up at once; the signal comes while one of them is mapped."""
    mapped = itertools.count()

    def told_to_stop(*arguments: Any) -> CdmRows:
        if next(mapped) == at:
            raise Terminated(signal.SIGTERM)
        return map_record(*arguments)

    monkeypatch.setattr(intake_module, "map_record", told_to_stop)
    store, reader = MemoryStore(), LineReader()
    states: list[dict[str, Any]] = []
    ingest = Ingest(store, new_run({}), Limits(6, 10**9, 10**9, 0), emit_state=states.append)
    intake = Intake(Settings(source_system="acme"), CHUNKED, reader, ingest)
    feed = Feed().schema("pages", "id")
    for number in range(4):
        feed.page(number)
    feed.state({"page": 3}).page(4).page(5)
    with suppress(Terminated):
        reader.process_lines(
            io.BytesIO(feed.text.encode()),
            {"SCHEMA": intake.schema, "RECORD": intake.record, "STATE": intake.state},
        )
    ingest.commit()
    assert states == [{"page": 3}]
    assert {row["source_item_id"] for row in store.tables[ITEM.name].values()} >= {"0", "1", "2", "3"}


def site(**changed: Any) -> Feed:
    feed = Feed().schema("spaces", "id").schema("pages", "id").record("spaces", id="7", key="ENG", name="Eng")
    for number in range(1, 6):
        feed.page(number, body=f"<p><strong>{number}</strong></p>", **changed)
    return feed.state({"page": 5})


def everything(destination: Destination) -> dict[str, list[str]]:
    """All rows with their moments; a run of its own has the ledger."""
    found = {table.name: destination.query(f"SELECT * FROM {table.name}") for table in TABLES if table.name in COMPARED}
    return {name: sorted(map(repr, rows)) for name, rows in found.items() if name != "cdm_doc_space"}


@pytest.mark.parametrize("mode", ["cdm", "raw"])
def test_a_replay_writes_nothing_but_its_run(destination: Destination, tmp_path: Path, mode: str) -> None:
    settings = {"destination": destination.url, "mode": mode}
    run_target(tmp_path, site(), **settings)
    before = everything(destination)
    assert run_target(tmp_path, site(), **settings).lines == [{"page": 5}]
    after = everything(destination)
    if mode == "raw":  # the space is told anew
        before, after = ({"raw": [row for row in one["raw_record"] if "'pages'" in row]} for one in (before, after))
        assert len(before["raw"]) == 5
    assert after == before
    runs = destination.query("SELECT status, progress_counter, counts FROM cdm_ingest_run")
    assert [(run["status"], run["progress_counter"]) for run in runs] == [("COMPLETED", 6)] * 2
    assert "'ENG'" in repr(destination.query("SELECT scope FROM cdm_ingest_run")).replace('"', "'") or mode == "raw"


def test_what_is_seen_again_later_or_with_another_setting_is_written(destination: Destination, tmp_path: Path) -> None:
    settings = {"destination": destination.url}
    run_target(tmp_path, site(), **settings)
    first = destination.query("SELECT max(synced_at) AS at FROM cdm_doc_revision")[0]["at"]
    run_target(tmp_path, site(), text_format="plain", **settings)
    again = destination.query("SELECT min(synced_at) AS at FROM cdm_doc_revision")[0]["at"]
    assert again > first
    assert {row["text_format"] for row in destination.rows("cdm_doc_revision")} == {"plain"}
    run_target(tmp_path, site(observed_at="2026-01-06T10:00:00.000Z"), text_format="plain", **settings)
    assert {row["text"].strip() for row in destination.rows("cdm_doc_revision")} == {str(n) for n in range(1, 6)}
    seen = destination.query("SELECT _observed_at FROM cdm_doc_item")
    assert seen == [{"_observed_at": "2026-01-06T10:00:00.000Z"}] * 5


def test_records_of_other_taps_end_as_the_last_that_came_also_when_it_came_before(
    destination: Destination, tmp_path: Path
) -> None:
    def tell(*values: str) -> None:
        feed = Feed().schema("other", "id", properties=["value"])
        for value in values:
            feed.record("other", id="1", value=value)
        run_target(tmp_path, feed.state({}), destination=destination.url, mode="raw")

    def stored() -> Any:
        (row,) = destination.rows("raw_record", order="record_key")
        return row["record"]["value"]

    for values in (("a", "b"), ("a",), ("b", "a"), ("a", "b", "a"), ("b",)):
        tell(*values)
        assert stored() == values[-1]


def test_a_bad_record_is_told_each_time_it_comes(destination: Destination, tmp_path: Path) -> None:
    feed = site()
    feed.page(9, version="no number").page(9, version="no number").state({"page": 9})
    for _ in range(2):
        run_target(tmp_path, feed, destination=destination.url)
    assert [row["failed_counter"] for row in destination.query("SELECT failed_counter FROM cdm_ingest_run")] == [2, 2]


def test_two_sources_with_the_same_lines_are_both_written(destination: Destination, tmp_path: Path) -> None:
    for system in ("acme", "beta"):
        run_target(tmp_path, site(), destination=destination.url, source_system=system)
    assert len(destination.rows("cdm_doc_item")) == 10


@pytest.mark.parametrize(
    "changed",
    [
        *({"text_format": "none"}, {"source_system": "beta"}, {"hard_delete": True}, {"chunks_enabled": True}),
        *({"chunk_size": 900}, {"mode": "raw"}, {"former_base_urls": ("https://old.example",)}),
    ],
    ids=str,
)
def test_a_setting_that_changes_rows_changes_every_hash(changed: dict[str, Any]) -> None:
    assert hashes.salt_of(Settings(**changed)) != hashes.salt_of(Settings())


def test_a_setting_that_changes_no_row_changes_no_hash() -> None:
    assert hashes.salt_of(Settings(destination="ndjson:///x", batch_size_rows=7)) == hashes.salt_of(Settings())


def test_another_version_of_the_code_changes_every_hash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    source = tmp_path / "inner" / "code.py"
    monkeypatch.setattr(hashes, "files", lambda _: tmp_path)
    found = []
    for text in ("a = 1", "a = 2"):
        source.write_text(text)
        found.append(hashes.salt_of(Settings()))
    assert found[0] != found[1]
