"""A text cut into pieces for retrieval: along its headings, then by the well-known recursive splitter. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

_HEADING = re.compile(r"^(#{1,6})\s+(.*\S)\s*$")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()]*\)")
_MARKUP = re.compile(r"(?<!\\)(?:\*+|`+|~~|</?(?:strong|em|del|sub|sup)>)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_FENCE = re.compile(r"^\s*(```+|~~~+)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text.

    Attributes:
        heading_path: Titles of the headings it stands below, outermost first, with `` > `` between; None above the
            first.
        text: The piece itself; its own heading belongs to the path.
    """

    heading_path: str | None
    text: str


def chunk(text: str, *, size: int, overlap: int) -> tuple[Chunk, ...]:
    """Cut a text along its Markdown headings and then to size.

    Args:
        text: Markdown, or plain text, which has no headings.
        size: Most characters of a piece.
        overlap: Characters that neighbouring pieces of one section share.

    Returns:
        The pieces in order; none for a text without words.

    Raises:
        ImportError: The extra ``chunks`` is not installed.
    """
    splitter = _splitter(size, overlap)
    return tuple(
        Chunk(path, piece)
        for path, section in _sections(text)
        for piece in splitter.split_text(section)
        if piece.strip()
    )


def _sections(text: str) -> list[tuple[str | None, str]]:
    """Return heading path and text of each section, code blocks left whole.

    A heading with nothing below it, not even another heading, is a section of its own title: its words would be in no
    chunk else.
    """
    sections: list[tuple[str | None, str]] = []
    trail: list[tuple[int, str]] = []
    lines: list[str] = []
    fence: str | None = None

    def end(next_level: int) -> None:
        path = " > ".join(title for _, title in trail) or None
        if any(line.strip() for line in lines):
            sections.append((path, "\n".join(lines).strip("\n")))
        elif trail and next_level <= trail[-1][0]:
            sections.append((path, trail[-1][1]))
        lines.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = None if fence and mark[1].startswith(fence) else fence or mark[1]
        heading = _HEADING.match(line) if fence is None and not mark else None
        if heading is None:
            lines.append(line)
            continue
        level = len(heading[1])
        end(level)
        trail = [one for one in trail if one[0] < level] + [(level, _title(heading[2]))]
    end(0)
    return sections


def _title(markdown: str) -> str:
    """Return a heading without its markup: paths are read, and compared, by people and programs."""
    return _ESCAPE.sub(r"\1", _MARKUP.sub("", _LINK.sub(r"\1", markdown))).strip() or markdown


@lru_cache(maxsize=4)
def _splitter(size: int, overlap: int) -> RecursiveCharacterTextSplitter:
    try:
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        message = "chunks_enabled needs the extra 'chunks': pip install 'target-cdm-docs[chunks]'"
        raise ImportError(message) from error
    return RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
