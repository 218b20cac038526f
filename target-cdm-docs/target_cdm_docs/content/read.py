"""A body, whatever its format: its references, and its text. Pure."""

from __future__ import annotations

from target_cdm_docs.content.chunks import Chunk, chunk
from target_cdm_docs.content.document import Context, Document
from target_cdm_docs.content.fragment import parse
from target_cdm_docs.content.markdown import to_markdown
from target_cdm_docs.content.plain import to_plain
from target_cdm_docs.content.storage import read_storage
from target_cdm_docs.content.storage_references import collect

__all__ = ["Chunk", "chunk", "read"]

_RENDERINGS = {"markdown": to_markdown, "plain": to_plain}


def read(body: str | None, body_format: str | None, context: Context, text_format: str) -> Document:
    """Read a body.

    Args:
        body: As Confluence gave it; may be broken or hostile.
        body_format: ``storage`` or ``atlas_doc_format``; a body in another format is kept and not read.
        context: Where it was written.
        text_format: ``markdown``, ``plain`` or ``none``.
    """
    if body is None or body_format != "storage":
        return Document((), None)
    root, problems = parse(body)
    references = collect(root, context)
    if text_format == "none":
        return Document(references, None, recovered=bool(problems), problems=problems)
    blocks, cut = read_storage(root, context)
    if cut:
        problems = (*problems, f"{cut} places nested too deep to tell their structure were kept as mere text")
    text = _RENDERINGS[text_format](blocks)
    return Document(references, text, recovered=bool(problems), problems=problems)
