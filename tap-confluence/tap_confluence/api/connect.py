"""From settings to a Confluence that can be asked: the one place that chooses a dialect."""

from __future__ import annotations

from tap_confluence.api.base import Api
from tap_confluence.api.cloud_v2 import CloudV2
from tap_confluence.client.auth import Auth, Basic, Bearer
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import CLOUD_CONTEXT
from tap_confluence.client.transport import Transport
from tap_confluence.settings import Settings


def connect(settings: Settings) -> Api:
    """Build the client for the configured site; asks nothing until ``Api.identity``.

    Raises:
        ConfluenceConfigError: The deployment cannot be served with these settings.
    """
    if settings.deployment == "data_center" or settings.email is None:
        raise ConfluenceConfigError("deployment: only Cloud with email and api_token can be read so far")
    site = settings.site.at(CLOUD_CONTEXT)
    return CloudV2(Transport.from_settings(settings, site, authorization(settings)), site)


def authorization(settings: Settings) -> Auth:
    """The credentials that are set; ``Settings`` has proved that they are complete and of one kind."""
    if settings.personal_access_token is not None:
        return Bearer(settings.personal_access_token)
    return Basic(settings.email or settings.username or "", settings.api_token or settings.password or "")
