"""ADF nodes as storage format writes them (FACTS 8.3): panels, decisions, and the macros of Forge apps. Pure."""

from __future__ import annotations

from cdm_docs.content.macros.shown import Macro, block_of, forge, inline_of
from cdm_docs.content.nodes import Block, Inline, Item, ItemList, Panel
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.reader import Element, StorageReader
from cdm_docs.content.storage.references import is_repeated
from cdm_docs.content.text.vocabulary import ADF_PANELS

NODE = f"{AC}adf-node"
EXTENSION = f"{AC}adf-extension"
_CONTENT = f"{AC}adf-content"
_ATTRIBUTE, _PARAMETER = f"{AC}adf-attribute", f"{AC}adf-parameter"
_IN_LINE = "inline-extension"


def extension(reader: StorageReader, element: Element) -> list[Block]:
    """Return an ADF node inside storage format; its fallback only where the node itself has no content."""
    out: list[Block] = []
    for child in element:
        if child.tag == NODE:
            out += node(reader, child)
        elif not (child.tag == f"{AC}adf-fallback" and is_repeated(child)):
            out += reader.blocks(child)
    return out


def extension_line(reader: StorageReader, element: Element) -> list[Inline]:
    """Return an ADF node that stands in a line."""
    out: list[Inline] = []
    for child in element:
        if child.tag == NODE and child.get("type") == _IN_LINE:
            out += inline_of(_macro(child, None))
        elif not (child.tag == f"{AC}adf-fallback" and is_repeated(child)):
            out += [" ", *reader.inlines(child), " "]
    return out


def is_in_line(element: Element) -> bool:
    """Say whether an ADF extension is a part of a line."""
    return any(child.get("type") == _IN_LINE for child in element.iterchildren(NODE))


def node(reader: StorageReader, element: Element) -> list[Block]:
    """Return an ADF node; what it consists of is read by the tables of storage format."""
    kind = element.get("type", "")
    if kind == "panel":
        return [Panel(ADF_PANELS.get(_attribute(element, "panel-type")), [], reader.blocks(element))]
    if kind == "decision-list":
        return [ItemList([Item(_decision(reader, each)) for each in element.iterchildren(NODE)])]
    blocks = reader.blocks(element)
    return block_of(_macro(element, blocks)) if _attribute(element, "extension-key") else blocks


def _decision(reader: StorageReader, element: Element) -> list[Block]:
    content = next(element.iterchildren(_CONTENT), None)
    return reader.blocks(element) if content is None else reader.line(content)


def _macro(element: Element, blocks: list[Block] | None) -> Macro:
    """Return an extension as a macro, its parameters flat: the last name of a nested one tells what it is."""
    values = {
        each.get("key", ""): each.text or ""
        for attribute in element.iterchildren(_ATTRIBUTE)
        for each in attribute.iterdescendants(_PARAMETER)
        if next(each.iterchildren(_PARAMETER), None) is None
    }
    title = values.pop("extension-title", "") or _attribute(element, "text")
    return forge(_attribute(element, "extension-key"), title, values, blocks)


def _attribute(element: Element, key: str) -> str:
    found = (each.text for each in element.iterchildren(_ATTRIBUTE) if each.get("key") == key)
    return next(found, None) or ""
