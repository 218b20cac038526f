"""What answers at a site that refused the identity check: the other deployment, or one at another context path.

Asked only then, and without credentials: a Data Center would count them as failed logins (FACTS 4.10). While the
identity check succeeds, it is the one probe that ``deployment: auto`` needs.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tap_confluence.api.connect import is_for_cloud, options
from tap_confluence.client.answers import TruncatedError, decode
from tap_confluence.client.credentials.secrets import Secrets
from tap_confluence.client.site import CLOUD_CONTEXT
from tap_confluence.client.transport import wire_options
from tap_confluence.client.waiting import WallClock
from tap_confluence.client.wire import Reply, Wire, WireError
from tap_confluence.settings import Settings

TENANT = "/_edge/tenant_info"
"""Tells a site of Cloud from all others (FACTS 4.3)."""
INFORMATION = "/rest/api/server-information"
"""Is there on a Data Center alone (FACTS 7.6)."""
USUAL_CONTEXTS = ("", "/confluence", CLOUD_CONTEXT)


def what_answers(settings: Settings) -> str | None:
    """What is found where the settings expect something else, and what to set; None when nothing is.

    Requests: 1, and up to 4 more for a site that is not on Cloud.
    """
    if settings.uses_gateway or settings.site.is_cloud_host:
        return None
    wire = Wire(wire_options(options(settings, Secrets(settings.secrets))), WallClock())
    try:
        if _is_cloud(wire, settings.site.origin):
            return None if is_for_cloud(settings) else _use_cloud(settings)
        found = next((url for url in _addresses(settings) if _is_data_center(wire, url)), None)
    finally:
        wire.close()
    return None if found is None else _use_data_center(settings, found)


def _use_cloud(settings: Settings) -> str:
    login = f"email and api_token instead of {' and '.join(settings.credentials)}"
    return f"{settings.site.origin} is Confluence Cloud ({TENANT} answered): set {_and(login, *_auto(settings))}"


def _use_data_center(settings: Settings, url: str) -> str | None:
    wishes = []
    if url != settings.site.url:
        wishes.append(f"base_url to {url}")
    if is_for_cloud(settings):
        login = f"personal_access_token, or username and password, instead of {' and '.join(settings.credentials)}"
        wishes += [login, *_auto(settings)]
    if not wishes:
        return None
    return f"{url} is a Confluence Data Center ({INFORMATION} answered): set {_and(*wishes)}"


def _auto(settings: Settings) -> tuple[str, ...]:
    """What else is to be set where the deployment is set, too, and wrong."""
    return () if settings.deployment == "auto" else ("deployment to auto",)


def _and(*wishes: str) -> str:
    return ", and ".join(wishes)


def _addresses(settings: Settings) -> list[str]:
    """Where a Data Center may live: as it was said, and where most do."""
    contexts = dict.fromkeys((settings.site.context, *USUAL_CONTEXTS))
    return [settings.site.origin + context for context in contexts]


def _is_cloud(wire: Wire, origin: str) -> bool:
    reply, data = _asked(wire, origin + TENANT)
    return reply is not None and reply.status == HTTPStatus.OK and isinstance(data.get("cloudId"), str)


def _is_data_center(wire: Wire, url: str) -> bool:
    """Whether the address tells its version, or wants to know in a Data Center's way who asks."""
    reply, data = _asked(wire, url + INFORMATION)
    if reply is None:
        return False
    if reply.status == HTTPStatus.OK:
        return isinstance(data.get("version"), str) and "buildNumber" in data
    refused = reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    return refused and (data.get("statusCode") == reply.status or "X-Seraph-LoginReason" in reply.headers)


def _asked(wire: Wire, url: str) -> tuple[Reply | None, dict[str, Any]]:
    """The answer to a question without credentials, and the object in it."""
    try:
        reply = wire.send("GET", url, authorization=None)
        data = decode(reply.body)
    except WireError:
        return None, {}
    except TruncatedError:
        data = None
    return reply, data if isinstance(data, dict) else {}
