"""A line brought into its one simplest form, for every rendering. Pure.

Storage format nests styles, ADF gives each piece of text its marks, editors split both wherever somebody typed. A line
is therefore taken apart into pieces with their marks, its white space folded, and put together again with the longest
style outermost: lines that look the same then are the same.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Person, Status, Style, Styled

_Leaf: TypeAlias = "str | Break | Code | Status | Person | Image"
_Piece: TypeAlias = "tuple[str | None, int, _Leaf]"
_STYLES: tuple[Style, ...] = ("strong", "em", "strike", "sub", "sup")
_BITS = {style: 1 << place for place, style in enumerate(_STYLES)}
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return a text with every run of white space, also a no-break space, as one space."""
    # Of white space, a blank alone is printable; the two tests take a quarter of the time of a search by pattern.
    return text if text.isprintable() and "  " not in text else _SPACES.sub(" ", text)


def tidy(line: list[Inline]) -> list[Inline]:
    """Return the same line in its simplest form.

    Neighbouring texts, codes, styles and links of one kind are one; white space is folded, stands outside of styles
    where it can, and neither begins nor ends the line or a part of it that a break makes; what is empty is gone.
    """
    if len(line) == 1 and isinstance(line[0], str):
        text = fold(line[0]).strip(" ")
        return [text] if text else []
    simple = _simple(line)
    if simple is not None:
        return simple
    pieces: list[_Piece] = []
    _take_apart(line, None, 0, pieces)
    return _put_together(_spaced(_joined(pieces)))


def _simple(line: list[Inline]) -> list[Inline] | None:  # noqa: C901, PLR0912 - one loop: measured, see below
    """Return a line that needs nothing but its white space folded: texts, with single parts or breaks between them.

    None for every other. Nine of ten lines of real pages are such; taking them apart took half of all rendering.
    """
    out: list[Inline] = []
    before: type | None = None
    last = len(line) - 1
    for place, part in enumerate(line):
        kind = type(part)
        if isinstance(part, str):
            text = out.pop() + part if before is str else part  # type: ignore[operator]
            if not text.isprintable() or "  " in text:
                text = _SPACES.sub(" ", text)
            if not out or before is Break:
                text = text.lstrip(" ")
            if place == last:
                text = text.rstrip(" ")
            if not text:
                if out or before is not None:
                    return None
                continue
            out.append(text)
        elif kind is Break:
            if not out or before is Break or place == last or out[-1] == " ":
                return None
            if before is str:
                out[-1] = out[-1].rstrip(" ")  # type: ignore[union-attr]
            out.append(part)
        elif (before is not None and before is not str and before is not Break) or not _is_simple(part, kind):
            return None
        elif before is str and out[-1] == " " and kind in _MARKED and len(out) > 1 and type(out[-2]) in _MARKED:
            return None  # the blank may belong to both
        else:
            out.append(part)
        before = kind
    return out


def _is_simple(part: Any, kind: type) -> bool:
    """Say whether a part that is no text stays as it is between two texts."""
    if kind in _MARKED:
        if len(part.children) != 1 or (kind is Link and not part.url):
            return False
        text = part.children[0]
        return isinstance(text, str) and _is_folded(text)
    return kind is not Code or _is_folded(part.text)


def _is_folded(text: str) -> bool:
    return bool(text) and text[0] != " " != text[-1] and text.isprintable() and "  " not in text


_MARKED = frozenset((Styled, Link))
_CODES = frozenset((Code, Status))


def _take_apart(line: list[Inline], link: str | None, mask: int, pieces: list[_Piece]) -> None:
    for part in line:
        if type(part) is Styled:
            _take_apart(part.children, link, mask | _BITS[part.style], pieces)
        elif type(part) is Link:
            _take_apart(part.children, link or part.url, mask, pieces)
        else:
            pieces.append((link, mask, part))  # type: ignore[arg-type] # no style and no link: a leaf


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Join neighbouring texts, and codes, that have the same marks."""
    out: list[_Piece] = []
    texts: list[str] = []
    open_key: tuple[str | None, int, bool] | None = None

    def end() -> None:
        if open_key is not None:
            text = fold("".join(texts))
            out.append((open_key[0], open_key[1], Code(text) if open_key[2] else text))
            texts.clear()

    for link, mask, part in pieces:
        if isinstance(part, str) or type(part) is Code:
            key = (link, mask, type(part) is Code)
            if key != open_key:
                end()
                open_key = key
            texts.append(part if isinstance(part, str) else part.text)
        else:
            end()
            open_key = None
            out.append((link, mask, part))
    end()
    return out


def _spaced(pieces: list[_Piece]) -> list[_Piece]:
    """Put every space between the pieces it parts, with the marks that both have; drop what is blank."""
    out: list[_Piece] = []
    waiting = False
    for link, mask, part in pieces:
        text = part if isinstance(part, str) else part.text if type(part) is Code else "-"
        core = text.strip(" ")
        if not core:
            waiting = waiting or bool(text)
            continue
        is_break = type(part) is Break
        before = out[-1] if out else None
        apart = waiting or text[0] == " " or (before is not None and _would_merge(before[2], part))
        if before is None:
            if is_break:
                waiting = False
                continue
        elif apart and not is_break and type(before[2]) is not Break:
            out.append((before[0] if before[0] == link else None, before[1] & mask, " "))
        if isinstance(part, str):
            out.append((link, mask, core))
        else:
            out.append((link, mask, Code(core) if type(part) is Code else part))
        waiting = text[-1] == " "
    while out and type(out[-1][2]) is Break:
        out.pop()
    return out


def _would_merge(left: _Leaf, right: _Leaf) -> bool:
    """Say whether two pieces, written as code without a space between them, would read as one."""
    return type(left) in _CODES and type(right) in _CODES


def _put_together(pieces: list[_Piece]) -> list[Inline]:
    out: list[Inline] = []
    start, length = 0, len(pieces)
    while start < length:
        link, mask, part = pieces[start]
        end = start + 1
        if _is_blank(part):
            link, mask = None, 0  # neither a style nor a link begins with one
        if link is not None:
            while end < length and pieces[end][0] == link:
                end += 1
            end = _before_blanks(pieces, end)
            out.append(Link(link, _put_together([(None, each[1], each[2]) for each in pieces[start:end]])))
        elif mask:
            style, end = _longest(pieces, start)
            end = _before_blanks(pieces, end)
            rest = ~_BITS[style]
            out.append(Styled(style, _put_together([(each[0], each[1] & rest, each[2]) for each in pieces[start:end]])))
        elif isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        else:
            out.append(part)
        start = end
    return out


def _is_blank(part: _Leaf) -> bool:
    return part == " " or type(part) is Break


def _before_blanks(pieces: list[_Piece], end: int) -> int:
    """Return where a run ends without the spaces and breaks at its end: CommonMark takes no mark after one."""
    while _is_blank(pieces[end - 1][2]):
        end -= 1
    return end


def _longest(pieces: list[_Piece], start: int) -> tuple[Style, int]:
    """Return the style of a piece that reaches furthest, and where it ends."""
    best, furthest = _STYLES[0], start
    for style in _STYLES:
        bit, end = _BITS[style], start
        while end < len(pieces) and pieces[end][1] & bit and pieces[end][0] is None:
            end += 1
        if end > furthest:
            best, furthest = style, end
    return best, furthest
