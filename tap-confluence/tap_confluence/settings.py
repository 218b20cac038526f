"""The configuration as the tap uses it: typed, checked and frozen (CONTRACT 1.1).

Defaults, ranges and choices are those of ``declared.py``; this is what the values mean together.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import PageRef, Site, origin_of, parse_page_ref, parse_site
from tap_confluence.declared import bounds, choices, default
from tap_confluence.normalise.values import timestamp

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name (RFC 9110, 5.6.2)."""
_OWN_HEADERS = ("authorization", "host", "content-length", "content-type", "transfer-encoding", "accept-encoding")
_SECRETS = ("api_token", "password", "personal_access_token", "oauth_client_secret", "oauth_refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of CONTRACT 1.1 under its own name; what is unset is None or empty.

    Durations are seconds unless the name says otherwise. Secrets are left out of the representation.
    """

    base_url: str
    deployment: str = default("deployment")
    email: str | None = default("email")
    api_token: str | None = field(default=None, repr=False)
    username: str | None = default("username")
    password: str | None = field(default=None, repr=False)
    personal_access_token: str | None = field(default=None, repr=False)
    cloud_id: str | None = default("cloud_id")
    gateway_url: str = default("gateway_url")
    oauth_client_id: str | None = default("oauth_client_id")
    oauth_client_secret: str | None = field(default=None, repr=False)
    oauth_refresh_token: str | None = field(default=None, repr=False)
    oauth_token_url: str = default("oauth_token_url")
    oauth_token_file: str | None = default("oauth_token_file")
    spaces: tuple[str, ...] = default("spaces")
    exclude_spaces: tuple[str, ...] = default("exclude_spaces")
    space_ids: tuple[str, ...] = default("space_ids")
    space_types: tuple[str, ...] = default("space_types")
    space_statuses: tuple[str, ...] = default("space_statuses")
    pages: tuple[str, ...] = default("pages")
    page_trees: tuple[str, ...] = default("page_trees")
    labels: tuple[str, ...] = default("labels")
    exclude_labels: tuple[str, ...] = default("exclude_labels")
    content_statuses: tuple[str, ...] = default("content_statuses")
    start_date: str | None = default("start_date")
    body_format: str = default("body_format")
    page_size: int = default("page_size")
    max_pages: int | None = default("max_pages")
    max_requests: int | None = default("max_requests")
    concurrency: int = default("concurrency")
    requests_per_second: float = default("requests_per_second")
    max_retries: int = default("max_retries")
    request_timeout: float = default("request_timeout")
    max_wait: float = default("max_wait")
    verify_ssl: bool = default("verify_ssl")
    ca_bundle: str | None = default("ca_bundle")
    client_certificate: str | None = default("client_certificate")
    client_key: str | None = default("client_key")
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    user_agent: str | None = default("user_agent")
    allow_insecure_http: bool = default("allow_insecure_http")
    deletion_detection: str = default("deletion_detection")
    reconciliation_interval_days: float = default("reconciliation_interval_days")
    max_tombstone_share: float = default("max_tombstone_share")
    lookback_minutes: float = default("lookback_minutes")
    resync_spaces: tuple[str, ...] = default("resync_spaces")
    max_failures: int = default("max_failures")
    attachments_download: bool = default("attachments_download")
    attachments_directory: str | None = default("attachments_directory")
    attachments_max_bytes: int | None = default("attachments_max_bytes")
    attachments_media_types: tuple[str, ...] = default("attachments_media_types")
    site: Site = field(init=False)
    """``base_url``, understood."""
    page_refs: tuple[PageRef, ...] = field(init=False)
    """``pages``, understood."""
    tree_refs: tuple[PageRef, ...] = field(init=False)
    """``page_trees``, understood."""

    def __post_init__(self) -> None:
        site = parse_site(self.base_url, allow_insecure_http=self.allow_insecure_http)
        object.__setattr__(self, "site", site)
        object.__setattr__(self, "page_refs", tuple(parse_page_ref(ref, site, "pages") for ref in self.pages))
        object.__setattr__(self, "tree_refs", tuple(parse_page_ref(ref, site, "page_trees") for ref in self.page_trees))
        _check_urls(self)
        _check_headers(self)
        _check_credentials(self)
        _check_selection(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The configured secrets, for keeping them out of whatever is shown."""
        return tuple(value for name in _SECRETS if (value := getattr(self, name))) + tuple(self.headers.values())

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of the settings that say who is asking, as far as they are set."""
        return tuple(name for name in ("email", "username", *_SECRETS) if getattr(self, name))

    @property
    def uses_gateway(self) -> bool:
        """Whether requests go through Atlassian's API gateway: scoped tokens and OAuth (FACTS 4.2)."""
        return self.cloud_id is not None or self.oauth_client_id is not None

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, also_known: Collection[str] = ()) -> Settings:
        """Read a plugin's configuration.

        Args:
            config: The flat settings as JSON values; null means unset.
            also_known: Further settings that are somebody else's (the SDK's own) and are passed over.

        Raises:
            ConfluenceConfigError: Unknown, wrong, contradictory or missing; the message names the setting.
        """
        known = {item.name: item for item in fields(cls) if item.init}
        values: dict[str, Any] = {}
        for name, value in config.items():
            if name in known:
                if value is not None:
                    values[name] = _READERS.get(str(known[name].type), _text)(name, value)
            elif name not in also_known:
                near = difflib.get_close_matches(name, [*known, *also_known], n=1)
                raise ConfluenceConfigError(
                    f"unknown setting {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
                )
        if "base_url" not in values:
            raise ConfluenceConfigError("base_url is missing: the site to read, e.g. https://acme.atlassian.net")
        for name, value in values.items():
            _check_choice(name, value)
            _check_range(name, value)
        if "start_date" in values:
            values["start_date"] = _start_date(values["start_date"])
        return cls(**values)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfluenceConfigError(f"{name}: expected a text that is not empty")
    if _UNSEEN.search(value.strip()):
        raise ConfluenceConfigError(f"{name}: holds a character that nobody sees, such as a line break; copy it again")
    return value.strip()


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfluenceConfigError(f'{name}: expected an array of texts, e.g. ["ENG"]')
    return tuple(dict.fromkeys(_text(name, str(item) if type(item) is int else item) for item in value))


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or value != value // 1:
        raise ConfluenceConfigError(f"{name}: expected a whole number")
    return int(value)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not math.isfinite(value):
        raise ConfluenceConfigError(f"{name}: expected a number")
    return float(value)


