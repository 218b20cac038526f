"""PostgreSQL as companies run it: behind a pooler, with few rights, and a version that Debian ships."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.debian import pooled_destination, postgres_15, postgres_15_destination
from support.running_target import RunningTarget, assert_exact, contents, lines_of, tale
from support.stores import Destination
from support.target import Feed, load
from target_cdm_docs.stores.engines.postgres_address import read_address

pytestmark = pytest.mark.bare

__all__ = ["pooled_destination", "postgres_15", "postgres_15_destination"]


def edited(edition: int, pages: int = 100) -> Feed:
    """A finished run of pages, each in an edition of its own, so that rows are fetched, added and changed."""
    feed = Feed().schema("pages", "id")
    for number in range(pages):
        feed.page(number, version=edition, title=f'{number} "of" {{{edition}}}, é\\n')
    return feed.state({"edition": edition})


def titles(destination: Destination) -> list[str]:
    return sorted(row["title"] for row in destination.query("SELECT title FROM cdm_doc_item"))


def test_two_runs_of_50_batches_go_through_a_pooler_of_transactions(
    tmp_path: Path, pooled_destination: tuple[Destination, Destination]
) -> None:
    """Known of pgbouncer and psycopg: a statement prepared in one transaction is not there in the next."""
    direct, pooled = pooled_destination
    for edition in (1, 2):
        done = load(tmp_path, edited(edition), destination=pooled.url, batch_size_rows=2)
        assert done.code == 0, done.stderr
    assert titles(direct) == sorted(f'{number} "of" {{2}}, é\\n' for number in range(100))
    assert len(direct.query("SELECT 1 FROM cdm_ingest_run WHERE status LIKE 'COMPLETED%'")) == 2


def test_two_runs_at_once_go_through_a_pooler_of_transactions(
    tmp_path: Path, pooled_destination: tuple[Destination, Destination]
) -> None:
    direct, pooled = pooled_destination
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    running = [RunningTarget(folder, pooled, edited(2).text, batch_size_rows=4) for folder in folders]
    for target in running:
        done = target.end()
        assert done.code == 0, done.stderr
    assert len(titles(direct)) == 100


@pytest.fixture
def limited(postgres_destination: Destination) -> Iterator[Destination]:
    """A database as a role sees it that owns nothing."""
    name = f"loader_{secrets.token_hex(4)}"
    postgres_destination.execute(f"CREATE ROLE {name} LOGIN")
    yield Destination("postgres", postgres_destination.url.replace("//postgres:", f"//{name}:"))
    postgres_destination.execute(f"DROP OWNED BY {name}")
    postgres_destination.execute(f"DROP ROLE {name}")


def role_of(destination: Destination) -> str:
    return destination.url.partition("//")[2].partition(":")[0]


def test_a_role_that_may_make_no_temporary_table_loads_and_edits(
    tmp_path: Path, postgres_destination: Destination, limited: Destination
) -> None:
    database = postgres_destination.query("SELECT current_database() AS name")[0]["name"]
    postgres_destination.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    postgres_destination.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {role_of(limited)}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        limited.execute("CREATE TEMPORARY TABLE t (i int)")
    for edition in (1, 2):
        done = load(tmp_path, edited(edition), destination=limited.url, batch_size_rows=40)
        assert done.code == 0, done.stderr
    assert titles(postgres_destination) == sorted(f'{number} "of" {{2}}, é\\n' for number in range(100))


def test_a_role_without_temporary_tables_ends_in_the_rows_of_one_that_has_them(
    tmp_path: Path, postgres_destination: Destination, limited: Destination
) -> None:
    load(tmp_path, lines_of(tale()), destination=postgres_destination.url)
    expected = contents(postgres_destination)
    for statement in (
        "DROP SCHEMA public CASCADE",
        f"CREATE SCHEMA public AUTHORIZATION {role_of(limited)}",
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$",
    ):
        postgres_destination.execute(statement)
    done = load(tmp_path, lines_of(tale()), destination=limited.url, batch_size_rows=60)
    assert done.code == 0, done.stderr
    assert_exact(postgres_destination, expected)


def test_a_role_with_plain_rights_on_rows_loads_into_tables_that_are_there(
    tmp_path: Path, postgres_destination: Destination, limited: Destination
) -> None:
    refused = load(tmp_path, edited(1), destination=limited.url)
    assert "permission denied" in refused.error
    assert "a user who owns the schema has to run this version once" in refused.error
    load(tmp_path, edited(1), destination=postgres_destination.url)
    postgres_destination.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role_of(limited)}"
    )
    done = load(tmp_path, edited(2), destination=limited.url)
    assert done.code == 0, done.stderr
    assert titles(postgres_destination) == sorted(f'{number} "of" {{2}}, é\\n' for number in range(100))


def test_a_role_without_any_schema_is_told_why(tmp_path: Path, limited: Destination) -> None:
    url = f"{limited.url}&options=-csearch_path%3Dnowhere"
    assert "the right USAGE on none in its search_path" in load(tmp_path, Feed(), destination=url).error


def test_a_server_that_never_answers_is_waited_for_in_seconds_not_in_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    assert read_address("postgresql://db.example/docs").parameters["connect_timeout"] == 10
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/docs?connect_timeout=2"
        assert "timeout expired" in load(tmp_path, Feed(), destination=url).error
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "3")
    assert "connect_timeout" not in read_address("postgresql://db.example/docs").parameters


def test_postgresql_15_ends_in_the_rows_of_18(
    tmp_path: Path, postgres_15_destination: Destination, postgres_destination: Destination
) -> None:
    for destination in (postgres_15_destination, postgres_destination):
        done = load(tmp_path, lines_of(tale()), destination=destination.url, batch_size_rows=60)
        assert done.code == 0, done.stderr
    assert postgres_15_destination.query("SHOW server_version_num")[0]["server_version_num"] < "160000"
    assert_exact(postgres_15_destination, contents(postgres_destination))
