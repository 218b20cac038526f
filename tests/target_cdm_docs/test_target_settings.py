"""Settings and destinations that cannot be used: one clear line and exit code 1."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cdm_docs.mapping.shapes import CORE
from support.stores import Destination
from support.target import Feed, command, load, mapped

pytestmark = pytest.mark.bare


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"destinatoin": "x"}, "Unknown setting 'destinatoin'; did you mean 'destination'?"),
        ({"destination": "mysql://host/db"}, "use duckdb:///relative/file.duckdb"),
        ({"destination": "duckdb://"}, "three slashes"),
        ({"mode": "both"}, "mode: 'both' is none of cdm, raw"),
        ({"batch_size_rows": 0}, "batch_size_rows: expected `int` >= 1"),
        ({"chunk_size": 100, "chunk_overlap": 100}, "chunk_overlap (100) must be smaller than chunk_size (100)"),
        ({"source_system": "a:b"}, "source_system: expected letters, digits, '.', '_' and '-' alone"),
        ({"duckdb_memory_limit": "lots"}, "duckdb_memory_limit: 'lots' is no size such as 512MB or 4GB"),
        ({"stream_mapping": "{"}, "stream_mapping: not a JSON object"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    assert complaint in load(tmp_path, Feed(), **settings).error


def test_the_mapper_names_a_wrong_setting_too(tmp_path: Path) -> None:
    assert "Unknown setting 'destination'" in mapped(tmp_path, Feed(), destination="duckdb:///x.duckdb").error


def test_settings_come_from_the_environment_as_texts(tmp_path: Path) -> None:
    file = tmp_path / "out.duckdb"
    env = {
        **os.environ,
        "TARGET_CDM_DOCS_DESTINATION": f"duckdb:///{file}",
        "TARGET_CDM_DOCS_BATCH_SIZE_ROWS": "1",
        "TARGET_CDM_DOCS_BATCH_SECONDS": "2.5",
        "TARGET_CDM_DOCS_HARD_DELETE": "true",
        "TARGET_CDM_DOCS_STREAM_MAPPING": '{"wiki": "pages"}',
    }
    feed = (
        Feed()
        .schema("wiki", "id", properties=CORE["pages"])
        .record("wiki", id="1", title="One", space_id="7", version=1, status="current")
    )
    done = command("target-cdm-docs", "--config=ENV", text=feed.text, env=env)
    assert done.code == 0, done.stderr
    with duckdb.connect(str(file)) as database:
        assert database.execute("SELECT title FROM cdm_doc_item").fetchall() == [("One",)]


def test_a_database_that_cannot_be_written_is_named_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = load(tmp_path, Feed().state({"at": 1}), destination=f"duckdb:///{tmp_path}/file/x.duckdb")
    assert "destination" in done.error
    assert done.lines == []


@pytest.mark.parametrize("name", ["notes.txt", "notes.csv", "notes.json", "notes.jsonl", "notes.parquet"])
def test_a_file_that_is_no_database_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"notes": 1}\n' * 1000)
    done = load(tmp_path, Feed().state({"at": 1}), destination=f"duckdb:///{tmp_path}/{name}")
    assert done.error == f"destination: {tmp_path}/{name} is no DuckDB file and is left as it is; name another"
    assert done.lines == []
    assert (tmp_path / name).read_text() == '{"notes": 1}\n' * 1000


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "was not found"), ("{oops", "not a JSON object (line 1)"), ("[1]", "not a JSON object")],
)
@pytest.mark.parametrize("plugin", ["target-cdm-docs", "map-cdm-docs"])
def test_a_configuration_that_cannot_be_read_is_one_line(
    plugin: str, content: str | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)
    done = command(plugin, "--config", str(file), text="")
    assert str(file) in done.error
    assert reason in done.error


def test_an_unreachable_server_is_named_without_its_password(tmp_path: Path) -> None:
    done = load(tmp_path, Feed(), destination="postgresql://ada:s3cret-word@127.0.0.1:1/db")
    assert "127.0.0.1" in done.error
    assert "s3cret-word" not in done.stderr + done.stdout


def test_an_unknown_database_is_named(tmp_path: Path, postgres_destination: Destination) -> None:
    url = postgres_destination.url.replace("/test_", "/no_such_")
    assert "no_such_" in load(tmp_path, Feed(), destination=url).error


def test_a_misspelt_variable_of_the_environment_is_told(tmp_path: Path) -> None:
    env = {**os.environ, "TARGET_CDM_DOCS_SCHEMAS": "x", "TARGET_CDM_DOCS__TARGET_SCHEMA": "y"}
    config = tmp_path / "config.json"
    config.write_text(f'{{"destination": "duckdb:///{tmp_path}/x.duckdb"}}')
    done = command("target-cdm-docs", "--config", str(config), text=Feed().state({}).text, env=env)
    assert done.code == 0
    assert done.complaints == ["TARGET_CDM_DOCS_SCHEMAS is not read; did you mean TARGET_CDM_DOCS_SCHEMA?"]


def test_about_names_every_setting_and_marks_the_secret_one() -> None:
    done = command("target-cdm-docs", "--about", "--format=markdown")
    assert done.code == 0
    for name in ("destination", "unmapped_streams", "chunks_enabled", "batch_seconds"):
        assert name in done.stdout
    assert "load_method" not in done.stdout


def test_a_duckdb_file_can_be_read_by_versions_that_other_programs_have(tmp_path: Path) -> None:
    """The number of the format is in the file's head; DuckDB 1.4 and 1.5 read 64 to 68."""
    assert load(tmp_path, Feed().state({}), destination=f"duckdb:///{tmp_path}/x.duckdb").code == 0
    assert 64 <= int.from_bytes((tmp_path / "x.duckdb").read_bytes()[12:20], "little") <= 68


def test_duckdb_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    feed = Feed().schema("pages", "id").page(1, body="x" * 30_000_000).state({})
    url = f"duckdb:///{tmp_path}/x.duckdb"
    done = load(tmp_path, feed, destination=url, duckdb_memory_limit="20MB", mode="raw")
    assert "raise 'duckdb_memory_limit'" in done.error
    assert load(tmp_path, feed, destination=url, duckdb_memory_limit="2 GB", mode="raw").code == 0


def test_help_tells_what_the_commands_do() -> None:
    for plugin in ("target-cdm-docs", "map-cdm-docs"):
        done = command(plugin, "--help")
        assert done.code == 0
        assert "--config" in done.stdout
