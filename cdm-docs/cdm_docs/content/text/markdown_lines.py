"""A line as Markdown (CommonMark, with GitHub's tables, tasks and strikethrough). Pure.

A character is escaped only where it would mean something: ``snake_case`` and ``2 * 3`` stay readable.
"""

from __future__ import annotations

import re
import unicodedata

from cdm_docs.content.nodes import Code, Image, Inline, Link, Status, Styled
from cdm_docs.content.text.tidy import fold, tidy

_SPECIAL = re.compile(r"[\\`*_\]<&~]")
_MARKUP = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)"  # before punctuation, a backslash escapes already
    r"|`"
    r"|\*(?!(?<=\s\*)\s)"  # but for one that stands alone
    r"|(?<![^\W_])_+|_+(?![^\W_])"  # but for those inside a word
    r"|\](?=[(\[:])"  # the end of what could be a link
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|(?<=\S)~|~(?=~)"
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
    return "\\\n".join(map(escape_start, text.split("\n"))) if "\n" in text else escape_start(text)


def flat_line(line: list[Inline], between: str = " ") -> str:
    """Return a line for a heading or a cell, where nothing begins a block; ``between`` stands for breaks."""
    return _written(line).replace("\n", between)


def _written(line: list[Inline]) -> str:
    text = _write(tidy(line))
    if "~" in text and "`" not in text and text.count("~") == 1:
        return text.replace("\\~", "~")  # one alone strikes nothing
    return text


def escape(text: str, *, in_link: bool = False) -> str:
    """Return text with what would be markup escaped."""
    if in_link:
        return _MARKUP_IN_LINK.sub(_escaped, text)
    return _MARKUP.sub(_escaped, text) if _SPECIAL.search(text) else text


def escape_start(text: str) -> str:
    """Return a line with what would make a block of it escaped."""
    if text[:1] not in _STARTS:
        return text
    if _BLOCK.match(text):
        return f"\\{text}"
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text


def escape_heading(text: str) -> str:
    """Return the line of a heading with hashes at its end escaped, which would close it."""
    return _LAST_HASHES.sub(r"\\\1", text)


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
    crowded = in_marks and sum(isinstance(part, Styled) for part in parts) > 1
    written = [_part(part, in_link=in_link) for part in parts]
    last = len(parts) - 1
    for place, part in enumerate(parts):
        follower = parts[place + 1] if place < last else None
        if isinstance(part, Styled):
            before = written[place - 1][-1] if place else " "
            after = " " if follower is None else "*" if isinstance(follower, Styled) else written[place + 1][0]
            touches = crowded or (place > 0 and isinstance(parts[place - 1], Styled) and before in "*~")
            written[place] = _emphasis(part, written[place], before, after, touches=touches)
        elif isinstance(part, str) and isinstance(follower, Link) and written[place][-1] == "!":
            written[place] = f"{written[place][:-1]}\\!"
    return "".join(written)


def _part(part: Inline, *, in_link: bool) -> str:
    """Return a part; of a style, what stands in it: its marks depend on its neighbours."""
    if isinstance(part, str):
        return escape(part, in_link=in_link)
    if isinstance(part, (Code, Status)):
        return code_span(part.text)
    if isinstance(part, Styled):
        return _write(part.children, in_link=in_link, in_marks=True)
    if isinstance(part, Link):
        return _link(part)
    return _image(part) if isinstance(part, Image) else "\n"


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
    opens = not _is_punctuation(inner[0]) or before == " " or _is_punctuation(before)
    closes = not _is_punctuation(inner[-1]) or after in " \n" or _is_punctuation(after)
    if part.style == "strike":
        touches = touches or "~" in (inner[0], inner[-1], before, after)
    plain = mark and opens and closes and not touches
    return f"{mark}{inner}{mark}" if plain else f"<{tag}>{inner}</{tag}>"


def _is_punctuation(character: str) -> bool:
    return character == "\n" or unicodedata.category(character)[0] in "PS"
