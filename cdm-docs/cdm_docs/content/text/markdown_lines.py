"""A line as Markdown (CommonMark, with GitHub's tables, tasks and strikethrough). Pure.

A character is escaped only where it would mean something: ``snake_case`` and ``2 * 3`` stay readable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Person, Status, Styled
from cdm_docs.content.text.tidy import fold, tidy

_SPECIAL = re.compile(r"[\\`*_\]<&~]")
_SPECIAL_IN_LINK = re.compile(r"[\\`*_\[\]<&~]")
_MARKUP = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)"  # before punctuation, a backslash escapes already
    r"|`"
    r"|\*(?!(?<=\s\*)\s)"  # but for one that stands alone
    r"|(?<![^\W_])_+|_+(?![^\W_])"  # but for those inside a word
    r"|\](?=[(\[:])"  # the end of what could be a link
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|(?<=\S)~|~(?=~)|\A~(?![^\W_])"
)
_MARKUP_IN_LINK = re.compile(rf"{_MARKUP.pattern}|[\[\]]")
_BLOCK = re.compile(r"#{1,6}(?=\s|$)|[-+](?=\s|$)|>|\|?[:=-][-=:|\s]*$")
_STARTS = frozenset("#-+>|:=0123456789")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_LAST_HASHES = re.compile(r"(?:(?<=\s)|^)(#+)$")
_TICKS = re.compile("`+")
_UNFIT_URL = str.maketrans(
    {" ": "%20", "<": "%3C", ">": "%3E", "(": "%28", ")": "%29", "\\": "%5C", '"': "%22", "\n": "", "\r": "", "\t": ""}
)
_AUTOLINK = re.compile(r"(?:https?|ftp|mailto):[^\s<>\\]+")
_MARKS = {
    "strong": ("**", "strong"),
    "em": ("*", "em"),
    "strike": ("~~", "del"),
    "sub": ("", "sub"),
    "sup": ("", "sup"),
}


def line_of(line: list[Inline]) -> str:
    """Return a line as a paragraph of Markdown, which may have breaks."""
    text = _written(line)
    if "\n" in text:
        return "\\\n".join(map(escape_start, text.split("\n")))
    return escape_start(text) if text[:1] in _STARTS else text


def flat_line(line: list[Inline], between: str = " ") -> str:
    """Return a line for a heading or a cell, where nothing begins a block; ``between`` stands for breaks."""
    return lone(part_line(line, between))


def part_line(line: list[Inline], between: str) -> str:
    """Return the same for a part of a cell: whether a tilde is alone, only the whole tells."""
    text = _unsettled(line)
    return text.replace("\n", between) if "\n" in text else text


def _written(line: list[Inline]) -> str:
    return lone(_unsettled(line))


def _unsettled(line: list[Inline]) -> str:
    if len(line) == 1 and isinstance(line[0], str):
        text = fold(line[0]).strip(" ")
        return _MARKUP.sub(_escaped, text) if _SPECIAL.search(text) else text
    parts = tidy(line)
    return _write(parts) if parts else ""


def lone(text: str) -> str:
    """Return a text with its tilde bare if it has but one, which strikes nothing."""
    return text.replace("\\~", "~") if "~" in text and "`" not in text and text.count("~") == 1 else text


def escape(text: str, *, in_link: bool = False) -> str:
    """Return text with what would be markup escaped."""
    if not (_SPECIAL_IN_LINK if in_link else _SPECIAL).search(text):
        return text
    return (_MARKUP_IN_LINK if in_link else _MARKUP).sub(_escaped, text)


def escape_start(text: str) -> str:
    """Return a line with what would make a block of it escaped."""
    if text[:1] not in _STARTS:
        return text
    if _BLOCK.match(text):
        return f"\\{text}"
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text


def escape_heading(text: str) -> str:
    """Return the line of a heading with hashes at its end escaped, which would close it."""
    return _LAST_HASHES.sub(r"\\\1", text) if "#" in text else text


def code_span(text: str) -> str:
    """Return code in a line, whatever backticks it has."""
    if "`" not in text:
        return f"`{text}`"
    ticks = "`" * (max(len(run) for run in _TICKS.findall(text)) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _escaped(match: re.Match[str]) -> str:
    return "\\" + "\\".join(match[0])


def _write(parts: list[Inline], *, in_link: bool = False, in_marks: bool = False) -> str:
    """Return parts as Markdown; ``in_marks``: they stand in a style that has marks of its own."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return escape(parts[0], in_link=in_link)
    written: list[str] = []
    styled = 0
    for part in parts:
        if isinstance(part, str):
            written.append(escape(part, in_link=in_link))
        elif type(part) is Styled:
            styled += 1
            written.append(_write(part.children, in_link=in_link, in_marks=True))
        else:
            if type(part) is Link and written and isinstance(parts[len(written) - 1], str) and written[-1][-1] == "!":
                written[-1] = f"{written[-1][:-1]}\\!"
            written.append(_PARTS[type(part)](part))
    if styled:
        _mark(parts, written, crowded=in_marks and styled > 1)
    return "".join(written)


