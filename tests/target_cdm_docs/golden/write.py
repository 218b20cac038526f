"""Writes the golden files anew: run it after a wanted change of the rendering, then read what it changed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.bodies import GOLDEN, PAGES, golden_text, page_name

for page in PAGES:
    (GOLDEN / f"{page_name(page)}.md").write_text(golden_text(page), encoding="utf-8")
