"""The sample site: a fictional company's handbook, kept as files that a person edits with joy (``site/``)."""

from __future__ import annotations

from confluence_sim.content.build import build_sample_site

__all__ = ["build_sample_site"]
