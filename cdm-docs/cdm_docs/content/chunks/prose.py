"""Running text cut to size: at the ends of sentences, else of words, and only then anywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cdm_docs.content.chunks.cutting import Cutting, Measure

_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？｡][」』）”’]*|\n+")  # noqa: RUF001 - the signs of CJK themselves
"""The end of one. Each way begins with a sign of a set, of which a search finds the next without trying every place."""
_WORD = re.compile(r"(?:!?\[(?:[^\[\]\\\n]|\\.)*\]\([^()\s]*\)|`[^`\n]*`|\S)+\s*")
"""Up to the next blank; a link and code are one word, whatever blanks they have."""
_UNIT = re.compile(r"!?\[(?:[^\[\]\\\n]|\\.)*\]\([^()\s]*\)|`[^`\n]*`|[^\[`!]+|.", re.DOTALL)
"""A part of a word that is too long: a link, code, or what stands between them."""
_BLANK = re.compile(r"\S+\s*|\s+")
_CLAUSE = re.compile(r"(?<=[、，；：,;])|(?<=<br>)")  # noqa: RUF001 - likewise


def split(text: str, cutting: Cutting) -> list[str]:
    """Return a text in pieces of the wanted size, neighbours sharing whole sentences up to the overlap."""
    measure, size = cutting.measure, cutting.size
    if measure(text) <= size:
        return [text]
    pieces: list[str] = []
    window: list[str] = []
    length = 0
    for part, part_length in _parts(text, size, measure):
        if window and length + part_length > size:
            pieces.append("".join(window).strip())
            window = _tail(window, min(cutting.overlap, size - part_length), measure)
            length = sum(map(measure, window))
        window.append(part)
        length += part_length
    pieces.append("".join(window).strip())
    return [piece for piece in pieces if piece]


def tail(text: str, most: int, measure: Measure) -> str:
    """Return the last whole sentences of a text that are together no longer than ``most``."""
    return "".join(_tail(list(_sentences(text)), most, measure)).strip()


def _tail(parts: list[str], most: int, measure: Measure) -> list[str]:
    taken = len(parts)
    while taken > 0 and (length := measure(parts[taken - 1])) <= most:
        most -= length
        taken -= 1
    return parts[taken:]


def _parts(text: str, size: int, measure: Measure) -> Iterator[tuple[str, int]]:
    """Yield a text in parts none of which is longer than ``size``, and how long each is."""
    for sentence in _sentences(text):
        length = measure(sentence)
        if length <= size:
            yield sentence, length
            continue
        for word in _WORD.findall(sentence):
            length = measure(word)
            if length <= size:
                yield word, length
            else:
                for part in _within(word, size, measure):
                    yield part, measure(part)


def _within(word: str, size: int, measure: Measure) -> Iterator[str]:
    """Yield a word in parts: its links and code whole, if they can be, else cut at their blanks."""
    for unit in _UNIT.findall(word):
        for part in [unit] if measure(unit) <= size else _BLANK.findall(unit):
            if measure(part) <= size:
                yield part
            else:
                for clause in _between(_CLAUSE, part):
                    yield from _slices(clause, size, measure)


def _sentences(text: str) -> Iterable[str]:
    return _between(_SENTENCE, text)


def _between(boundary: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield a text cut behind each boundary; nothing of it is lost."""
    start = 0
    for match in boundary.finditer(text):
        if match.end() > start:
            yield text[start : match.end()]
            start = match.end()
    if start < len(text):
        yield text[start:]


def _slices(text: str, size: int, measure: Measure) -> Iterator[str]:
    """Yield a text without any boundary in parts: by characters, halved where those measure more."""
    for start in range(0, len(text), size):
        part = text[start : start + size]
        if measure(part) <= size or len(part) == 1:
            yield part
        else:
            yield from _slices(part, max(1, len(part) // 2), measure)
