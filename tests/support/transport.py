"""How a transport of a test asks: as the tap's settings say, with a few of them changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tap_confluence.api import connect
from tap_confluence.client.credentials.secrets import Secrets
from tap_confluence.client.transport import TransportOptions
from tap_confluence.settings import Settings


def asking(secrets: tuple[str, ...] = (), **changes: Any) -> TransportOptions:
    """The options of settings as they come, but for ``changes``, and a ceiling that no test meets."""
    settings = Settings(base_url="http://127.0.0.1", email="ada@example.com", api_token="-")
    return replace(connect.options(settings, Secrets(secrets)), **{"requests_per_second": 1000.0, **changes})
