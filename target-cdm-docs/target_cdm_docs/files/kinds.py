"""Which files have a text, and what reads it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import PurePath

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_TYPE = {
    "application/pdf": "pdf",
    f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    **dict.fromkeys(("application/json", "application/xml", "application/yaml", "application/sql"), "text"),
}
_BY_SUFFIX = {
    **{f".{kind}": kind for kind in ("pdf", "docx", "pptx", "xlsx", "html", "csv")},
    **dict.fromkeys((".htm", ".xhtml"), "html"),
    ".tsv": "csv",
    **dict.fromkeys((".txt", ".md", ".rst", ".log", ".json", ".xml", ".yaml", ".yml", ".sql", ".ini", ".toml"), "text"),
}
_PACKAGES = {"pdf": "pypdf", "docx": "docx", "pptx": "pptx", "xlsx": "openpyxl"}
"""What each kind of file is read by; the others need nothing beyond this package."""


def kind_of(media_type: str | None, name: str | None) -> str | None:
    """Return how a file is read: pdf, docx, pptx, xlsx, html, csv or text; None for one without a text.

    The name counts where the media type says nothing, as ``application/octet-stream`` does.
    """
    told = (media_type or "").partition(";")[0].strip().lower()
    if told in _BY_TYPE:
        return _BY_TYPE[told]
    suffix = PurePath(name or "").suffix.lower()
    return _BY_SUFFIX.get(suffix) or ("text" if told.startswith("text/") else None)


def missing_packages() -> list[str]:
    """Return what the extra ``files`` would bring and is not installed."""
    return sorted(package for package in _PACKAGES.values() if find_spec(package) is None)
