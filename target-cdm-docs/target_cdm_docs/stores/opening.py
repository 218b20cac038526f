"""From the setting ``destination`` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from target_cdm_docs.stores.base import Store
from target_cdm_docs.stores.engines.duckdb import DuckDBStore
from target_cdm_docs.stores.engines.postgres import PostgresStore
from target_cdm_docs.stores.errors import StoreConfigError, redact
from target_cdm_docs.stores.files.ndjson import NdjsonStore

_FORMS = "duckdb:///relative/file.duckdb, postgresql://user@host/database or ndjson:///directory"


def open_store(destination: str, *, schema: str | None, hard_delete: bool) -> Store:
    """Return the store that a destination names, not opened yet.

    Args:
        destination: A URL as CONTRACT 2.1 has it: three slashes and a relative path, four and an absolute one.
        schema: Database schema for the tables; None: the connection's default.
        hard_delete: Remove rows instead of stamping ``deleted_at``.

    Raises:
        StoreConfigError: It names no store that there is.
    """
    try:
        parts = urlsplit(destination)
    except ValueError as error:
        message = f"destination: cannot read {redact(destination)!r}: {error}; use {_FORMS}"
        raise StoreConfigError(message) from error
    if parts.scheme in {"postgresql", "postgres"}:
        return PostgresStore(destination, schema=schema, hard_delete=hard_delete)
    if parts.scheme == "duckdb":
        return DuckDBStore(_path(destination), schema=schema, hard_delete=hard_delete)
    if parts.scheme == "ndjson":
        return NdjsonStore(_path(destination))
    message = f"destination: {redact(destination)!r} is no destination this target knows; use {_FORMS}"
    raise StoreConfigError(message)


def keeps_runs_apart(destination: str) -> bool:
    """Tell whether each run has a folder of its own there, so that a person needs its id to find it."""
    return destination.startswith("ndjson:")


def _path(destination: str) -> Path:
    scheme, _, rest = destination.partition("://")
    path = unquote(rest[1:]) if rest.startswith("/") else ""
    if not path:
        message = f"destination: {scheme} needs three slashes and a path, e.g. {_FORMS}"
        raise StoreConfigError(message)
    return Path(path).expanduser()
