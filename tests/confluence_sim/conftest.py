"""A world with one space and one page, and the site that serves it; a file that needs another makes its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluence_sim import Site, World, serve
from confluence_sim.model import Content, Space
from support.sim import new_world


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def space(world: World) -> Space:
    return world.create_space(key="ENG", name="Engineering")


@pytest.fixture
def page(world: World, space: Space) -> Content:
    return world.create_page(space, title="Page")


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with serve(world) as served:
        yield served
