"""Two taps on disjoint spaces of one site into one database hold the rows of one tap (law 19)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from confluence_sim import World, serve, serve_datacenter
from support.running_tap import selecting
from support.tap import COMMENTS, CONTENT, Output, State, pages_of, small_world, sync, truth
from support.target import load

STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")
SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "catalog": selecting(STREAMS)}


class Shards:
    """Taps on one space each, and the database that both write into."""

    def __init__(self, folder: Path, site: Any, *keys: str, **target: Any) -> None:
        self.folder, self.site, self.target = folder, site, target
        self.states: dict[str, State | None] = dict.fromkeys(keys)
        self.path = folder / "cdm.duckdb"

    def run(self, key: str) -> Output:
        """Run one of them into the database."""
        out = sync(self.site, self.states[key], spaces=[key], **SWEEP)
        assert out.code == 0
        self.states[key] = out.state
        text = "".join(json.dumps(message) + "\n" for message in out.messages)
        done = load(self.folder, text, destination=f"duckdb:///{self.path}", chunks_enabled=True, **self.target)
        assert done.code == 0, done.stderr
        self.site.world.clock.advance(minutes=10)
        return out

    def alive(self) -> dict[str, str]:
        """The spaces of the items that the database holds for alive, by id."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            rows = connection.sql(
                "select source_item_id, space_cdm_id from cdm_doc_item where deleted_at is null"
            ).fetchall()
        return {item: space.rpartition(":")[2] for item, space in rows}

    def chunks(self, page_id: str) -> int:
        """How many chunks of a page are alive."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(
                "select count(*) from cdm_doc_chunk where item_cdm_id = ? and deleted_at is null",
                [f"cdm:doc:item:confluence:{page_id}"],
            ).fetchone()
        assert found is not None
        return int(found[0])


def there(world: World) -> dict[str, str]:
    """The spaces of all content that is there, by id."""
    return {key: world.contents[key].space_id for stream in (*CONTENT, *COMMENTS) for key in truth(world, stream)}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize(
    "hard",
    [pytest.param(False, id="stamped"), pytest.param(True, id="hard delete", marks=pytest.mark.chaos)],
)
@pytest.mark.parametrize("order", ["new first", "old first"])
def test_a_page_that_moves_between_two_shards_stays_alive_with_all_that_hangs_on_it(
    served: Any, hard: bool, order: str, tmp_path: Path
) -> None:
    world = small_world(spaces=2, pages=6, attachments=2)
    page = pages_of(world, "S0")[5]
    world.attach(page, filename="m.txt", data=b"x")
    world.comment(page, body="<p>So?</p>")
    with served(world) as site:
        both = Shards(tmp_path, site, "S0", "S1", hard_delete=hard)
        for key in ("S0", "S1", "S0"):
            both.run(key)
        assert both.alive() == there(world)
        world.clock.advance(minutes=10)
        world.move(page, space=world.spaces[pages_of(world, "S1")[0].space_id])
        world.clock.advance(minutes=10)
        for key in ("S1", "S0") if order == "new first" else ("S0", "S1"):
            both.run(key)
        assert both.alive() == there(world)
        assert both.chunks(page.id) == 1
        for key in ("S0", "S1"):
            world.clock.advance(days=8)
            both.run(key)
        assert both.alive() == there(world)


def test_a_page_that_moves_to_and_fro_between_shards_is_where_it_is(tmp_path: Path) -> None:
    world = small_world(spaces=2, pages=6, attachments=0)
    page = pages_of(world, "S0")[3]
    hanging = world.attach(page, filename="m.txt", data=b"x")
    homes = [world.spaces[pages_of(world, key)[0].space_id] for key in ("S1", "S0", "S1")]
    with serve(world) as site:
        both = Shards(tmp_path, site, "S0", "S1")
        for key in ("S0", "S1"):
            both.run(key)
        for home in homes:
            world.move(page, space=home)
            world.clock.advance(minutes=10)
            for key in ("S0", "S1", "S0"):
                both.run(key)
            assert both.alive() == there(world)
        world.trash(page)
        world.clock.advance(minutes=10)
        for key in ("S0", "S1"):
            both.run(key)
        assert not {page.id, hanging.id} & set(both.alive())
