"""Who may read what, by each of the ways that the database answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from support.stores import Destination

Readers = set[tuple[str, str, str]]
"""(item, principal, type of the principal)"""


def texts(values: Iterable[str]) -> str:
    """A list of texts in SQL."""
    return f"ARRAY[{', '.join(repr(value) for value in values)}]::text[]"


def by_view(database: Destination) -> Readers:
    """What ``cdm_doc_effective_access`` says of all items."""
    return _rows(database, "SELECT item_cdm_id, principal_cdm_id, principal_type FROM cdm_doc_effective_access")


def assert_ways_agree(database: Destination, items: Iterable[str], principals: Iterable[str]) -> Readers:
    """Hold the functions and the gates against the view, for these items and these and all principals of the view.

    Returns:
        What they agree upon.
    """
    items = sorted(items)
    found = {row for row in by_view(database) if row[0] in items}
    listed = texts([*items, "cdm:doc:item:nowhere"])
    assert _rows(database, f"SELECT * FROM cdm_doc_readers({listed})") == found
    by_gates = _by_gates(database)
    for principal in sorted({*principals, *(row[1] for row in found)}):
        expected = {item for item, who, _ in found if who == principal}
        answer = database.query(f"SELECT item_cdm_id FROM cdm_doc_may_read({listed}, '{principal}')")
        assert sorted(row["item_cdm_id"] for row in answer) == sorted(expected), principal
        assert {item for item in items if by_gates(item, principal)} == expected, principal
        readable = [row["item_cdm_id"] for row in database.query(f"SELECT * FROM cdm_doc_readable('{principal}')")]
        assert len(readable) == len(set(readable))
        assert {item for item in readable if item in items} == expected, principal
    return found


def _rows(database: Destination, query: str) -> Readers:
    rows = [(row["item_cdm_id"], row["principal_cdm_id"], row["principal_type"]) for row in database.query(query)]
    assert len(rows) == len(set(rows))
    return set(rows)


def _by_gates(database: Destination) -> Callable[[str, str], bool]:
    """Whether a principal passes all gates of an item."""
    gates: dict[str, dict[tuple[str, str], set[str]]] = {}
    for row in database.query("SELECT * FROM cdm_doc_gate"):
        gate = (row["gate_type"], row["gate_cdm_id"])
        gates.setdefault(row["item_cdm_id"], {}).setdefault(gate, set()).add(row["principal_cdm_id"])
    groups: dict[str, set[str]] = {}
    for row in database.query("SELECT * FROM cdm_doc_member"):
        groups.setdefault(row["member_cdm_id"], set()).add(row["principal_cdm_id"])

    def passes(item: str, principal: str) -> bool:
        own = {principal} | groups.get(principal, set())
        on_the_way = gates.get(item, {})
        return any(kind == "space" for kind, _ in on_the_way) and all(own & let_in for let_in in on_the_way.values())

    return passes
