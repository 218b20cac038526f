"""The walk over a storage-format tree: what is a block, what stands in a line. Pure.

A wrapper around blocks (layouts, ``div``, also ``strong`` around paragraphs) is looked through, and so is an element
that nobody here knows: no text is lost, however it is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lxml import etree

from cdm_docs.content.anchors import Anchors
from cdm_docs.content.flow import MAX_DEPTH, paragraph
from cdm_docs.content.macros.reuse import Reuse
from cdm_docs.content.nodes import Block, Inline, Paragraph
from cdm_docs.content.reference import Context, Reference
from cdm_docs.content.storage.references import of_element, references_below

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
ReadBlock: TypeAlias = "Callable[[StorageReader, Element], list[Block]]"
ReadLine: TypeAlias = "Callable[[StorageReader, Element], list[Inline]]"


@dataclass(slots=True)
class StorageReader:
    """Reads the elements of one body.

    Attributes:
        context: Where the body was written.
        as_block: How to read the elements that are blocks.
        as_line: How to read those of a line that are more than their content; an element may be in both.
        styles: Those of a line that are looked through when blocks stand in them.
        holding: Elements that are, or hold, blocks: a paragraph or a wrapper around one of them is looked through.
        joining: Says of elements in ``as_block``, by their tags, whether one joins the line before it.
        found: Every distinct reference so far, by kind and canonical form, the first of each.
        anchors: The places of the body, and the links to them.
        reuse: What it shows of other pages, and lets them show.
        cut: Number of places that were too deep to tell their structure.
    """

    context: Context
    as_block: Mapping[Any, ReadBlock]
    as_line: Mapping[Any, ReadLine]
    styles: Collection[str]
    holding: Collection[str]
    joining: Mapping[Any, Callable[[Element, list[Inline]], bool]]
    found: dict[tuple[str, str], Reference] = field(default_factory=dict, init=False)
    anchors: Anchors = field(default_factory=Anchors, init=False)
    reuse: Reuse = field(default_factory=Reuse, init=False)
    cut: int = field(default=0, init=False)
    _depth: int = field(default=0, init=False)
    _wrappers: set[Element] = field(default_factory=set, init=False)

    def refer(self, element: Element) -> Reference | None:
        """Return the reference that an element makes, and keep it among those of the body."""
        reference = of_element(element, self.context)
        if reference is not None:
            self.keep(reference)
        return reference

    def keep(self, reference: Reference) -> None:
        """Keep a reference among those of the body."""
        self.found.setdefault((reference.kind, reference.written), reference)

    def refer_below(self, parent: Element) -> None:
        """Keep the references below an element of which only the text is read."""
        for reference in references_below(parent, self.context):
            self.keep(reference)

    def blocks(self, parent: Element) -> list[Block]:
        """Return what stands below an element as blocks; loose text becomes paragraphs."""
        if self._depth >= MAX_DEPTH:
            return [Paragraph(self._mere_text(parent))]
        self._depth += 1
        out: list[Block] = []
        text = parent.text
        line: list[Inline] = [] if text is None or text.isspace() else [text]
        as_block, joining = self.as_block, self.joining
        for element in parent:
            tag = element.tag
            read = as_block.get(tag)
            if read is None or tag in joining:
                read = self._as_block(element, line)
            if read is None:
                line += self.inline(element)
            else:
                if line:
                    out += paragraph(line)
                    line = []
                out += read(self, element)
            tail = element.tail
            if tail and (line or not tail.isspace()):
                line.append(tail)
        self._depth -= 1
        if line:
            out += paragraph(line)
        return out

    def line(self, element: Element) -> list[Block]:
        """Return what stands where a line does: a paragraph, unless it holds blocks, or a macro or image alone."""
        if not len(element):
            text = element.text
            return [] if text is None or text.isspace() else [Paragraph([text])]
        children = list(element)  # held, so that lxml need not make them again for the second look
        if len(children) == 1 and children[0].tag in self.joining:
            return self.blocks(element)
        for child in children:
            if child.tag in self.holding or (len(child) and self.holds_blocks(child)):
                return self.blocks(element)
        return paragraph(self.inlines(element))

    def block(self, element: Element) -> list[Block]:
        """Return one element as blocks."""
        if self._depth >= MAX_DEPTH:
            return [Paragraph(self._mere_text(element))]
        self._depth += 1
        read = self._as_block(element, [])
        out = paragraph(self.inline(element)) if read is None else read(self, element)
        self._depth -= 1
        return out

    def inlines(self, parent: Element) -> list[Inline]:
        """Return what stands below an element as parts of one line."""
        text = parent.text
        out: list[Inline] = [text] if text else []
        if not len(parent):
            return out
        if self._depth >= MAX_DEPTH:
            return self._mere_text(parent)
        self._depth += 1
        for element in parent:
            out += self.inline(element)
            tail = element.tail
            if tail:
                out.append(tail)
        self._depth -= 1
        return out

    def inline(self, element: Element) -> list[Inline]:
        """Return one element as parts of a line; a block that stands there gives its content."""
        tag = element.tag
        read = self.as_line.get(tag)
        if read is not None:
            return read(self, element)
        return [" ", *self.inlines(element), " "] if tag in self.as_block else self.inlines(element)

    def holds_blocks(self, element: Element) -> bool:
        """Say whether there is a block anywhere below an element.

        What is learnt about the wrappers in between is kept: no element is looked at again at each level above it.
        """
        if element in self._wrappers:
            return True
        for below in element.iterdescendants():
            if below.tag in self.holding:
                for wrapper in below.iterancestors():
                    if wrapper is element:
                        return True
                    self._wrappers.add(wrapper)
        return False

    def _as_block(self, element: Element, line: list[Inline]) -> ReadBlock | None:
        tag = element.tag
        read = self.as_block.get(tag)
        if read is not None:
            return None if tag in self.joining and self.joining[tag](element, line) else read
        if not len(element) or (tag in self.as_line and tag not in self.styles):
            return None
        return look_through if self.holds_blocks(element) else None

    def _mere_text(self, parent: Element) -> list[Inline]:
        self.cut += 1
        self.refer_below(parent)
        return ["".join(parent.itertext())]


def look_through(reader: StorageReader, element: Element) -> list[Block]:
    """Return what stands below an element that is nothing by itself."""
    return reader.blocks(element)


def nothing(_reader: StorageReader, _element: Element) -> list[Inline]:
    """Return nothing: no reader sees the element."""
    return []


def verbatim(element: Element) -> str:
    """Return the text below an element as it stands, ``br`` as a line end."""
    if not len(element):
        return element.text or ""
    out: list[str] = []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            out.append("\n" if each.tag == "br" else each.text or "")
        elif each is not element:
            out.append(each.tail or "")
    return "".join(out)
