"""A body, whatever its format: its references, and its text. Pure."""

from __future__ import annotations

from cdm_docs.content.adf import json as adf_json
from cdm_docs.content.adf.blocks import read_adf
from cdm_docs.content.document import Document
from cdm_docs.content.nodes import Paragraph
from cdm_docs.content.reference import Context
from cdm_docs.content.storage import fragment
from cdm_docs.content.storage.blocks import read_storage
from cdm_docs.content.text.markdown import to_markdown
from cdm_docs.content.text.plain import to_plain

RENDERINGS = {"markdown": to_markdown, "plain": to_plain}
"""By text format; ``none`` has none."""


def read(body: str | None, body_format: str | None, context: Context, text_format: str) -> Document:
    """Read a body.

    Args:
        body: As Confluence gave it; may be broken or hostile.
        body_format: ``storage`` or ``atlas_doc_format``; a body in another format is kept and not read.
        context: Where it was written.
        text_format: ``markdown``, ``plain`` or ``none``.
    """
    if body is None:
        return Document((), None)
    if body_format not in ("storage", "atlas_doc_format"):
        return Document((), None, problems=(f"the format {str(body_format)[:40]!r} is kept as it is and not read",))
    if body_format == "storage":
        root, problems = fragment.parse(body)
        nodes = read_storage(root, context)
    else:
        document, problems = adf_json.parse(body)
        nodes = read_adf(document, context)
    if nodes.cut:
        problems = (*problems, f"{nodes.cut} places nested too deep to tell their structure were kept as mere text")
    write = RENDERINGS.get(text_format)
    if write is None:
        return Document(nodes.references, None, recovered=bool(problems), problems=problems, blocks=nodes.blocks)
    return Document(
        nodes.references,
        write(nodes.blocks),
        recovered=bool(problems),
        problems=problems,
        blocks=nodes.blocks,
        includes={
            key: [(write([Paragraph(each.marker)]), each.excerpt) for each in places]
            for key, places in nodes.includes.items()
        },
        excerpts={name: write(blocks) for name, blocks in nodes.excerpts.items()},
    )
