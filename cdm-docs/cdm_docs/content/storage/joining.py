"""Which elements that may be blocks stand in a line, as what is beside them tells. Pure.

Storage format has one element for a macro or an image, wherever it stands. In a paragraph it belongs to the line unless
it is there alone; in a cell, an item or the body itself, where text without a paragraph is beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from cdm_docs.content.flow import is_begun
from cdm_docs.content.macros.shown import BOXES, JIRA, SMALL
from cdm_docs.content.nodes import Inline
from cdm_docs.content.storage.extensions import EXTENSION, is_in_line
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.macros import NAME, PLAIN, RICH
from cdm_docs.content.storage.reader import Element
from cdm_docs.content.storage.references import MACROS, parameter

_LONGEST_IN_LINE = 200
"""Characters of an unformatted body that may stand in a sentence."""
_IN_LINE = frozenset(
    (
        *("strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "span", "a", "code", "time"),
        *(f"{AC}{name}" for name in ("link", "link-body", "plain-text-link-body", "emoticon", "inline-comment-marker")),
    )
)
"""Elements that never are blocks."""


def _image_joins(element: Element, line: list[Inline]) -> bool:
    return is_begun(line) or _goes_on(element)


def _macro_joins(element: Element, line: list[Inline]) -> bool:
    name = element.get(NAME)
    if name in SMALL or (name in JIRA and parameter(element, "key") is not None):
        return True
    if name in BOXES or not all(map(_is_one_line, element.iterchildren(RICH, PLAIN))):
        return False
    return is_begun(line) or _goes_on(element)


def _extension_joins(element: Element, _line: list[Inline]) -> bool:
    return is_in_line(element)


def _goes_on(element: Element) -> bool:
    """Say whether a line goes on behind an element, or has a place for others that are in no line yet.

    Its neighbours alone are looked at: a paragraph may hold thousands of macros.
    """
    if element.tail and not element.tail.isspace():
        return True
    after = element.getnext()
    if after is not None and after.tag in _IN_LINE:
        return True
    parent = element.getparent()
    return parent is not None and _is_line(parent) and (after is not None or element.getprevious() is not None)


def _is_line(element: Element) -> bool:
    """Say whether an element is one line: a paragraph, a task, a decision."""
    if element.tag != f"{AC}adf-content":
        return element.tag in ("p", f"{AC}task-body")
    above = element.getparent()
    return above is not None and above.get("type") == "decision-item"


def _is_one_line(body: Element) -> bool:
    if body.tag == PLAIN:
        text = body.text or ""
        return not len(body) and "\n" not in text.strip() and len(text) <= _LONGEST_IN_LINE
    inner = body[0] if len(body) == 1 and body[0].tag == "p" else body
    return all(str(each.tag) in _IN_LINE for each in inner.iterdescendants())


JOINING: dict[str, Callable[[Element, list[Inline]], bool]] = {
    f"{AC}image": _image_joins,
    EXTENSION: _extension_joins,
    **dict.fromkeys(MACROS, _macro_joins),
}
"""By the tag of an element that may be a block: whether it joins the line before it."""
