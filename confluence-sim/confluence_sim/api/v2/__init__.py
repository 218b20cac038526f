"""Cloud REST API v2."""

from __future__ import annotations

from confluence_sim.api.endpoint import Endpoint
from confluence_sim.api.v2 import attachments, comments, pages, spaces

PREFIX = "/wiki/api/v2"
ENDPOINTS: list[Endpoint] = [*spaces.ENDPOINTS, *pages.ENDPOINTS, *attachments.ENDPOINTS, *comments.ENDPOINTS]
