"""No byte of a password or token is in any output, wherever a connection fails, and the way out is named."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest
from support.stores import Destination
from support.target import Done, Feed, load

pytestmark = pytest.mark.bare

PASSWORDS = [
    *(f"Zq7{special}Wx9Kd" for special in ("/", "@", "#", "?", "%", " ", ":", "%2", "://", "&")),
    *("/Zq7Wx9Kd", "Zq7Wx9Kd/", "Zq7@Wx9/Kd5", "Zq7/Wx9@Kd5", "Zq7?Wx9=1&Mv3=2", "Zq7/Wx9?Kd5#Mv3%Jb1 Rt6"),
]
"""With each character that means something in a URL, at either end and together."""

USER = "password_holder"


def shown_of(password: str, done: Done) -> list[str]:
    """The pieces of a password, as written and as decoded, that are in a run's output."""
    pieces = {piece for piece in re.split(r"[^A-Za-z0-9]", password) if len(piece) > 2} | {
        password,
        quote(password, safe=""),
    }
    return [piece for piece in pieces if piece in done.stdout + done.stderr]


@pytest.fixture(scope="module")
def server(postgres_server: str) -> str:
    """Options of a URL to a server that asks one user for a password."""
    rule = f"local all {USER} scram-sha-256\n"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        row = connection.execute("SHOW hba_file").fetchone()
        assert row
        rules = Path(row[0])
        if rule not in (known := rules.read_text()):
            rules.write_text(rule + known)
        connection.execute("SELECT pg_reload_conf()")
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(f"CREATE ROLE {USER} LOGIN PASSWORD 'right'")
    return f"host={quote(parse_qs(urlsplit(postgres_server).query)['host'][0], safe='')}"


@pytest.fixture(scope="module")
def without_tls() -> Iterator[int]:
    """The port of a server that does not do TLS: it answers N, as PostgreSQL does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    with caller, suppress(OSError):
                        caller.recv(100)
                        caller.sendall(b"N")

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture(params=["host", "port", "password", "database", "tls", "certificate"])
def place(request: pytest.FixtureRequest, server: str, without_tls: int) -> tuple[str, str]:
    """What follows the password in a URL that must fail, and what its failure is called."""
    return {
        "host": ("no-such-host.invalid/db", "host"),
        "port": ("127.0.0.1:1/db", "refused"),
        "password": (f"/postgres?{server}", "password authentication failed"),
        "database": (f"/no_such_database?{server}&user=postgres", "no_such_database"),
        "tls": (f"127.0.0.1:{without_tls}/db?sslmode=require", "SSL"),
        "certificate": (f"127.0.0.1:{without_tls}/db?sslmode=verify-full&sslrootcert=/no/such", "SSL"),
    }[str(request.param)]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_never_shown_and_the_way_out_is(password: str, place: tuple[str, str], tmp_path: Path) -> None:
    after, reason = place
    for written in (password, quote(password, safe="")):
        done = load(tmp_path, Feed(), destination=f"postgresql://{USER}:{written}@{after}")
        assert shown_of(password, done) == []
        assert "percent-encoded" in done.error
        assert "PGPASSWORD" in done.error
        if written != password:
            assert reason in done.error


@pytest.mark.parametrize("password", PASSWORDS)
def test_the_way_out_leads_out(
    password: str, postgres_destination: Destination, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = urlsplit(postgres_destination.url).path[1:]
    role = f"holder_of_{name}"
    postgres_destination.execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{password}'")
    try:
        encoded = f"postgresql://{role}:{quote(password, safe='')}@/{name}?{server}"
        done = load(tmp_path, Feed(), destination=encoded)
        assert (done.code, shown_of(password, done)) == (0, [])
        monkeypatch.setenv("PGPASSWORD", password)
        done = load(tmp_path, Feed(), destination=f"postgresql://{role}@/{name}?{server}")
        assert (done.code, shown_of(password, done)) == (0, [])
    finally:
        postgres_destination.execute(f"DROP OWNED BY {role} CASCADE")
        postgres_destination.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize(
    ("destination", "word"),
    [
        ("duckdb:///md:docs?motherduck_token=Zq7Wx9Kd", "MotherDuck is not supported"),
        ("duckdb:///docs.duckdb?motherduck_token=Zq7Wx9Kd", "takes no parameters"),
        ("ndjson:///docs?token=Zq7Wx9Kd", "takes no parameters"),
        ("postgresql://host/db?token=Zq7Wx9Kd", "check the names of its parameters"),
        ("postgresql://127.0.0.1:1/db?password=Zq7Wx9Kd", "refused"),
        ("postgresql://127.0.0.1:1/db?user=ada@corp&password=Zq7Wx9Kd", "percent-encoded"),
        ("postgresql://ada:Zq7\nWx9Kd@127.0.0.1:1/db", "control character"),
        ("postgresql://ada:Zq7\ud800Wx9Kd@127.0.0.1:1/db", "libpq cannot read"),
        ("postgresql://ada:Zq7Wx9Kd@[::1/db", "libpq cannot read"),
        ("postgresql+psycopg2://ada:Zq7Wx9Kd@host/db", "leave '+psycopg2' out"),
        ("mysql://ada:Zq7/Wx9Kd@host/db", "'mysql' is no destination that this target knows"),
        ("ada:Zq7Wx9Kd@host/db", "this is no URL"),
        ("ada:Zq7Wx9Kd://host/db", "this is no URL"),
        ("host=127.0.0.1 password=Zq7Wx9Kd", "this is no URL"),
        ("duckdb:///:memory:", "gone when the run ends"),
    ],
)
def test_a_destination_that_cannot_be_used_is_refused_without_its_secrets(
    destination: str, word: str, tmp_path: Path
) -> None:
    done = load(tmp_path, Feed().state({"at": 1}), destination=destination)
    assert word in done.error
    assert shown_of("Zq7Wx9Kd", done) == []
    assert shown_of("Zq7/Wx9Kd", done) == []
    assert done.lines == []
