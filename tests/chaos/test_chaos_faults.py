"""Whatever goes wrong: a run ends exact, or with a clear error and a STATE from which the next run becomes exact."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluence_sim import Fault, serve
from confluence_sim.faults import KINDS
from support.faults import Ordeal
from support.oracle import Gremlin, assert_equal
from support.scripted_http import Said, scripted
from support.tap import Output, on_request, small_world

ALIVE = [name for name in KINDS if name.endswith("_mid_walk")]
"""Faults that change the world during the run: what falls behind the walk is the next run's."""
POOR = ["missing_fields", "null_fields"]
"""Faults that withhold what a row says: null is written until the row is seen whole."""

AMOUNTS = {"slow_drip": 0.05, "big_page_timeout": 3, "big_page_unavailable": 3}
"""Faults as a test can bear them."""


@contextmanager
def ordeal(folder: Path) -> Iterator[Ordeal]:
    with serve(small_world(spaces=3, pages=24, attachments=6)) as site, scripted(lambda _: Said()) as foreign:
        yield Ordeal(site, folder, foreign)


def tuned(name: str, seed: int) -> Fault:
    """A fault as a test can bear it."""
    return Fault(name, seed=seed, amount=AMOUNTS.get(name))


def check(trial: Ordeal, out: Output, faults: list[Fault], moment: str) -> None:
    """A run that says it succeeded left nothing out, unless the world or the rows changed under it."""
    names = {fault.name for fault in faults}
    if out.code == 0 and not out.of("sync_errors") and not names & {*ALIVE, *POOR}:
        assert_equal(trial.mirror, trial.world, moment)


def go_through(trial: Ordeal, faults: list[Fault], seed: int) -> list[Output]:
    """A first sync, and a sync of changes, each while things go wrong and then again without."""
    outs = []
    gremlin = Gremlin(trial.world, seed)
    for moment in ("the first sync", "changes"):
        out = trial.suffer(faults)
        check(trial, out, faults, f"in a run of {moment} that took itself for complete")
        trial.recover(f"after {moment}")
        outs.append(out)
        for _ in range(12):
            gremlin.act()
        trial.world.clock.advance(seconds=1)
    return outs


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_alone_loses_no_row_and_buries_none(name: str, tmp_path: Path) -> None:
    with ordeal(tmp_path) as trial:
        go_through(trial, [tuned(name, 1)], 1)
        assert any(entry.fault == name for entry in trial.site.requests)


SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(10, 210))]


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_together_lose_no_row_and_bury_none(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    faults = [tuned(name, seed) for name in dice.sample(list(KINDS), dice.randint(2, 4))]
    with ordeal(tmp_path) as trial:
        go_through(trial, faults, seed)


def test_a_signal_to_the_tests_runner_ends_no_run_within_it_without_a_word(tmp_path: Path) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with ordeal(tmp_path) as trial, on_request(trial.site, lambda _: signal.raise_signal(signal.SIGTERM)):
            assert trial.run().code == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard
