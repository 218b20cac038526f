"""Pages, blog posts, comments and their versions: content with a body. Pure."""

from __future__ import annotations

from cdm_docs.content.reference import Context
from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.bodies import links_of, read_body
from cdm_docs.mapping.confluence.chunks import chunks_of
from cdm_docs.mapping.confluence.facts import ContentVersion
from cdm_docs.mapping.confluence.items import (
    MIME_TYPES,
    item_of,
    parent_of,
    person,
    revision_clock,
    revision_of,
    site_url_of,
    told,
)
from cdm_docs.mapping.confluence.records import Comment, Content, Document
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmDocItem, CdmRows, whole_set


def map_document(record: Document, doc_type: str, options: Options) -> CdmRows:
    """Map a page or a blog post: item and revision, and, when its body was read, its links and chunks."""
    ids = options.ids
    item = item_of(
        record,
        doc_type,
        options,
        parent=parent_of(record.parent_id, record.parent_type, ids),
        properties=told(
            position=record.position, owner_cdm_id=person(record.owner_id, ids), subtype=record.subtype or None
        ),
        mime_type=_mime_type(record),
        tags=None if record.labels is None else sorted(set(record.labels)),
    )
    context = Context(site_url_of(record.url), record.space_key, record.id, record.id, options.former_base_urls)
    return _with_body(item, record, context, options, chunked=options.chunks_enabled)


def map_comment(record: Comment, kind: str, options: Options) -> CdmRows:
    """Map a comment: below the comment that it answers, else below what it was written on.

    Args:
        record: The comment.
        kind: ``footer`` or ``inline``.
        options: Settings.
    """
    ids = options.ids
    parent = record.parent_comment_id or record.container_id
    item = item_of(
        record,
        "comment",
        options,
        parent=ids.item(parent) if parent else None,
        properties=told(
            kind=kind,
            container_cdm_id=ids.item(record.container_id) if record.container_id else None,
            resolution_status=record.resolution_status,
            inline_marker_ref=record.inline_marker_ref,
            inline_original_selection=record.inline_original_selection,
        ),
        mime_type=_mime_type(record),
    )
    container_id = record.container_id or record.id
    context = Context(site_url_of(record.url), record.space_key, record.id, container_id, options.former_base_urls)
    return _with_body(item, record, context, options, chunked=False)


def map_version(record: ContentVersion, options: Options) -> CdmRows:
    """Map a former or current version: a revision and nothing else."""
    content = Content(
        id=record.content_id,
        version=record.number,
        version_author_id=record.author_id,
        version_message=record.message,
        updated_at=record.created_at,
    )
    properties = told(
        media_type=record.media_type,
        file_size=record.file_size,
        file_id=record.file_id,
        comment=record.comment or None,
        minor_edit=record.minor_edit,
    )
    if record.body is None:
        revision = revision_of(content, options, properties=properties)
    else:
        container_id = record.container_id or record.content_id
        site_url = site_url_of(record.url)
        context = Context(site_url, record.space_key, record.content_id, container_id, options.former_base_urls)
        reading = read_body(record.body, record.body_format, context, options)
        revision = revision_of(
            content, options, properties=(properties or {}) | reading.properties or None, **reading.columns
        )
    return CdmRows(revisions=((revision_clock(revision, record), revision),))


def _mime_type(record: Document | Comment) -> str | None:
    return MIME_TYPES.get(record.body_format or "") if record.body is not None else None


def _with_body(
    item: CdmDocItem, record: Document | Comment, context: Context, options: Options, *, chunked: bool
) -> CdmRows:
    """Return the item, its revision and, when the body was read, what it refers to and its chunks.

    A body that was not read says nothing about links and chunks: the sets are left as they are.
    """
    items = ((clock_of(record.version, record.observed_at, item), item),)
    minor = told(minor_edit=record.version_minor_edit)
    if record.body is None:
        revision = revision_of(record, options, properties=minor)
        return CdmRows(items=items, revisions=((revision_clock(revision, record), revision),))
    reading = read_body(record.body, record.body_format, context, options)
    properties = (minor or {}) | reading.properties or None
    revision = revision_of(record, options, properties=properties, **reading.columns)
    links = links_of(reading.document, context, options)
    sets = [whole_set("link", item.cdm_id, clock_of(record.version, record.observed_at, links), links)]
    if chunked and isinstance(record, Document):
        chunks = chunks_of(reading.document.blocks, record, item.doc_type, options)
        sets.append(whole_set("chunk", item.cdm_id, clock_of(record.version, record.observed_at, chunks), chunks))
    return CdmRows(items=items, revisions=((revision_clock(revision, record), revision),), sets=tuple(sets))
