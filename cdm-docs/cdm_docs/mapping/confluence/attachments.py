"""Attachments: item, revision with the text of the file where that was read, and the link from what they hang on."""

from __future__ import annotations

from typing import Any

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.chunks import chunks_of
from cdm_docs.mapping.confluence.items import item_of, revision_clock, revision_of, told
from cdm_docs.mapping.confluence.records import Attachment
from cdm_docs.mapping.options import FileText, Options
from cdm_docs.model.ids import short_hash
from cdm_docs.model.rows import CdmDocLink, CdmRows, whole_set


def map_attachment(record: Attachment, options: Options) -> CdmRows:
    """Map an attachment; its link belongs to it and not to its container, whose own links come and go with its body."""
    file, columns = _text_of(record, options)
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
        **columns,
    )
    links = (_container_link(record, record.container_id, options),) if record.container_id else ()
    sets = [whole_set("link", item.cdm_id, clock_of(record.version, record.observed_at, links), links)]
    if file is not None and options.chunks_enabled:
        chunks = chunks_of(file.blocks, record, "attachment", options)
        sets.append(whole_set("chunk", item.cdm_id, clock_of(record.version, record.observed_at, chunks), chunks))
    return CdmRows(
        items=((clock_of(record.version, record.observed_at, item), item),),
        revisions=((revision_clock(revision, record), revision),),
        sets=tuple(sets),
        failures=() if file is None or file.problem is None else (_failure(record, file.problem, options),),
    )


def _text_of(record: Attachment, options: Options) -> tuple[FileText | None, dict[str, Any]]:
    """Return what the file says, if it was downloaded and has a text, and the columns of its revision that hold it."""
    if options.read_file is None or record.content_path is None:
        return None, {}
    file = options.read_file(record.content_path, record.media_type, record.title)
    write = options.write.get(options.text_format)
    if file is None or write is None:
        return file, {}
    return file, {"text": write(list(file.blocks)), "text_format": options.text_format}


def _failure(record: Attachment, problem: str, options: Options) -> dict[str, Any]:
    """Return an entry of the run's ``error_msgs``."""
    told_of = {"source_system": options.source_system, "stream": "attachments", "id": record.id, "url": record.url}
    return told(**told_of, stage="file", message=f"the text of {record.title!r}: {problem}") or {}


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
