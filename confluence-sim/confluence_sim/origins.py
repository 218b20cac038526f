"""The further origins of a site (media, gateway, authorization server), each opened when somebody first needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

App = Callable[..., Any]
"""A WSGI application."""


class Origins:
    """Origins by application.

    Args:
        opens: starts a listener for an application and returns its origin.
    """

    def __init__(self, opens: Callable[[App], str]) -> None:
        self._opens = opens
        self._lock = threading.Lock()
        self._origins: dict[int, str] = {}

    def of(self, app: App) -> str:
        """Return the origin of an application, such as ``http://127.0.0.1:40123``."""
        with self._lock:
            if id(app) not in self._origins:
                self._origins[id(app)] = self._opens(app)
            return self._origins[id(app)]


def not_served(_: App) -> str:
    """Stand for the opener of a site that nobody serves.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("this site is not served: use serve(world)")
