"""A set as rows: each member once, whatever a listing showed twice."""

from __future__ import annotations

import random

import pytest
from tap_confluence.sync.sets.sets import EMPTIES, EMPTY, parent_set

PARENT = {"id": "7", "parent": {"content_id": "7"}}


@pytest.mark.parametrize("stream", sorted(EMPTIES))
@pytest.mark.parametrize("seed", range(5))
def test_a_member_that_came_twice_is_one_row_and_the_digest_does_not_mind(stream: str, seed: int) -> None:
    dice = random.Random(seed)
    names = [name for name, value in EMPTIES[stream].items() if value == EMPTY]
    members = [
        {**EMPTIES[stream], **{name: f"{name} {number}" for name in names}} for number in range(dice.randint(1, 9))
    ]
    shown = [*members, *dice.choices(members, k=4)]
    dice.shuffle(shown)
    set_ = parent_set(stream, "-", PARENT, shown, "now")
    assert sorted(tuple(row[name] for name in names) for row in set_.rows) == sorted(
        tuple(row[name] for name in names) for row in members
    )
    assert {row["set_size"] for row in set_.rows} == {len(set_.rows)}
    assert set_.digest == parent_set(stream, "-", PARENT, members, "later").digest
    (empty,) = parent_set(stream, "-", PARENT, [], "now").rows
    assert (empty["set_size"], [empty[name] for name in names]) == (0, [EMPTY] * len(names))
