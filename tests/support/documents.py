"""Small files of every kind that has a text, made here, and some that nobody should send."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from docx import Document
from openpyxl import Workbook  # type: ignore[import-untyped]
from pptx import Presentation


def pdf(path: Path, pages: list[str]) -> None:
    """Write a PDF with a line of text on each page."""
    _pdf(path, [f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1") for text in pages])


def pdf_bomb(path: Path) -> None:
    """Write a PDF of three pages, the second of which unpacks to a gigabyte."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"BT /F1 12 Tf ") + b"".join(packer.compress(b"(x) Tj " * 1_000_000) for _ in range(150))
    packed += packer.compress(b"ET") + packer.flush()
    text = b"BT /F1 12 Tf 72 720 Td (words) Tj ET"
    _pdf(path, [text, packed, text], packed=1)


def _pdf(path: Path, streams: list[bytes], packed: int | None = None) -> None:
    """Write a PDF's objects, and the table that says where each begins; ``packed`` is the page that is deflated."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for number, stream in enumerate(streams):
        how = b"/Filter /FlateDecode " if number == packed else b""
        objects.append(b"<< %s/Length %d >>\nstream\n%s\nendstream" % (how, len(stream), stream))
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>" % len(objects)
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(streams), b" ".join(kids))
    out, places = [b"%PDF-1.4\n"], []
    length = len(out[0])
    for number, each in enumerate(objects, 1):
        places.append(length)
        out.append(b"%d 0 obj\n%s\nendobj\n" % (number, each))
        length += len(out[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out.append(b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (size, table, size))
    out.append(b"startxref\n%d\n%%%%EOF\n" % length)
    path.write_bytes(b"".join(out))


def docx(path: Path) -> None:
    """Write a Word document with a heading, paragraphs and a table."""
    document = Document()
    document.add_heading("Fuse box", 1)
    document.add_paragraph("Turn the main switch off.")
    table = document.add_table(2, 2)
    for place, text in enumerate(("Fuse", "Rating", "F1", "16 A")):
        table.cell(*divmod(place, 2)).text = text
    document.save(str(path))


def pptx(path: Path) -> None:
    """Write a presentation of one slide with notes."""
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Quarter"
    slide.placeholders[1].text = "Sales are up"
    slide.notes_slide.notes_text_frame.text = "Say it slowly"
    show.save(str(path))


def xlsx(path: Path) -> None:
    """Write a workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in (("Item", "Price"), ("Bolt", 1.5), (None, None), ("Nut", 2)):
        sheet.append(row)
    book.save(path)


def bomb(path: Path) -> None:
    """Write a Word document that unpacks to 600 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as file:
        for _ in range(600):
            file.write(b" " * 1_000_000)
