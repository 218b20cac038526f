"""The text of a downloaded file, as the mapping asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdm_docs.content.nodes import Block, Break, Cell, Heading, Inline, Paragraph, Table
from cdm_docs.content.reference import Context
from cdm_docs.content.storage.blocks import read_storage
from cdm_docs.content.storage.fragment import parse
from cdm_docs.mapping.options import FileText

from target_cdm_docs.files.extracting import Part
from target_cdm_docs.files.kinds import kind_of
from target_cdm_docs.files.worker import Worker

MOST_BYTES = 200_000_000
"""Of a file that is read."""
_NOWHERE = Context(None, None, "", "")


@dataclass(slots=True)
class FileReader:
    """Reads files below a folder.

    Attributes:
        folder: The tap's ``attachments_directory``.
        worker: Who takes them apart.
    """

    folder: Path
    worker: Worker = field(default_factory=Worker)

    def __call__(self, path: str, media_type: str | None, name: str | None) -> FileText | None:
        """Return what a file says.

        Args:
            path: Where it is, as the tap wrote it, or below the folder.
            media_type: As the source tells it.
            name: As the source tells it.

        Returns:
            Its text; None for a file that has none, as an image.
        """
        kind = kind_of(media_type, name)
        if kind is None:
            return None
        try:
            file = self._place(path)
            if file is None:
                return FileText([], f"it is not in attachments_directory ({self.folder})")
            size = file.stat().st_size
        except (OSError, ValueError, RuntimeError) as error:  # a ring of symbolic links is a RuntimeError
            reason = getattr(error, "strerror", None) or str(error)
            return FileText([], f"it is not in attachments_directory ({self.folder}): {reason}")
        if size > MOST_BYTES:
            return FileText([], f"it has {size:,} bytes; files of more than {MOST_BYTES:,} are not read")
        parts, problem = self.worker.read(file, kind)
        return FileText(blocks_of(parts), problem)

    def _place(self, path: str) -> Path | None:
        """Return where a file is, as the tap wrote it or below the folder; None for a path that leads out of it."""
        root = self.folder.resolve()
        for place in (Path(path).resolve(), (root / path).resolve()):
            if place.is_relative_to(root):
                return place
        return None


def blocks_of(parts: Sequence[Part]) -> list[Block]:
    """Return what a file says as nodes."""
    out: list[Block] = []
    for what, said in parts:
        if what == "heading":
            out.append(Heading(said[0], [said[1]]))
        elif what == "paragraph":
            out.append(Paragraph(_lines(said)))
        elif what == "table":
            out.append(Table([[_cell(text, header=not row) for text in cells] for row, cells in enumerate(said)]))
        else:
            out += read_storage(parse(said)[0], _NOWHERE).blocks
    return out


def _cell(text: Any, *, header: bool) -> Cell:
    return Cell([Paragraph(_lines(str(text)))], header)


def _lines(text: str) -> list[Inline]:
    out: list[Inline] = []
    for line in text.split("\n"):
        out += [line, Break()]
    return out[:-1]
