"""Hashes of the records that were written: a record that comes again byte by byte is known before it is mapped.

Rows follow from the set of records (CONTRACT 2.4), so that one which is in the set already changes nothing. One row a
record's key, of whichever stream; a record that was told for another time, for one, has another hash and is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables.tables import HASH


def read_hashes(session: Session, keys: Collection[int]) -> dict[int, str]:
    """Return the hashes that are kept under these keys."""
    return dict(session.fetch(HASH, ("key", "hash"), ("key",), [(key,) for key in keys]))


def write_hashes(session: Session, hashes: Mapping[int, str]) -> None:
    """Keep hashes instead of those under the same keys."""
    known = read_hashes(session, hashes)
    new = [(key, one) for key, one in sorted(hashes.items()) if key not in known]
    other = [(key, one) for key, one in sorted(hashes.items()) if key in known and known[key] != one]
    session.update(HASH, HASH.key, ("hash",), other, changed=True)
    session.insert(HASH, HASH.names, new)
