"""Where a Confluence is, and what its page URLs say. Pure: nothing here opens a connection."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, unquote_plus, urljoin, urlsplit

from tap_confluence.client.errors import ConfluenceConfigError

CLOUD_HOSTS = (".atlassian.net", ".jira.com", ".atlassian-us-gov-mod.net")
CLOUD_CONTEXT = "/wiki"

_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BARE_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?(?:/[^@?#\s]*)?")
"""A URL without its beginning."""
_PAGE_FORMS = "expected an id, a page's URL or a /x/ link"
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\\^|<>`{}\"]")
_UI_PATH = re.compile(r"/(?:spaces|display|pages|x|rest|dashboard\.action|index\.action|login\.action)(?:/.*)?$")
_GATEWAY_PATH = re.compile(r"/ex/confluence/([A-Za-z0-9-]+)")
"""Of scoped tokens and OAuth (FACTS 4.2)."""
_PAGE_PATH = re.compile(
    r"^/(?:spaces/(?P<space>[^/]+)/)?(?:pages(?:/edit(?:-v2)?)?|blog(?:/\d{4}/\d{2}/\d{2})?)/(?P<id>\d+)(?:/|$)"
)
_FOLDER_PATH = re.compile(r"^/spaces/[^/]+/(?:folder|whiteboard|database|embed)/(?P<id>\d+)(?:/|$)")
_DISPLAY_PATH = re.compile(r"^/display/(?P<space>[^/]+)/(?P<title>[^/]+)/?$")
_TINY_PATH = re.compile(r"^/x/(?P<code>[A-Za-z0-9_+-]+)/?$")
_TINY_LENGTH = 11
"""Characters of base64 that hold the eight bytes of an id."""


@dataclass(frozen=True, slots=True)
class Site:
    """A Confluence's address.

    Attributes:
        origin: Scheme, host and port, e.g. ``https://acme.atlassian.net``.
        context: The path under which Confluence lives: ``/wiki`` on Cloud, ``""`` or e.g. ``/confluence`` elsewhere.
        known: Whether the context is certain; a URL without a path may be a Cloud site or a Data Center at the root.
    """

    origin: str
    context: str = ""
    known: bool = True

    @property
    def url(self) -> str:
        """Origin with context path, without a trailing slash: what ``_links.webui`` is relative to."""
        return self.origin + self.context

    @property
    def host(self) -> str:
        """The host's name without port."""
        return urlsplit(self.origin).hostname or ""

    @property
    def is_cloud_host(self) -> bool:
        """Whether the host is one of Atlassian's own, so that the deployment needs no probe."""
        return self.host.endswith(CLOUD_HOSTS)

    def at(self, context: str) -> Site:
        """The same origin with a context path that is now certain."""
        return Site(self.origin, context)


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page as a person points at it: by id, or by space key and title where its URL has no id."""

    id: str | None = None
    space_key: str | None = None
    title: str | None = None


def split(url: str) -> SplitResult | None:
    """An address in its parts; None for what is none, such as ``https://[bad`` or ``https://host:port``."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def join(base: str, link: str) -> str | None:
    """A link as it stands on a page at ``base``, absolute; None where that is no address."""
    try:
        return urljoin(base, link)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, so that plain HTTP leaves nothing on a wire."""
    host = host.removesuffix(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_inside(host: str) -> bool:
    """Whether ``host`` is this machine or, as an address, in a network that nobody reaches from outside."""
    address = _address(host)
    return is_loopback(host) or (address is not None and not address.is_global)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A host that is an address, also in the notations that only sockets know: ``127.1``, ``0x7f000001``."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def may_lead_to(base_url: str, target: str) -> bool:
    """Whether a site may send its readers to an address: never from HTTPS to HTTP, never from outside to the inside.

    A host behind ``@`` or a backslash is refused: those who read addresses disagree which host is meant then.
    """
    site, there = urlsplit(base_url), split(target)
    if there is None or there.scheme not in _SCHEMES or not there.hostname or re.search(r"[@\\]", there.netloc):
        return False
    if site[:2] == there[:2]:
        return True
    if there.scheme == "http" and site.scheme == "https":
        return False
    return is_inside(site.hostname or "") or not is_inside(there.hostname)


def origin_of(url: str, setting: str, *, allow_insecure_http: bool = False) -> tuple[str, str]:
    """Split a URL into its normal origin and its path.

    Args:
        url: What a person wrote.
        setting: The setting's name, for the message.
        allow_insecure_http: Permit ``http://`` to a host that is not this machine.

    Raises:
        ConfluenceConfigError: Not a URL, not HTTP, with a user name in it, or plain HTTP over a network.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ConfluenceConfigError(f"{setting}: not a URL ({error})") from None
    if parts.scheme not in _SCHEMES or not parts.hostname or _UNFIT.search(parts.hostname):
        bare = _BARE_HOST.fullmatch(url.strip())
        hint = f"; did you mean https://{bare[0]}?" if bare else ""
        raise ConfluenceConfigError(f"{setting}: expected a URL such as https://acme.atlassian.net{hint}")
    if parts.username is not None or parts.password is not None:
        raise ConfluenceConfigError(f"{setting}: must not hold a user name or password; use the settings made for them")
    if parts.scheme == "http" and not (allow_insecure_http or is_loopback(parts.hostname)):
        raise ConfluenceConfigError(
            f"{setting}: http:// would send credentials unencrypted to {parts.hostname};"
            " use https:// or set allow_insecure_http"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown_port = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}", parts.path


