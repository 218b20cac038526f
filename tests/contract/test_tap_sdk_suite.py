"""The SDK's own suite for taps, against the simulator."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from confluence_sim import serve
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from support.tap import busy_world, everything
from tap_confluence.tap import TapConfluence

_stack = ExitStack()
atexit.register(_stack.close)  # where no test of this file was selected, nobody else stops the site
NOTHING_TO_TELL = ["tombstones", "sync_errors", "content_properties"]
"""Streams that are rightly empty: nothing was deleted, nothing failed, and there is no property, since its value may be
of any type and the suite holds it against each of them."""
_site = _stack.enter_context(serve(busy_world()))
_config = {**_site.config, "requests_per_second": 1000}


@pytest.fixture(scope="module", autouse=True)
def _served() -> Iterator[None]:
    with _stack:
        yield


TestTapConfluence = get_tap_test_class(
    TapConfluence,
    config=_config,
    catalog=everything(TapConfluence(config=_config)),
    suite_config=SuiteConfig(max_records_limit=None, ignore_no_records_for_streams=NOTHING_TO_TELL),
    parse_env_config=False,
)
