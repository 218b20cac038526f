"""Any budget from 20 requests up gets there in the end, and pays little for it (law 15)."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from support.budgets import cost_bound, finish
from support.oracle import Mirror, assert_equal
from support.tap import pages_of, small_world, sync

WISHES: dict[str, Any] = {"page_size": 10, "max_tombstone_share": 1}


def a_world() -> World:
    """420 pages, 20 blog posts and 300 attachments."""
    world = small_world(spaces=20, pages=20, attachments=15)
    world.clock.advance(hours=1)
    return world


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("budget", [20, 25, 60])
def test_repeated_runs_with_a_budget_reach_the_rows_of_one_run(served: Any, budget: int) -> None:
    world = a_world()
    mirror = Mirror()
    with served(world) as site:
        sync(site, **WISHES)
        whole = len(site.requests)
        runs, spent, state = finish(site, mirror, None, budget, whole, **WISHES)
        quiet = sync(site, state, **WISHES)
    assert_equal(mirror, world, f"after {runs} runs")
    assert spent <= cost_bound(whole, runs)
    assert quiet.content == quiet.of("tombstones") == []


@pytest.mark.parametrize("budget", [20, 25])
def test_a_sweep_that_costs_more_than_the_budget_is_finished_by_later_runs(budget: int) -> None:
    world = a_world()
    mirror = Mirror()
    with serve(world) as site:
        first = sync(site, **WISHES)
        mirror.load(first)
        world.clock.advance(days=8)
        for number in range(0, 20, 3):
            world.trash(pages_of(world, f"S{number}")[3])
            world.purge(pages_of(world, f"S{number}")[4])
        before = len(site.requests)
        sync(site, first.state, **WISHES)
        whole = len(site.requests) - before
        assert whole > budget
        runs, spent, _ = finish(site, mirror, first.state, budget, whole, **WISHES)
    assert_equal(mirror, world, f"after {runs} runs")
    assert spent <= cost_bound(whole, runs)


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_space_that_leaves_between_two_runs_costs_nothing_of_the_others_progress(served: Any) -> None:
    world = a_world()
    mirror = Mirror()
    with served(world) as site:
        sync(site, **WISHES)
        whole = len(site.requests)

        def between(run: int) -> None:
            if run <= 10:
                space = world.space_by_key(f"S{20 - run}")
                assert space is not None
                world.archive_space(space)

        runs, spent, state = finish(site, mirror, None, 25, whole, between=between, **WISHES)
        world.clock.advance(days=8)
        mirror.load(sync(site, state, **WISHES), once=False)
    assert spent <= cost_bound(whole, runs)
    assert_equal(mirror, world, f"after {runs} runs and a sweep")


def test_state_does_not_keep_what_is_behind_it() -> None:
    """Many runs, each cut, leave no more in STATE than one that was not."""
    world = a_world()
    mirror = Mirror()
    with serve(world) as site:
        whole = sync(site, **WISHES)
        before = len(site.requests)

        def between(run: int) -> None:
            world.create_space(key=f"NEW{run}", name="New")

        _, _, state = finish(site, mirror, None, 25, before, between=between, **WISHES)
        plain = sync(site, **WISHES)
    assert len(str(state)) <= 1.2 * len(str(plain.state))
    assert len(whole.of("spaces")) == 20


def test_a_budget_is_never_exceeded_and_nothing_is_named_as_an_error() -> None:
    with serve(a_world()) as site:
        for budget in (20, 33):
            before = len(site.requests)
            out = sync(site, max_requests=budget, **WISHES)
            assert len(site.requests) - before <= budget
            assert out.code == 0
            assert out.of("sync_errors") == []
