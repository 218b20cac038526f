"""What a macro shows, whatever format it was written in. Pure.

A macro that this module does not know stays visible: a marker in the notation of Confluence's own wiki markup,
``{name: parameter=value}``, and its body below. ``anchor`` marks a place and shows nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cdm_docs.content.document import Reference
from cdm_docs.content.nodes import Block, CodeBlock, Expand, Inline, Link, Panel, Paragraph, Quote, Status
from cdm_docs.content.text.vocabulary import STORAGE_PANELS

TRANSPARENT = {"excerpt", "section", "column", "details", "toc-zone"}
"""Macros that only move or reuse their body."""
INCLUDES = {"include", "excerpt-include"}
"""Macros that show another page."""
JIRA = {"jira", "jiraissues"}
"""Macros that show issues of Jira."""
SMALL = {"status", "anchor", *JIRA}
"""Macros that are words of a line."""
_CODE = {"code", "noformat", "code-block", "codeblock"}
_EXPAND = {"expand", "ui-expand"}
_SILENT = {"anchor"}
_LONGEST_VALUE = 200
_TELLING = re.compile(r"[^\W\d_]")
_NOISE = re.compile(r"true|false|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+)?(px|em|%)", re.IGNORECASE)


@dataclass(slots=True)
class Macro:
    """A macro as written.

    Attributes:
        name: e.g. ``code``.
        parameters: Their values; a resource that a value names is a link.
        plain: Its body where that is unformatted.
        blocks: Its body where that is formatted; None for a macro without one.
        reference: What the macro as a whole refers to: an issue of Jira.
    """

    name: str
    parameters: dict[str, list[Inline]] = field(default_factory=dict)
    plain: str | None = None
    blocks: list[Block] | None = None
    reference: Reference | None = None

    def text(self, parameter: str) -> str:
        """Return the text of a parameter; empty when it is not given."""
        return "".join(each for each in self.parameters.get(parameter, []) if isinstance(each, str)).strip()


def block_of(macro: Macro) -> list[Block]:
    """Return what a macro shows where blocks stand."""
    name, blocks = macro.name, macro.blocks or []
    title = macro.parameters.get("title", [])
    if name in _CODE and macro.plain is not None:
        return [CodeBlock(macro.plain, macro.text("language") or None, title)]
    if name in STORAGE_PANELS:
        return [Panel(STORAGE_PANELS[name], title, blocks or _unformatted(macro))]
    if name in _EXPAND:
        return [Expand(title, blocks)]
    if name == "quote":
        return [Quote(blocks)]
    if name in TRANSPARENT:
        return blocks or _unformatted(macro)
    if macro.plain is not None:
        return [CodeBlock(macro.plain, name, title)]
    line = inline_of(macro)
    return [*([Paragraph(line)] if line else []), *blocks]


def inline_of(macro: Macro) -> list[Inline]:
    """Return what a macro shows in a line; a formatted body is not part of it."""
    name = macro.name
    if name in _SILENT or name in TRANSPARENT:
        return []
    if name == "status":
        title = macro.text("title") or macro.text("colour") or macro.text("color")
        return [Status(title)] if title else []
    if name in JIRA and macro.text("key"):
        return [Link(None, [macro.text("key")], macro.reference)]
    return _marker(macro)


def _marker(macro: Macro) -> list[Inline]:
    details: list[Inline] = []
    for name, value in macro.parameters.items():
        shown = _shown(value)
        if shown:
            details += ["; " if details else ": ", *([f"{name}="] if name else []), *shown]
    return [f"{{{macro.name}", *details, "}"]


def _shown(value: list[Inline]) -> list[Inline]:
    """Return a parameter's value as far as it tells a reader something: no sizes, switches and ids."""
    text = "".join(each for each in value if isinstance(each, str)).strip()
    if any(not isinstance(each, str) for each in value):
        return value
    if not _TELLING.search(text) or _NOISE.fullmatch(text):
        return []
    return [text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"]


def _unformatted(macro: Macro) -> list[Block]:
    return [] if macro.plain is None else [CodeBlock(macro.plain)]
