"""Attachments: item, revision without a body, and the link from what they hang on. Pure."""

from __future__ import annotations

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.items import item_of, revision_clock, revision_of, told
from cdm_docs.mapping.confluence.records import Attachment
from cdm_docs.mapping.options import Options
from cdm_docs.model.ids import short_hash
from cdm_docs.model.rows import CdmDocLink, CdmRows, whole_set


def map_attachment(record: Attachment, options: Options) -> CdmRows:
    """Map an attachment; its link belongs to it and not to its container, whose own links come and go with its body."""
    container = options.ids.item(record.container_id) if record.container_id else None
    item = item_of(
        record,
        "attachment",
        options,
        parent=container,
        properties=told(
            file_id=record.file_id,
            file_size=record.file_size,
            comment=record.comment or None,
            download_url=record.download_url,
            container_type=record.container_type,
        ),
        mime_type=record.media_type,
    )
    revision = revision_of(
        record,
        options,
        properties=told(
            media_type=record.media_type,
            file_size=record.file_size,
            file_id=record.file_id,
            comment=record.comment or None,
            content_path=record.content_path,
            minor_edit=record.version_minor_edit,
        ),
        content_sha256=record.content_sha256,
    )
    links = (_container_link(record, record.container_id, options),) if record.container_id else ()
    return CdmRows(
        items=((clock_of(record.version, record.observed_at, item), item),),
        revisions=((revision_clock(revision, record), revision),),
        sets=(whole_set("link", item.cdm_id, clock_of(record.version, record.observed_at, links), links),),
    )


def _container_link(record: Attachment, container_id: str, options: Options) -> CdmDocLink:
    ids = options.ids
    written = f"container:{record.id}"
    return CdmDocLink(
        cdm_id=ids.link(container_id, "attachment", written),
        source_system=options.source_system,
        source_link_id=f"{container_id}:{short_hash('attachment', written)}",
        from_item_cdm_id=ids.item(container_id),
        to_item_cdm_id=ids.item(record.id),
        url=record.download_url,
        link_type="attachment",
        anchor_text=record.title,
        created_at=record.created_at,
        properties={"container": True},
    )