def _mark(parts: list[Inline], written: list[str], *, crowded: bool) -> None:
    """Put marks around the styles of a line, of which only the inside is written: marks depend on both neighbours."""
    last = len(parts) - 1
    for place, part in enumerate(parts):
        if type(part) is not Styled:
            continue
        before = written[place - 1][-1] if place else " "
        after = " " if place == last else "*" if type(parts[place + 1]) is Styled else _first(written[place + 1])
        touches = crowded or (before in "*~" and place > 0 and type(parts[place - 1]) is Styled)
        written[place] = _emphasis(part, written[place], before, after, touches=touches)


def person(part: Person) -> str:
    """Return the mark in whose place a database puts a name: one for each account, in every text."""
    return f"@{{{part.account_id}}}"


def _first(written: str) -> str:
    """Return what a text begins with; a tilde may lose its backslash yet."""
    return "~" if written.startswith("\\~") else written[0]


def fit_url(url: str) -> str:
    """Return a URL with what would end it in Markdown encoded."""
    return url.translate(_UNFIT_URL)


def _link(link: Link) -> str:
    url = link.url or ""
    if link.children == [url] and _AUTOLINK.fullmatch(url):
        return f"<{url}>"
    inner = _write(link.children, in_link=True)
    return f"[{inner}]({fit_url(url)})"


def _image(image: Image) -> str:
    alt = escape(fold(image.alt), in_link=True)
    title = fold(image.title or "").replace("\\", "\\\\").replace('"', '\\"')
    shown = f' "{title}"' if title and image.title != image.alt else ""
    return f"![{alt}]({fit_url(image.url)}{shown})"


def _emphasis(part: Styled, inner: str, before: str, after: str, *, touches: bool) -> str:
    """Return a style with its marks; as HTML where CommonMark would not take marks for any.

    That is so where they touch other marks, and where punctuation stands inside of them and a letter outside (its
    "flanking" rule).
    """
    mark, tag = _MARKS[part.style]
    opens = not _may_be_punctuation(inner[0]) or before == " " or _is_punctuation(before)
    closes = not _may_be_punctuation(inner[-1]) or after in " \n" or _is_punctuation(after)
    if part.style == "strike":
        touches = touches or "~" in inner or "~" in (before, after)
    plain = mark and opens and closes and not touches
    return f"{mark}{inner}{mark}" if plain else f"<{tag}>{inner}</{tag}>"


def _is_punctuation(character: str) -> bool:
    """Say whether every reader takes a character for punctuation.

    Symbols beyond ASCII are so since CommonMark 0.31; past a tilde, GitHub's reader looks at what stands behind it.
    """
    if character.isalnum() or character == "~":
        return False
    return character == "\n" or unicodedata.category(character)[0] in ("PS" if character.isascii() else "P")


def _may_be_punctuation(character: str) -> bool:
    return not character.isalnum() and (character == "\n" or unicodedata.category(character)[0] in "PS")


_PARTS: dict[type, Callable[[Any], str]] = {
    Code: lambda part: code_span(part.text),
    Status: lambda part: code_span(part.text),
    Link: _link,
    Image: _image,
    Person: person,
    Break: lambda _: "\n",
}
