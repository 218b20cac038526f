"""A storage-format tree read into nodes (FACTS 8.1 to 8.4). Pure."""

from __future__ import annotations

from cdm_docs.content.flow import HIGHEST_NUMBER, WIDEST, paragraph, whole_number
from cdm_docs.content.nodes import (
    Block,
    Break,
    Cell,
    CodeBlock,
    Heading,
    Inline,
    Item,
    ItemList,
    Nodes,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
)
from cdm_docs.content.reference import Context
from cdm_docs.content.storage.extensions import EXTENSION, NODE, extension, node
from cdm_docs.content.storage.fragment import AC
from cdm_docs.content.storage.joining import JOINING
from cdm_docs.content.storage.lines import LINES, STYLES, image
from cdm_docs.content.storage.macros import macro_block
from cdm_docs.content.storage.reader import (
    Element,
    ReadBlock,
    StorageReader,
    look_through,
    verbatim,
)
from cdm_docs.content.storage.references import MACROS

_IMAGE, _CAPTION = f"{AC}image", f"{AC}caption"
_TASK, _TASK_BODY, _TASK_STATUS = f"{AC}task", f"{AC}task-body", f"{AC}task-status"


def read_storage(root: Element, context: Context) -> Nodes:
    """Read a body's tree."""
    reader = _reader(context)
    return _nodes(reader, reader.blocks(root))


def read_storage_line(root: Element, context: Context) -> Nodes:
    """Read a tree that stands in a line, as one paragraph."""
    reader = _reader(context)
    return _nodes(reader, [Paragraph(reader.inlines(root))])


def _reader(context: Context) -> StorageReader:
    return StorageReader(context, _BLOCKS, LINES, STYLES, _HOLDING, JOINING)


def _nodes(reader: StorageReader, blocks: list[Block]) -> Nodes:
    reader.anchors.settle()
    return Nodes(blocks, tuple(reader.found.values()), reader.cut, reader.reuse.includes, reader.reuse.excerpts)


def _heading(reader: StorageReader, element: Element) -> list[Block]:
    known = reader.anchors.known
    heading = Heading(int(str(element.tag)[1]), reader.inlines(element))
    return [reader.anchors.heading(heading, known)]


def _list(reader: StorageReader, element: Element) -> list[Block]:
    start = whole_number(element.get("start"), HIGHEST_NUMBER) if element.tag == "ol" else None
    return [ItemList(_items(reader, element), start)]


def _items(reader: StorageReader, element: Element) -> list[Item]:
    """Return the items of a list; what stands between them, as a list in a list may, belongs to the one before."""
    items: list[Item] = []
    if element.text:
        _append(items, paragraph([element.text]))
    for child in element:
        if child.tag in ("li", _TASK):
            items.append(_task(reader, child) if child.tag != "li" else Item(reader.blocks(child)))
        else:
            _append(items, reader.block(child))
        if child.tail:
            _append(items, paragraph([child.tail]))
    return items


def _append(items: list[Item], blocks: list[Block]) -> None:
    if blocks and items:
        items[-1].blocks += blocks
    elif blocks:
        items.append(Item(blocks))


def _task(reader: StorageReader, element: Element) -> Item:
    blocks: list[Block] = []
    for child in element.iterchildren(_TASK_BODY):
        blocks += reader.line(child)
    return Item(blocks, done=(element.findtext(_TASK_STATUS) or "").strip() == "complete")


def _tasks(reader: StorageReader, element: Element) -> list[Block]:
    return [ItemList(_items(reader, element))]


def _pre(reader: StorageReader, element: Element) -> list[Block]:
    reader.refer_below(element)
    return [CodeBlock(verbatim(element))]


def _quote(reader: StorageReader, element: Element) -> list[Block]:
    return [Quote(reader.blocks(element))]


def _rule(_reader: StorageReader, _element: Element) -> list[Block]:
    return [Rule()]


def _figure(reader: StorageReader, element: Element) -> list[Block]:
    line = image(reader, element)
    for caption in element.iterchildren(_CAPTION):
        line += [Break(), Styled("em", reader.inlines(caption))]
    return [Paragraph(line)]


def _term(reader: StorageReader, element: Element) -> list[Block]:
    return [Paragraph([Styled("strong", reader.inlines(element))])]


def _table(reader: StorageReader, element: Element) -> list[Block]:
    before = _loose(element)
    rows: list[list[Cell]] = []
    for child in element:
        if child.tag == "tr":
            rows.append(_row(reader, child))
        elif child.tag in ("thead", "tbody", "tfoot"):
            before += _loose(child)
            rows += [_row(reader, row) if row.tag == "tr" else [_cell(reader, row)] for row in child]
        elif child.tag not in ("colgroup", "col"):
            before += reader.block(child)
    return [*before, Table(rows)]


def _row(reader: StorageReader, row: Element) -> list[Cell]:
    cells = [_cell(reader, cell) for cell in row]
    loose = _loose(row)
    return [Cell(loose), *cells] if loose else cells


def _cell(reader: StorageReader, cell: Element) -> Cell:
    tag = cell.tag
    blocks = reader.blocks(cell) if tag in ("td", "th") else reader.block(cell)
    columns, rows = cell.get("colspan"), cell.get("rowspan")
    return Cell(
        blocks,
        tag == "th",
        1 if columns is None else max(whole_number(columns, WIDEST), 1),
        1 if rows is None else max(whole_number(rows, WIDEST), 1),
    )


def _loose(parent: Element) -> list[Block]:
    """Return the text that stands where none belongs: between rows or cells."""
    line: list[Inline] = [f" {child.tail}" for child in parent if child.tail and not child.tail.isspace()]
    return paragraph([parent.text, *line] if parent.text else line)


_BLOCKS: dict[str, ReadBlock] = {
    "p": StorageReader.line,
    **{f"h{level}": _heading for level in range(1, 7)},
    "ul": _list,
    "ol": _list,
    "table": _table,
    "pre": _pre,
    "blockquote": _quote,
    "hr": _rule,
    "dt": _term,
    **dict.fromkeys(("div", "dl", "dd", "li", "tr", "td", "th", "section", "article"), look_through),
    **dict.fromkeys((f"{AC}layout", f"{AC}layout-section", f"{AC}layout-cell", f"{AC}rich-text-body"), look_through),
    f"{AC}task-list": _tasks,
    EXTENSION: extension,
    f"{AC}adf-content": look_through,
    NODE: node,
    **dict.fromkeys(MACROS, macro_block),
    _IMAGE: _figure,
}
_HOLDING = {*_BLOCKS, f"{AC}rich-text-body", f"{AC}plain-text-body"} - {*MACROS, _IMAGE}
