"""Small files of every kind that has a text, made here, and some that nobody should send."""

from __future__ import annotations

import zipfile
from pathlib import Path

from docx import Document
from openpyxl import Workbook  # type: ignore[import-untyped]
from pptx import Presentation


def pdf(path: Path, pages: list[str]) -> None:
    """Write a PDF with a line of text on each page: objects, and the table that says where each begins."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(kids)}] >>"
    out, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    path.write_text(f"{out}xref\n0 {size}\n0000000000 65535 f \n{table}{end}", encoding="latin-1")


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
