"""Cloud REST API v1: what v2 has no answer for."""

from __future__ import annotations

from confluence_sim.api.endpoint import Endpoint
from confluence_sim.api.v1 import content_state, downloads, groups, identity, legacy, restrictions, search

PREFIX = "/wiki/rest/api"
MODULES = (identity, groups, restrictions, content_state, search, downloads, legacy)
ENDPOINTS: list[Endpoint] = [endpoint for module in MODULES for endpoint in module.ENDPOINTS]
