"""What a macro shows, whatever format it was written in. Pure.

A macro that this module does not know stays visible: a marker in the notation of Confluence's own wiki markup,
``{name: parameter=value}``, and its body below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdm_docs.content.macros import packed
from cdm_docs.content.macros.parameters import is_telling
from cdm_docs.content.nodes import Block, CodeBlock, Expand, Inline, Link, Panel, Paragraph, Quote, Status
from cdm_docs.content.reference import Reference
from cdm_docs.content.text.vocabulary import STORAGE_PANELS, emoji

TRANSPARENT = {"excerpt", "section", "column", "details", "toc-zone"}
"""Macros that only move or reuse their body."""
INCLUDES = {"include", "excerpt-include"}
"""Macros that show another page."""
JIRA = {"jira", "jiraissues"}
"""Macros that show issues of Jira."""
ANCHOR = "anchor"
_FORMULAS = {"mathinline", "mathjax-inline-macro", "easy-math-inline", "latex-inline"}
SMALL = {"status", ANCHOR, *_FORMULAS}
"""Macros that are words of a line; those of ``JIRA`` are, too, if they show one issue."""
_CODE = {"code", "noformat", "code-block", "codeblock"}
_EXPAND = {"expand", "ui-expand"}
BOXES = {*STORAGE_PANELS, *_CODE, *_EXPAND, "quote"}
"""Macros that never stand in a sentence."""
_SILENT = {ANCHOR, "toc"}
"""Macros that mark a place, or list what stands in the body anyway."""
_LANGUAGES = {
    **dict.fromkeys(("mermaid", "mermaid-macro", "mermaid-cloud"), "mermaid"),
    **dict.fromkeys(("plantuml", "plantumlrender", "plantumlcloud"), "plantuml"),
    **dict.fromkeys(("math", "mathblock", "mathjax-block-macro", "easy-math-block", "latex-block", "latex"), "math"),
}
"""What renderers of Markdown call the text of a macro whose body is a diagram or a formula."""


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

    @property
    def values(self) -> dict[str, str]:
        """The texts of its parameters."""
        return {name: self.text(name) for name in self.parameters}

    def text(self, parameter: str) -> str:
        """Return the text of a parameter; empty when it is not given."""
        value = self.parameters.get(parameter)
        if value is None:
            return ""
        return "".join([each for each in value if isinstance(each, str)]).strip()


def block_of(macro: Macro) -> list[Block]:
    """Return what a macro shows where blocks stand."""
    name, blocks = macro.name, macro.blocks or []
    title = macro.parameters.get("title", [])
    if name in _CODE and macro.plain is not None:
        return [CodeBlock(macro.plain, macro.text("language") or macro.text("") or None, title)]
    if name in STORAGE_PANELS:
        shown = icon(macro.values) if "panelIcon" in macro.parameters else ""
        return [Panel(STORAGE_PANELS[name], title, with_icon(shown, blocks or _unformatted(macro)))]
    if name in _EXPAND:
        return [Expand(title, blocks or _unformatted(macro))]
    if name == "quote":
        return [Quote(blocks or _unformatted(macro))]
    if name in TRANSPARENT:
        return [*blocks, *_unformatted(macro)]
    if macro.plain is not None:
        return [CodeBlock(macro.plain, _LANGUAGES.get(name, name), title), *blocks]
    if name in packed.DIAGRAMS and (drawn := packed.diagram(name, macro.values)):
        return [CodeBlock(drawn[1], drawn[0], title)]
    line = inline_of(macro)
    return [*([Paragraph(line)] if line else []), *blocks]


def icon(values: Mapping[str, str]) -> str:
    """Return the emoji that somebody chose for a panel, whose attributes in ADF and parameters are called the same."""
    short_name = values.get("panelIcon", "")
    return emoji(values.get("panelIconText"), short_name, None, values.get("panelIconId")) if short_name else ""


def with_icon(shown: str, blocks: list[Block]) -> list[Block]:
    """Return what a panel holds, beginning with its emoji."""
    if not shown:
        return blocks
    first = blocks[0] if blocks else None
    if isinstance(first, Paragraph):
        return [Paragraph([f"{shown} ", *first.children]), *blocks[1:]]
    return [Paragraph([shown]), *blocks]


def forge(key: str, title: str, values: Mapping[str, str], blocks: list[Block] | None) -> Macro:
    """Return the macro of an app on Forge, whose parameters hold what its author wrote.

    Args:
        key: Of the extension: ids of the app and its environment, and a word at the end.
        title: What a reader knows it by; may be empty.
        values: Its parameters, flat. Those of several lines are its body: code, diagrams, queries.
        blocks: Its formatted body; None for a macro without one.
    """
    code: list[Block] = [CodeBlock(value) for value in values.values() if "\n" in value.strip()]
    parameters: dict[str, list[Inline]] = {
        "" if name.startswith("__body") else name: [value]
        for name, value in values.items()
        if "\n" not in value.strip()
    }
    return Macro(title or key.rpartition("/")[2] or "macro", parameters, None, [*code, *(blocks or [])] or blocks)


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
    if macro.name == packed.PLAN and (titles := packed.plan(macro.values)):
        return [f"{{{macro.name}: {'; '.join(titles)}}}"]
    details: list[Inline] = []
    for name, value in macro.parameters.items():
        shown = _shown(name, value)
        if shown:
            details += ["; " if details else ": ", *([f"{name}="] if name else []), *shown]
    return [f"{{{macro.name}", *details, "}"]


def _shown(name: str, value: list[Inline]) -> list[Inline]:
    """Return a parameter's value as far as it tells a reader something."""
    if any(not isinstance(each, str) for each in value):
        return value
    text = "".join(each for each in value if isinstance(each, str)).strip()
    return [text] if is_telling(name, text) else []


def _unformatted(macro: Macro) -> list[Block]:
    return [] if macro.plain is None else [CodeBlock(macro.plain)]
