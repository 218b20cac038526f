"""The same world, served as a Data Center below a context path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluence_sim import DataCenterSite, World, serve_datacenter
from confluence_sim.model import Space


@pytest.fixture
def space(world: World) -> Space:
    return world.create_space(key="ENG", name="Engineering", homepage=False)


@pytest.fixture
def site(world: World) -> Iterator[DataCenterSite]:
    with serve_datacenter(world, context="/confluence") as served:
        yield served
