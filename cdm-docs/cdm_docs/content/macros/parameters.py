"""Which parameters of a macro tell a reader something, and which only lay it out. Pure.

Words and numbers that somebody wrote are kept whole, however long. What goes: switches, sizes, ids, and blobs, which
are long and have no blank.
"""

from __future__ import annotations

import re

_NAMES = """
width height border bordercolor borderstyle borderwidth bgcolor titlecolor titlebgcolor color align style
class cssclass maxlevel minlevel level depth startdepth max maxresults count limit size scale zoom
columns rows cols page pagesize outline indent printable absoluteurl linenumbers firstline theme collapse
breakoutmode breakoutwidth simple lbox tbstyle toolbar hash baseurl revision serverid server
schema-version macro-id macroid contentver contentid custcontentid imageattachmentid diagramattachmentid
pagepin inherit isaddon aspect aspecthash hidden compressed atlassian-macro-output-type _template
_parentid localid local-id uuid
"""
_LAYOUT = frozenset(_NAMES.split())
"""Names in lower case, of Confluence's own macros and of widespread apps."""
_NOISE = re.compile(r"|true|false|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+)?(px|em|rem|%)", re.IGNORECASE)
_BLOB = re.compile(r"\S{80,}")
_BLOB_OF = re.compile(r"[\w+/=%.~:-]+", re.ASCII)


def is_telling(name: str, value: str) -> bool:
    """Say whether a reader would miss a parameter.

    Args:
        name: Of the parameter; empty for a macro's default one.
        value: Its text.
    """
    if name.lower() in _LAYOUT or _NOISE.fullmatch(value):
        return False
    return not (_BLOB.fullmatch(value) and _BLOB_OF.fullmatch(value) and "://" not in value)
