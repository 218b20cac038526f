"""Macros as ADF writes them, and what the editor of Cloud could not convert (FACTS 8.6). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from cdm_docs.content.adf.json import Node, attributes, string
from cdm_docs.content.adf.reader import AdfReader
from cdm_docs.content.adf.references import macro_values
from cdm_docs.content.macros.resources import NAMING, named, named_by
from cdm_docs.content.macros.shown import ANCHOR, Macro, block_of, forge, inline_of
from cdm_docs.content.nodes import Block, Code, Inline, Nodes, Paragraph
from cdm_docs.content.storage import fragment
from cdm_docs.content.storage.blocks import read_storage, read_storage_line

_CONFLUENCE = "com.atlassian.confluence.macro.core"
_NESTED_TABLE = "nested-table"
_DEEPEST = 12


def extension(reader: AdfReader, node: Node) -> list[Block]:
    """Return an extension that stands among blocks; a table in a table travels as one."""
    found = attributes(node)
    if string(found, "extensionKey") == _NESTED_TABLE:
        table = _decoded(macro_values(found).get("nestedContent", ""))
        if table is not None:
            return reader.blocks({"content": [table]})
    return block_of(_macro(reader, node, reader.blocks(node) if "content" in node else None))


def extension_line(reader: AdfReader, node: Node) -> list[Inline]:
    """Return an extension that stands in a line."""
    macro = _macro(reader, node, None)
    return inline_of(macro) if macro.plain is None else [Code(macro.plain)]


def unsupported(reader: AdfReader, node: Node) -> list[Block]:
    """Return what the editor could not convert: it stands there in storage format."""
    root, _ = fragment.parse(string(attributes(node), "cxhtml"))
    return [*_taken(reader, read_storage(root, reader.context)), *reader.blocks(node)]


def unsupported_line(reader: AdfReader, node: Node) -> list[Inline]:
    """Return the same inside of a line."""
    root, _ = fragment.parse(string(attributes(node), "cxhtml"))
    blocks = _taken(reader, read_storage_line(root, reader.context))
    line = [part for block in blocks if isinstance(block, Paragraph) for part in block.children]
    return [*line, *reader.inlines(node)]


def _taken(reader: AdfReader, nodes: Nodes) -> list[Block]:
    """Return what was read of a part of a body by itself, all else of it kept with that of the body."""
    reader.keep(nodes.references)
    reader.reuse.take(nodes.includes, nodes.excerpts)
    reader.cut += nodes.cut
    return nodes.blocks


def _macro(reader: AdfReader, node: Node, blocks: list[Block] | None) -> Macro:
    """Return an extension as the macro that it is.

    A macro of Confluence's own is named by its key; one of an app has a key nobody can read, and a title.
    """
    found = attributes(node)
    key, values = string(found, "extensionKey"), macro_values(found)
    reference = reader.refer(node)
    parameters: Any = found.get("parameters")
    written: Node = parameters if isinstance(parameters, dict) else {}
    if string(found, "extensionType") != _CONFLUENCE:
        values.update(_flat(written.get("guestParams"), 0))
        return forge(key, string(written, "extensionTitle") or string(found, "text"), values, blocks)
    plain = values.pop("__bodyContent", None)
    shown: dict[str, list[Inline]] = {each: [value] for each, value in values.items()}
    macro = Macro(key or "macro", shown, plain, blocks, reference)
    if key == ANCHOR:
        reader.anchors.anchor(values.get("", ""))
    resource = named(reader.context, key, values) if key in NAMING else None
    if resource is not None:
        parameter, target = resource
        reader.keep((target,))
        shown[parameter] = [named_by(target, values[parameter], reader.context)]
    reader.reuse.note(macro)
    return macro


def _flat(value: Any, depth: int, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts in the parameters of an app, each with the last name above it."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for each, inner in value.items():
            yield from _flat(inner, depth + 1, each)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, depth + 1, key)
    elif isinstance(value, str):
        yield key, value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield key, str(value)


def _decoded(written: str) -> Node | None:
    try:
        decoded = msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None
