"""The configuration as the tap uses it: typed, checked and frozen (CONTRACT 1.1).

The JSON schema that people and Meltano see is declared in ``tap.py``; this is what its values mean together.
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
from tap_confluence.normalise.values import timestamp

DEPLOYMENTS = ("auto", "cloud", "data_center")
BODY_FORMATS = ("storage", "atlas_doc_format", "none")
CONTENT_STATUSES = ("current", "archived")
SPACE_STATUSES = ("current", "archived")
DELETION_DETECTION = ("off", "every_sync", "interval")
GATEWAY_URL = "https://api.atlassian.com"
OAUTH_TOKEN_URL = "https://auth.atlassian.com/oauth/token"  # noqa: S105 - an address, not a token
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SECRETS = ("api_token", "password", "personal_access_token", "oauth_client_secret", "oauth_refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of CONTRACT 1.1 under its own name; what is unset is None or empty.

    Durations are seconds unless the name says otherwise. Secrets are left out of the representation.
    """

    base_url: str
    deployment: str = "auto"
    email: str | None = None
    api_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    personal_access_token: str | None = field(default=None, repr=False)
    cloud_id: str | None = None
    gateway_url: str = GATEWAY_URL
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = field(default=None, repr=False)
    oauth_refresh_token: str | None = field(default=None, repr=False)
    oauth_token_url: str = OAUTH_TOKEN_URL
    oauth_token_file: str | None = None
    spaces: tuple[str, ...] = ()
    exclude_spaces: tuple[str, ...] = ()
    space_ids: tuple[str, ...] = ()
    space_types: tuple[str, ...] = ()
    space_statuses: tuple[str, ...] = ("current",)
    pages: tuple[str, ...] = ()
    page_trees: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()
    content_statuses: tuple[str, ...] = ("current",)
    start_date: str | None = None
    body_format: str = "storage"
    page_size: int = 250
    max_pages: int | None = None
    max_requests: int | None = None
    concurrency: int = 5
    requests_per_second: float = 20.0
    max_retries: int = 5
    request_timeout: float = 60.0
    max_wait: float = 3600.0
    verify_ssl: bool = True
    ca_bundle: str | None = None
    user_agent: str | None = None
    allow_insecure_http: bool = False
    deletion_detection: str = "interval"
    reconciliation_interval_days: float = 7.0
    max_tombstone_share: float = 0.2
    lookback_minutes: float = 2.0
    resync_spaces: tuple[str, ...] = ()
    max_failures: int = 100
    attachments_download: bool = False
    attachments_directory: str | None = None
    attachments_max_bytes: int | None = None
    attachments_media_types: tuple[str, ...] = ()
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
        return tuple(value for name in _SECRETS if (value := getattr(self, name)))

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
        for name, allowed in _CHOICES.items():
            _check_choice(name, values.get(name), allowed)
        for name, (low, high) in _RANGES.items():
            _check_range(name, values.get(name), low, high)
        if "start_date" in values:
            values["start_date"] = _start_date(values["start_date"])
        return cls(**values)


_CHOICES = {
    "deployment": DEPLOYMENTS,
    "body_format": BODY_FORMATS,
    "content_statuses": CONTENT_STATUSES,
    "space_statuses": SPACE_STATUSES,
    "deletion_detection": DELETION_DETECTION,
}
_RANGES: dict[str, tuple[float, float]] = {
    "page_size": (1, 250),
    "max_pages": (1, math.inf),
    "max_requests": (1, math.inf),
    "concurrency": (1, 100),
    "requests_per_second": (0.01, 1000),
    "max_retries": (0, 100),
    "request_timeout": (0.1, 3600),
    "max_wait": (0, 86_400),
    "reconciliation_interval_days": (0, math.inf),
    "max_tombstone_share": (0, 1),
    "lookback_minutes": (0, 100_000),
    "max_failures": (0, math.inf),
    "attachments_max_bytes": (1, math.inf),
}


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


_READERS: dict[str, Any] = {
    "tuple[str, ...]": _texts,
    "int": _integer,
    "int | None": _integer,
    "float": _number,
    "bool": _boolean,
}


def _check_choice(name: str, value: str | tuple[str, ...] | None, allowed: tuple[str, ...]) -> None:
    for choice in (value,) if isinstance(value, str) else value or ():
        if choice not in allowed:
            raise ConfluenceConfigError(f"{name}: {choice!r} is none of {', '.join(allowed)}")


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
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
    if settings.ca_bundle is not None:
        if not settings.verify_ssl:
            raise ConfluenceConfigError("ca_bundle and verify_ssl: false contradict each other; drop one")
        if not Path(settings.ca_bundle).expanduser().exists():
            raise ConfluenceConfigError("ca_bundle: no such file or directory")


def _check_credentials(settings: Settings) -> None:
    """One complete way to log in, fitting the deployment."""
    ways = {
        "email and api_token": (settings.email, settings.api_token),
        "username and password": (settings.username, settings.password),
        "personal_access_token": (settings.personal_access_token,),
        "oauth_client_id, oauth_client_secret and oauth_refresh_token": (
            settings.oauth_client_id,
            settings.oauth_client_secret,
            settings.oauth_refresh_token or settings.oauth_token_file,
        ),
    }
    begun = [names for names, parts in ways.items() if any(parts)]
    if not begun:
        raise ConfluenceConfigError(
            "credentials are missing: set email and api_token (Cloud), personal_access_token or username and password"
            " (Data Center), or the oauth_ settings"
        )
    if len(begun) > 1:
        raise ConfluenceConfigError(f"more than one way to log in is set: {' / '.join(begun)}; keep one")
    way = begun[0]
    if not all(ways[way]):
        raise ConfluenceConfigError(f"credentials are incomplete: {way} belong together")
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
