"""An ADF document read into nodes (FACTS 8.6). Pure.

Types that nobody here knows are looked through, and so are marks without meaning for a text (colours, borders).
"""

from __future__ import annotations

from cdm_docs.content.adf.extensions import extension, unsupported
from cdm_docs.content.adf.json import Node, attributes, children, kind, string, texts_below
from cdm_docs.content.adf.lines import LINES, card, media
from cdm_docs.content.adf.reader import AdfReader, ReadBlock
from cdm_docs.content.flow import HIGHEST_NUMBER, WIDEST, paragraph
from cdm_docs.content.macros.shown import icon, with_icon
from cdm_docs.content.nodes import (
    Block,
    Break,
    Cell,
    CodeBlock,
    Expand,
    Heading,
    Inline,
    Item,
    ItemList,
    Nodes,
    Panel,
    Quote,
    Rule,
    Styled,
    Table,
)
from cdm_docs.content.reference import Context
from cdm_docs.content.text.vocabulary import ADF_PANELS

_LISTS = {"bulletList", "orderedList", "taskList", "decisionList"}
_TASKS = {"taskItem", "blockTaskItem"}
_PARTS = {"listItem", "decisionItem", "tableHeader", "tableCell"}
_LEVELS = range(1, 7)


def read_adf(document: Node, context: Context) -> Nodes:
    """Read a body's document."""
    reader = AdfReader(context, _BLOCKS, LINES)
    blocks = reader.blocks(document)
    reader.anchors.settle()
    return Nodes(blocks, reader.references, reader.cut, reader.reuse.includes, reader.reuse.excerpts)


def _paragraph(reader: AdfReader, node: Node) -> list[Block]:
    return paragraph(reader.inlines(node))


def _heading(reader: AdfReader, node: Node) -> list[Block]:
    level = attributes(node).get("level")
    known = level if level in _LEVELS and isinstance(level, int) else 1
    return [reader.anchors.heading(Heading(known, reader.inlines(node)))]


def _list(reader: AdfReader, node: Node) -> list[Block]:
    order = attributes(node).get("order")
    start = order if isinstance(order, int) and 0 <= order <= HIGHEST_NUMBER else 1
    items: list[Item] = []
    for child in children(node):
        if kind(child) in _LISTS and items:
            items[-1].blocks += _inside(reader, child)
        elif kind(child) in _TASKS:
            items.append(Item(reader.blocks(child), done=string(attributes(child), "state") == "DONE"))
        else:
            items.append(Item(_inside(reader, child)))
    return [ItemList(items, start if kind(node) == "orderedList" else None)]


def _inside(reader: AdfReader, node: Node) -> list[Block]:
    """Return what a part of a list or a table holds; what stands in the place of such a part is held itself."""
    return reader.blocks(node if kind(node) in _PARTS else {"content": [node]})


def _code(_reader: AdfReader, node: Node) -> list[Block]:
    text = "".join(string(child, "text") or texts_below(child) for child in children(node))
    return [CodeBlock(text, string(attributes(node), "language") or None)]


def _quote(reader: AdfReader, node: Node) -> list[Block]:
    return [Quote(reader.blocks(node))]


def _panel(reader: AdfReader, node: Node) -> list[Block]:
    found = attributes(node)
    shown = icon({name: string(found, name) for name in ("panelIcon", "panelIconText", "panelIconId")})
    return [Panel(ADF_PANELS.get(string(found, "panelType")), [], with_icon(shown, reader.blocks(node)))]


def _expand(reader: AdfReader, node: Node) -> list[Block]:
    return [Expand([string(attributes(node), "title")], reader.blocks(node))]


def _rule(_reader: AdfReader, _node: Node) -> list[Block]:
    return [Rule()]


def _card(reader: AdfReader, node: Node) -> list[Block]:
    return paragraph(card(reader, node))


def _media(reader: AdfReader, node: Node) -> list[Block]:
    return paragraph(media(reader, node))


def _figure(reader: AdfReader, node: Node) -> list[Block]:
    line: list[Inline] = []
    others: list[Node] = []
    for child in children(node):
        if kind(child) == "media":
            line += media(reader, child)
        elif kind(child) == "caption":
            line += [Break(), Styled("em", reader.inlines(child))]
        else:
            others.append(child)
    return [*paragraph(line), *reader.blocks({"content": others})]


def _table(reader: AdfReader, node: Node) -> list[Block]:
    rows = ((children(row) if kind(row) == "tableRow" else [row]) for row in children(node))
    return [Table([[_cell(reader, cell) for cell in row] for row in rows])]


def _cell(reader: AdfReader, cell: Node) -> Cell:
    found = attributes(cell)
    header = kind(cell) == "tableHeader"
    return Cell(_inside(reader, cell), header, _span(found.get("colspan")), _span(found.get("rowspan")))


def _span(written: object) -> int:
    return min(max(written, 1), WIDEST) if isinstance(written, int) else 1


_BLOCKS: dict[str, ReadBlock] = {
    "paragraph": _paragraph,
    "heading": _heading,
    **dict.fromkeys(_LISTS, _list),
    "codeBlock": _code,
    "blockquote": _quote,
    "panel": _panel,
    **dict.fromkeys(("expand", "nestedExpand"), _expand),
    "rule": _rule,
    "table": _table,
    "mediaSingle": _figure,
    "media": _media,
    "confluenceUnsupportedBlock": unsupported,
    **dict.fromkeys(("blockCard", "embedCard"), _card),
    **dict.fromkeys(("extension", "bodiedExtension", "multiBodiedExtension"), extension),
}
