"""Storage format to ADF, roughly as the server does when ``atlas_doc_format`` is asked for (FACTS 8.6)."""

from __future__ import annotations

import json
import re
from html.entities import html5
from typing import Any
from xml.etree import ElementTree as ET

AC = "{http://atlassian.com/content}"
RI = "{http://atlassian.com/resource/identifier}"
XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
MARKS = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "code": "code", "u": "underline", "del": "strike"}
PANELS = {"info": "info", "note": "warning", "warning": "error", "tip": "success", "panel": "custom"}
"""Names of panels in storage format and in ADF, which means other things by the same words."""
Node = dict[str, Any]


def parse_storage(storage: str) -> ET.Element:
    """Parse a storage fragment: no root, no namespaces, HTML's entities (FACTS 8.1).

    Raises:
        xml.etree.ElementTree.ParseError: it is not well formed.
    """

    def resolve(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name in XML_ENTITIES else html5.get(f"{name};", match[0])

    mended = re.sub(r"&([A-Za-z][A-Za-z0-9]*);", resolve, storage)
    return ET.fromstring(  # noqa: S314  # the simulator's own world, not a stranger's document
        f'<root xmlns:ac="{AC[1:-1]}" xmlns:ri="{RI[1:-1]}">{mended}</root>'
    )


def from_storage(storage: str) -> str:
    """Return an ADF document as a JSON string; what does not parse becomes one paragraph of text."""
    try:
        blocks = _blocks(parse_storage(storage))
    except ET.ParseError:
        blocks = [{"type": "paragraph", "content": _text(storage, ())}]
    return json.dumps({"type": "doc", "version": 1, "content": blocks}, ensure_ascii=False)


def _text(text: str | None, marks: tuple[Node, ...]) -> list[Node]:
    if not text:
        return []
    node: Node = {"type": "text", "text": text}
    if marks:
        node["marks"] = list(marks)
    return [node]


def _inline(element: ET.Element, marks: tuple[Node, ...] = ()) -> list[Node]:
    nodes = _text(element.text, marks)
    for child in element:
        nodes += _inline_child(child, marks)
        nodes += _text(child.tail, marks)
    return nodes


def _inline_child(child: ET.Element, marks: tuple[Node, ...]) -> list[Node]:
    if child.tag in MARKS:
        return _inline(child, (*marks, {"type": MARKS[child.tag]}))
    if child.tag == "a":
        if child.get("data-card-appearance"):
            return [{"type": "inlineCard", "attrs": {"url": child.get("href", "")}}]
        return _inline(child, (*marks, {"type": "link", "attrs": {"href": child.get("href", "")}}))
    if child.tag == "br":
        return [{"type": "hardBreak"}]
    if child.tag == f"{AC}link":
        user = child.find(f"{RI}user")
        if user is not None:
            return [{"type": "mention", "attrs": {"id": user.get(f"{RI}account-id", ""), "text": "@"}}]
        return _text("".join(child.itertext()), marks)
    return _inline(child, marks)


def _blocks(element: ET.Element) -> list[Node]:
    blocks: list[Node] = []
    if element.text and element.text.strip():
        blocks.append({"type": "paragraph", "content": _text(element.text, ())})
    for child in element:
        blocks += _block(child)
        if child.tail and child.tail.strip():
            blocks.append({"type": "paragraph", "content": _text(child.tail, ())})
    return blocks


def _block(child: ET.Element) -> list[Node]:
    tag = child.tag
    if tag == "p":
        return [{"type": "paragraph", "content": _inline(child)}]
    if re.fullmatch(r"h[1-6]", tag):
        return [{"type": "heading", "attrs": {"level": int(tag[1])}, "content": _inline(child)}]
    if tag in ("ul", "ol"):
        kind = "bulletList" if tag == "ul" else "orderedList"
        return [{"type": kind, "content": [{"type": "listItem", "content": _flow(item)} for item in child]}]
    if tag == "table":
        return [{"type": "table", "content": [_row(row) for row in child.iter("tr")]}]
    if tag == f"{AC}structured-macro":
        return _macro(child)
    if tag == f"{AC}image":
        return [{"type": "mediaSingle", "content": []}]
    if tag == "hr":
        return [{"type": "rule"}]
    return _blocks(child)


def _flow(element: ET.Element) -> list[Node]:
    """Return block content of a list item or a cell, whose text may stand without a paragraph."""
    if any(child.tag in ("p", "ul", "ol", "table", f"{AC}structured-macro") for child in element):
        return _blocks(element)
    return [{"type": "paragraph", "content": _inline(element)}]


def _row(row: ET.Element) -> Node:
    kinds = {"th": "tableHeader", "td": "tableCell"}
    cells = [{"type": kinds[cell.tag], "content": _flow(cell)} for cell in row if cell.tag in kinds]
    return {"type": "tableRow", "content": cells}


def _macro(macro: ET.Element) -> list[Node]:
    name = macro.get(f"{AC}name", "")
    parameters = {item.get(f"{AC}name", ""): item.text or "" for item in macro.findall(f"{AC}parameter")}
    rich, plain = macro.find(f"{AC}rich-text-body"), macro.find(f"{AC}plain-text-body")
    if name == "code":
        text = "" if plain is None else plain.text
        return [
            {"type": "codeBlock", "attrs": {"language": parameters.get("language", "")}, "content": _text(text, ())}
        ]
    if name in PANELS and rich is not None:
        return [{"type": "panel", "attrs": {"panelType": PANELS[name]}, "content": _blocks(rich)}]
    attrs = {
        "extensionType": "com.atlassian.confluence.macro.core",
        "extensionKey": name,
        "parameters": {"macroParams": {key: {"value": value} for key, value in parameters.items()}},
    }
    if rich is not None:
        return [{"type": "bodiedExtension", "attrs": attrs, "content": _blocks(rich)}]
    return [{"type": "extension", "attrs": attrs}]
