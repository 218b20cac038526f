"""A STATE that somebody edited, or that is another's: one line that says where it is wrong, or a run that heeds it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve
from support.secrets import everything_said
from support.tap import State, busy_world, command, config_file, everything, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.sync.state.form import well_formed
from tap_confluence.tap import TapConfluence

SWEEP: dict[str, Any] = {"deletion_detection": "every_sync"}
RESUME = {
    "space_ids": ["65537"],
    "cursor": "x",
    "last_id": "1",
    "last_created_at": None,
    "seen": {},
    "t0": "2026-01-05T09:00:00.000Z",
    "query": {"kind": "pages", "space_ids": ["65537"], "statuses": ["current"], "body_format": "storage", "limit": 9},
}
WRONG: tuple[Any, ...] = (5, "x", [], {}, None, [1], {"a": 1}, "2026", "AAAA")


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    names = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield (*path, name)
        yield from places(value[name], *path, name)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 12))])
def test_a_state_with_anything_in_any_place_is_refused_or_heeded(seed: int) -> None:
    dice = random.Random(seed)
    with serve(small_world(spaces=1, pages=3)) as site:
        state = sync(site, **SWEEP).state
        state["bookmarks"]["sync_errors"] = {"dead": {"pages": {"65541": 1}}}
        state["bookmarks"]["pages"]["resume"] = [RESUME]
        for path in dice.sample(list(places(state)), 15):
            edited = copy.deepcopy(state)
            holder: Any = edited
            for name in path[:-1]:
                holder = holder[name]
            holder[path[-1]] = dice.choice(WRONG)
            with suppress(ConfluenceConfigError):
                sync(site, well_formed(edited), **SWEEP)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"pages": "2026-01-05T09:00:00Z"}, "no `bookmarks` in it"),
        ({"singer_state": None}, "no `bookmarks` in it"),
        ({"bookmarks": []}, "$.bookmarks"),
        ({"bookmarks": {"pages": 5}}, "$.bookmarks"),
        ({"bookmarks": {"pages": {"partitions": [{"context": {"project": "1"}}]}}}, "space_id"),
        (
            {"bookmarks": {"pages": {"partitions": [{"context": {"space_id": "1"}, "replication_key_value": "soon"}]}}},
            "'soon' is no RFC 3339 moment",
        ),
        (
            {"bookmarks": {"content_inventory": {"partitions": [{"context": {"space_id": "65537"}, "seen": "AAAA"}]}}},
            "damaged memory",
        ),
    ],
    ids=["no bookmarks", "nothing in it", "no object", "no memory", "another's", "no moment", "no pack"],
)
def test_a_state_of_another_form_is_one_line_that_says_where(tmp_path: Path, state: State, words: str) -> None:
    (tmp_path / "state.json").write_text(json.dumps(state))
    with serve(small_world(spaces=1, pages=1)) as site:
        text = everything_said(tmp_path, {**site.config, **SWEEP}, "--state", str(tmp_path / "state.json"))
    assert "Traceback" not in text
    (line,) = [line for line in text.splitlines() if " ERROR " in line]
    assert "--state: " in line
    assert words in line


@pytest.mark.parametrize("moment", ["2026-01-05", "2026-01-05T10:30:00+01:00", "2026-01-05 09:30:00Z"])
def test_a_bookmark_that_a_person_wrote_is_read_from(moment: str) -> None:
    world = small_world(spaces=1, pages=3)
    with serve(world) as site:
        state = sync(site, deletion_detection="off").state
        world.clock.advance(hours=1)
        page = pages_of(world, "S0")[1]
        world.edit(page, body="<p>later</p>")
        (entry,) = state["bookmarks"]["pages"]["partitions"]
        entry["replication_key_value"] = moment
        entry.pop("seen", None)
        again = sync(site, well_formed(state), deletion_detection="off")
    assert page.id in again.ids("pages")
    assert ("T" in moment or " " in moment) == (len(again.ids("pages")) == 1)


def test_a_state_in_a_singer_message_is_gone_on_from(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=2)) as site:
        config = config_file(tmp_path, site)
        first = command("--config", config)
        (tmp_path / "state.json").write_text(json.dumps({"type": "STATE", "value": first.state}))
        second = command("--config", config, "--state", str(tmp_path / "state.json"))
    assert first.content
    assert (second.code, second.content) == (0, [])


def test_a_state_of_the_tap_itself_passes_as_it_is() -> None:
    with serve(busy_world()) as site:
        catalog = everything(TapConfluence(config=site.config))
        states = sync(site, **SWEEP, page_size=5, catalog=catalog).states
    assert len(states) > 10
    for state in states:
        assert well_formed(copy.deepcopy(state)) == state
