"""Macros as storage format writes them (FACTS 8.2). Pure."""

from __future__ import annotations

from cdm_docs.content.flow import is_begun
from cdm_docs.content.macros.resources import NAMING, named, named_by
from cdm_docs.content.macros.shown import ANCHOR, BOXES, SMALL, TRANSPARENT, Macro, block_of, inline_of
from cdm_docs.content.nodes import Block, Code, Inline
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.reader import Element, StorageReader

MACROS = (f"{AC}structured-macro", f"{AC}macro")
_NAME = f"{AC}name"
_PARAMETERS = (f"{AC}parameter", f"{AC}default-parameter")
_RICH, _PLAIN = f"{AC}rich-text-body", f"{AC}plain-text-body"
_LONGEST_IN_LINE = 200
"""Characters of an unformatted body that may stand in a sentence."""


def macro_block(reader: StorageReader, element: Element) -> list[Block]:
    """Return a macro that stands among blocks."""
    blocks: list[Block] | None = None
    for rich in element.iterchildren(_RICH):
        blocks = [*(blocks or []), *reader.blocks(rich)]
    return block_of(_macro(reader, element, blocks))


def macro_line(reader: StorageReader, element: Element) -> list[Inline]:
    """Return a macro that stands in a line."""
    macro = _macro(reader, element, None)
    if macro.plain is not None:
        return [Code(macro.plain)]
    rich = next(element.iterchildren(_RICH), None)
    if rich is None:
        return inline_of(macro)
    marker = [] if macro.name in TRANSPARENT or macro.name in BOXES else inline_of(macro)
    sentence = _sentence(reader, rich)
    reader.reuse.note_line(macro, sentence)
    return [*marker, *([" "] if marker else []), *sentence]


def _sentence(reader: StorageReader, rich: Element) -> list[Inline]:
    """Return what a formatted body says as a part of the sentence around it."""
    if len(rich) == 1 and rich[0].tag == "p" and not (rich.text or "").strip() and not (rich[0].tail or "").strip():
        return reader.inlines(rich[0])
    return [" ", *reader.inlines(rich), " "]


def macro_joins(element: Element, line: list[Inline]) -> bool:
    """Say whether a macro stands in a line even among blocks: a small one does, and any of one line where one began."""
    if element.get(_NAME) in SMALL or is_in_sentence(element):
        return True
    if element.get(_NAME) in BOXES or next(element.iterchildren(_RICH, _PLAIN), None) is not None:
        return False
    return is_begun(line)


def is_in_sentence(element: Element) -> bool:
    """Say whether a macro with a body is a part of a sentence: its body is one line, and the paragraph goes on."""
    parent = element.getparent()
    if parent is None or parent.tag not in ("p", "span") or element.get(_NAME) in BOXES:
        return False
    bodies = list(element.iterchildren(_RICH, _PLAIN))
    if not bodies or not all(map(_is_one_line, bodies)):
        return False
    # Its neighbours alone are looked at: a paragraph may hold thousands of macros.
    before, after = element.getprevious(), element.getnext()
    texts = (parent.text if before is None else before.tail, element.tail)
    neighbours = (each for each in (before, after) if each is not None)
    return any(text and text.strip() for text in texts) or any(each.tag in _IN_LINE for each in neighbours)


def _is_one_line(body: Element) -> bool:
    if body.tag == _PLAIN:
        text = body.text or ""
        return not len(body) and "\n" not in text.strip() and len(text) <= _LONGEST_IN_LINE
    inner = body[0] if len(body) == 1 and body[0].tag == "p" else body
    return all(str(each.tag) in _IN_LINE for each in inner.iterdescendants())


_IN_LINE = frozenset(
    (
        *("strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "span", "a", "code", "time"),
        *(f"{AC}{name}" for name in ("link", "link-body", "plain-text-link-body", "emoticon", "inline-comment-marker")),
    )
)


def _macro(reader: StorageReader, element: Element, blocks: list[Block] | None) -> Macro:
    parameters: dict[str, list[Inline]] = {}
    plain: list[str] = []
    for child in element:
        if child.tag in _PARAMETERS:
            parameters[child.get(_NAME, "")] = reader.inlines(child)
        elif child.tag == _PLAIN:
            plain.append("".join(child.itertext()) if len(child) else child.text or "")
    macro = Macro(
        element.get(_NAME, "macro"),
        parameters,
        "\n".join(plain) if plain else None,
        blocks,
        reader.refer(element),
    )
    if macro.name == ANCHOR:
        reader.anchors.anchor(macro.text(""))
    resource = named(reader.context, macro.name, macro.values) if macro.name in NAMING else None
    if resource is not None:
        parameter, reference = resource
        reader.keep(reference)
        parameters[parameter] = [named_by(reference, macro.text(parameter), reader.context)]
    reader.reuse.note(macro)
    return macro
