"""Real bodies beside the repository, and an independent reading of them."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from lxml import etree
from target_cdm_docs.content.document import Context

REAL = Path(__file__).resolve().parents[3] / "shared" / "real-pages"
PAGES = sorted(REAL.glob("*.storage.xhtml"))
NAMESPACES = {"ac": "urn:ac", "ri": "urn:ri"}
HERE = Context("https://acme.atlassian.net/wiki", "ENG", "42", "42")
real_pages = pytest.mark.skipif(not PAGES, reason="../shared/real-pages is not beside the repository")


def page_name(page: Path) -> str:
    return page.name.split(".")[0]


def independent_tree(body: str) -> etree._Element:
    """Parse with another handling of entities than the code's."""
    text = re.sub(r"&(?!(?:lt|gt|amp|quot|apos);)\w+;", lambda match: html.unescape(match[0]), body)
    return etree.fromstring(f'<r xmlns:ac="urn:ac" xmlns:ri="urn:ri">{text}</r>'.encode())


def query(tree: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements that an XPath finds."""
    found = tree.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]
