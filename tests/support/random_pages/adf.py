"""Random pages in ADF."""

from __future__ import annotations

import json
from typing import Any

from support.random_pages.nodes import APP, PANELS, Node
from support.random_pages.storage import storage

CONFLUENCE = "com.atlassian.confluence.macro.core"
EPOCH_DAY = 86_400_000


def adf(nodes: list[Node]) -> str:
    """Write nodes in ADF."""
    return json.dumps({"type": "doc", "version": 1, "content": _each(nodes, in_cell=False)})


def _each(nodes: list[Node], *, in_cell: bool) -> list[dict[str, Any]]:
    return [_written(node, in_cell=in_cell) for node in nodes]


def _written(node: Node, *, in_cell: bool) -> dict[str, Any]:
    if node.kind in ("old", "old line", "tooltip"):
        kind = "confluenceUnsupportedBlock" if node.kind == "old" else "confluenceUnsupportedInline"
        return {"type": kind, "attrs": {"cxhtml": storage([node])}}
    content = _each(node.inside, in_cell=in_cell or node.kind == "cell")
    if node.kind == "table" and in_cell:
        return _nested({"type": "table", "content": content})
    if node.kind in ("text", "code", "code block"):
        return _text(node)
    if node.kind == "picture":
        media: list[dict[str, Any]] = [{"type": "media", "attrs": _media(node)}]
        caption = [{"type": "caption", "content": content}] if content else []
        return {"type": "mediaSingle", "content": media + caption}
    if node.kind in ("app", "app line", "bodied app", "macro", "macro line", "formula", "contents"):
        return {**_extension(node), **({"content": content} if content else {})}
    if node.kind == "layout":
        return {"type": "layoutSection", "content": [{"type": "layoutColumn", "content": content}]}
    kind, attrs = _simple(node)
    return {"type": kind, **({"attrs": attrs} if attrs else {}), **({"content": content} if content else {})}


def _text(node: Node) -> dict[str, Any]:
    if node.kind == "code block":
        attrs = {"attrs": {"language": node.value}} if node.value else {}
        return {"type": "codeBlock", "content": [{"type": "text", "text": node.text}], **attrs}
    if node.kind == "code":
        return {"type": "text", "text": node.text, "marks": [{"type": "code"}]}
    marks: list[dict[str, Any]] = [_mark(style) for style in node.value[0]]
    marks += [{"type": "link", "attrs": {"href": node.value[1]}}] if node.value[1] else []
    return {"type": "text", "text": node.text, **({"marks": marks} if marks else {})}


def _mark(style: str) -> dict[str, Any]:
    return {"type": "subsup", "attrs": {"type": style}} if style in ("sub", "sup") else {"type": style}


def _media(node: Node) -> dict[str, Any]:
    return {"type": "external", "url": node.value, "alt": node.text}


def _nested(table: dict[str, Any]) -> dict[str, Any]:
    """Write a table in a cell, which travels as a text in the parameters of an extension."""
    parameters = {"macroParams": {"nestedContent": {"value": json.dumps(table)}}}
    attrs = {"extensionType": "com.atlassian.nesting", "extensionKey": "nested-table", "parameters": parameters}
    return {"type": "extension", "attrs": attrs}


def _extension(node: Node) -> dict[str, Any]:
    kinds = {"app line": "inlineExtension", "macro line": "inlineExtension", "formula": "inlineExtension"}
    kinds |= {"bodied app": "bodiedExtension", "macro": "bodiedExtension"}
    kind = kinds.get(node.kind, "extension")
    if node.kind in ("app", "app line", "bodied app"):
        told = {"extensionTitle": node.text, "guestParams": dict(node.value)}
        own = {"extensionType": "com.atlassian.ecosystem", "extensionKey": APP, "parameters": told}
        return {"type": kind, "attrs": own}
    names = {"formula": "mathinline", "contents": "toc"}
    values = [("__bodyContent", node.text)] if node.kind == "formula" else node.value or [("style", "none")]
    values = [] if node.kind == "macro" and not node.value else values
    parameters = {"macroParams": {name: {"value": value} for name, value in values}}
    key = names.get(node.kind, node.text)
    return {"type": kind, "attrs": {"extensionType": CONFLUENCE, "extensionKey": key, "parameters": parameters}}


def _simple(node: Node) -> tuple[str, dict[str, Any]]:
    if node.kind == "cell":
        spans = {"colspan": node.value.columns, "rowspan": node.value.rows}
        return "tableHeader" if node.value.header else "tableCell", {n: span for n, span in spans.items() if span > 1}
    named: dict[str, tuple[str, dict[str, Any]]] = {
        "break": ("hardBreak", {}),
        "mention": ("mention", {"id": "5:u", "text": "@Ann"}),
        "emoji": ("emoji", {"shortName": ":tada:", "id": "1f389", "text": "🎉"}),
        "date": ("date", {"timestamp": str(19_844 * EPOCH_DAY)}),
        "status": ("status", {"text": node.text}),
        "image": ("mediaInline", _media(node)),
        "jira": ("confluenceJiraIssue", {"issueKey": node.text}),
        "card": ("inlineCard", {"url": node.text}),
        "block card": (
            "blockCard",
            {"url": node.text, "datasource": {"id": "x", "parameters": {"jql": "project = A"}}},
        ),
        "paragraph": ("paragraph", {}),
        "heading": ("heading", {"level": node.value}),
        "rule": ("rule", {}),
        "bullets": ("bulletList", {}),
        "numbers": ("orderedList", {"order": node.value}),
        "item": ("listItem", {}),
        "tasks": ("taskList", {}),
        "task": ("taskItem", {"state": "DONE" if node.value else "TODO"}),
        "decisions": ("decisionList", {}),
        "decision": ("decisionItem", {"state": "DECIDED"}),
        "quote": ("blockquote", {}),
        "panel": ("panel", {"panelType": PANELS.get(str(node.value), "")}),
        "new panel": ("panel", {"panelType": "note"}),
        "expand": ("expand", {"title": node.text}),
        "table": ("table", {}),
        "row": ("tableRow", {}),
    }
    return named[node.kind]
