"""From settings to a Confluence that can be asked: the one place that chooses a dialect."""

from __future__ import annotations

from pathlib import Path

from tap_confluence.api.base import Api
from tap_confluence.api.cloud_v2 import CloudV2
from tap_confluence.client.auth import Auth, Basic, Bearer
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import CLOUD_CONTEXT
from tap_confluence.client.transport import Transport, TransportOptions
from tap_confluence.settings import Settings


def connect(settings: Settings) -> Api:
    """Build the client for the configured site; asks nothing until ``Api.identity``.

    Raises:
        ConfluenceConfigError: The deployment cannot be served with these settings.
    """
    if settings.uses_gateway:
        name = "cloud_id" if settings.cloud_id is not None else "oauth_client_id"
        raise ConfluenceConfigError(
            f"{name}: the API gateway cannot be used so far; use email and an unscoped api_token"
        )
    if settings.deployment == "data_center" or settings.email is None:
        raise ConfluenceConfigError("deployment: only Cloud with email and api_token can be read so far")
    site = settings.site.at(CLOUD_CONTEXT)
    return CloudV2(Transport(site.url, authorization(settings), options(settings)), site)


def options(settings: Settings) -> TransportOptions:
    """How to ask, as the settings say."""
    return TransportOptions(
        concurrency=settings.concurrency,
        requests_per_second=settings.requests_per_second,
        max_retries=settings.max_retries,
        request_timeout=settings.request_timeout,
        max_wait=settings.max_wait,
        max_requests=settings.max_requests,
        verify=str(Path(settings.ca_bundle).expanduser()) if settings.ca_bundle else settings.verify_ssl,
        user_agent=settings.user_agent,
        secrets=settings.secrets,
    )


def authorization(settings: Settings) -> Auth:
    """The credentials that are set; ``Settings`` has proved that they are complete and of one kind."""
    if settings.personal_access_token is not None:
        return Bearer(settings.personal_access_token)
    return Basic(settings.email or settings.username or "", settings.api_token or settings.password or "")
