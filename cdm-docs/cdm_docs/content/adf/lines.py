"""ADF nodes that stand in a line: texts with marks, cards, mentions, media, dates. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from cdm_docs.content.adf.extensions import extension_line, unsupported_line
from cdm_docs.content.adf.json import Node, attributes, kind, marks, string
from cdm_docs.content.adf.reader import AdfReader, ReadLine
from cdm_docs.content.adf.references import card_name, card_url, file_name, link_of
from cdm_docs.content.links import references
from cdm_docs.content.links.addresses import address, name, person
from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Status, Style, Styled
from cdm_docs.content.reference import Reference
from cdm_docs.content.text.vocabulary import emoji

_STYLES: dict[str, Style] = {"strong": "strong", "em": "em", "strike": "strike", "sub": "sub", "sup": "sup"}
"""Marks by their type; ``subsup`` tells in its attributes which it is."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOST_DIGITS = 20


def _text(reader: AdfReader, node: Node) -> list[Inline]:
    text = string(node, "text")
    found = marks(node)
    reference = reader.refer(node)
    if not found:
        return [text]
    part: Inline = Code(text) if any(kind(mark) == "code" for mark in found) else text
    styles = (_STYLES.get(kind(mark)) or _STYLES.get(string(attributes(mark), "type")) for mark in found)
    for style in dict.fromkeys(styles):
        if style is not None:
            part = Styled(style, [part])
    return _linked(reader, link_of(node), reference, [part])


def _linked(reader: AdfReader, href: str, reference: Reference | None, line: list[Inline]) -> list[Inline]:
    if href.startswith("#"):
        return [reader.anchors.link(Link(href, line))]
    return line if reference is None else [Link(reference.url or href, line, reference)]


def _break(_reader: AdfReader, _node: Node) -> list[Inline]:
    return [Break()]


def _nothing(_reader: AdfReader, _node: Node) -> list[Inline]:
    return []


def _mention(reader: AdfReader, node: Node) -> list[Inline]:
    reference = reader.refer(node)
    found = attributes(node)
    account_id = string(found, "id")
    text = string(found, "text").lstrip("@").strip()
    return [person(account_id)] if reference is not None and account_id else [f"@{text}"] if text else []


def _emoji(_reader: AdfReader, node: Node) -> list[Inline]:
    found = attributes(node)
    return [emoji(string(found, "text"), string(found, "shortName"), None, string(found, "id"))]


def _date(_reader: AdfReader, node: Node) -> list[Inline]:
    written = string(attributes(node), "timestamp")
    if len(written) > _MOST_DIGITS:
        return [written]
    try:
        return [(_EPOCH + timedelta(milliseconds=int(written))).date().isoformat()]
    except (ValueError, OverflowError):
        return [written]


def _status(_reader: AdfReader, node: Node) -> list[Inline]:
    text = string(attributes(node), "text")
    return [Status(text)] if text.strip() else []


def card(reader: AdfReader, node: Node) -> list[Inline]:
    """Return a card as a link that shows its URL."""
    written = card_url(node)
    reference = reader.refer(node)
    if reference is None:
        return [written] if written else []
    if reference.kind == "jira":
        return [Link(None, [f"{{jira: {name(reference)}}}"], reference)]
    return [Link(reference.url or written, [card_name(node) or reference.url or written], reference)]


def media(reader: AdfReader, node: Node) -> list[Inline]:
    """Return a media file as an image."""
    reference = reader.refer(node)
    found = attributes(node)
    url, filename, file_id = string(found, "url"), file_name(found), string(found, "id")
    if url:
        target = (reference.url if reference else None) or ""
    elif filename:
        own = references.file_by_name(filename, None, own_space=reader.context.space_key)
        target = address(own, reader.context) or ""
    else:
        target = f"media:{file_id}" if file_id else ""
    alt = string(found, "alt") or filename or target
    href = link_of(node)
    return _linked(
        reader, href, references.by_url(reader.context, href, None), [Image(target, alt, reference=reference)]
    )


def _jira_issue(reader: AdfReader, node: Node) -> list[Inline]:
    reference = reader.refer(node)
    key = string(attributes(node), "issueKey")
    return [Link(None, [key], reference)] if key else []


LINES: dict[str, ReadLine] = {
    "text": _text,
    "hardBreak": _break,
    "placeholder": _nothing,
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "inlineCard": card,
    "mediaInline": media,
    "inlineExtension": extension_line,
    "confluenceUnsupportedInline": unsupported_line,
    "confluenceJiraIssue": _jira_issue,
}
"""How to read the types that stand in a line."""
