"""``python -m tap_confluence``."""

from __future__ import annotations

from tap_confluence.tap import TapConfluence

TapConfluence.cli()
