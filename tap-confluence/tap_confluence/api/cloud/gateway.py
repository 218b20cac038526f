"""The API gateway of Confluence Cloud: where scoped tokens and OAuth apps ask (FACTS 4.2, 4.3)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from tap_confluence.client.answers import TruncatedError, decode
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import CLOUD_CONTEXT, Site, origin_of
from tap_confluence.client.wire import Wire, WireError
from tap_confluence.settings import Settings

AUTO = "auto"


def gateway_base(settings: Settings, site: Site, wire: Wire) -> str:
    """Where requests go: the gateway, with the id of the site's cloud, which is looked up if need be.

    Raises:
        ConfluenceConfigError: The id cannot be found out.
    """
    cloud_id = settings.cloud_id if settings.cloud_id not in (None, AUTO) else look_up(site, wire)
    origin, path = origin_of(settings.gateway_url, "gateway_url", allow_insecure_http=settings.allow_insecure_http)
    return f"{origin}{path.rstrip('/')}/ex/confluence/{quote(cloud_id or '', safe='')}{CLOUD_CONTEXT}"


def look_up(site: Site, wire: Wire) -> str:
    """The id of the site's cloud, by a question that needs no credentials (FACTS 4.3).

    Raises:
        ConfluenceConfigError: The site does not tell.
    """
    url = f"{site.origin}/_edge/tenant_info"
    try:
        reply = wire.send("GET", url, authorization=None)
        found = decode(reply.body) if reply.status == HTTPStatus.OK else None
    except (WireError, TruncatedError) as error:
        raise ConfluenceConfigError(f"cloud_id: looking it up at {url} failed: {error}; set it") from None
    cloud_id = found.get("cloudId") if isinstance(found, dict) else None
    if not isinstance(cloud_id, str) or not cloud_id:
        raise ConfluenceConfigError(f"cloud_id: {url} does not tell it ({reply.status}); set it")
    return cloud_id
