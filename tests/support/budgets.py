"""Runs with a budget of requests, one after another, until one of them had enough and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from confluence_sim import DataCenterSite
from confluence_sim.site import Site
from support.faults import run as run_once
from support.oracle import Mirror
from support.tap import State

SHARE, A_RUN = 1.3, 10
"""Law 15: at most 1.3 times the requests of one run without a budget, and 10 more for each run."""


QUIETLY: dict[str, Any] = {"max_retries": 0, "deletion_detection": "interval"}


def cost_bound(whole: int, runs: int) -> float:
    """The requests that some runs may take together for what one run does with ``whole``."""
    return SHARE * whole + A_RUN * runs


def most_runs(whole: int, budget: int) -> int:
    """The runs after which a budget's job is done: all but 10 requests of each get it further."""
    return int(SHARE * whole / (budget - A_RUN)) + 2


def finish(
    site: Site | DataCenterSite,
    mirror: Mirror,
    state: State | None,
    budget: int,
    whole: int,
    *,
    between: Callable[[int], object] = lambda _: None,
    **wishes: Any,
) -> tuple[int, int, State]:
    """Run until a run was not stopped by its budget; returns the runs, their requests, the last STATE."""
    spent = 0
    for run in range(1, most_runs(whole, budget) + 1):
        before = len(site.requests)
        with TemporaryDirectory() as folder:
            out = run_once(Path(folder), site, state, **{**QUIETLY, "max_requests": budget, **wishes})
        cost = len(site.requests) - before
        assert cost <= budget
        spent += cost
        mirror.load(out, once=False)
        state = out.states[-1] if out.states else state
        if "stopped early" not in out.stderr:
            assert state is not None
            return run, spent, state
        between(run)
    raise AssertionError(f"not done after {run} runs of {budget} requests; one run alone takes {whole}")
