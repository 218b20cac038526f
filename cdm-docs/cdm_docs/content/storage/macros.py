"""Macros and ADF extensions as storage format writes them (FACTS 8.2, 8.3). Pure."""

from __future__ import annotations

from cdm_docs.content.flow import is_begun
from cdm_docs.content.macros import SMALL, TRANSPARENT, Macro, block_of, inline_of
from cdm_docs.content.nodes import Block, Code, Inline, Item, ItemList, Panel
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.reader import Element, StorageReader
from cdm_docs.content.storage.references import is_repeated
from cdm_docs.content.text.vocabulary import ADF_PANELS, STORAGE_PANELS

_PARAMETERS = (f"{AC}parameter", f"{AC}default-parameter")
_RICH, _PLAIN = f"{AC}rich-text-body", f"{AC}plain-text-body"
NODE = f"{AC}adf-node"


def macro_block(reader: StorageReader, element: Element) -> list[Block]:
    """Return a macro that stands among blocks."""
    rich = next(element.iterchildren(_RICH), None)
    return block_of(_macro(reader, element, None if rich is None else reader.blocks(rich)))


def macro_line(reader: StorageReader, element: Element) -> list[Inline]:
    """Return a macro that stands in a line."""
    macro = _macro(reader, element, None)
    if macro.plain is not None:
        return [Code(macro.plain)]
    rich = next(element.iterchildren(_RICH), None)
    if rich is None:
        return inline_of(macro)
    known = macro.name in TRANSPARENT or macro.name in STORAGE_PANELS
    return [*([] if known else inline_of(macro)), " ", *reader.inlines(rich), " "]


def macro_joins(element: Element, line: list[Inline]) -> bool:
    """Say whether a macro stands in a line even among blocks: a small one does, any without a body where one began."""
    if element.get(f"{AC}name") in SMALL:
        return True
    if element.get(f"{AC}name") in STORAGE_PANELS or next(element.iterchildren(_RICH, _PLAIN), None) is not None:
        return False
    return is_begun(line)


def _macro(reader: StorageReader, element: Element, blocks: list[Block] | None) -> Macro:
    parameters = {each.get(f"{AC}name", ""): reader.inlines(each) for each in element.iterchildren(*_PARAMETERS)}
    plain = next(element.iterchildren(_PLAIN), None)
    return Macro(
        element.get(f"{AC}name", "macro"),
        parameters,
        None if plain is None else "".join(plain.itertext()),
        blocks,
        reader.refer(element),
    )


def extension(reader: StorageReader, element: Element) -> list[Block]:
    """Return an ADF node inside storage format; its fallback only where the node itself has no content."""
    out: list[Block] = []
    for child in element:
        if child.tag == NODE:
            out += node(reader, child)
        elif not (child.tag == f"{AC}adf-fallback" and is_repeated(child)):
            out += reader.blocks(child)
    return out


def node(reader: StorageReader, element: Element) -> list[Block]:
    """Return an ADF node; what it consists of is read by the tables of storage format."""
    kind = element.get("type", "")
    attributes = {each.get("key", ""): "".join(each.itertext()) for each in element.iterchildren(f"{AC}adf-attribute")}
    if kind == "panel":
        return [Panel(ADF_PANELS.get(attributes.get("panel-type", "")), [], reader.blocks(element))]
    if kind == "decision-list":
        return [ItemList([Item(reader.blocks(each)) for each in element.iterchildren(NODE)])]
    key = attributes.get("extension-key")
    if not key:
        return reader.blocks(element)
    parameters: dict[str, list[Inline]] = {"title": [attributes["text"]]} if attributes.get("text") else {}
    return block_of(Macro(key, parameters, None, reader.blocks(element)))
