"""The settings (CONTRACT 1.1): names, titles, descriptions, types, defaults, ranges and choices, in this one place.

``settings.Settings`` takes them from here; what the values mean together is checked there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

_CONTENT_STATUSES = ("current", "archived")
_SPACE_STATUSES = ("current", "archived")


def _setting(kind: str, title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], "title": title, "description": description, **more}


def _text(title: str, description: str, **more: Any) -> dict[str, Any]:
    return _setting("string", title, description, **more)


def _texts(title: str, description: str, default: Sequence[str] = (), **items: Any) -> dict[str, Any]:
    more = {"default": list(default)} if default else {}
    return _setting("array", title, description, items={"type": "string", **items}, **more)


def _secret(title: str, description: str) -> dict[str, Any]:
    return _text(title, description, secret=True, writeOnly=True)


_PROPERTIES: dict[str, dict[str, Any]] = {
    "base_url": _text(
        "Site URL",
        "The site, e.g. https://acme.atlassian.net (with or without /wiki), or a Data Center URL with its context.",
    ),
    "deployment": _text(
        "Deployment",
        "Which Confluence this is; auto takes the one that the credentials are for.",
        enum=["auto", "cloud", "data_center", None],
        default="auto",
    ),
    "email": _text(
        "E-mail", "E-mail address of the Atlassian account (Cloud); a service account needs none where cloud_id is set."
    ),
    "api_token": _secret("API token", "API token of that account (Cloud)."),
    "username": _text("User name", "User name (Data Center)."),
    "password": _secret("Password", "Password of that user (Data Center)."),
    "personal_access_token": _secret("Personal access token", "Personal access token, sent as bearer (Data Center)."),
    "cloud_id": _text(
        "Cloud id",
        "Cloud id of the site: requests go through the API gateway, as scoped tokens and OAuth need; auto looks it up.",
    ),
    "gateway_url": _text("Gateway URL", "Origin of the API gateway.", default="https://api.atlassian.com"),
    "oauth_client_id": _text(
        "OAuth client id", "Client id of the OAuth 2.0 app, or of a service account's OAuth credentials."
    ),
    "oauth_client_secret": _secret("OAuth client secret", "Client secret that belongs to it."),
    "oauth_refresh_token": _secret(
        "OAuth refresh token",
        "The first refresh token of an app that users let in (3LO); each refresh returns a new one.",
    ),
    "oauth_token_url": _text(
        "OAuth token URL", "Where access tokens come from.", default="https://auth.atlassian.com/oauth/token"
    ),
    "oauth_token_file": _text(
        "OAuth token file", "File that keeps the rotated refresh token; it is written before the token is used."
    ),
    "spaces": _texts(
        "Spaces", "Space keys or shell globs to read (ENG, TEAM-*, ~*); all that the token sees if empty."
    ),
    "exclude_spaces": _texts("Excluded spaces", "Space keys or shell globs to leave out."),
    "space_ids": _texts("Space ids", "Ids of spaces to read, beside those named in spaces."),
    "space_types": _texts("Space types", "Only spaces of these types: global, personal, collaboration and so on."),
    "space_statuses": _texts(
        "Space statuses", "Only spaces in these statuses.", default=["current"], enum=list(_SPACE_STATUSES)
    ),
    "pages": _texts("Pages", "Page ids, page URLs or tiny links of single pages to read."),
    "page_trees": _texts(
        "Page trees", "Page ids, page URLs or tiny links of pages to read with all their descendants."
    ),
    "labels": _texts("Labels", "Only content that has one of these labels, with the attachments and comments on it."),
    "exclude_labels": _texts(
        "Excluded labels", "No content that has one of these labels, nor the attachments and comments on it."
    ),
    "content_statuses": _texts(
        "Content statuses", "Statuses of the content to read.", default=["current"], enum=list(_CONTENT_STATUSES)
    ),
    "start_date": _text(
        "Start date", "Only content that changed at this moment or later (RFC 3339).", format="date-time"
    ),
    "body_format": _text(
        "Body format",
        "Format of bodies; none reads no bodies.",
        enum=["storage", "atlas_doc_format", "none", None],
        default="storage",
    ),
    "page_size": _setting("integer", "Page size", "Rows a request.", minimum=1, maximum=250, default=250),
    "max_pages": _setting(
        "integer",
        "Most pages",
        "Stop each stream of content after this many rows, for trying out; moves no bookmark.",
        minimum=1,
    ),
    "max_requests": _setting(
        "integer", "Most requests", "Stop cleanly, with STATE, after this many requests: a daily budget.", minimum=1
    ),
    "concurrency": _setting("integer", "Concurrency", "Requests in flight at once.", minimum=1, maximum=100, default=5),
    "requests_per_second": _setting(
        "number", "Requests per second", "Ceiling shared by all threads.", minimum=0.01, maximum=1000, default=20.0
    ),
    "max_retries": _setting(
        "integer", "Most retries", "Retries of one request, after 1, 2, 4 … 60 s.", minimum=0, maximum=100, default=5
    ),
    "request_timeout": _setting(
        "number",
        "Request timeout",
        "Seconds until a silent server is given up.",
        minimum=0.1,
        maximum=3600,
        default=60.0,
    ),
    "max_wait": _setting(
        "number",
        "Longest wait",
        "Seconds that a Retry-After may ask for; a longer one ends the run.",
        minimum=0,
        maximum=86_400,
        default=3600.0,
    ),
    "verify_ssl": _setting("boolean", "Verify TLS", "Verify the server's certificate.", default=True),
    "ca_bundle": _text(
        "CA bundle",
        "File or directory of certificate authorities to trust instead of this system's and the usual ones.",
    ),
    "client_certificate": _text("Client certificate", "PEM file with the certificate that the site wants of the tap."),
    "client_key": _text("Client key", "PEM file with its key, without a passphrase, if that is not in the same file."),
    "headers": _setting(
        "object",
        "Headers",
        "Headers sent with each request to the site's own host, as an access proxy in front of it wants them.",
        additionalProperties={"type": "string"},
        secret=True,
        writeOnly=True,
    ),
    "user_agent": _text("User agent", "Sent with every request; name a contact here."),
    "allow_insecure_http": _setting(
        "boolean",
        "Allow plain HTTP",
        "Permit http:// to a host other than this machine: credentials travel in clear.",
        default=False,
    ),
    "deletion_detection": _text(
        "Deletion detection",
        "When spaces are swept for what is gone or changed without a new version.",
        enum=["off", "every_sync", "interval", None],
        default="interval",
    ),
    "reconciliation_interval_days": _setting(
        "number",
        "Reconciliation interval",
        "Days between two sweeps of a space, for the interval detection.",
        minimum=0,
        default=7.0,
    ),
    "max_tombstone_share": _setting(
        "number",
        "Largest share of tombstones",
        "A sweep that would bury a larger share of a space (and over 20 rows) holds back until a second agrees.",
        minimum=0,
        maximum=1,
        default=0.2,
    ),
    "lookback_minutes": _setting(
        "number",
        "Lookback",
        "Minutes behind a bookmark that are read again, for late commits.",
        minimum=0,
        maximum=100_000,
        default=2.0,
    ),
    "resync_spaces": _texts("Spaces to resync", "Keys of spaces to read again from the start in this run."),
    "max_failures": _setting(
        "integer",
        "Most failures",
        "Single rows that may fail in a run; more end it with exit code 1.",
        minimum=0,
        default=100,
    ),
    "attachments_download": _setting(
        "boolean", "Download attachments", "Fetch the bytes of attachments.", default=False
    ),
    "attachments_directory": _text("Attachments directory", "Where those bytes are kept."),
    "attachments_max_bytes": _setting("integer", "Largest attachment", "Leave out larger files (bytes).", minimum=1),
    "attachments_media_types": _texts(
        "Attachment media types", "Only these media types; globs such as image/* are allowed."
    ),
}


CONFIG_SCHEMA: dict[str, Any] = {"type": "object", "properties": _PROPERTIES, "required": ["base_url"]}
"""The JSON Schema of the tap's configuration."""


def default(name: str) -> Any:
    """A setting's default: a tuple for several texts, None where there is none."""
    schema = _PROPERTIES[name]
    found = schema.get("default")
    return tuple(found or ()) if "array" in schema["type"] else found


def choices(name: str) -> tuple[str, ...]:
    """What a setting, or each of its texts, may be; empty where it may be any."""
    schema = _PROPERTIES[name]
    allowed = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return tuple(choice for choice in allowed if choice is not None)


def bounds(name: str) -> tuple[float, float]:
    """The least and the greatest number that a setting may be."""
    schema = _PROPERTIES[name]
    return schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
