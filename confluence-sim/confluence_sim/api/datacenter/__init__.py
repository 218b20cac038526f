"""Data Center's REST API: the same world in another dialect (FACTS 7)."""

from __future__ import annotations

from confluence_sim.api.datacenter import contents, parts, people, search, server, spaces
from confluence_sim.api.endpoint import Endpoint

MODULES = (people, spaces, search, contents, parts, server)
TABLES: list[tuple[str, list[Endpoint]]] = [
    ("/rest/api", [endpoint for module in MODULES for endpoint in module.ENDPOINTS]),
    ("/rest/experimental", parts.EXPERIMENTAL),
    ("", server.PLACES),
]
"""What stands where, below the context path."""
