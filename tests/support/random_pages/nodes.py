"""What random pages consist of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STYLES = {
    "strong": "strong",
    "em": "em",
    "strike": "del",
    "sub": "sub",
    "sup": "sup",
    "underline": "u",
    "textColor": "span",
    "annotation": "ac:inline-comment-marker",
}
"""Marks of ADF, and the elements of storage format for them."""
SILENT = {"underline", "textColor", "annotation"}
"""Those of them that a text does not show."""
PANELS = {"info": "info", "tip": "success", "note": "warning", "warning": "error"}
"""Macro of storage format to type of panel in ADF."""
APP = "9a81c16f-31e6-4be7-be6e-dfc872fe4155/35d2082a-431b-46b7-90da-75a526882f2f/static/app"
"""Key of an extension of Forge."""
MACROS = ("mystery", "excerpt", "details")
"""Macros with a body of which the last two show nothing else."""


@dataclass
class Node:
    """A node: its kind, what it says of itself, and what is in it."""

    kind: str
    inside: list[Node] = field(default_factory=list)
    text: str = ""
    value: Any = None


@dataclass
class Cell:
    """What a cell of a table says of itself."""

    header: bool
    columns: int = 1
    rows: int = 1
