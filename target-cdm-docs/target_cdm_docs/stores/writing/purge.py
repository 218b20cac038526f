"""``hard_delete``: what was told of a thing before its newest tombstone is removed and never comes again."""

from __future__ import annotations

from collections.abc import Mapping

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.items import Tombstone
from target_cdm_docs.stores.writing.news import Members, News, observed_at_of

_ITEM_OF_REVISION = tables.REVISION.names.index("item_cdm_id")
_ACCESS_SETS = ("space_permissions", "content_restrictions", "cdm_doc_access")
"""What may tell access to a space or an item; with the target's id it is the owner of a set."""


def drop_buried(news: News, tombstones: Mapping[str, Tombstone]) -> None:
    """Take out of a batch what is older than the tombstone of the thing that it is about."""
    if not tombstones:
        return

    def buried(target: str, told_at: str) -> bool:
        return target in tombstones and told_at < tombstones[target].detected_at

    registers = news.registers
    for table, target in ((tables.SPACE, 0), (tables.PLACE, 0), (tables.REVISION, _ITEM_OF_REVISION)):
        kept = registers.get(table.name, {})
        registers[table.name] = {k: v for k, v in kept.items() if not buried(v.row[target], observed_at_of(v.rank))}
    news.items = {k: v for k, v in news.items.items() if not buried(k, observed_at_of(v.rank))}
    news.placed_at = {k: v for k, v in news.placed_at.items() if not buried(k, v)}
    news.names = {k: v for k, v in news.names.items() if not buried(k[0], v)}
    news.facet_sets = {k: v for k, v in news.facet_sets.items() if not buried(k[0], v[0])}
    news.facets = {k: v for k, v in news.facets.items() if not buried(k[0], observed_at_of(v[0]))}
    for kind in ("link", "chunk"):
        left = {owner: _told_since(members, tombstones.get(owner)) for owner, members in news.sets[kind].items()}
        news.sets[kind] = {owner: members for owner, members in left.items() if members is not None}
    # A set that is forgotten is unknown, not empty: an empty set of restrictions would open an item to everybody.
    news.sets["access"] = {
        owner: members
        for owner, members in news.sets["access"].items()
        if not buried(target_of(owner), observed_at_of(members.rank))
    }


def _told_since(members: Members, tombstone: Tombstone | None) -> Members | None:
    """Return what is left of an owner's sets; None where all of them are older than the owner's tombstone."""
    if tombstone is None:
        return members
    rows = {k: v for k, v in members.rows.items() if observed_at_of(v.rank) >= tombstone.detected_at}
    if observed_at_of(members.rank) >= tombstone.detected_at:
        return Members(members.rank, rows)
    return Members(max(version.rank for version in rows.values()), rows) if rows else None


def purge(session: Session, tombstones: Mapping[str, Tombstone], names: Names) -> None:
    """Remove from the tables what was told of things before their tombstones."""
    if not tombstones:
        return
    targets = [(target,) for target in sorted(tombstones)]
    for table, by in (
        (tables.ITEM, "cdm_id"),
        (tables.PLACE, "cdm_id"),
        (tables.REVISION, "item_cdm_id"),
        (tables.CHUNK, "item_cdm_id"),
    ):
        rows = session.fetch(table, (by, "_clock", "cdm_id"), (by,), targets)
        gone = [(cdm_id,) for target, clock, cdm_id in rows if observed_at_of(clock) < tombstones[target].detected_at]
        session.delete(table, ("cdm_id",), gone)
    facets = session.fetch(tables.FACET, ("item_cdm_id", "kind", "key", "_clock"), ("item_cdm_id",), targets)
    session.delete(
        tables.FACET,
        tables.FACET.key,
        [row[:3] for row in facets if _told_at(row[3]) < tombstones[row[0]].detected_at],
    )
    names.forget({target: tombstone.detected_at for target, tombstone in tombstones.items()})
    _purge_sets(session, tombstones, targets)
    _purge_access(session, tombstones, targets)


def _told_at(clock: str) -> str:
    """When a facet was told: that of a whole set stands alone, others have ranks."""
    return observed_at_of(clock) if "|" in clock else clock


def _purge_sets(session: Session, tombstones: Mapping[str, Tombstone], targets: list[tuple[str]]) -> None:
    """Forget sets of links and chunks; chunks themselves have clocks of their own."""
    keys = [(kind, target) for kind in ("link", "chunk") for (target,) in targets]
    ranks = session.fetch(tables.SET, ("kind", "owner", "_clock"), ("kind", "owner"), keys)
    gone = [(kind, owner) for kind, owner, rank in ranks if observed_at_of(rank) < tombstones[owner].detected_at]
    session.delete(tables.LINK, ("_owner",), [(owner,) for kind, owner in gone if kind == "link"])
    session.delete(tables.SET, tables.SET.key, gone)


def _purge_access(session: Session, tombstones: Mapping[str, Tombstone], targets: list[tuple[str]]) -> None:
    keys = [("access", f"{stream}:{target}") for (target,) in targets for stream in _ACCESS_SETS]
    ranks = session.fetch(tables.SET, ("owner", "_clock"), ("kind", "owner"), keys)
    gone = [owner for owner, rank in ranks if observed_at_of(rank) < tombstones[target_of(owner)].detected_at]
    session.delete(tables.ACCESS, ("_owner",), [(owner,) for owner in gone])
    session.delete(tables.SET, tables.SET.key, [("access", owner) for owner in gone])


def target_of(owner: str) -> str:
    """Return the space, item or group that a set of access rows is about."""
    return owner.partition(":")[2]
