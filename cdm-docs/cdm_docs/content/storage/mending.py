"""Broken storage format made well-formed, losing no text. Pure.

A parser's own recovery drops what stands behind a stray end tag and everything below its depth limit. Here every tag
is closed in order, end tags that close nothing go, ``&`` and ``<`` that begin nothing are text, and tags nested
deeper than anybody writes are taken away while their text stays. CDATA without an end runs to the end of the body, and
so does a comment, which then is text.

Time grows with length only: each pattern reads on from where it failed, and no name is read twice. A tag's is taken
as a whole, by looking ahead, and an attribute's is found also where it has no value.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_DEPTH = 200
"""Below the parser's own limit of 256."""
_TOKEN = re.compile(
    r"""(?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z))|(?P<comment><!--.*?(?:-->|\Z))"""
    r"""|<(?P<closing>/?)(?=(?P<name>[A-Za-z_][\w.:-]*))(?P=name)(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)>"""
    r"""|(?P<reference>&(?:lt|gt|amp|quot|apos|\#[0-9]{1,9}|\#x[0-9a-fA-F]{1,8});)|(?P<stray>[&<])""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z_][\w.:-]*)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_UNNESTED = {"p", "li", "tr", "td", "th"}
"""Elements that never stand directly in one of their own kind: a second start tag ends the first, as in HTML."""
_VOID = {"br", "hr", "img", "col"}
UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML cannot hold."""


class _Mender:
    """What is open while the tokens of one body go by."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.names: Counter[str] = Counter()
        self.cut = 0

    def token(self, match: re.Match[str]) -> str:
        """Return what a token becomes."""
        name = match["name"]
        if name is not None:
            return self._close(name) if match["closing"] else self._start(name, match["rest"])
        if match["stray"]:
            return _escape(match["stray"])
        if match["reference"]:
            return _fit(match["reference"])
        if match["cdata"]:
            return match["cdata"] if match["cdata"].endswith("]]>") else f"{match['cdata']}]]>"
        return "" if match["comment"].endswith("-->") else match["comment"].replace("&", "&amp;").replace("<", "&lt;")

    def close_all(self) -> str:
        """Return the end tags of all that is still open."""
        return "".join(f"</{name}>" for name in reversed(self.open[:MAX_DEPTH]))

    def _start(self, name: str, rest: str) -> str:
        ended = self._close(name) if name in _UNNESTED and self.open and self.open[-1] == name else ""
        childless = rest.rstrip().endswith("/") or name in _VOID
        if not childless:
            self.open.append(name)
            self.names[name] += 1
        if len(self.open) > MAX_DEPTH:
            self.cut += 1
            return ended
        found = _ATTRIBUTE.findall(rest)
        attributes = {key: double or single or bare for key, given, double, single, bare in found if given}
        written = "".join(f' {key}="{_quote(value)}"' for key, value in attributes.items())
        return f"{ended}<{name}{written}{'/' if childless else ''}>"

    def _close(self, name: str) -> str:
        if not self.names[name]:
            return ""
        ends = []
        while True:
            last = self.open.pop()
            self.names[last] -= 1
            if len(self.open) < MAX_DEPTH:
                ends.append(f"</{last}>")
            if last == name:
                return "".join(ends)


def mend(text: str) -> tuple[str, int]:
    """Return a well-formed fragment with all of the text, and how many tags were too deep."""
    mender = _Mender()
    mended = _TOKEN.sub(mender.token, text)
    return mended + mender.close_all(), mender.cut


def _escape(character: str) -> str:
    return "&amp;" if character == "&" else "&lt;"


def _fit(reference: str) -> str:
    """Return a reference to a character, unless XML cannot hold that character."""
    if reference[1] != "#":
        return reference
    number = int(reference[3:-1], 16) if reference[2] == "x" else int(reference[2:-1])
    return "\ufffd" if number > 0x10FFFF or UNFIT.match(chr(number)) else reference  # noqa: PLR2004 - Unicode's end


def _quote(value: str) -> str:
    text = re.sub(r"&(?!(?:lt|gt|amp|quot|apos);)", "&amp;", value)
    return text.replace("<", "&lt;").replace('"', "&quot;")
