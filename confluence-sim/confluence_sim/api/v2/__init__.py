"""Cloud REST API v2."""

from __future__ import annotations

from confluence_sim.api.endpoint import Endpoint
from confluence_sim.api.v2 import (
    attachments,
    bulk,
    comments,
    labels,
    pages,
    permissions,
    places,
    properties,
    roles,
    spaces,
    tasks,
    tree,
    versions,
)

PREFIX = "/wiki/api/v2"
MODULES = (
    *(spaces, permissions, roles, pages, attachments, comments, labels),
    *(versions, properties, tasks, places, tree, bulk),
)
ENDPOINTS: list[Endpoint] = [endpoint for module in MODULES for endpoint in module.ENDPOINTS]
