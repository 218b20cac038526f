"""What a sweep says: where content stands, what is gone, and what could not be read. Pure."""

from __future__ import annotations

import msgspec

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import Seen, SyncError, Tombstone
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmDocTombstone, CdmRows, ItemPlace

_COMMENTS = {"footer_comment", "inline_comment"}


def map_seen(record: Seen, options: Options) -> CdmRows:
    """Map a row of the inventory to the place of an item.

    The row that ends the sweep of a space says nothing about items: what it did not contain comes as tombstones.
    """
    ids = options.ids
    if record.type == "sweep":
        return CdmRows()
    place = ItemPlace(
        cdm_id=ids.item(record.id),
        source_system=options.source_system,
        source_item_id=record.id,
        space_cdm_id=ids.space(record.space_id) if record.space_id else None,
        parent_item_cdm_id=ids.item(record.parent_id) if record.parent_id else None,
        title=record.title,
        doc_type="comment" if record.type in _COMMENTS else record.type,
        status=record.status,
        position=record.position,
    )
    return CdmRows(places=((clock_of(record.version, record.seen_at, place), place),))


def map_tombstone(record: Tombstone, options: Options) -> CdmRows:
    """Map the word that content or a space is gone."""
    ids = options.ids
    target = ids.space(record.id) if record.type == "space" else ids.item(record.id)
    return CdmRows(
        tombstones=(
            CdmDocTombstone(
                cdm_id=ids.tombstone(target),
                source_system=options.source_system,
                target_cdm_id=target,
                reason=record.reason or "deleted",
                detected_at=record.detected_at,
                space_cdm_id=ids.space(record.space_id) if record.space_id else None,
                moved_to_space_cdm_id=ids.space(record.moved_to_space_id) if record.moved_to_space_id else None,
            ),
        )
    )


def map_sync_error(record: SyncError, options: Options) -> CdmRows:
    """Map something that the source could not be made to tell to an entry of the run's ``error_msgs``."""
    failure = {"source_system": options.source_system} | msgspec.structs.asdict(record)
    return CdmRows(failures=({name: value for name, value in failure.items() if value is not None},))
