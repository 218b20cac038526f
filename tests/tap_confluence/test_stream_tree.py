"""Folders, whiteboards, databases and embeds: whole in every run, with tombstones for what is gone."""

from __future__ import annotations

import random
from typing import Any

import pytest
from confluence_sim import Clock, World, serve
from confluence_sim.model import WorldError
from support.tap import Output, State, sync

TREE = {"folders": "folder", "whiteboards": "whiteboard", "databases": "database", "embeds": "embed"}
STREAMS = ("spaces", *TREE, "content_inventory", "tombstones", "sync_errors")
WISHES: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "streams": STREAMS}


def true_rows(world: World, stream: str) -> dict[str, tuple[Any, ...]]:
    return {
        item.id: (item.title, item.space_id, item.parent_id, item.version, item.created_at)
        for item in world.contents.values()
        if item.type == TREE[stream] and item.status == "current"
    }


def rows(out: Output, stream: str) -> dict[str, tuple[Any, ...]]:
    names = ("title", "space_id", "parent_id", "version", "created_at")
    return {row["id"]: tuple(row[name] for name in names) for row in out.of(stream)}


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(4, 24))])
def test_each_run_writes_all_of_them_and_buries_what_is_gone_once(seed: int) -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    spaces = [world.create_space(key=f"S{number}", name=f"Space {number}") for number in range(3)]
    dice = random.Random(seed)
    state: State | None = None
    held: dict[tuple[str, str], tuple[Any, ...]] = {}
    with serve(world) as site:
        for batch in range(5):
            for number in range(40):
                items = [item for item in world.contents.values() if item.type in TREE.values()]
                kind, space = dice.choice(list(TREE.values())), dice.choice(spaces)
                if dice.random() < 0.6 or not items:
                    folders = [item for item in items if item.space_id == space.id and item.status == "current"]
                    above = dice.choice([None, *folders])
                    world.create_tree_item(space, type=kind, title=f"{batch}.{number}", parent=above)
                    continue
                item = dice.choice(items)
                try:
                    match dice.randrange(3):
                        case 0:
                            world.trash(item)
                        case 1:
                            world.purge(item)
                        case 2:
                            world.move(item, space=dice.choice(spaces))
                except WorldError:
                    continue
            out = sync(site, state, **WISHES)
            state = out.state
            for stream, kind in TREE.items():
                assert rows(out, stream) == true_rows(world, stream), f"{stream}, batch {batch}"
                held.update({(kind, content_id): row for content_id, row in rows(out, stream).items()})
            for tomb in out.of("tombstones"):
                del held[tomb["type"], tomb["id"]]
            alive = {(TREE[stream], content_id) for stream in TREE for content_id in true_rows(world, stream)}
            assert set(held) == alive
        quiet = sync(site, state, **WISHES)
    assert quiet.of("tombstones") == []


def test_a_folder_costs_no_request_of_its_own() -> None:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    space = world.create_space(key="ENG", name="Engineering")
    for number in range(250):
        world.create_tree_item(space, type="folder", title=f"F{number}")
    with serve(world) as site:
        out = sync(site, streams=("folders",))
        asked = [request.path for request in site.requests]
    assert len(out.of("folders")) == 250
    assert len([path for path in asked if path.endswith("/search")]) == 1 + 2
