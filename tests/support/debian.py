"""PostgreSQL 15 and PgBouncer as Debian packages them; tests skip visibly where they are not installed.

``apt-get install postgresql-15 pgbouncer`` brings both; nothing here installs anything.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from support.stores import Destination

__all__ = ["pooled_destination", "postgres_15", "postgres_15_destination"]

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def _folder(owner: str | int) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder of a user, and what runs a process as that user: neither server runs as root, as tests may."""
    folder = Path(tempfile.mkdtemp(prefix="debian-"))
    is_root = os.geteuid() == 0
    if is_root:
        shutil.chown(folder, owner)
    folder.chmod(0o755)
    yield folder, {"user": owner} if is_root else {}
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[str]:
    """URL of a server of PostgreSQL 15 that this test run owns."""
    if not (POSTGRES_15 / "initdb").exists():
        pytest.skip("Debian's postgresql-15 is not installed")
    with _folder("postgres") as (folder, user):

        def run(program: str, *arguments: str) -> None:
            command = [str(POSTGRES_15 / program), "-D", str(folder / "data"), *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **user)

        run("initdb", "--username=postgres", "--auth=trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://postgres@/postgres?host={folder}"
        run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


@pytest.fixture
def postgres_15_destination(postgres_15: str) -> Iterator[Destination]:
    """An empty database of PostgreSQL 15."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_15, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield Destination("postgres", postgres_15.replace("/postgres?", f"/{name}?"))
    with psycopg.connect(postgres_15, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def pooled_destination(postgres_destination: Destination) -> Iterator[tuple[Destination, Destination]]:
    """An empty database: as it is, and through a PgBouncer that lends a server for one transaction at a time."""
    if PGBOUNCER is None:
        pytest.skip("Debian's pgbouncer is not installed")
    parts = urlsplit(postgres_destination.url)
    sockets = parse_qs(parts.query)["host"][0]
    with _folder(Path(sockets).stat().st_uid) as (folder, user), socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={sockets}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
            f"auth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = 3\n"
        )
        pooler = subprocess.Popen([PGBOUNCER, "-q", str(folder / "pgbouncer.ini")], stderr=subprocess.DEVNULL, **user)
        try:
            _await_port(port)
            yield postgres_destination, Destination("postgres", f"postgresql://postgres@127.0.0.1:{port}{parts.path}")
        finally:
            pooler.terminate()
            pooler.wait(10)


def _await_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")
