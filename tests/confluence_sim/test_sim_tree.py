"""The page tree stays a tree, whatever the verbs do."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress

import pytest
import requests
from confluence_sim import Clock, World
from confluence_sim.model import WorldError


def make() -> World:
    return World(Clock("2026-01-05T09:00:00.000Z"))


def test_a_page_does_not_move_below_itself_in_whatever_status() -> None:
    world = make()
    space = world.create_space(key="ENG", name="Engineering")
    above = world.create_page(space, title="Above")
    below = world.create_page(space, title="Below", parent=above)
    world.archive(above)
    world.archive(below)
    with pytest.raises(WorldError, match="below itself"):
        world.move(above, parent=below)
    world.trash(below)
    with pytest.raises(WorldError, match="below itself"):
        world.move(above, parent=below)


def test_a_page_above_the_homepage_moves_to_the_top_of_the_space() -> None:
    world = make()
    space = world.create_space(key="ENG", name="Engineering")
    other = world.create_space(key="OPS", name="Operations", homepage=False)
    top = world.create_page(other, title="Top")
    home = world.contents[space.homepage_id or ""]
    world.move(top, parent=home)
    world.move(top, space=other)
    world.move(home, parent=top)
    assert space.homepage_id is None
    world.move(top, space=space)
    assert top.parent_id is None
    assert [item.id for item in world.subtree(top)] == [top.id, home.id]


def test_a_purged_homepage_is_nobodys_parent() -> None:
    world = make()
    space = world.create_space(key="ENG", name="Engineering")
    world.purge(world.contents[space.homepage_id or ""])
    assert world.create_page(space, title="Alone").parent_id is None


@pytest.mark.parametrize("seed", range(5))
def test_random_verbs_leave_every_page_below_a_root(seed: int) -> None:
    world, dice = make(), random.Random(seed)
    spaces = [world.create_space(key=f"S{number}", name=f"Space {number}") for number in range(2)]
    for number in range(10):
        world.create_page(dice.choice(spaces), title=f"Page {number}")
    acts = ("move", "into", "trash", "restore", "archive", "unarchive", "purge", "create")
    for turn in range(300):
        pages = [item for item in world.contents.values() if item.type == "page"]
        page, act = dice.choice(pages), dice.choice(acts)
        with suppress(WorldError):
            if act == "move":
                world.move(page, parent=dice.choice(pages))
            elif act == "into":
                world.move(page, space=dice.choice(spaces))
            elif act == "create" or len(pages) < 5:
                world.create_page(dice.choice(spaces), title=f"New {turn}", parent=page)
            else:
                getattr(world, act)(page)
        roots = [item for item in world.contents.values() if item.parent_id is None]
        assert sum(len(list(world.subtree(root))) for root in roots) == len(world.contents)


def test_the_sample_site_of_the_command_line_links_to_its_own_port() -> None:
    command = [sys.executable, "-m", "confluence_sim", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            given = dict(process.stdout.readline().split() for _ in range(3))
            assert process.stdout.readline().startswith("ready: 4 spaces")
            query = {"body-format": "storage", "limit": "250"}
            auth = (given["email"], given["api_token"])
            url = f"{given['base_url']}/wiki/api/v2/pages"
            bodies = requests.get(url, params=query, auth=auth, timeout=10).text
        finally:
            process.terminate()
    assert f"{given['base_url']}/wiki/" in bodies
    assert "127.0.0.1:8090" not in bodies
