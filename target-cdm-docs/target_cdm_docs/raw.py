"""Records passed through unmapped: ``mode: raw``, and ``unmapped_streams: raw``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from cdm_docs.mapping.times import is_canonical

from target_cdm_docs.stores.base import RawRecord

LONGEST_KEY = 500
"""Characters of the longest ``record_key``; PostgreSQL's index holds some 2,700 bytes."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def raw_record(
    stream: str,
    record: dict[str, Any],
    key_properties: Sequence[str],
    source_system: str,
    *,
    arrived: int,
    tells_its_age: bool,
) -> RawRecord:
    """Return a record as it goes into ``raw_record``.

    Its key is the value of its key property, a JSON array where there are several, and a hash of it all where there
    is none: a record without key that comes again is the same row. A key that no index could hold is its hash. A
    number is the same key as its text, so that a tap that turns its ids into texts does not double all rows.

    Args:
        stream: Its stream.
        record: As it came.
        key_properties: The names of its key.
        source_system: Where it comes from.
        arrived: Grows from record to record, over runs too. Of two with one key the one that came last stays, as what
            other taps call version or time need not be one.
        tells_its_age: It is of a stream of tap-confluence, whose version and moments say which one is newer.
    """
    values = [record.get(name) for name in key_properties]
    if not values:
        key = "sha256:" + hashlib.sha256(_encoded(record)).hexdigest()
    elif len(values) == 1:
        key = values[0] if isinstance(values[0], str) else _encoded(values[0]).decode()
    else:
        key = _encoded(values).decode()
    if len(key) > LONGEST_KEY:
        key = "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    space_key, updated_at = record.get("space_key"), record.get("updated_at")
    version, observed_at = _age(record) if tells_its_age else (arrived, f"{arrived:020d}")
    return RawRecord(
        stream,
        key,
        source_system,
        space_key if isinstance(space_key, str) else None,
        updated_at if isinstance(updated_at, str) else None,
        record,
        version,
        observed_at,
    )


def _age(record: dict[str, Any]) -> tuple[int, str]:
    version = record.get("version")
    told = [record.get(name) for name in ("updated_at", "observed_at")]
    moments = "/".join(moment if isinstance(moment, str) and is_canonical(moment) else "" for moment in told)
    return (version if isinstance(version, int) else 0), moments


def _encoded(value: Any) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return repr(value).encode("utf-8", "backslashreplace")
