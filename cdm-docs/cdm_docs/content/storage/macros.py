"""Macros as storage format writes them (FACTS 8.2). Pure."""

from __future__ import annotations

from cdm_docs.content.flow import paragraph
from cdm_docs.content.macros.resources import NAMING, named, named_by
from cdm_docs.content.macros.shown import ANCHOR, BOXES, Macro, block_of, inline_of
from cdm_docs.content.nodes import Block, Code, Inline, Paragraph
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.reader import Element, StorageReader

NAME = f"{AC}name"
_PARAMETERS = (f"{AC}parameter", f"{AC}default-parameter")
RICH, PLAIN = f"{AC}rich-text-body", f"{AC}plain-text-body"


def macro_block(reader: StorageReader, element: Element) -> list[Block]:
    """Return a macro that stands among blocks."""
    blocks: list[Block] | None = None
    for rich in element.iterchildren(RICH):
        blocks = [*(blocks or []), *reader.blocks(rich)]
    return block_of(_macro(reader, element, blocks))


def macro_line(reader: StorageReader, element: Element) -> list[Inline]:
    """Return a macro that stands in a line."""
    macro = _macro(reader, element, None)
    if macro.plain is not None:
        return [Code(macro.plain)]
    marker = [] if macro.name in BOXES else inline_of(macro)
    sentence = [part for block in macro.blocks or () if isinstance(block, Paragraph) for part in block.children]
    for rich in element.iterchildren(RICH):
        sentence += _sentence(reader, rich)
    if not sentence:
        return marker
    reader.reuse.note_line(macro, sentence)
    return [*marker, *([" "] if marker else []), *sentence]


def _sentence(reader: StorageReader, rich: Element) -> list[Inline]:
    """Return what a formatted body says as a part of the sentence around it."""
    if len(rich) == 1 and rich[0].tag == "p" and not (rich.text or "").strip() and not (rich[0].tail or "").strip():
        return reader.inlines(rich[0])
    return [" ", *reader.inlines(rich), " "]


def _macro(reader: StorageReader, element: Element, blocks: list[Block] | None) -> Macro:
    parameters: dict[str, list[Inline]] = {}
    plain: list[str] = []
    loose: list[Block] = paragraph([element.text]) if element.text else []
    for child in element:
        if child.tag in _PARAMETERS:
            parameters[child.get(NAME, "")] = reader.inlines(child)
        elif child.tag == PLAIN:
            plain.append("".join(child.itertext()) if len(child) else child.text or "")
        elif child.tag != RICH:
            loose += reader.block(child)
        if child.tail and not child.tail.isspace():
            loose.append(Paragraph([child.tail]))
    macro = Macro(
        element.get(NAME, "macro"),
        parameters,
        "\n".join(plain) if plain else None,
        [*(blocks or []), *loose] if loose else blocks,
        reader.refer(element),
    )
    if macro.name == ANCHOR:
        reader.anchors.anchor(macro.text(""))
    resource = named(reader.context, macro.name, macro.values) if macro.name in NAMING else None
    if resource is not None:
        parameter, reference = resource
        reader.keep(reference)
        parameters[parameter] = [named_by(reference, macro.text(parameter), reader.context)]
    reader.reuse.note(macro)
    return macro
