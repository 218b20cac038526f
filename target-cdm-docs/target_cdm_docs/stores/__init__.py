"""Destinations: where rows are written and how."""

from __future__ import annotations

from target_cdm_docs.stores.opening import keeps_runs_apart, open_store

__all__ = ["keeps_runs_apart", "open_store"]
