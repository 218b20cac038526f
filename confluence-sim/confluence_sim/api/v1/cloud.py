"""How Cloud speaks ``/rest/api``."""

from __future__ import annotations

from confluence_sim.api.v1.dialect import Dialect
from confluence_sim.api.v1.identity import user_object

CLOUD = Dialect(user=user_object, inline_most=25, bodies=("storage", "atlas_doc_format"))
