"""The walk over an ADF document: what is a block, what stands in a line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cdm_docs.content.adf.json import Node, children, kind, string, texts_below
from cdm_docs.content.document import Context
from cdm_docs.content.flow import MAX_DEPTH, paragraph
from cdm_docs.content.nodes import Block, Inline, Paragraph

ReadBlock: TypeAlias = "Callable[[AdfReader, Node], list[Block]]"
ReadLine: TypeAlias = "Callable[[AdfReader, Node], list[Inline]]"


@dataclass(slots=True)
class AdfReader:
    """Reads the nodes of one body.

    Attributes:
        context: Where the body was written.
        as_block: How to read the types that are blocks.
        as_line: How to read those that stand in a line.
        cut: Number of places that were too deep to tell their structure.
    """

    context: Context
    as_block: Mapping[str, ReadBlock]
    as_line: Mapping[str, ReadLine]
    cut: int = 0
    _depth: int = field(default=0, init=False)

    def blocks(self, parent: Node) -> list[Block]:
        """Return what stands below a node as blocks; what stands in lines becomes paragraphs."""
        if self._depth >= MAX_DEPTH:
            return [Paragraph(self._mere_text(parent))]
        self._depth += 1
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
        out: list[Inline] = []
        for node in children(parent):
            read = self.as_line.get(kind(node))
            out += [" ", *_own_text(node), *self.inlines(node), " "] if read is None else read(self, node)
        self._depth -= 1
        return out

    def _mere_text(self, parent: Node) -> list[Inline]:
        self.cut += 1
        return [texts_below(parent)]


def look_through(reader: AdfReader, node: Node) -> list[Block]:
    """Return what stands below a node that is nothing by itself, and its text if it has one."""
    return [*paragraph(_own_text(node)), *reader.blocks(node)]


def _own_text(node: Node) -> list[Inline]:
    text = string(node, "text")
    return [text] if text else []
