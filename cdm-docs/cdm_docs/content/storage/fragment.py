"""A storage-format fragment as an XML tree (FACTS 8.1). Pure.

Storage format has no root, no namespace declarations, and HTML's named entities. The fragment is wrapped and its
entities are written as characters before it is parsed, so that no document type, no entity table and no network is
ever needed: whatever entities an attacker writes stay text.

A body that is no XML is mended first; what is still broken then is left to the parser's recovery. The same is done to a
body beyond the parser's usual limits (256 levels, 10 MB of text in one place), so that no tree is ever deeper.
"""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

from cdm_docs.content.storage.mending import MAX_DEPTH, UNFIT, mend

AC = "{http://atlassian.com/content}"
RI = "{http://atlassian.com/resource/identifier}"
_OPEN = '<storage-body xmlns:ac="http://atlassian.com/content" xmlns:ri="http://atlassian.com/resource/identifier">'
_CLOSE = "</storage-body>"
_XML_ENTITIES = {"lt", "gt", "amp", "quot", "apos"}
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)[A-Za-z]")
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")


def parse(body: str) -> tuple[etree._Element, tuple[str, ...]]:
    """Parse a fragment.

    Args:
        body: Storage format, as Confluence gave it; may be broken or hostile.

    Returns:
        The root that wraps the fragment, and what had to be mended, in a few words each; empty for a sound body.
    """
    try:
        return etree.fromstring(_wrap(_with_characters(body)), _STRICT), ()
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return _parse_broken(body)


def _parse_broken(body: str) -> tuple[etree._Element, tuple[str, ...]]:
    problems: list[str] = []
    text, unfit = UNFIT.subn("\ufffd", body)
    text = _with_characters(text)
    if unfit:
        problems.append(f"{unfit} characters that XML cannot hold were replaced")
    try:
        return etree.fromstring(_wrap(text), _STRICT), tuple(problems)
    except etree.XMLSyntaxError as error:
        problems.append(f"broken XML was mended: {_reason(error)}")
    text, cut = mend(text)
    if cut:
        problems.append(f"{cut} tags nested deeper than {MAX_DEPTH} levels were taken away, their text was kept")
    return etree.fromstring(_wrap(text), _LENIENT), tuple(problems)


def _reason(error: etree.XMLSyntaxError) -> str:
    """Return what the parser says, without the place: it is one in the wrapped fragment."""
    return str(error.msg).partition("\n")[0].partition(", line ")[0][:80]


def _wrap(text: str) -> bytes:
    return f"{_OPEN}{text}{_CLOSE}".encode()


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        huge_tree=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


_STRICT, _LENIENT = _parser(recover=False), _parser(recover=True)


def _with_characters(text: str) -> str:
    """Return a body with its named entities as characters; CDATA and XML's own entities stay as they are."""
    if not _NAMED.search(text):
        return text
    # Two patterns that begin with a fixed text are found several times as fast as one that begins with either.
    parts = _CDATA.split(text)
    parts[::2] = [_ENTITY.sub(_character, part) for part in parts[::2]]
    return "".join(parts)


def _character(match: re.Match[str]) -> str:
    """Return a named entity as its character."""
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    character = html5.get(f"{name};")
    if character is None:
        return f"&amp;{name};"
    return "&lt;" if character == "<" else "&amp;" if character == "&" else character
