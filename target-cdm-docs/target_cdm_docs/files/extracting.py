"""Files taken apart into what they say. Runs in the worker; what the extra ``files`` brings is imported when used.

What comes out are pairs that travel between processes: ``("heading", (level, text))``, ``("paragraph", text)``,
``("table", rows)`` and ``("storage", markup)``, HTML as well-formed markup.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Part = tuple[str, Any]

MOST_UNPACKED = 500_000_000
"""Bytes that an Office file, which is a ZIP archive, may unpack to."""
MOST_CELLS = 200_000
"""Cells of a workbook; what stands behind them is left out."""
_UNSEEN = ("script", "style", "template", "noscript", "head")


class UnreadableError(Exception):
    """A file has no text that can be had; the message says why."""


def extract(path: Path, kind: str) -> Iterator[Part]:
    """Yield what a file says, in its order.

    Args:
        path: The file.
        kind: As ``kinds.kind_of`` has it.

    Raises:
        UnreadableError: It is packed too tight, or encrypted.
        Exception: Whatever a library says of a broken file.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
        if size > MOST_UNPACKED:
            raise UnreadableError(f"it unpacks to {size:,} bytes, more than {MOST_UNPACKED:,}")
    yield from _KINDS[kind](path)


def _pdf(path: Path) -> Iterator[Part]:
    from pypdf import PdfReader  # noqa: PLC0415 - of the extra

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is encrypted")
    unread: list[str] = []
    for number, page in enumerate(reader.pages, 1):
        text, problem = _page(page)
        unread += [f"page {number}: {problem}"] if problem else []
        yield from _paragraphs(text)
    if unread:
        raise UnreadableError(f"{len(unread)} of its pages cannot be read, the first of them {unread[0]}"[:500])


def _page(page: Any) -> tuple[str, str | None]:
    """Return the text of a page, or why it cannot be read: that is no reason to lose the others."""
    try:
        return page.extract_text(), None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises what it likes over broken pages
        return "", f"{type(error).__name__}: {error}"


def _docx(path: Path) -> Iterator[Part]:
    from docx import Document  # noqa: PLC0415 - of the extra
    from docx.table import Table  # noqa: PLC0415 - of the extra

    for block in Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            yield "table", [[cell.text for cell in row.cells] for row in block.rows]
            continue
        style = (block.style.name or "") if block.style is not None else ""
        level = style.removeprefix("Heading ")
        if style == "Title" or (level != style and level.isdigit()):
            yield "heading", (1 if style == "Title" else min(int(level), 6), block.text)
        elif block.text.strip():
            yield "paragraph", block.text


def _pptx(path: Path) -> Iterator[Part]:
    from pptx import Presentation  # noqa: PLC0415 - of the extra

    for number, slide in enumerate(Presentation(str(path)).slides, 1):
        title = slide.shapes.title
        yield "heading", (2, (title.text_frame.text if title is not None else "").strip() or f"Slide {number}")
        yield from _shapes(each for each in slide.shapes if title is None or each.shape_id != title.shape_id)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield from _paragraphs(slide.notes_slide.notes_text_frame.text)


def _shapes(shapes: Iterator[Any]) -> Iterator[Part]:
    for shape in shapes:
        if getattr(shape, "shapes", None) is not None:
            yield from _shapes(iter(shape.shapes))
        elif getattr(shape, "has_table", False):
            yield "table", [[cell.text for cell in row.cells] for row in shape.table.rows]
        elif shape.has_text_frame:
            yield from _paragraphs(shape.text_frame.text)


def _xlsx(path: Path) -> Iterator[Part]:
    from openpyxl import load_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - of the extra

    book = load_workbook(path, read_only=True, data_only=True)
    room = MOST_CELLS
    for sheet in book.worksheets:
        rows: list[list[str]] = []
        for cells in sheet.iter_rows(values_only=True):
            row = ["" if cell is None else str(cell) for cell in cells]
            while row and not row[-1]:
                row.pop()
            room -= len(row)
            if room < 0:
                break
            if row:
                rows.append(row)
        if rows:
            yield "heading", (2, sheet.title)
            yield "table", rows


def _html(path: Path) -> Iterator[Part]:
    from lxml import etree, html  # noqa: PLC0415 - of the extra

    raw = path.read_bytes()
    root = html.fromstring(raw, parser=html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True))
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    yield "storage", etree.tostring(root, encoding="unicode", with_tail=False)


def _csv(path: Path) -> Iterator[Part]:
    text = _decoded(path)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:10_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows, room = [], MOST_CELLS
    for row in csv.reader(io.StringIO(text), dialect):
        room -= len(row)
        if room < 0:
            break
        rows.append(row)
    if rows:
        yield "table", rows


def _text(path: Path) -> Iterator[Part]:
    yield from _paragraphs(_decoded(path))


def _paragraphs(text: str) -> Iterator[Part]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield "paragraph", "\n".join(paragraph)
            paragraph = []


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


_KINDS: dict[str, Callable[[Path], Iterator[Part]]] = {
    "pdf": _pdf,
    "docx": _docx,
    "pptx": _pptx,
    "xlsx": _xlsx,
    "html": _html,
    "csv": _csv,
    "text": _text,
}
