"""The walk over an ADF document: what is a block, what stands in a line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from cdm_docs.content.adf.json import Node, children, kind, string, texts_below
from cdm_docs.content.adf.references import of_node, references_below
from cdm_docs.content.anchors import Anchors
from cdm_docs.content.flow import MAX_DEPTH, paragraph
from cdm_docs.content.links.references import anchor_text
from cdm_docs.content.macros.reuse import Reuse
from cdm_docs.content.nodes import Block, Inline, Paragraph
from cdm_docs.content.reference import Context, Reference

ReadBlock: TypeAlias = "Callable[[AdfReader, Node], list[Block]]"
ReadLine: TypeAlias = "Callable[[AdfReader, Node], list[Inline]]"


@dataclass(slots=True)
class AdfReader:
    """Reads the nodes of one body.

    Attributes:
        context: Where the body was written.
        as_block: How to read the types that are blocks.
        as_line: How to read those that stand in a line.
        anchors: The places of the body, and the links to them.
        reuse: What it shows of other pages, and lets them show.
        cut: Number of places that were too deep to tell their structure.
    """

    context: Context
    as_block: Mapping[str, ReadBlock]
    as_line: Mapping[str, ReadLine]
    anchors: Anchors = field(default_factory=Anchors, init=False)
    reuse: Reuse = field(default_factory=Reuse, init=False)
    cut: int = field(default=0, init=False)
    _found: dict[tuple[str, str], Reference] = field(default_factory=dict, init=False)
    _anchors: dict[tuple[str, str], list[str]] = field(default_factory=dict, init=False)
    _last: tuple[str, str] | None = field(default=None, init=False)
    _depth: int = field(default=0, init=False)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every distinct reference so far, by kind and canonical form, the first of each."""
        return tuple(
            replace(each, anchor_text=anchor_text("".join(self._anchors[key]))) for key, each in self._found.items()
        )

    def refer(self, node: Node) -> Reference | None:
        """Return the reference that a node makes, and keep it among those of the body.

        A link whose text has styles is several texts with the same mark: their texts are one.
        """
        reference = of_node(node, self.context)
        key = None if reference is None else (reference.kind, reference.written)
        if reference is not None and key is not None:
            if key not in self._found:
                self._found[key] = reference
                self._anchors[key] = [reference.anchor_text or ""]
            elif key == self._last and kind(node) == "text":
                self._anchors[key].append(reference.anchor_text or "")
        self._last = key
        return reference

    def keep(self, references: Iterable[Reference]) -> None:
        """Keep references among those of the body."""
        for reference in references:
            key = reference.kind, reference.written
            self._found.setdefault(key, reference)
            self._anchors.setdefault(key, [reference.anchor_text or ""])

    def blocks(self, parent: Node) -> list[Block]:
        """Return what stands below a node as blocks; what stands in lines becomes paragraphs."""
        if self._depth >= MAX_DEPTH:
            return [Paragraph(self._mere_text(parent))]
        self._depth += 1
        self._last = None
        out: list[Block] = []
        line: list[Inline] = []
        for node in children(parent):
            read = self.as_line.get(kind(node))
            if read is not None:
                line += read(self, node)
                continue
            out += paragraph(line)
            line = []
            out += self.as_block.get(kind(node), look_through)(self, node)
        self._depth -= 1
        out += paragraph(line)
        return out

    def inlines(self, parent: Node) -> list[Inline]:
        """Return what stands below a node as parts of one line; a block gives its content."""
        if self._depth >= MAX_DEPTH:
            return self._mere_text(parent)
        self._depth += 1
        self._last = None
        out: list[Inline] = []
        for node in children(parent):
            read = self.as_line.get(kind(node))
            out += [" ", *_own_text(node), *self.inlines(node), " "] if read is None else read(self, node)
        self._depth -= 1
        return out

    def _mere_text(self, parent: Node) -> list[Inline]:
        self.cut += 1
        self.keep(references_below(parent, self.context))
        return [texts_below(parent)]


def look_through(reader: AdfReader, node: Node) -> list[Block]:
    """Return what stands below a node that is nothing by itself, and its text if it has one."""
    return [*paragraph(_own_text(node)), *reader.blocks(node)]


def _own_text(node: Node) -> list[Inline]:
    text = string(node, "text")
    return [text] if text else []
