"""Storage-format elements that stand in a line: styles, code, links, images, emoji, dates. Pure."""

from __future__ import annotations

from collections.abc import Callable

from cdm_docs.content.flow import is_begun
from cdm_docs.content.links import references
from cdm_docs.content.links.addresses import address, name, shown
from cdm_docs.content.nodes import Break, Code, Image, Inline, Link, Style, Styled
from cdm_docs.content.storage.extensions import EXTENSION, extension_line
from cdm_docs.content.storage.fragment import AC, RI
from cdm_docs.content.storage.macros import macro_line
from cdm_docs.content.storage.reader import Element, ReadLine, StorageReader, nothing, verbatim
from cdm_docs.content.storage.references import MACROS, is_repeated
from cdm_docs.content.text.vocabulary import emoji

STYLES: dict[str, Style] = {
    "strong": "strong",
    "b": "strong",
    "em": "em",
    "i": "em",
    "cite": "em",
    "del": "strike",
    "s": "strike",
    "strike": "strike",
    "sub": "sub",
    "sup": "sup",
}
_CODE = ("code", "kbd", "samp", "tt")


def as_code(line: list[Inline]) -> list[Inline]:
    """Return a line with its text as code, its links and images kept."""
    out: list[Inline] = []
    for part in line:
        if isinstance(part, str):
            out.append(Code(part))
        elif isinstance(part, Styled):
            out.append(Styled(part.style, as_code(part.children)))
        elif isinstance(part, Link):
            part.children = as_code(part.children)
            out.append(part)
        else:
            out.append(part)
    return out


def _styled(style: Style) -> ReadLine:
    def read(reader: StorageReader, element: Element) -> list[Inline]:
        return [Styled(style, reader.inlines(element))]

    return read


def _code(reader: StorageReader, element: Element) -> list[Inline]:
    return as_code(reader.inlines(element))


def _pre(reader: StorageReader, element: Element) -> list[Inline]:
    reader.refer_below(element)
    out: list[Inline] = []
    for line in verbatim(element).splitlines():
        out += [Code(line), Break()]
    return out[:-1]


def _break(_reader: StorageReader, _element: Element) -> list[Inline]:
    return [Break()]


def _a(reader: StorageReader, element: Element) -> list[Inline]:
    reference = reader.refer(element)
    children = reader.inlines(element)
    href = element.get("href", "").strip()
    if href.startswith("#"):
        return [reader.anchors.link(Link(href, children))]
    if reference is None:
        return children
    url = reference.url or href
    return [
        Link(url, children if is_begun([part for part in children if type(part) is not Break]) else [url], reference)
    ]


def resource(element: Element) -> Element | None:
    """Return the resource that a link or an image names."""
    for child in element:
        if str(child.tag).startswith(RI):
            return child
    return None


def _link(reader: StorageReader, element: Element) -> list[Inline]:
    named = resource(element)
    reference = reader.refer(element if named is None else named)
    children: list[Inline] = []
    for body in element.iterchildren(f"{AC}link-body", f"{AC}plain-text-link-body"):
        children += reader.inlines(body)
    if reference is None:
        return children if is_begun(children) else reader.inlines(element)
    if not is_begun(children):
        return [reader.anchors.link(made) if isinstance(made := shown(reference, reader.context), Link) else made]
    return [reader.anchors.link(Link(address(reference, reader.context), children, reference))]


def _resource(reader: StorageReader, element: Element) -> list[Inline]:
    """Return a resource that stands by itself, as in the parameters of macros."""
    reference = reader.refer(element)
    if reference is None:
        return reader.inlines(element)
    return [shown(reference, reader.context)]


def _image(reader: StorageReader, element: Element) -> list[Inline]:
    out = image(reader, element)
    for caption in element.iterchildren(f"{AC}caption"):
        out += [" ", Styled("em", reader.inlines(caption)), " "]
    return out


def image(reader: StorageReader, element: Element) -> list[Inline]:
    """Return an image without its caption."""
    named = resource(element)
    reference = None if named is None else reader.refer(named)
    title = element.get(f"{AC}title")
    alt = element.get(f"{AC}alt") or (name(reference) if reference else "") or title or ""
    shown: Inline = Image((address(reference, reader.context) if reference else None) or "", alt, title, reference)
    target = references.by_url(reader.context, element.get(f"{AC}href", ""), None)
    return [shown] if target is None or target.url is None else [Link(target.url, [shown])]


def _img(reader: StorageReader, element: Element) -> list[Inline]:
    reference = references.by_url(reader.context, element.get("src", ""), None)
    title = element.get("title")
    return [Image((reference.url if reference else None) or "", element.get("alt") or title or "", title)]


def _emoticon(_reader: StorageReader, element: Element) -> list[Inline]:
    character, short_name = element.get(f"{AC}emoji-fallback"), element.get(f"{AC}emoji-shortname")
    return [emoji(character, short_name, element.get(f"{AC}name"), element.get(f"{AC}emoji-id"))]


def _time(reader: StorageReader, element: Element) -> list[Inline]:
    said = reader.inlines(element)
    return [element.get("datetime", ""), *([" ", *said] if said else [])]


def _abbreviation(reader: StorageReader, element: Element) -> list[Inline]:
    title = element.get("title")
    return [*reader.inlines(element), *([f" ({title})"] if title else [])]


def _fallback(reader: StorageReader, element: Element) -> list[Inline]:
    return [] if is_repeated(element) else reader.inlines(element)


def _cell(reader: StorageReader, element: Element) -> list[Inline]:
    return [" ", *reader.inlines(element), " "]


LINES: dict[str, Callable[[StorageReader, Element], list[Inline]]] = {
    **{tag: _styled(style) for tag, style in STYLES.items()},
    **dict.fromkeys(_CODE, _code),
    **dict.fromkeys(("li", "dt", "dd", "tr", "td", "th", "caption"), _cell),
    **dict.fromkeys(
        (f"{RI}page", f"{RI}blog-post", f"{RI}content-entity", f"{RI}attachment", f"{RI}user", f"{RI}space"), _resource
    ),
    **dict.fromkeys((f"{RI}url", f"{RI}shortcut"), _resource),
    **dict.fromkeys((f"{AC}placeholder", f"{AC}parameter", f"{AC}default-parameter"), nothing),
    **dict.fromkeys((f"{AC}task-id", f"{AC}task-uuid", f"{AC}task-status"), nothing),
    **dict.fromkeys((f"{AC}adf-attribute", f"{AC}adf-parameter", f"{AC}adf-mark", f"{AC}adf-fragment-mark"), nothing),
    **dict.fromkeys(MACROS, macro_line),
    EXTENSION: extension_line,
    f"{AC}adf-fallback": _fallback,
    "pre": _pre,
    "br": _break,
    "a": _a,
    "img": _img,
    "time": _time,
    "abbr": _abbreviation,
    f"{AC}link": _link,
    f"{AC}image": _image,
    f"{AC}emoticon": _emoticon,
}
"""How to read the elements of a line that are more than their content."""
