"""A tap as the SDK's cookiecutter makes one: two REST streams over the site's lists, nothing incremental."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.pagination import BaseHATEOASPaginator
from singer_sdk.streams import RESTStream

TEXT = ("id", "status", "title", "spaceId", "parentId", "parentType", "authorId", "ownerId", "createdAt", "pageId")
TEXT += ("mediaType", "comment", "fileId", "webuiLink", "downloadLink")
SCHEMA = th.PropertiesList(
    *(th.Property(name, th.StringType) for name in TEXT),
    th.Property("position", th.IntegerType),
    th.Property("fileSize", th.IntegerType),
    *(th.Property(name, th.ObjectType(additional_properties=True)) for name in ("version", "body", "_links")),
).to_dict()


class Paginator(BaseHATEOASPaginator):
    """Follows ``_links.next``."""

    def get_next_url(self, response: Any) -> str | None:
        """Return the link to the following answer."""
        found: str | None = response.json()["_links"].get("next")
        return found


class Listing(RESTStream[Any]):
    """A list of the site."""

    schema = SCHEMA
    records_jsonpath = "$.results[*]"
    primary_keys = ("id",)

    @property
    def url_base(self) -> str:
        """The root of v2."""
        return f"{self.config['site']}/api/v2"

    @property
    def authenticator(self) -> BasicAuthenticator:
        """Email and token."""
        return BasicAuthenticator(username="me@example.com", password="token")  # noqa: S106 - of a site on this machine

    def get_new_paginator(self) -> Paginator:
        """Return what finds the next answer."""
        return Paginator()

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, Any]:  # noqa: ARG002 - the SDK's
        """Return the query."""
        first = {"limit": 250, "body-format": "storage"}
        return dict(parse_qsl(urlsplit(next_page_token.geturl()).query)) if next_page_token else first


class Pages(Listing):
    """All pages."""

    name, path = "pages", "/pages"


class Attachments(Listing):
    """All attachments."""

    name, path = "attachments", "/attachments"


class StockTap(Tap):
    """The tap."""

    name = "tap-stock"
    config_jsonschema = th.PropertiesList(th.Property("site", th.StringType, required=True)).to_dict()

    def discover_streams(self) -> list[Listing]:
        """Return the streams."""
        return [Pages(self), Attachments(self)]


StockTap.cli()
