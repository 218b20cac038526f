"""The SDK's own suite for taps, against the simulator."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from confluence_sim import World, serve
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from singer_sdk.testing.templates import AttributeTestTemplate
from support.tap import busy_world, everything, pages_of
from tap_confluence.tap import TapConfluence

_stack = ExitStack()
atexit.register(_stack.close)  # where no test of this file was selected, nobody else stops the site
NOTHING_TO_TELL = ["tombstones", "sync_errors", "content_properties"]
"""Streams that are rightly empty: nothing was deleted, nothing failed, and there is no property, since its value may be
of any type and the suite holds it against each of them."""
ALWAYS_NULL = {"blogposts.position"}
"""Columns of the contract that hold a value in no row: blog posts stand in no tree."""


def _world() -> World:
    """A world in which every other column of a stream that is not empty holds a value somewhere."""
    world = busy_world()
    task = (
        "<ac:task><ac:task-id>2</ac:task-id><ac:task-status>incomplete</ac:task-status>"
        '<ac:task-body><time datetime="2026-02-01" /></ac:task-body></ac:task>'
    )
    page = pages_of(world, "S1")[0]
    world.edit(page, body=f"<ac:task-list>{task}</ac:task-list>")
    world.tick(page.tasks[0])
    return world


_site = _stack.enter_context(serve(_world()))
_config = {**_site.config, "requests_per_second": 1000}


@pytest.fixture(scope="module", autouse=True)
def _served() -> Iterator[None]:
    with _stack:
        yield


@pytest.fixture(autouse=True)
def _own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each case look at its own attribute: the suite's one template keeps the values of the first it sees."""
    values = vars(AttributeTestTemplate)["non_null_attribute_values"].func
    monkeypatch.setattr(AttributeTestTemplate, "non_null_attribute_values", property(values))


TestTapConfluence = get_tap_test_class(
    TapConfluence,
    config=_config,
    catalog=everything(TapConfluence(config=_config)),
    suite_config=SuiteConfig(max_records_limit=None, ignore_no_records_for_streams=NOTHING_TO_TELL),
    parse_env_config=False,
)
for _cases in TestTapConfluence.params.values():
    _cases[:] = [case for case in _cases if case.id not in ALWAYS_NULL]
