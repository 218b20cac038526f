"""What must hold of the target for any bytes: of Singer lines, records, bodies and the URLs in them."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
from cdm_docs.content.chunks.chunks import chunk
from cdm_docs.content.links.addresses import address, name
from cdm_docs.content.links.urls import read_url
from cdm_docs.content.read import read
from cdm_docs.content.reference import Reference
from cdm_docs.mapping.errors import MappingError
from cdm_docs.mapping.options import Options
from cdm_docs.mapping.registry import map_record
from cdm_docs.mapping.shapes import CORE
from confluence_sim.api.adf import from_storage
from confluence_sim.content.build import SITE
from lxml import etree
from support.bodies import HERE, PAGES, independent_tree
from support.tap_records import RECORDS
from target_cdm_docs.singer.reader import BadLineError, LineReader

FORMATS = ("markdown", "plain")
MOST_GROWTH = 64
"""Bytes of text for each byte of a body: an element of four bytes may be a URL, deep in quotes and lists."""
HOLDERS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "table",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "div",
        "span",
    ]
)
OPTIONS = Options(read=read, chunk=chunk, chunks_enabled=True)


def text_of(data: bytes) -> str:
    """Bytes as a body may be: any text, halves of pairs included."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def letters(text: str) -> Counter[str]:
    """The letters and digits of ASCII in a text, counted: what no rendering may escape or drop."""
    return Counter(letter for letter in text if letter.isascii() and letter.isalnum())


def lines(data: bytes) -> None:
    """A line is a message, or a bad line; a record of it is rows, or a complaint."""
    reader = LineReader()
    for line in data.split(b"\n"):
        with suppress(BadLineError):
            message = reader.deserialize_json(line)
            assert isinstance(message["type"], str)
            record = message.get("record")
            if isinstance(record, dict) and message.get("stream") in RECORDS:
                with suppress(MappingError):
                    rows = map_record(str(message["stream"]), record, OPTIONS)
                    assert len(msgspec.msgpack.encode(rows)) <= MOST_GROWTH * len(line) + 100_000


def storage(data: bytes) -> None:
    """Any storage format is text of a bounded length; of plain markup no letter is lost."""
    body = data.decode("utf-8", "replace")
    texts = [_rendered(body, "storage", text_format) for text_format in FORMATS]
    try:
        tree = independent_tree(body)
    except (etree.XMLSyntaxError, ValueError):
        return
    if all(isinstance(each.tag, str) and each.tag in HOLDERS for each in list(tree.iter())[1:]):
        wanted = letters("".join(map(str, tree.itertext())))
        assert all(wanted <= letters(text) for text in texts)


def adf(data: bytes) -> None:
    """Any JSON is text of a bounded length; no letter of a text node below known containers is lost."""
    body = text_of(data)
    texts = [_rendered(body, "atlas_doc_format", text_format) for text_format in FORMATS]
    with suppress(ValueError, RecursionError):
        wanted = letters("".join(_said(json.loads(body), 0)))
        assert all(wanted <= letters(text) for text in texts)


def _rendered(body: str, body_format: str, text_format: str) -> str:
    document = read(body, body_format, HERE, text_format)
    text = document.text or ""
    assert len(text.encode()) <= MOST_GROWTH * len(body.encode("utf-8", "replace")) + 1000
    for reference in document.references:
        address(reference, HERE)
        assert name(reference) or reference.kind == "jira"  # a macro without parameters
    return text


_CONTAINERS = frozenset(
    ["doc", "paragraph", "heading", "blockquote", "bulletList", "orderedList", "listItem", "panel", "codeBlock"]
)


def _said(node: Any, depth: int) -> list[str]:
    if not isinstance(node, dict) or depth > 50:
        return []
    if node.get("type") == "text" and isinstance(node.get("text"), str) and depth:
        return [node["text"]]
    content = node.get("content")
    if not isinstance(content, list) or node.get("type") not in _CONTAINERS:
        return []
    return [text for each in content for text in _said(each, depth + 1)]


def body_urls(data: bytes) -> None:
    """Any URL in a body leads somewhere or nowhere; any reference has a name, and an address or none."""
    written, _, rest = text_of(data).partition("\n")
    for site in (HERE.site_url, None):
        found = read_url(written, site)
        assert found is None or found.kind in {"internal", "space", "attachment", "external"}
    reference = Reference(kind="internal", written=f"x:{written}", title=written, space_key=rest, anchor=rest)
    with suppress(UnicodeEncodeError):
        written.encode()
        rest.encode()
        assert str(address(reference, HERE)).isascii()


def line_seeds() -> list[bytes]:
    """A record of every stream, a schema and a STATE."""
    found: list[dict[str, Any]] = [
        {"type": "RECORD", "stream": stream, "record": record} for stream, record in RECORDS.items()
    ]
    found += [
        {
            "type": "SCHEMA",
            "stream": "pages",
            "schema": {"properties": {name: {} for name in CORE["pages"]}},
            "key_properties": ["id"],
        }
    ]
    return [json.dumps(each).encode() for each in [*found, {"type": "STATE", "value": {"bookmarks": {}}}]]


def storage_seeds() -> list[bytes]:
    """The bodies of the sample site, and real ones where they are beside the repository."""
    return [page.read_bytes() for page in (*sorted(SITE.rglob("*.xhtml")), *PAGES)]


def adf_seeds() -> list[bytes]:
    """The same bodies as the simulator converts them, and a document of every kind of node."""
    link = {"type": "link", "attrs": {"href": "https://acme.atlassian.net/wiki/spaces/ENG/pages/7/Title"}}
    text = {"type": "text", "text": "kept", "marks": [link, {"type": "strong"}, {"type": "code"}]}
    named = {"url": "https://e.org/", "id": "7", "text": "@ada", "title": "T", "shortName": ":x:", "state": "DONE"}
    sized: dict[str, Any] = {
        "level": 2,
        "order": 3,
        "colspan": 2,
        "timestamp": "1700000000000",
        "panelType": "info",
        "language": "c",
    }
    nodes: list[dict[str, Any]] = [{"type": kind, "attrs": {**sized, **named}, "content": [text]} for kind in KINDS]
    documents = [{"type": "doc", "version": 1, "content": [node]} for node in nodes]
    bodies = [from_storage(page.decode()).encode() for page in storage_seeds()]
    return [*(json.dumps(each).encode() for each in documents), *bodies]


KINDS = [
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "codeBlock",
    "blockquote",
    "panel",
    "expand",
    "rule",
    "table",
    "tableRow",
    "tableHeader",
    "tableCell",
    "mediaSingle",
    "media",
    "caption",
    "mention",
    "emoji",
    "date",
    "status",
    "inlineCard",
    "blockCard",
    "extension",
    "bodiedExtension",
    "inlineExtension",
    "hardBreak",
    "placeholder",
    "decisionList",
    "layoutSection",
]
