"""What is taken off a content leaves the database: tasks and properties are told as whole sets (CONTRACT 1.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from confluence_sim import World, serve
from confluence_sim.site import Site
from support.running_tap import selecting
from support.tap import State, pages_of, small_world, sync
from support.target import load

TASKS = (
    "<ac:task-list><ac:task><ac:task-id>{0}</ac:task-id><ac:task-status>incomplete</ac:task-status>"
    "<ac:task-body>do {0}</ac:task-body></ac:task></ac:task-list>"
)
STREAMS = ("spaces", "pages", "content_properties", "tasks")


def rows(path: Path, view: str, column: str) -> set[tuple[Any, ...]]:
    with duckdb.connect(str(path)) as database:
        return set(database.execute(f"select item_cdm_id, {column} from {view}").fetchall())


class Loaded:
    """A database that a tap fills, run by run."""

    def __init__(self, folder: Path, site: Site, **target: Any) -> None:
        self.folder, self.site, self.target = folder, site, target
        self.path = folder / "docs.duckdb"
        self.state: State | None = None

    def run(self) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
        out = sync(self.site, self.state, catalog=selecting(STREAMS))
        self.state = out.state
        text = "".join(json.dumps(message) + "\n" for message in out.messages)
        done = load(self.folder, text, destination=f"duckdb:///{self.path}", **self.target)
        assert done.code == 0, done.stderr
        return rows(self.path, "cdm_doc_task", "body"), rows(self.path, "cdm_doc_item_property", "key")


@pytest.mark.parametrize("hard_delete", [False, True])
def test_removed_tasks_and_properties_leave_the_database(tmp_path: Path, hard_delete: bool) -> None:
    world: World = small_world(spaces=2, pages=4)
    first, second = pages_of(world, "S0")[1:3]
    other = pages_of(world, "S1")[1]
    for page in (first, second, other):
        world.edit(page, body=TASKS.format(1) + TASKS.format(2))
        world.set_property(page, "keep", 1)
        world.set_property(page, "drop", 2)

    def item(page: Any) -> str:
        return f"cdm:doc:item:confluence:{page.id}"

    everything = {(item(page), f"do {n}") for page in (first, second, other) for n in (1, 2)}
    keys = {(item(page), key) for page in (first, second, other) for key in ("keep", "drop")}
    with serve(world) as site:
        database = Loaded(tmp_path, site, hard_delete=hard_delete)
        tasks, properties = database.run()
        assert (tasks, properties) == (everything, keys)
        world.clock.advance(hours=1)
        world.edit(first, body=TASKS.format(2))
        world.edit(second, body="<p>no task is left</p>")
        world.remove_property(first, "drop")
        for key in ("drop", "keep"):
            world.remove_property(second, key)
        world.edit(first, body=TASKS.format(2) + "<p/>")
        tasks, properties = database.run()
        assert tasks == {(item(first), "do 2"), (item(other), "do 1"), (item(other), "do 2")}
        assert properties == {(item(first), "keep"), (item(other), "keep"), (item(other), "drop")}
        world.clock.advance(hours=1)
        world.edit(second, body=TASKS.format(7))
        world.set_property(second, "new", 3)
        world.edit(second, title="Again")
        tasks, properties = database.run()
        assert (item(second), "do 7") in tasks
        assert (item(second), "new") in properties
        assert len(tasks) == len(properties) == 4
        assert database.run() == (tasks, properties)
