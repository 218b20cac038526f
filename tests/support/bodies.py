"""Real bodies beside the repository, and an independent reading of them."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from cdm_docs.content.read import read
from cdm_docs.content.reference import Context
from lxml import etree

REAL = Path(__file__).resolve().parents[3] / "shared" / "real-pages"
PAGES = sorted(REAL.glob("*.storage.xhtml"))
GOLDEN = Path(__file__).resolve().parents[1] / "target_cdm_docs" / "golden"
NAMESPACES = {"ac": "urn:ac", "ri": "urn:ri"}
HERE = Context("https://acme.atlassian.net/wiki", "ENG", "42", "42")
real_pages = pytest.mark.skipif(not PAGES, reason="../shared/real-pages is not beside the repository")


def page_name(page: Path) -> str:
    return page.name.split(".")[0]


def independent_tree(body: str) -> etree._Element:
    """Parse with another handling of entities than the code's."""
    text = re.sub(r"&(?!(?:lt|gt|amp|quot|apos);)\w+;", lambda match: html.unescape(match[0]), body)
    return etree.fromstring(f'<r xmlns:ac="urn:ac" xmlns:ri="urn:ri">{text}</r>'.encode())


def counted(body: str) -> dict[str, int]:
    """Count the distinct references of a body by plain queries, by the word with which they are written."""
    tree = independent_tree(body)
    ri, ac = "{urn:ri}", "{urn:ac}"
    jira = "//ac:structured-macro[@ac:name='jira']"
    written = {str(each.get("href")).strip() for each in query(tree, "//a[@href]")}
    written |= {str(each.get(f"{ri}value")) for each in query(tree, "//ri:url")}
    return {
        "page": len(
            {
                (each.get(f"{ri}space-key"), each.get(f"{ri}content-title"), _anchor(each))
                for each in query(tree, "//ri:page[not(parent::ri:*)]")
            }
        ),
        "file": len(
            {
                (each.get(f"{ri}filename"), *_texts(each, "*/@*[contains(name(), 'title')]"))
                for each in query(tree, "//ri:attachment")
            }
            | {(each.text,) for each in query(tree, "//ac:parameter[@ac:name='diagramName']")}
        ),
        "user": len({tuple(each.attrib.values()) for each in query(tree, "//ri:user")}),
        "jira": len({each.text for each in query(tree, f"{jira}/ac:parameter[@ac:name='key' or @ac:name='jqlQuery']")}),
        "content": len({each.get(f"{ac}anchor") for each in query(tree, "//ac:link[@ac:anchor][not(ri:*)]")}),
        "url": len({each for each in written if each and not each.startswith("#")}),
    }


def _anchor(page: etree._Element) -> str:
    return str(page.xpath("string(../@*[name()='ac:anchor'])"))


def _texts(element: etree._Element, path: str) -> list[str]:
    found = element.xpath(path)
    assert isinstance(found, list)
    return [str(each) for each in found]


def query(tree: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements that an XPath finds."""
    found = tree.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]


def golden_text(page: Path) -> str:
    """Return the rendering of a real page as its golden file holds it."""
    text = read(page.read_text(encoding="utf-8"), "storage", HERE, "markdown").text
    return f"{text}\n"


def words_of(body: str) -> list[str]:
    """Return every word of a body that a reader sees, in its order, text node by text node."""
    hidden = ("ac:parameter", "ac:placeholder", "ac:task-id", "ac:task-uuid", "ac:task-status", "ac:adf-attribute")
    conditions = [*hidden, "ac:adf-fallback[../ac:adf-node//ac:adf-content]"]
    path = f"//text()[not({' or '.join(f'ancestor::{each}' for each in conditions)})]"
    found = independent_tree(body).xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return [word for text in found for word in re.findall(r"\w+", str(text))]
