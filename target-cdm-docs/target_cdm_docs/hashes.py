"""What tells that a record comes again byte by byte: a number for its key, and a hash of all that its rows depend on.

That is its line, the settings and the code: whoever changes one of them gets every row anew from the same input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec

from target_cdm_docs.settings import Settings

NEVER_KNOWN = frozenset({"spaces", "cdm_doc_space", "sync_errors", "cdm_doc_failure"})
"""Streams whose records each run tells of in its own row: they are few."""

_CHANGE_NO_ROW = frozenset(
    {"destination", "schema", "max_failures", "duckdb_memory_limit"}
    | {"batch_size_rows", "batch_size_bytes", "batch_seconds", "workers"}
)
_WAY = 8
"""Characters of a hash that tell how a record is read: by which settings and code, and as which stream."""
_UNREAD = "-" * _WAY

_encode = msgspec.json.Encoder(order="deterministic").encode


def salt_of(settings: Settings) -> bytes:
    """Return what the rows of every record depend on beside the record."""
    salt = hashlib.blake2b()
    told = {name: getattr(settings, name) for name in settings.__struct_fields__ if name not in _CHANGE_NO_ROW}
    salt.update(_encode(told))
    for package in ("cdm_docs", "target_cdm_docs"):
        for source in _sources(files(package)):
            salt.update(source)
    return salt.digest()


def _sources(folder: Any) -> Iterator[bytes]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_bytes()


def is_read_otherwise(known: str, told: str) -> bool:
    """Return whether of two hashes of records with one key the first is of another way of reading."""
    return known[:_WAY] not in (_UNREAD, told[:_WAY])


def is_same_record(known: str, told: str) -> bool:
    """Return whether two hashes are of one record, however it was read."""
    return known[_WAY:] == told[_WAY:]


def unread(told: str) -> str:
    """Return the hash of a record of which something could not be read: it is not known when it comes again."""
    return _UNREAD + told[_WAY:]


class RecordHasher:
    """Hashes the records of one stream.

    Args:
        salt: Of ``salt_of``.
        source_system: Where it comes from: two may have the same keys.
        stream: Its name.
        mapped: The known stream as which it is mapped, if it is.
        key_properties: The names of its key.
    """

    def __init__(
        self, salt: bytes, source_system: str, stream: str, mapped: str | None, key_properties: Sequence[str]
    ) -> None:
        self._key_properties = key_properties
        way = hashlib.blake2b(_text([stream, mapped, key_properties]), digest_size=4, key=salt)
        self._way = way.hexdigest()
        self._key_seed = hashlib.blake2b(_text([source_system, stream]), digest_size=8)

    def hash(self, line: bytes) -> str:
        """Return the way in which a line is read, 8 hex digits, and its own hash, 32."""
        return self._way + hashlib.blake2b(line, digest_size=16).hexdigest()

    def key(self, record: Mapping[str, Any]) -> int | None:
        """Return a number for a record's key, of 64 bits with a sign; None where it has no whole key."""
        values = [record.get(name) for name in self._key_properties]
        if not values or None in values:
            return None
        hashed = self._key_seed.copy()
        hashed.update(_text(values))
        return int.from_bytes(hashed.digest(), "big", signed=True)


def _text(values: list[Any]) -> bytes:
    return repr(values).encode("utf-8", "backslashreplace")
