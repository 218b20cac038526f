"""Rows that were written behind a lost STATE and removed since: docs/operations.md finds them, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import World, serve
from confluence_sim.content import build_sample_site
from support.oracle import Gremlin
from support.running_target import lines_of
from support.stores import Destination
from support.tap import COMMENTS, CONTENT, everything, sync, truth
from support.target import Feed, Message, load
from tap_confluence.tap import TapConfluence

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("## Rows that no run sees any more")[2].partition("\n## ")[0]
(QUERY,) = re.findall(r"```sql\n(.*?)```", SECTION, re.DOTALL)


def unseen(destination: Destination) -> set[str]:
    return {row["cdm_id"].rpartition(":")[2] for row in destination.query(QUERY)}


def believed(destination: Destination) -> set[str]:
    return {row["source_item_id"] for row in destination.rows("cdm_doc_item") if row["deleted_at"] is None}


def there(world: World) -> set[str]:
    """What the world shows, by id."""
    return {content_id for stream in (*CONTENT, *COMMENTS) for content_id in truth(world, stream)}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in (2, 3))])
def test_what_was_written_behind_a_lost_state_and_removed_since_is_found_and_nothing_that_is_there(
    seed: int, tmp_path: Path, destination: Destination
) -> None:
    """A STATE is lost after a run; what was made before that run and is removed after it is known to nobody."""
    world = World()
    build_sample_site(world)
    gremlin = Gremlin(world, seed)

    def run(state: Any) -> Any:
        out = sync(site, state, catalog=catalog, deletion_detection="every_sync", requests_per_second=1000)
        assert load(tmp_path, lines_of(tuple(out.messages)), destination=destination.url).code == 0
        world.clock.advance(minutes=30)
        return out.state

    with serve(world) as site:
        catalog = everything(TapConfluence(config=site.config))
        kept = run(None)
        made = [world.create_page(gremlin.space(), title=f"Ghost {n}", body="<p>boo</p>") for n in range(3)]
        for _ in range(40):
            gremlin.act()
        run(kept)  # its STATE is lost
        written = [page for page in made if page.id in there(world)]
        for page in written:
            world.trash(page)
        for _ in range(40):
            gremlin.act()
        run(kept)
    ghosts = believed(destination) - there(world)
    assert ghosts >= {page.id for page in written} - there(world)
    assert unseen(destination) == ghosts

    feed = Feed().schema("tombstones", "type", "id")
    for ghost in ghosts:
        feed.record("tombstones", type="page", id=ghost, reason="deleted", detected_at="2100-01-01T00:00:00.000Z")
    assert load(tmp_path, feed, destination=destination.url).code == 0
    assert unseen(destination) == set()
    assert believed(destination) <= there(world)  # what is restricted is not shown to the tap


def test_the_tombstones_that_the_page_shows_are_lines_that_the_target_takes(
    tmp_path: Path, duckdb_destination: Destination
) -> None:
    shown = re.findall(r"^    (\{.*\})$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    feed: list[Message] = Feed().schema("pages", "id").page(98310).messages
    done = load(tmp_path, lines_of(tuple(feed)) + "\n".join(shown), destination=duckdb_destination.url)
    assert done.code == 0, done.stderr
    assert len(shown) == len(feed)
