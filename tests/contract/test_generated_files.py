"""What follows from the plugins' own ``--about`` is what is committed."""

from __future__ import annotations

from pathlib import Path

import generate
import pytest


@pytest.mark.parametrize("path", sorted(generate.generated()), ids=lambda path: path.name)
def test_a_generated_file_says_what_the_plugin_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.generated()[path], "run `make generate`"
