"""The references that single elements of a storage-format tree make (FACTS 8.4). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from cdm_docs.content.links import references
from cdm_docs.content.macros.shown import INCLUDES, JIRA
from cdm_docs.content.reference import Context, Reference
from cdm_docs.content.storage.fragment import AC, RI

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
LINK, IMAGE, PARAMETER = f"{AC}link", f"{AC}image", f"{AC}parameter"
MACROS = (f"{AC}structured-macro", f"{AC}macro")
"""Macros as they are written, and as they were before Confluence 4.2."""


_PSEUDO_TITLES = frozenset(("@self", "@home", "@none", "@parent", "@root"))
_PSEUDO_SPACE = "currentSpace()"
"""What macros such as ``pagetree`` write in the place of a page or a space."""


def text_of(element: Element | None) -> str | None:
    """Return the text below an element with white space folded, cut where it gets long; None when there is none."""
    if element is None:
        return None
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > references.LONGEST_ANCHOR:
            break
    return references.anchor_text("".join(pieces))


def parameter(macro: Element, name: str) -> Element | None:
    """Return a macro's parameter."""
    return next((each for each in macro.iterchildren(PARAMETER) if each.get(f"{AC}name", "") == name), None)


def references_below(parent: Element, context: Context) -> Iterator[Reference]:
    """Yield the references of all elements below one whose structure is not read."""
    for element in parent.iterdescendants("a", LINK, *MACROS, f"{RI}*"):
        reference = of_element(element, context)
        if reference is not None and next(element.iterancestors(f"{AC}placeholder"), None) is None:
            yield reference


def of_element(element: Element, context: Context) -> Reference | None:
    """Return the reference that one element makes by itself, if any."""
    tag = str(element.tag)
    if tag == "a":
        return references.by_url(context, element.get("href", ""), text_of(element))
    if tag in MACROS:
        return _jira(element) if element.get(f"{AC}name") in JIRA else None
    if tag == LINK:
        anchor = element.get(f"{AC}anchor")
        here = bool(anchor) and next(element.iterchildren(f"{RI}*"), None) is None
        return references.anchor_here(context, anchor or "", text_of(element)) if here else None
    read = _RESOURCES.get(tag)
    return read(element, context) if read is not None and not _inside_resource(element) else None


def is_repeated(fallback: Element) -> bool:
    """Say whether an ``ac:adf-fallback`` stands beside the content that it repeats (FACTS 8.3)."""
    parent = fallback.getparent()
    if parent is None:
        return False
    keys = (each.get("key") for each in parent.iter(f"{AC}adf-attribute"))
    return "extension-key" in keys or next(parent.iter(f"{AC}adf-content"), None) is not None


def _inside_resource(element: Element) -> bool:
    """Say whether this names only where another resource lies: the page of a file, not a link of its own."""
    parent = element.getparent()
    return parent is not None and str(parent.tag).startswith(RI)


def _frame(element: Element) -> tuple[str | None, str | None]:
    """Return the anchor and the text of the link or image around a resource."""
    parent = element.getparent()
    if parent is None or parent.tag not in (LINK, IMAGE):
        return None, None
    text = parent.get(f"{AC}alt") if parent.tag == IMAGE else text_of(parent)
    return parent.get(f"{AC}anchor"), text


def _page(element: Element, context: Context) -> Reference | None:
    title = element.get(f"{RI}content-title")
    anchor, text = _frame(element)
    if not title or title in _PSEUDO_TITLES:
        return None
    include = _macro_name(element) in INCLUDES
    return references.page_by_title(context, title, element.get(f"{RI}space-key"), anchor, text, include=include)


def _blog(element: Element, context: Context) -> Reference | None:
    title = element.get(f"{RI}content-title")
    anchor, text = _frame(element)
    key, day = element.get(f"{RI}space-key"), element.get(f"{RI}posting-day")
    return references.blog_by_title(context, title, space_key=key, day=day, anchor=anchor, text=text) if title else None


def _entity(element: Element, _context: Context) -> Reference | None:
    content_id = element.get(f"{RI}content-id")
    return references.content_by_id(content_id, *_frame(element)) if content_id else None


def _attachment(element: Element, context: Context) -> Reference | None:
    filename = element.get(f"{RI}filename")
    if not filename:
        return None
    page = next(element.iterchildren(f"{RI}page", f"{RI}blog-post"), None)
    title = page.get(f"{RI}content-title") if page is not None else None
    key = page.get(f"{RI}space-key") if page is not None else None
    return references.file_by_name(
        filename, _frame(element)[1], title=title, space_key=key, own_space=context.space_key
    )


def _user(element: Element, _context: Context) -> Reference | None:
    account = element.get(f"{RI}account-id") or element.get(f"{RI}userkey") or element.get(f"{RI}username")
    return references.mention(account, _frame(element)[1]) if account else None


def _space(element: Element, _context: Context) -> Reference | None:
    key = element.get(f"{RI}space-key")
    if key == _PSEUDO_SPACE:
        return None
    return references.space(key, _frame(element)[1]) if key else None


def _url(element: Element, context: Context) -> Reference | None:
    return references.by_url(context, element.get(f"{RI}value", ""), _frame(element)[1])


def _shortcut(element: Element, _context: Context) -> Reference | None:
    key = element.get(f"{RI}key")
    return references.shortcut(key, element.get(f"{RI}parameter", ""), _frame(element)[1]) if key else None


_RESOURCES: dict[str, Callable[[Element, Context], Reference | None]] = {
    f"{RI}page": _page,
    f"{RI}blog-post": _blog,
    f"{RI}content-entity": _entity,
    f"{RI}attachment": _attachment,
    f"{RI}user": _user,
    f"{RI}space": _space,
    f"{RI}url": _url,
    f"{RI}shortcut": _shortcut,
}


def _macro_name(element: Element) -> str | None:
    """Return the name of the macro in whose parameter an element stands."""
    above = next(iter(element.iterancestors(PARAMETER, f"{AC}rich-text-body")), None)
    macro = above.getparent() if above is not None and above.tag == PARAMETER else None
    return macro.get(f"{AC}name") if macro is not None else None


def _jira(macro: Element) -> Reference:
    key = text_of(parameter(macro, "key"))
    return references.jira(key, text_of(parameter(macro, "jqlQuery")), key)
