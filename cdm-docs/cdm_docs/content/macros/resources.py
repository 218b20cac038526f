"""What the parameters of a macro name: files, people, URLs, by text where no element of the body does. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cdm_docs.content.links import references
from cdm_docs.content.links.addresses import address, name, person
from cdm_docs.content.macros.shown import INCLUDES
from cdm_docs.content.nodes import Inline, Link
from cdm_docs.content.reference import Context, Reference

_FILES = {
    "drawio": "diagramName",
    "gliffy": "name",
    **dict.fromkeys(("view-file", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia"), "name"),
}
"""The parameter that names an attachment of the body's own page."""
_PEOPLE = {"profile": "user"}
_URLS = {"widget": "url"}


_IN_SPACE = re.compile(r"(~[^:\s]+|[A-Z][A-Z0-9]*):(\S.*)")
NAMING = frozenset((*_FILES, *_PEOPLE, *_URLS, *INCLUDES))
"""Macros that name a resource by a text."""


def named_by(reference: Reference, text: str, context: Context) -> Inline:
    """Return what a macro shows of the resource that one of its parameters names."""
    if reference.account_id is not None:
        return person(reference.account_id)
    return Link(address(reference, context), [name(reference) if reference.kind == "include" else text], reference)


def included(context: Context, written: str) -> Reference | None:
    """Return the page that a macro shows, by its title with the key of a space before it or not."""
    title = written.strip()
    in_space = _IN_SPACE.fullmatch(title)
    key, title = (in_space[1], in_space[2]) if in_space else (None, title)
    return references.page_by_title(context, title, key, None, None, include=True) if title else None


def named(context: Context, macro: str, values: Mapping[str, str]) -> tuple[str, Reference] | None:
    """Return the parameter in which a macro names a resource by its text, and the resource.

    Args:
        context: Where the body was written.
        macro: The macro's name.
        values: The texts of its parameters; a parameter that holds a resource of its own has none.
    """
    if macro in INCLUDES:
        page = included(context, values.get("", ""))
        return None if page is None else ("", page)
    for table in (_FILES, _PEOPLE, _URLS):
        parameter = table.get(macro)
        value = values.get(parameter, "").strip() if parameter is not None else ""
        if parameter is None or not value:
            continue
        if table is _FILES:
            return parameter, references.file_by_name(value, None, own_space=context.space_key)
        reference = references.mention(value, None) if table is _PEOPLE else references.by_url(context, value, None)
        return None if reference is None else (parameter, reference)
    return None