def parse_site(base_url: str, *, allow_insecure_http: bool = False) -> Site:
    """Read ``base_url`` in any form: with or without ``/wiki``, a context path, a trailing slash, a page's path.

    Raises:
        ConfluenceConfigError: See ``origin_of``.
    """
    origin, path = origin_of(base_url, "base_url", allow_insecure_http=allow_insecure_http)
    if gateway := _GATEWAY_PATH.search(path):
        raise ConfluenceConfigError(
            "base_url: this is the address of the API gateway; set base_url to the site itself, e.g."
            f" https://acme.atlassian.net, and cloud_id to {gateway[1]}"
        )
    context = _UI_PATH.sub("", re.sub("/{2,}", "/", path)).rstrip("/")
    if _UNFIT.search(context):
        raise ConfluenceConfigError("base_url: expected a URL such as https://wiki.example/confluence")
    site = Site(origin, context, known=bool(context))
    if site.is_cloud_host:
        return site.at(CLOUD_CONTEXT)
    return site


def decode_tiny(code: str) -> str | None:
    """The page id in a tiny link's code (``/x/<code>``), or None when it holds none.

    The code is the id's little-endian bytes in base64 with ``-`` for ``/`` and ``_`` for ``+``, without trailing
    ``A`` (zero bits) and padding.
    """
    padded = code.rstrip("=").ljust(_TINY_LENGTH, "A")
    if len(padded) != _TINY_LENGTH:
        return None
    try:
        raw = base64.b64decode(padded.replace("-", "/").replace("_", "+") + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    number = int.from_bytes(raw, "little", signed=True)
    return str(number) if number > 0 else None


def encode_tiny(content_id: str) -> str:
    """The code of a tiny link to ``content_id``, the inverse of ``decode_tiny``."""
    raw = int(content_id).to_bytes(8, "little", signed=True)
    return base64.b64encode(raw).decode().rstrip("=").rstrip("A").replace("/", "-").replace("+", "_")


def parse_page_ref(text: str, site: Site, setting: str = "pages") -> PageRef:
    """Read one entry of ``pages`` or ``page_trees``: an id, a page URL of this site, or a tiny link.

    Args:
        text: ``123``, ``https://site/wiki/spaces/K/pages/123/Title``, ``…/spaces/K/blog/2026/01/05/123/Title``,
            ``…/spaces/K/folder/123``, ``…/pages/viewpage.action?pageId=123`` or ``?spaceKey=K&title=Title``,
            ``…/display/K/Title`` (FACTS 7.8), ``…/x/AbC``, or the last ones without scheme and host.
        site: This site; a URL of another one is refused.
        setting: The setting's name, for the message.

    Raises:
        ConfluenceConfigError: Another site's URL, or nothing that names a page.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return PageRef(id=text.lstrip("0") or "0")
    path, query = _own_path(text, site, setting)
    asked = parse_qs(query)
    if ids := asked.get("pageId", []):
        if len(ids) == 1 and ids[0].isascii() and ids[0].isdigit():
            return PageRef(id=ids[0])
    elif path.endswith("/viewpage.action") and len(asked.get("spaceKey", [])) == len(asked.get("title", [])) == 1:
        return PageRef(space_key=asked["spaceKey"][0], title=asked["title"][0])
    elif match := _PAGE_PATH.match(path) or _FOLDER_PATH.match(path):
        return PageRef(id=match["id"])
    elif match := _DISPLAY_PATH.match(path):
        return PageRef(space_key=unquote(match["space"]), title=unquote_plus(match["title"]))
    elif (match := _TINY_PATH.match(path)) and (tiny := decode_tiny(match["code"])):
        return PageRef(id=tiny)
    raise ConfluenceConfigError(f"{setting}: {text!r} names no page; {_PAGE_FORMS}")


def _own_path(text: str, site: Site, setting: str) -> tuple[str, str]:
    """The path below the context and the query of a URL, if it is this site's."""
    parts = split(text)
    if parts is None:
        raise ConfluenceConfigError(f"{setting}: {text!r} is not a URL")
    path = parts.path
    if "://" not in text and not text.startswith("/"):
        raise ConfluenceConfigError(f"{setting}: {text!r} names no page; {_PAGE_FORMS}")
    if not text.startswith("/") or text.startswith("//"):
        origin, path = origin_of(text, setting, allow_insecure_http=True)
        if urlsplit(origin).netloc != urlsplit(site.origin).netloc:
            raise ConfluenceConfigError(f"{setting}: {text!r} is not on {site.url}")
    for context in dict.fromkeys((site.context, CLOUD_CONTEXT)):
        if context and (path == context or path.startswith(context + "/")):
            return path[len(context) :], parts.query
    if site.context and site.known and site.context != CLOUD_CONTEXT and not text.startswith("/"):
        raise ConfluenceConfigError(f"{setting}: {text!r} is not on {site.url}")
    return path, parts.query
