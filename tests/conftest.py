"""Fixtures of all tests."""

from __future__ import annotations

from support.stores import destination, duckdb_destination, postgres_destination, postgres_server

__all__ = ["destination", "duckdb_destination", "postgres_destination", "postgres_server"]