def _boolean(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfluenceConfigError(f"{name}: expected true or false")
    return value


def _headers(name: str, value: object) -> Mapping[str, str]:
    """Names and values of headers; no value is ever shown."""
    if not isinstance(value, Mapping):
        raise ConfluenceConfigError(f'{name}: expected an object of texts, e.g. {{"X-Access-Token": "…"}}')
    for header, content in value.items():
        if not isinstance(header, str) or not _HEADER.fullmatch(header):
            raise ConfluenceConfigError(f"{name}: {header!r} is not the name of a header")
        if header.lower() in _OWN_HEADERS:
            raise ConfluenceConfigError(f"{name}: {header} is the tap's own; credentials have settings of their own")
        if not _text(f"{name}: {header}", content).isascii():
            raise ConfluenceConfigError(f"{name}: {header} holds a character that cannot be sent; copy it again")
    return {header: content.strip() for header, content in value.items()}


_READERS: dict[str, Any] = {
    "Mapping[str, str]": _headers,
    "tuple[str, ...]": _texts,
    "int": _integer,
    "int | None": _integer,
    "float": _number,
    "bool": _boolean,
}


def _check_choice(name: str, value: object) -> None:
    allowed = choices(name)
    for choice in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
        if allowed and choice not in allowed:
            raise ConfluenceConfigError(f"{name}: {choice!r} is none of {', '.join(allowed)}")


def _check_range(name: str, value: object) -> None:
    low, high = bounds(name)
    if isinstance(value, (int, float)) and not low <= value <= high:
        bound = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise ConfluenceConfigError(f"{name}: must be {bound}")


def _start_date(value: str) -> str:
    moment = timestamp(value)
    if moment is None:
        raise ConfluenceConfigError(f"start_date: {value!r} is not an RFC 3339 date, e.g. 2026-01-31T00:00:00Z")
    return moment


def _check_headers(settings: Settings) -> None:
    """What travels in a header as it is has to be ASCII."""
    for name in ("personal_access_token", "user_agent"):
        if not (getattr(settings, name) or "").isascii():
            raise ConfluenceConfigError(f"{name}: holds a character that cannot be sent; copy it again")


def _check_urls(settings: Settings) -> None:
    for name in ("gateway_url", "oauth_token_url"):
        origin_of(getattr(settings, name), name, allow_insecure_http=settings.allow_insecure_http)
    if settings.ca_bundle is not None and not settings.verify_ssl:
        raise ConfluenceConfigError("ca_bundle and verify_ssl: false contradict each other; drop one")
    if settings.client_key is not None and settings.client_certificate is None:
        raise ConfluenceConfigError("client_certificate is missing: client_key belongs to one")
    for name in ("ca_bundle", "client_certificate", "client_key"):
        path = getattr(settings, name)
        if path is not None and not Path(path).expanduser().exists():
            raise ConfluenceConfigError(f"{name}: there is no file {path!r}")


def _check_credentials(settings: Settings) -> None:
    """One complete way to log in, fitting the deployment."""
    ways = {
        "email and api_token": (settings.email, settings.api_token),
        "username and password": (settings.username, settings.password),
        "personal_access_token": (settings.personal_access_token,),
        "oauth_client_id and oauth_client_secret": (settings.oauth_client_id, settings.oauth_client_secret),
    }
    begun = [names for names, parts in ways.items() if any(parts)]
    if not begun and (settings.oauth_refresh_token or settings.oauth_token_file):
        begun = ["oauth_client_id and oauth_client_secret"]
    if not begun:
        raise ConfluenceConfigError(
            "credentials are missing: set email and api_token (Cloud), personal_access_token or username and password"
            " (Data Center), or the oauth_ settings"
        )
    if len(begun) > 1:
        raise ConfluenceConfigError(f"more than one way to log in is set: {' / '.join(begun)}; keep one")
    way = begun[0]
    of_service_account = settings.api_token is not None and settings.cloud_id is not None
    if not all(ways[way]) and not of_service_account:
        hint = "; the token of a service account needs no email, but cloud_id" if settings.api_token else ""
        raise ConfluenceConfigError(f"credentials are incomplete: {way} belong together{hint}")
    if settings.deployment == "data_center" and way.startswith(("email", "oauth")):
        raise ConfluenceConfigError(f"{way}: belongs to Cloud, but deployment is data_center")
    cloud = settings.deployment == "cloud" or settings.site.is_cloud_host
    if cloud and way.startswith(("username", "personal")):
        raise ConfluenceConfigError(f"{way}: belongs to Data Center, but the site is on Cloud; use email and api_token")
    if settings.cloud_id is not None and not way.startswith(("email", "oauth")):
        raise ConfluenceConfigError(f"cloud_id: belongs to Cloud, but {way} is set")


def _check_selection(settings: Settings) -> None:
    for value in settings.space_ids:
        if not (value.isascii() and value.isdigit()):
            raise ConfluenceConfigError(f"space_ids: {value!r} is not a space's numeric id; keys go into spaces")
    if settings.attachments_download and settings.attachments_directory is None:
        raise ConfluenceConfigError(
            "attachments_directory is missing: attachments_download needs a place for the files"
        )
    if settings.deployment == "data_center" and settings.body_format == "atlas_doc_format":
        raise ConfluenceConfigError("body_format: Data Center has no atlas_doc_format; use storage")
