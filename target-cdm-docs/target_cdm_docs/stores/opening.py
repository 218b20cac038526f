"""From the setting ``destination`` to a store; of the databases' drivers only the one that is wanted is loaded."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from target_cdm_docs.stores.base import DUCKDB_MEMORY_LIMIT, Store
from target_cdm_docs.stores.errors import StoreConfigError

_FORMS = "duckdb:///relative/file.duckdb, postgresql://user@host/database or ndjson:///directory"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}").fullmatch


def open_store(
    destination: str, *, schema: str | None, hard_delete: bool, duckdb_memory_limit: str = DUCKDB_MEMORY_LIMIT
) -> Store:
    """Return the store that a destination names, not opened yet.

    Args:
        destination: A URL as CONTRACT 2.1 has it: three slashes and a relative path, four and an absolute one.
        schema: Database schema for the tables; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.
        duckdb_memory_limit: What DuckDB may use, e.g. ``1GB``.

    Raises:
        StoreConfigError: It names no store that there is; of the destination the message shows its scheme alone.
    """
    scheme, colon, rest = destination.partition("://")
    if not colon or not _SCHEME(scheme):
        raise StoreConfigError(f"destination: this is no URL; use {_FORMS}")
    match scheme.lower():
        case "postgresql" | "postgres":
            from target_cdm_docs.stores.engines.postgres import PostgresStore  # noqa: PLC0415 - 0.1 s

            return PostgresStore(destination, schema=schema, hard_delete=hard_delete)
        case "duckdb":
            from target_cdm_docs.stores.engines.duckdb import DuckDBStore  # noqa: PLC0415 - 0.1 s

            return DuckDBStore(
                duckdb_path(rest), schema=schema, hard_delete=hard_delete, memory_limit=duckdb_memory_limit
            )
        case "ndjson":
            from target_cdm_docs.stores.files.ndjson import NdjsonStore  # noqa: PLC0415 - as the others

            return NdjsonStore(_path("ndjson", rest))
        case other:
            family = other.partition("+")[0]
            hint = f"leave '+{other.partition('+')[2]}' out" if family in {"postgresql", "duckdb"} else f"use {_FORMS}"
            raise StoreConfigError(f"destination: {other!r} is no destination that this target knows; {hint}")


def keeps_runs_apart(destination: str) -> bool:
    """Tell whether each run has a folder of its own there, so that a person needs its id to find it."""
    return destination.lower().startswith("ndjson:")


def duckdb_path(rest: str) -> Path:
    """Return the file that a destination names behind ``duckdb://``.

    Raises:
        StoreConfigError: It names none.
    """
    name = rest.removeprefix("/")
    if name.startswith(("md:", "motherduck:")):
        raise StoreConfigError(
            "destination: MotherDuck is not supported; load into a file and attach it there (duckdb:///file.duckdb)"
        )
    if name.startswith(":memory"):
        raise StoreConfigError(
            "destination: a database in memory is gone when the run ends; name a file (duckdb:///file.duckdb)"
        )
    return _path("duckdb", rest)


def _path(scheme: str, rest: str) -> Path:
    if "?" in rest:
        raise StoreConfigError(f"destination: {scheme} takes no parameters; a '?' in a file's name is written %3F")
    path = unquote(rest[1:]) if rest.startswith("/") else ""
    if not path or "\x00" in path:
        raise StoreConfigError(f"destination: {scheme} needs three slashes and a path, e.g. {_FORMS}")
    return Path(path).expanduser()
