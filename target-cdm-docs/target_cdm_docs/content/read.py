"""A body, whatever its format: its references, and its text. Pure."""

from __future__ import annotations

from target_cdm_docs.content import adf_json, adf_references, fragment, storage_references
from target_cdm_docs.content.adf import read_adf
from target_cdm_docs.content.document import Context, Document, Reference
from target_cdm_docs.content.markdown import to_markdown
from target_cdm_docs.content.nodes import Block
from target_cdm_docs.content.plain import to_plain
from target_cdm_docs.content.storage import read_storage

_RENDERINGS = {"markdown": to_markdown, "plain": to_plain}


def read(body: str | None, body_format: str | None, context: Context, text_format: str) -> Document:
    """Read a body.

    Args:
        body: As Confluence gave it; may be broken or hostile.
        body_format: ``storage`` or ``atlas_doc_format``; a body in another format is kept and not read.
        context: Where it was written.
        text_format: ``markdown``, ``plain`` or ``none``.
    """
    if body is None or body_format not in ("storage", "atlas_doc_format"):
        return Document((), None)
    write = _RENDERINGS.get(text_format)
    references: tuple[Reference, ...]
    blocks: list[Block] = []
    cut = 0
    if body_format == "storage":
        root, problems = fragment.parse(body)
        references = storage_references.collect(root, context)
        if write is not None:
            blocks, cut = read_storage(root, context)
    else:
        document, problems = adf_json.parse(body)
        references = adf_references.collect(document, context)
        if write is not None:
            blocks, cut = read_adf(document, context)
    if cut:
        problems = (*problems, f"{cut} places nested too deep to tell their structure were kept as mere text")
    text = None if write is None else write(blocks)
    return Document(references, text, recovered=bool(problems), problems=problems)
