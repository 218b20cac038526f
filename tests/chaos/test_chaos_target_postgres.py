"""PostgreSQL cut off in the middle of a batch: made again, waited for, or told in one line; a replay ends exact."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from support.hard_times import small_disk
from support.running_target import Rows, assert_exact, lines_of, replay, tale
from support.stores import Destination
from support.target import Done, load
from target_cdm_docs.stores.engines import postgres
from target_cdm_docs.stores.errors import StoreConnectionError


class Switchboard:
    """Cuts the connections of a PostgreSQL database, and keeps it from answering."""

    def __init__(self, destination: Destination, server: str) -> None:
        self.name = urlsplit(destination.url).path[1:]
        self._server = server

    def _tell(self, *statements: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def cut(self) -> None:
        """End every connection of a target."""
        self._tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{self.name}' AND application_name = 'target-cdm-docs'"
        )

    def close(self) -> None:
        """Let nobody in, and throw out who is."""
        self._tell(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self.cut()

    def reopen(self) -> None:
        """Let everybody in again."""
        self._tell(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")


class Patient:
    """A database on whose statements something happens."""

    def __init__(self, folder: Path, destination: Destination, server: str) -> None:
        self.folder = folder
        self.destination = destination
        self.switchboard = Switchboard(destination, server)
        self.when: dict[int, Callable[[], Any]] = {}
        """What to do before the n-th statement of batches."""

    def load(self) -> Done:
        """Load the whole tale in many batches."""
        return load(self.folder, lines_of(tale()), destination=self.destination.url, batch_size_rows=60)

    def load_again(self, done: Done, undisturbed: Rows) -> None:
        """Load what follows the last STATE of a run; then nothing is amiss."""
        self.switchboard.reopen()
        replay(self.folder, self.destination, done.lines, undisturbed)


@pytest.fixture
def patient(
    tmp_path: Path, postgres_destination: Destination, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Patient]:
    patient = Patient(tmp_path, postgres_destination, postgres_server)
    counter = itertools.count(1)

    def counted(real: Any) -> Any:
        def call(*arguments: Any, **more: Any) -> Any:
            patient.when.pop(next(counter), lambda: None)()
            return real(*arguments, **more)

        return call

    for verb in ("fetch", "insert", "update", "touch", "delete"):
        monkeypatch.setattr(postgres.PostgresSession, verb, counted(getattr(postgres.PostgresSession, verb)))
    monkeypatch.setattr(postgres, "_FIRST_PAUSE", 0.01)
    yield patient
    assert patient.when == {}, "there were fewer statements"


CUTS = [1, 2, 30, 400, *(pytest.param(number, marks=pytest.mark.chaos) for number in range(3, 500, 17))]


@pytest.mark.parametrize("number", CUTS)
def test_a_connection_cut_in_the_middle_of_a_batch_is_made_again(
    number: int, patient: Patient, undisturbed: Rows
) -> None:
    patient.when[number] = patient.switchboard.cut
    done = patient.load()
    assert done.code == 0, done.stderr
    assert_exact(patient.destination, undisturbed)


def test_a_server_that_restarts_is_waited_for(
    patient: Patient, undisturbed: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, refusals = postgres.PostgresStore._connect, itertools.count(1)

    def knock(store: postgres.PostgresStore) -> Any:
        try:
            return connect(store)
        except StoreConnectionError:
            if next(refusals) == 3:  # by count, not by the clock: the machine may be slow
                patient.switchboard.reopen()
            raise

    monkeypatch.setattr(postgres.PostgresStore, "_connect", knock)
    patient.when[50] = patient.switchboard.close
    done = patient.load()
    assert done.code == 0, done.stderr
    assert next(refusals) == 4
    assert_exact(patient.destination, undisturbed)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_at_the_commit_writes_nothing_twice(
    moment: str, patient: Patient, undisturbed: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a COMMIT whose answer never came was done nobody knows: the batch is written again."""
    transact, count = postgres.PostgresStore._transact, itertools.count()

    def lose(store: postgres.PostgresStore, work: Callable[[Any], None]) -> None:
        def cut_at_the_end(session: Any) -> None:
            work(session)
            patient.switchboard.cut()

        is_lost = next(count) % 3 == 1
        transact(store, cut_at_the_end if is_lost and moment == "before" else work)
        if is_lost:
            store.disconnect()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(postgres.PostgresStore, "_transact", lose)
    done = patient.load()
    assert done.code == 0, done.stderr
    assert next(count) > 20
    assert_exact(patient.destination, undisturbed)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [1, 200])
def test_a_database_that_stays_away_is_one_line_and_the_replay_ends_exact(
    number: int, patient: Patient, undisturbed: Rows
) -> None:
    patient.when[number] = patient.switchboard.close
    done = patient.load()
    assert "cannot connect to postgresql://" in done.error
    patient.load_again(done, undisturbed)


def test_a_database_gone_at_the_very_end_is_one_line(patient: Patient, undisturbed: Rows) -> None:
    """Every row and STATE is out, the run's last word is not: that is a failure, and a replay harms nothing."""
    close = postgres.PostgresStore.close

    def gone(store: postgres.PostgresStore, run: Any, **how: Any) -> None:
        patient.switchboard.close()
        close(store, run, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres.PostgresStore, "close", gone)
        done = patient.load()
    assert "cannot connect to postgresql://" in done.error
    assert done.lines[-1] == tale()[-1]["value"]
    patient.load_again(done, undisturbed)


@pytest.fixture
def cramped(postgres_server: str, tmp_path: Path) -> Iterator[tuple[Destination, Callable[[str], None]]]:
    """A database on a disk with room for the tables and little more, and what changes the disk's size."""
    place = Path(tempfile.mkdtemp()) / "disk"  # other than tests' own folders, the server's user can reach it
    place.parent.chmod(0o755)
    with small_disk(place, "64m") as resize, psycopg.connect(postgres_server, autocommit=True) as connection:
        owner = connection.execute("SHOW data_directory").fetchone()
        assert owner
        known = Path(owner[0]).stat()
        os.chown(place, known.st_uid, known.st_gid)
        name = f"small_{secrets.token_hex(4)}"
        connection.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'".encode())
        connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}".encode())
        disk = os.statvfs(place)
        resize(str((disk.f_blocks - disk.f_bfree) * disk.f_frsize + 2_500_000))
        parts = urlsplit(postgres_server)
        yield Destination("postgres", urlunsplit(parts._replace(path=f"/{name}"))), resize
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"DROP TABLESPACE {name}".encode())
    shutil.rmtree(place.parent)


def test_a_full_disk_under_postgres_is_one_line_and_the_replay_ends_exact(
    tmp_path: Path, cramped: tuple[Destination, Callable[[str], None]], undisturbed: Rows
) -> None:
    destination, resize = cramped
    done = load(tmp_path, lines_of(tale()), destination=destination.url, batch_size_rows=60)
    assert done.error.startswith("destination: could not write a batch")
    # a block that fits in part is told by its bytes, one that does not fit at all by the system's words
    assert "No space left on device" in done.error or "Check free disk space" in done.error
    resize("64m")
    replay(tmp_path, destination, done.lines, undisturbed)
