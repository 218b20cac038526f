"""HTTP with Confluence and nothing else: session, credentials, retries, throttle, errors. Usable without Singer.

``ConfluenceClient`` and ``AsyncConfluenceClient`` are the library's front door.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_confluence.client.library.async_client import AsyncConfluenceClient
    from tap_confluence.client.library.client import ConfluenceClient

__all__ = ["AsyncConfluenceClient", "ConfluenceClient"]


def __getattr__(name: str) -> Any:
    """The clients, imported late: they stand on the API modules, which stand on this package's."""
    if name in __all__:
        return getattr(importlib.import_module("tap_confluence.client.library.async_client"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
