"""Who is asking: the first request of every run (FACTS 4.9), and the last before an absence is believed."""

from __future__ import annotations

import os
from http import HTTPStatus

from tap_confluence.api.base import Api, Identity
from tap_confluence.api.probe import what_answers
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceError,
    ConfluenceNotFoundError,
    ConfluenceResponseError,
    ConfluenceServerError,
)
from tap_confluence.settings import Settings

PROXIES = ("https_proxy", "http_proxy", "all_proxy")


def confirm(api: Api, identity: Identity) -> None:
    """Prove that the credentials still live and are the same account's, in one request.

    An answer that something is not there is worth nothing without: credentials that died in the middle of a run get
    "not found" on Cloud (FACTS 4.6, 4.7) and an anonymous reader's view of a Data Center (FACTS 7.5). Whoever forgets
    or buries something calls this once, after the last answer on which it rests.

    Raises:
        ConfluenceAuthError: They died, or are somebody else's now.
        ConfluenceError: There is no answer, so nothing is proved.
    """
    found = api.identity()
    if found.account_id != identity.account_id:
        raise ConfluenceAuthError(
            f"identity check at {found.site}: answers are for account {found.account_id} now, and were for"
            f" {identity.account_id}"
        )


def identify(api: Api, settings: Settings) -> Identity:
    """Return the account to which the credentials belong.

    Raises:
        ConfluenceAuthError: To nobody, or there is no Confluence; the message names the settings to look at.
        ConfluenceServerError: No answer came; the message names what leads there.
    """
    try:
        return api.identity()
    except (ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceResponseError) as error:
        names = ", ".join(("base_url", *settings.credentials))
        hint = what_answers(settings) or f"the settings to look at: {names}{_scoped(settings, error)}"
        raise ConfluenceAuthError(f"{error}; {hint}", http_status=error.http_status, url=error.url) from None
    except ConfluenceServerError as error:
        if error.http_status is not None:
            raise
        proxies = [name.upper() for name in PROXIES if os.environ.get(name) or os.environ.get(name.upper())]
        ways = " and ".join(("base_url", *proxies))
        raise type(error)(f"{error}; check {ways}", attempts=error.attempts, url=error.url) from None


def _scoped(settings: Settings, error: ConfluenceError) -> str:
    """What to set where a site of Cloud answers 401: to a scoped token it does, to a wrong one not (FACTS 4.2, 4.7)."""
    if settings.email is None or settings.uses_gateway or error.http_status != HTTPStatus.UNAUTHORIZED:
        return ""
    return "; a token with scopes, as all of service accounts are, works at the gateway alone: set cloud_id to auto"
