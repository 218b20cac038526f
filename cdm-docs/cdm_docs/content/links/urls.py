"""What a URL says about the thing it leads to (FACTS 7.8, 8.4, 9.4). Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, unquote, unquote_plus, urljoin, urlsplit

_PAGE = re.compile(
    r"/spaces/(?P<space>[^/]+)/(?:pages|blog(?:/\d{4}/\d\d/\d\d)?|folder|whiteboard|database)"
    r"(?:/edit(?:-v2)?)?/(?P<id>\d+)"
)
_SPACE = re.compile(r"/(?:spaces|display)/(?P<space>[^/]+)(?:/overview|/pages)?/?$")
_DISPLAY = re.compile(r"/display/(?P<space>[^/]+)/(?:(?P<day>\d{4}/\d\d/\d\d)/)?(?P<title>[^/]+)$")
_ACTION = re.compile(r"/(?:pages/\w+|spaces/viewspace)\.action$")
"""What Data Center, and old links of Cloud, lead through: the thing itself stands in the query."""
_IDS = ("pageId", "draftId", "contentId")
_TINY = re.compile(r"/x/(?P<code>[A-Za-z0-9_-]+)$")
_ATTACHMENT = re.compile(r"/download/(?:attachments|thumbnails)/(?P<id>\d+)/(?P<filename>[^/]+)$")
_TINY_LENGTH = 11
_COMMON_LENGTH = 1000
"""Of URLs worth remembering: a page's links are read twice, those of templates on every page."""
_SCRIPTS = {"javascript", "vbscript", "data"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads.

    Attributes:
        kind: ``internal``, ``space``, ``attachment`` or ``external``.
        url: Absolute where a base was known.
        content_id: Content that it names; for an attachment, its container.
        space_key: Space that it names.
        title: Page title that it names.
        filename: Attachment that it names.
        anchor: What stands after ``#``.
        posting_day: Day of the blog post that it names by its title.
    """

    kind: str
    url: str
    content_id: str | None = None
    space_key: str | None = None
    title: str | None = None
    filename: str | None = None
    anchor: str | None = None
    posting_day: str | None = None


def tiny_id(code: str) -> str | None:
    """Return the content id behind a tiny link's code; None if it is none.

    The code is the id's eight bytes, least first, in base64 with ``-`` for ``/`` and ``_`` for ``+``, without the
    ``A`` and the padding at its end.
    """
    padded = code.rstrip("=").ljust(_TINY_LENGTH, "A")
    try:
        raw = base64.b64decode(f"{padded}=", altchars=b"_-", validate=True)
    except (binascii.Error, ValueError):
        return None
    number = int.from_bytes(raw, "little", signed=True)
    return str(number) if len(padded) == _TINY_LENGTH and number > 0 else None


def read_url(written: str, site_url: str | None, former_urls: tuple[str, ...] = ()) -> Target | None:
    """Say where a URL leads.

    Args:
        written: As it stands in the body: absolute, or relative to the site.
        site_url: The site's base URL; None when unknown, and then nothing is known to be internal.
        former_urls: Base URLs that the site had before.

    Returns:
        The target; None for what is no link: empty, a bare anchor, a script.
    """
    return (_read_once if len(written) <= _COMMON_LENGTH else _read)(written.strip(), site_url, former_urls)


def _read(written: str, site_url: str | None, former_urls: tuple[str, ...]) -> Target | None:
    if not written or written.startswith("#"):
        return None
    if written.startswith("\\\\"):  # a share of Windows
        return Target("external", written)
    try:
        url = urljoin(f"{site_url.rstrip('/')}/", written) if site_url else written
        parts = urlsplit(url)
        site = urlsplit(site_url or "")
    except ValueError:
        return Target("external", written)
    if parts.scheme in _SCRIPTS:
        return None
    if site_url and former_urls and (rest := _below(former_urls, url)) is not None:
        url = f"{site_url.rstrip('/')}{rest}"
        parts = urlsplit(url)
    if not site_url or parts.netloc.lower() != site.netloc.lower():
        return Target("external", url)
    return _on_site(parts, site.path.rstrip("/"), url)


def _below(bases: tuple[str, ...], url: str) -> str | None:
    """Return what a URL has behind the first of some base URLs that it begins with, whatever its scheme."""
    address = url.partition("://")[2]
    for base in bases:
        prefix = base.partition("://")[2].rstrip("/")
        if address[: len(prefix)].lower() == prefix.lower() and address[len(prefix) :][:1] in ("", "/"):
            return address[len(prefix) :]
    return None


_read_once = lru_cache(maxsize=4096)(_read)


def _on_site(parts: SplitResult, context: str, url: str) -> Target:
    path = parts.path
    if context and not path.startswith(f"{context}/"):
        return Target("external", url)
    anchor = unquote(parts.fragment) or None
    if match := _PAGE.search(path):
        return Target("internal", url, content_id=match["id"], space_key=unquote(match["space"]), anchor=anchor)
    if _ACTION.search(path) or path.endswith("/plugins/servlet/mobile"):
        return _by_query(parse_qs(parts.query), anchor, url)
    if match := _ATTACHMENT.search(path):
        return Target("attachment", url, content_id=match["id"], filename=unquote_plus(match["filename"]))
    if (match := _TINY.search(path)) and (content_id := tiny_id(match["code"])):
        return Target("internal", url, content_id=content_id, anchor=anchor)
    if match := _SPACE.search(path):
        return Target("space", url, space_key=unquote(match["space"]))
    if match := _DISPLAY.search(path):
        space_key, title = unquote(match["space"]), unquote_plus(match["title"])
        return Target("internal", url, space_key=space_key, title=title, anchor=anchor, posting_day=match["day"])
    return Target("external", url)


def _by_query(query: dict[str, list[str]], anchor: str | None, url: str) -> Target:
    for name in _IDS:
        if content_id := query.get(name, [""])[0]:
            return Target("internal", url, content_id=content_id, anchor=anchor)
    if title := query.get("title", [""])[0]:
        return Target("internal", url, space_key=query.get("spaceKey", [None])[0], title=title, anchor=anchor)
    if key := query.get("key", [""])[0]:
        return Target("space", url, space_key=key)
    return Target("external", url)
