"""STATE takes its share of what is written, and is made only when it is sent."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any

from confluence_sim import serve
from support.tap import small_world, sync
from tap_confluence.streams.sdk import LEAST_STATE_BYTES, STATE_SHARE, Writer


def written(records: int, size: int, grows: int) -> tuple[list[bytes], int]:
    """Lines of records with a checkpoint after each, whose STATE grows by some bytes; and how often it was made."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    made = 0
    with redirect_stdout(out):
        writer = Writer()
        for number in range(records):
            writer.write_line(b"x" * (size - 1) + b"\n")

            def state(number: int = number) -> dict[str, Any]:
                nonlocal made
                made += 1
                return {"known": "y" * (grows * number)}

            writer.write_state(state)
        writer.write_state(state, force=True)
        out.flush()
    return out.buffer.getvalue().splitlines(keepends=True), made


def test_state_takes_a_fiftieth_of_the_output_however_large_it_grows() -> None:
    lines, _ = written(records=4000, size=5000, grows=50)
    states = [line for line in lines if line.startswith(b'{"type":"STATE"')]
    assert sum(map(len, states)) <= STATE_SHARE * sum(map(len, lines))
    assert len(json.loads(states[-1])["value"]["known"]) == 50 * 3999, "the last one leaves in any case"
    assert len(states) >= 10, "and yet it leaves again and again"


def test_a_small_state_leaves_at_every_checkpoint() -> None:
    lines, made = written(records=50, size=300, grows=5)
    states = [line for line in lines if line.startswith(b'{"type":"STATE"')]
    assert len(states) == 50
    assert made == 50 + 1, "the last of them stands there already"
    assert sum(map(len, states)) <= LEAST_STATE_BYTES


def test_state_is_made_only_when_it_is_sent() -> None:
    lines, made = written(records=4000, size=1000, grows=20)
    states = [line for line in lines if line.startswith(b'{"type":"STATE"')]
    assert made <= 3 * len(states)


def test_what_stands_on_stdout_is_not_written_again() -> None:
    with serve(small_world(spaces=1, pages=4)) as site:
        out = sync(site)
        again = sync(site, out.state)
    assert len(again.states) <= 2
    assert all(one != other for one, other in zip(out.states, out.states[1:], strict=False))
