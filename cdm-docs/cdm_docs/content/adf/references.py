"""The references that single nodes of an ADF document make (FACTS 8.6). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from cdm_docs.content.adf.json import Node, attributes, children, kind, marks, string
from cdm_docs.content.links import references
from cdm_docs.content.macros.resources import included
from cdm_docs.content.macros.shown import INCLUDES, JIRA
from cdm_docs.content.reference import Context, Reference

CARDS = {"inlineCard", "blockCard", "embedCard"}
EXTENSIONS = {"extension", "inlineExtension", "bodiedExtension", "multiBodiedExtension"}
_FILE_NAME = re.compile(r"[^/\\]+\.\w{2,5}")


def of_node(node: Node, context: Context) -> Reference | None:
    """Return the reference that one node makes by itself, if any."""
    node_kind = kind(node)
    if node_kind == "text":
        href = link_of(node)
        return references.by_url(context, href, string(node, "text")) if href else None
    found = attributes(node)
    if node_kind == "mention":
        account = string(found, "id")
        return references.mention(account, string(found, "text") or None) if account else None
    if node_kind in CARDS:
        return _card(node, context)
    if node_kind == "confluenceJiraIssue":
        key = string(found, "issueKey")
        return references.jira(key, None, key) if key else None
    if node_kind in ("media", "mediaInline"):
        return _media(found, context)
    return _extension(found, context) if node_kind in EXTENSIONS else None


def link_of(node: Node) -> str:
    """Return the URL that a node is marked with; empty when it is no link."""
    return next((string(attributes(mark), "href").strip() for mark in marks(node) if kind(mark) == "link"), "")


def card_url(node: Node) -> str:
    """Return the URL of a card."""
    found = attributes(node)
    data = found.get("data")
    return (string(found, "url") or (string(data, "url") if isinstance(data, dict) else "")).strip()


def card_name(node: Node) -> str:
    """Return what a card is called where it holds the data of its target."""
    data = attributes(node).get("data")
    return string(data, "name").strip() if isinstance(data, dict) else ""


def file_name(found: Node) -> str:
    """Return the name of a media file where the attributes tell it; images tell it as their description."""
    name, alt = string(found, "__fileName"), string(found, "alt")
    return name or (alt if _FILE_NAME.fullmatch(alt) else "")


def macro_values(found: Node) -> dict[str, str]:
    """Return the parameters of a macro."""
    written: Any = found.get("parameters")
    values = written.get("macroParams") if isinstance(written, dict) else None
    if not isinstance(values, dict):
        return {}
    return {name: string(value, "value") for name, value in values.items() if isinstance(value, dict)}


def references_below(parent: Node, context: Context) -> Iterator[Reference]:
    """Yield the references of all nodes below one whose structure is not read."""
    waiting = children(parent)
    while waiting:
        node = waiting.pop(0)
        reference = of_node(node, context)
        if reference is not None:
            yield reference
        waiting[:0] = children(node) if kind(node) != "placeholder" else ()


def _card(node: Node, context: Context) -> Reference | None:
    """Return the target of a card: a URL, or what a query of Jira finds."""
    url = card_url(node)
    if url:
        return references.by_url(context, url, card_name(node) or url)
    source = attributes(node).get("datasource")
    parameters = source.get("parameters") if isinstance(source, dict) else None
    query = string(parameters, "jql") if isinstance(parameters, dict) else ""
    return references.jira(None, query, None) if query else None


def _media(found: Node, context: Context) -> Reference | None:
    url, file_id = string(found, "url"), string(found, "id")
    alt = string(found, "alt") or None
    if url:
        return references.by_url(context, url, alt)
    return replace(references.file_by_media_id(file_id, alt), filename=file_name(found) or None) if file_id else None


def _extension(found: Node, context: Context) -> Reference | None:
    name, values = string(found, "extensionKey"), macro_values(found)
    if name in JIRA and (values.get("key") or values.get("jqlQuery")):
        return references.jira(values.get("key"), values.get("jqlQuery"), values.get("key"))
    return included(context, values.get("", "")) if name in INCLUDES else None
