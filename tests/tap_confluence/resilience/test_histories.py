"""Whatever happens together, over several runs: nothing alive is buried, and in the end the rows are the world's."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.runs import live_through

SEEDS = [*range(20), *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(20, 320))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rows_are_those_of_the_world_after_any_history(seed: int, tmp_path: Path) -> None:
    live_through(seed, tmp_path)
