"""Records that were told before and say something else now: other settings, another version of this package.

Of two records of one version and one moment the greater digest decides, whichever it is of. Of one and the same record,
read in two ways, the later reading is wanted: what the tables hold of its version and moment steps back first.
"""

from __future__ import annotations

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.newest import Newest
from target_cdm_docs.stores.writing.sets import held_sets

_REGISTERS = (
    *(tables.SPACE, tables.ITEM, tables.REVISION, tables.USER, tables.GROUP, tables.TOMBSTONE),
    *(tables.PLACE, tables.FACET),
)
_STEPPED_BACK = ""
"""Less than any digest."""


def step_back(session: Session, newest: Newest) -> None:
    """Let rows and sets of the version and the moment of these ones give way to whatever is written next."""
    for table in _REGISTERS:
        incoming = newest.of(table)
        columns = (*table.key, "_version", "_observed_at", "_digest")
        rows: list[Values] = []
        for *key, version, observed_at, digest in session.fetch(table, columns, table.key, incoming.keys()):
            clock = incoming[tuple(key)].clock
            if (version, observed_at) == clock[:2] and digest != clock.digest:
                rows.append((*key, _STEPPED_BACK))
        session.update(table, table.key, ("_digest",), rows, changed=False)
    stale: list[Values] = []
    for kind, told in newest.sets.items():
        held = held_sets(session, kind, told)
        for owner, one in held.items():
            if any(clock[:2] == one.clock[:2] for clock in told[owner]):
                stale.append((kind, owner, _STEPPED_BACK))
    session.update(tables.SET, tables.SET.key, ("_set",), stale, changed=False)
