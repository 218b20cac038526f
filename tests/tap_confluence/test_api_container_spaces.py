"""The spaces of containers, in columns: what a dictionary would hold."""

from __future__ import annotations

import random
import tracemalloc

from tap_confluence.api.cloud.container_spaces import SpaceColumns


def test_columns_hold_what_a_dictionary_would() -> None:
    dice = random.Random(3)
    spaces = SpaceColumns()
    model: dict[str, str] = {}
    for _ in range(400):
        ids = [
            dice.choice([str(dice.randrange(90_000)), f"att{dice.randrange(99)}", f"0{dice.randrange(9)}"])
            for _ in range(250)
        ]
        homes = [(content_id, str(dice.randrange(30))) for content_id in ids]
        spaces.add(homes)
        model.update(homes)
    assert dict(spaces) == model
    assert len(spaces) == len(model)
    assert all(spaces.get(content_id) == space_id for content_id, space_id in model.items())
    assert spaces.get("999999") is None


def test_a_container_takes_a_few_bytes() -> None:
    tracemalloc.start()
    spaces = SpaceColumns()
    for start in range(0, 200_000, 250):
        spaces.add([(str(1_000_000 + 3 * number), "10000") for number in range(start, start + 250)])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size <= 200_000 * 12 + 25_000 * 120
