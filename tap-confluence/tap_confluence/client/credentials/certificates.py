"""Whose certificates are trusted where none are configured."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any


def trusted(verify: bool | str) -> Mapping[str, Any]:
    """Options for the library's pools of connections; they trust the authorities of this system, too.

    Companies put theirs into the system's store, as proxies that look into what passes need it; the library alone
    knows nothing but a list that it brings.

    Args:
        verify: Whether to check certificates; the path of a bundle is trusted alone.
    """
    if verify is not True:
        return {}
    import truststore  # noqa: PLC0415 - not for --discover

    return {"ssl_context": truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
