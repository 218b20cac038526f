"""Destinations: where rows are written and how."""

from __future__ import annotations

from target_cdm_docs.stores.opening import open_store

__all__ = ["open_store"]
