"""Links, and where those by name lead: settled when the link comes and again whenever the name changes hands."""

from __future__ import annotations

from collections.abc import Collection

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.resolving.resolve import Ref, reference
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.sets import ToldSets, replace

_TO = tables.LINK.names.index("to_item_cdm_id")
_SYSTEM = tables.LINK.names.index("source_system")
_PROPERTIES = tables.LINK.names.index("properties")


def write_links(
    session: Session, told: ToldSets, names: Names, *, forgotten: Collection[str], hard_delete: bool
) -> None:
    """Write a batch's sets of links, and lead stored links elsewhere where names changed hands."""
    table = tables.LINK
    plan = replace(session, "link", table, told, forgotten=forgotten, keeps_later=hard_delete)
    refs: dict[str, Ref] = {}
    for _, version in (*plan.new, *plan.other):
        row = version.row
        ref = reference(row[_SYSTEM], row[_PROPERTIES]) if row[_TO] is None else None
        if ref is not None:
            refs[row[0]] = ref
    gone = [cdm_id for _, cdm_id in plan.gone]
    settled = {version.row[0] for _, version in plan.other} | set(gone)
    concerned = [
        (cdm_id, to_item, ref)
        for cdm_id, system, properties, to_item in session.fetch(
            table,
            ("cdm_id", "source_system", "properties", "to_item_cdm_id"),
            ("_ref",),
            [(one,) for one in sorted(names.touched_refs())],
        )
        if cdm_id not in settled and (ref := reference(system, properties)) is not None
    ]
    leads = names.resolve({*refs.values(), *(ref for _, _, ref in concerned)})

    def stored(owner: str, row: tuple[object, ...], hashed: str) -> tuple[object, ...]:
        values = list(row)
        ref = refs.get(str(row[0]))
        if ref is not None:
            values[_TO] = leads[ref]
        return (*values, owner, hashed, ref.digest if ref else None)

    moved = [(cdm_id, leads[ref]) for cdm_id, to_item, ref in concerned if leads[ref] != to_item]
    leading = {cdm_id for cdm_id, _ in moved}
    session.touch(table, table.key, [(cdm_id,) for cdm_id in plan.same if cdm_id not in leading])
    session.delete(table, table.key, [(cdm_id,) for cdm_id in gone])
    session.update(table, table.key, ("to_item_cdm_id",), sorted(moved), changed=True)
    session.update(
        table,
        table.key,
        table.names,
        [(version.row[0], *stored(owner, version.row, version.clock.digest)) for owner, version in plan.other],
        changed=True,
    )
    session.insert(
        table, table.names, [stored(owner, version.row, version.clock.digest) for owner, version in plan.new]
    )
