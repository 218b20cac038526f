"""The first request of every run: who is asking (FACTS 4.9)."""

from __future__ import annotations

import os

from tap_confluence.api.base import Api, Identity
from tap_confluence.api.probe import what_answers
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceNotFoundError,
    ConfluenceResponseError,
    ConfluenceServerError,
)
from tap_confluence.settings import Settings

PROXIES = ("https_proxy", "http_proxy", "all_proxy")


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
        hint = what_answers(settings) or f"the settings to look at: {names}"
        raise ConfluenceAuthError(f"{error}; {hint}", http_status=error.http_status, url=error.url) from None
    except ConfluenceServerError as error:
        if error.http_status is not None:
            raise
        proxies = [name.upper() for name in PROXIES if os.environ.get(name) or os.environ.get(name.upper())]
        ways = " and ".join(("base_url", *proxies))
        raise type(error)(f"{error}; check {ways}", attempts=error.attempts, url=error.url) from None
