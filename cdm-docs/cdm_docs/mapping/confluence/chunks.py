"""A body cut into chunks for retrieval. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cdm_docs.content.nodes import Block
from cdm_docs.mapping.confluence.items import revision_id
from cdm_docs.mapping.confluence.records import Attachment, Document
from cdm_docs.mapping.options import Options, Piece
from cdm_docs.model.rows import CdmDocChunk


def chunks_of(
    blocks: Sequence[Block], record: Document | Attachment, doc_type: str, options: Options
) -> tuple[CdmDocChunk, ...]:
    """Return the chunks of a page, a blog post or a file, in its order.

    ``metadata`` is what retrieval libraries look for beside a text. ``last_modified`` and ``last_modified_iso`` say
    the same: some look for the one, some for the other. ``author`` is the account that wrote the version.
    ``space_name`` is as it was when the page was read: a space that is renamed changes no page (``cdm_doc_space`` has
    its name of now).

    Args:
        blocks: The body, read.
        record: The page or the file.
        doc_type: ``page``, ``blogpost`` or ``attachment``.
        options: Settings.
    """
    ids = options.ids
    item, revision = ids.item(record.id), revision_id(record, ids)
    labels = record.labels if isinstance(record, Document) else None
    metadata = {
        "page_id": record.id,
        "doc_type": doc_type,
        "title": record.title,
        "labels": None if labels is None else sorted(set(labels)),
        "space_key": record.space_key,
        "space_name": record.space_name if isinstance(record, Document) else None,
        "url": record.url,
        "created_date": record.created_at,
        "last_modified": record.updated_at,
        "last_modified_iso": record.updated_at,
        "version": record.version,
        "author": record.version_author_id or record.author_id,
        "source": options.source_system,
    }
    pieces = tuple(options.chunk(blocks, options.cutting))
    seen: Counter[tuple[str | None, str]] = Counter()
    chunks = []
    for index, piece in enumerate(pieces):
        repeat = seen[piece.heading_path, piece.text]
        seen[piece.heading_path, piece.text] += 1
        chunks.append(
            CdmDocChunk(
                cdm_id=ids.chunk(record.id, piece.heading_path, piece.text, repeat),
                item_cdm_id=item,
                revision_cdm_id=revision,
                chunk_index=index,
                total_chunks=len(pieces),
                heading_path=piece.heading_path,
                text=_in_context(piece, record) if options.chunk_context else piece.text,
                metadata=metadata,
            )
        )
    return tuple(chunks)


def _in_context(piece: Piece, record: Document | Attachment) -> str:
    """Return a chunk's text below the title and the headings that it stands under, so that it can be read alone."""
    above = " > ".join(filter(None, [record.title, piece.heading_path]))
    return f"{above}\n\n{piece.text}" if above else piece.text
