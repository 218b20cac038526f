"""A body, read: its text, its hash, and what it refers to as links. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdm_docs.content.document import Document
from cdm_docs.content.reference import Context, Reference
from cdm_docs.mapping.confluence.items import told
from cdm_docs.mapping.confluence.records import LONGEST_ID
from cdm_docs.mapping.options import Options
from cdm_docs.model.ids import Ids, short_hash
from cdm_docs.model.rows import CdmDocLink


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body says.

    Attributes:
        document: References and text.
        columns: ``body``, ``body_format``, ``text``, ``text_format`` and ``content_sha256`` of its revision.
        properties: What was mended to read it, and its excerpts.
    """

    document: Document
    columns: dict[str, str | None]
    properties: dict[str, Any]


def read_body(body: str, body_format: str | None, context: Context, options: Options) -> Reading:
    """Read a body.

    Args:
        body: As the source wrote it.
        body_format: ``storage`` or ``atlas_doc_format``.
        context: Where it was written.
        options: Settings.
    """
    document = options.read(body, body_format, context, options.text_format)
    text = document.text
    columns = {
        "body": body,
        "body_format": body_format,
        "text": text,
        "text_format": None if text is None else options.text_format,
        "content_sha256": hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
    }
    excerpts = [{"name": name, "text": each} for name, each in document.excerpts.items()]
    noted = told(
        recovered=document.recovered or None, problems=list(document.problems) or None, excerpts=excerpts or None
    )
    return Reading(document, columns, noted or {})


def links_of(document: Document, context: Context, options: Options) -> tuple[CdmDocLink, ...]:
    """Return a body's references as links from the content that holds it.

    When a link was made is not told: the version that holds it says only that it was there already.

    Args:
        document: The body, read.
        context: Where it was written.
        options: Settings.
    """
    includes = document.includes
    return tuple(
        _link(reference, context, options, includes.get((reference.kind, reference.written), ()))
        for reference in document.references
    )


def _link(
    reference: Reference, context: Context, options: Options, places: Sequence[tuple[str, str | None]]
) -> CdmDocLink:
    ids = options.ids
    owner, kind, written = context.content_id, reference.kind, reference.written
    # A URL of a file names the page that the file hangs on, not the file (FACTS 6.2).
    target = reference.content_id if kind != "attachment" else None
    if target is not None and len(target) > LONGEST_ID:
        target = None
    return CdmDocLink(
        cdm_id=ids.link(owner, kind, written),
        source_system=options.source_system,
        source_link_id=f"{owner}:{short_hash(kind, written)}",
        from_item_cdm_id=ids.item(owner),
        to_item_cdm_id=ids.item(target) if target else None,
        url=reference.url,
        link_type=kind,
        anchor_text=reference.anchor_text,
        created_at=None,
        properties=_properties(reference, context, ids)
        | ({"included": [_place(mark, excerpt) for mark, excerpt in dict.fromkeys(places)]} if places else {}),
    )


def _place(mark: str, excerpt: str | None) -> dict[str, str]:
    """Return a place of another page's text: the mark that stands there, and which excerpt of that page it is."""
    return {"mark": mark} | ({} if excerpt is None else {"excerpt": excerpt})


def _properties(reference: Reference, context: Context, ids: Ids) -> dict[str, Any]:
    container = None
    if reference.kind == "attachment" and reference.filename is not None and reference.title is None:
        container = ids.item(reference.content_id or context.container_id)
    return {"written": reference.written} | (
        told(
            **dict(reference.extra),
            space_key=reference.space_key,
            title=reference.title,
            filename=reference.filename,
            container_cdm_id=container,
            file_id=reference.file_id,
            user_cdm_id=ids.user(reference.account_id) if reference.account_id else None,
            anchor=reference.anchor,
        )
        or {}
    )
