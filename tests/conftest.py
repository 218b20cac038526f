"""Fixtures of all tests, and how properties are tried."""

from __future__ import annotations

import os

from hypothesis import settings
from support.stores import (
    destination,
    duckdb_destination,
    duckdb_template,
    postgres_destination,
    postgres_server,
    postgres_template,
)

__all__ = [
    "destination",
    "duckdb_destination",
    "duckdb_template",
    "postgres_destination",
    "postgres_server",
    "postgres_template",
]

# The same examples in every run, however slow the machine; `make chaos` looks for new ones.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "seeded"))
