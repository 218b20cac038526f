"""The first request of every run: who is asking (FACTS 4.9)."""

from __future__ import annotations

from tap_confluence.api.base import Api, Identity
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceResponseError
from tap_confluence.settings import Settings


def identify(api: Api, settings: Settings) -> Identity:
    """Return the account to which the credentials belong.

    Raises:
        ConfluenceAuthError: To nobody, or there is no Confluence; the message names the settings to look at.
    """
    try:
        return api.identity()
    except (ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceResponseError) as error:
        names = ", ".join(("base_url", *settings.credentials))
        raise ConfluenceAuthError(
            f"{error}; the settings to look at: {names}", http_status=error.http_status, url=error.url
        ) from None
