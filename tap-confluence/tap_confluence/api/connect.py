"""From settings to a Confluence that can be asked: the one place that chooses a dialect."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import urllib3

from tap_confluence.api.base import Api
from tap_confluence.api.cloud.client import CloudV2
from tap_confluence.api.cloud.gateway import gateway_base
from tap_confluence.api.cloud.session import CURRENT_USER
from tap_confluence.api.data_center.client import DataCenter
from tap_confluence.client.attempts import Attempts
from tap_confluence.client.credentials.auth import Auth, Basic, Bearer
from tap_confluence.client.credentials.oauth import App, OAuth, TokenFile
from tap_confluence.client.credentials.secrets import Secrets
from tap_confluence.client.site import CLOUD_CONTEXT
from tap_confluence.client.totals import Counters
from tap_confluence.client.transport import Transport, TransportOptions, wire_options
from tap_confluence.client.waiting import Clock, Waiter, WallClock
from tap_confluence.client.wire import Wire
from tap_confluence.settings import Settings

log = logging.getLogger(__name__)


def connect(settings: Settings) -> Api:
    """Build the client for the configured site; asks nothing before ``Api.identity`` but for an unknown cloud id.

    ``deployment: auto`` needs no question of its own: the credentials tell, and the identity check then tells whether
    the site is what they say; where it is not, ``probe`` finds out what it is.

    Raises:
        ConfluenceConfigError: The deployment cannot be served with these settings.
    """
    secrets = Secrets(settings.secrets)
    asked = options(settings, secrets)
    clock = WallClock()
    if not settings.verify_ssl:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # it would name a file of Python's
        log.warning("verify_ssl is off: whoever sits in between can read the credentials; better trust a ca_bundle")
    if not is_for_cloud(settings):
        site = settings.site.at(settings.site.context)
        return DataCenter(Transport(site.url, authorization(settings, secrets, clock), asked, clock=clock), site)
    site = settings.site.at(CLOUD_CONTEXT)
    if not settings.uses_gateway:
        return CloudV2(Transport(site.url, authorization(settings, secrets, clock), asked, clock=clock), site)
    wire = Wire(wire_options(asked), clock)
    try:
        base = gateway_base(settings, site, wire)
    finally:
        wire.close()
    asked = replace(asked, alive=CURRENT_USER)
    return CloudV2(Transport(base, authorization(settings, secrets, clock), asked, clock=clock), site)


def is_for_cloud(settings: Settings) -> bool:
    """Whether the credentials are Cloud's: each kind belongs to one deployment, ``Settings`` refuses the others."""
    return settings.api_token is not None or settings.oauth_client_id is not None


def options(settings: Settings, secrets: Secrets) -> TransportOptions:
    """How to ask, as the settings say."""
    return TransportOptions(
        concurrency=settings.concurrency,
        requests_per_second=settings.requests_per_second,
        max_retries=settings.max_retries,
        request_timeout=settings.request_timeout,
        max_wait=settings.max_wait,
        max_requests=settings.max_requests,
        verify=_path(settings.ca_bundle) if settings.ca_bundle else settings.verify_ssl,
        identity=_identity(settings),
        headers=settings.headers,
        origin=settings.site.origin,
        user_agent=settings.user_agent,
        secrets=secrets,
    )


def _identity(settings: Settings) -> str | tuple[str, str] | None:
    """The certificate with which the tap itself shows who it is, and its key if that stands in another file."""
    if settings.client_certificate is None:
        return None
    certificate = _path(settings.client_certificate)
    return (certificate, _path(settings.client_key)) if settings.client_key else certificate


def _path(text: str) -> str:
    return str(Path(text).expanduser())


def authorization(settings: Settings, secrets: Secrets, clock: Clock) -> Auth:
    """The credentials that are set; ``Settings`` has proved that they are complete and of one kind."""
    if settings.oauth_client_id is not None:
        wire = Wire(wire_options(options(settings, secrets)), clock)
        waiter = Waiter(clock, Counters())
        of_users = settings.oauth_refresh_token or settings.oauth_token_file
        return OAuth(
            App(settings.oauth_client_id, settings.oauth_client_secret or "", settings.oauth_token_url),
            TokenFile(settings.oauth_token_file, settings.oauth_refresh_token, waiter) if of_users else None,
            lambda url, form: wire.send("POST", url, authorization=None, json=form),
            Attempts(settings.max_retries, settings.max_wait, lambda seconds, why, _: waiter.wait(seconds, why)),
            secrets,
        )
    token = settings.personal_access_token or (settings.api_token if settings.email is None else None)
    if token is not None:
        return Bearer(token)
    pair = Basic(settings.email or settings.username or "", settings.api_token or settings.password or "")
    secrets.add(f"{pair.user}:{pair.secret}")
    return pair
