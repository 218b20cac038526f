"""The memory of rows: columns that hold what a dictionary would, in a few bytes a row; and that of earlier releases."""

from __future__ import annotations

import copy
import random
import tracemalloc
from hashlib import blake2s
from typing import Any

import pytest
from confluence_sim import World, serve
from hypothesis import given
from hypothesis import strategies as st
from support.tap import COMMENTS, CONTENT, State, pages_of, small_world, sync
from support.work import calls
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.inventory import Inventory
from tap_confluence.sync.state.keys import Key, joined, split
from tap_confluence.sync.state.known_rows import HELD, MISSING, SEEN, Known, KnownRows
from tap_confluence.sync.state.owed import Owed
from tap_confluence.sync.state.packing import pack
from tap_confluence.sync.sweep.guard import Guard
from tap_confluence.sync.sweep.verification import CheckedRow
from tap_confluence.tap import TapConfluence

SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1}
NOW = "2026-01-05T09:00:00.000Z"


@pytest.mark.parametrize("seed", range(5))
def test_columns_hold_what_a_dictionary_would(seed: int) -> None:
    dice = random.Random(seed)
    rows = KnownRows()
    model: dict[int, Known] = {}
    for _ in range(6000):
        number = dice.randrange(1, 900)
        known = Known(dice.randrange(5), dice.randrange(2**32), dice.randrange(16))
        match dice.randrange(20):
            case 0:
                rows.drop([number])
                model.pop(number, None)
            case 1:
                rows.mark(number, known.marks)
                if number in model:
                    model[number] = model[number]._replace(marks=known.marks)
            case 2:
                rows.clear(MISSING)
                model = {each: row._replace(marks=row.marks & ~MISSING) for each, row in model.items()}
            case 3:
                rows = KnownRows(rows.pack())
            case _:
                rows.put(number, known)
                model[number] = known
        assert rows.get(number) == model.get(number)
        assert len(rows) == len(model)
    assert list(rows.numbers) == sorted(model)
    assert rows.marked(SEEN, 0) == sorted(each for each, row in model.items() if not row.marks & SEEN)
    rows.miss(HELD)
    assert rows.marked(HELD | MISSING, HELD | MISSING)


def test_a_row_takes_17_bytes_in_memory_and_8_characters_in_state() -> None:
    dice = random.Random(1)
    tracemalloc.start()
    rows = KnownRows()
    for number in range(200_000):
        rows.put(1_000_000 + 3 * number, Known(1 + number % 4, dice.getrandbits(32)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size <= 200_000 * 17 * 1.3
    assert len(rows.pack()) <= 200_000 * 8


def test_an_edit_in_a_large_space_opens_its_columns_alone() -> None:
    rows = KnownRows()
    for number in range(200_000):
        rows.put(number + 1, Known(1, 7))
    state = {"partitions": [{"context": {"space_id": "1"}, "known": {"page": rows.pack()}}]}
    tracemalloc.start()
    inventory = Inventory(state)
    inventory.see("1", Key("page", "77"))
    inventory.pack()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 200_000 * 17 * 8, "all of it is columns, also while they are packed"


@given(st.text(max_size=40))
def test_any_id_is_what_it_was(content_id: str) -> None:
    prefix, number = split(content_id)
    assert joined(prefix, number) == content_id
    assert 0 <= number < 2**63


@pytest.mark.parametrize("text", ["", "x", "3.", "1.AAAA", "2.eJxjAAAAAQAB", "-1.eJwDAAAAAAE=", "1.eJwDAAAAAAE="])
def test_damaged_columns_are_refused(text: str) -> None:
    with pytest.raises(ConfluenceConfigError, match="damaged memory"):
        KnownRows(text)


def held_back(rows: int) -> tuple[int, Inventory]:
    """The calls that the guard takes to hold back so many rows, a third of what is known."""
    inventory = Inventory({})
    for number in range(3 * rows):
        inventory.note(_row(str(number + 1)))
    guard = Guard(inventory, Owed({}), Scope({}), largest_share=0.2, now=NOW)
    gone = [CheckedRow(Key("page", str(number + 1)), "1", "deleted", NOW) for number in range(rows)]
    return calls(lambda: guard.passed({"1": gone}, {})), inventory


def _row(content_id: str) -> dict[str, Any]:
    return {"type": "page", "id": content_id, "space_id": "1", "title": "x", "status": "current", "version": 1}


def test_law_10_the_guard_works_in_proportion_to_what_it_holds_back() -> None:
    (few, _), (many, inventory) = held_back(1000), held_back(16_000)
    assert many <= 17 * few
    assert inventory.is_held("1", Key("page", "16000"))
    assert not inventory.is_held("1", Key("page", "16001"))


def lines_of(world: World, space_id: str) -> list[str]:
    """What earlier releases remembered of a space: type, id, version, digest."""
    found = []
    for item in world.contents.values():
        if item.space_id != space_id:
            continue
        parent = item.parent_id or item.parent_comment_id or item.container_id
        parts = [parent, item.position if item.type == "page" else None, item.title, item.status]
        kind = item.type
        if kind == "comment":
            parts.append(item.resolution_status)
            kind = f"{item.location}_{'comment' if item.parent_comment_id is None else 'reply'}"
        digest = blake2s("\x1f".join(map(str, parts)).encode(), digest_size=5).hexdigest()
        found.append(f"{kind} {item.id} {item.version} {digest}")
    return found


def as_earlier(world: World, state: State) -> State:
    """A STATE as earlier releases wrote it."""
    old = copy.deepcopy(state)
    for entry in old["bookmarks"]["content_inventory"]["partitions"]:
        entry.pop("known", None)
        lines = lines_of(world, entry["context"]["space_id"])
        entry["seen"] = pack(lines[: len(lines) // 2])
        entry["more"] = [pack(lines[len(lines) // 2 :])]
    return old


def test_a_state_of_an_earlier_release_is_gone_on_with() -> None:
    world = small_world(spaces=2, pages=8)
    world.reply(world.comment(pages_of(world, "S0")[2], body="<p>So?</p>"), body="<p>So!</p>")
    streams = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones")
    with serve(world) as site:
        first = sync(site, streams=streams, **SWEEP)
        old = as_earlier(world, first.state)
        assert old != first.state
        world.clock.advance(hours=1)
        quiet = sync(site, old, streams=streams, **SWEEP)
        world.purge(pages_of(world, "S0")[2])
        world.trash(pages_of(world, "S1")[3])
        gone = sync(site, old, streams=streams, **SWEEP)
        same = sync(site, first.state, streams=streams, **SWEEP)
    assert quiet.content == quiet.of("tombstones") == []
    assert not any("seen" in entry for entry in quiet.state["bookmarks"]["content_inventory"]["partitions"])

    def told(out: Any) -> set[tuple[str, str]]:
        return {(row["id"], row["reason"]) for row in out.of("tombstones")}

    assert told(gone) == told(same) != set()


def test_law_10_what_an_earlier_release_held_back_is_buried_by_the_next_sweep() -> None:
    world = small_world(spaces=1, pages=60, attachments=0)
    guarded = {**SWEEP, "max_tombstone_share": 0.2, "streams": ("pages", "content_inventory", "tombstones")}
    doomed = pages_of(world, "S0")[10:40]
    with serve(world) as site:
        old = as_earlier(world, sync(site, **guarded).state)
        (entry,) = old["bookmarks"]["content_inventory"]["partitions"]
        entry["held"] = pack([f"page {page.id}" for page in doomed])
        for page in doomed:
            world.purge(page)
        world.clock.advance(hours=1)
        out = sync(site, old, **guarded)
    assert {row["id"] for row in out.of("tombstones")} == {page.id for page in doomed}


def test_law_20_what_is_deselected_is_known_all_the_same() -> None:
    world = small_world(spaces=1, pages=6)
    with serve(world) as site:
        catalog = _without(site, "title", "status", "parent_id", "position", "version", "space_id", "updated_at")
        first = sync(site, catalog=catalog, **SWEEP)
        world.clock.advance(days=8)
        second = sync(site, first.state, catalog=catalog, **SWEEP)
        plain = sync(site, first.state, **SWEEP)
    assert first.of("pages")
    assert "title" not in first.of("pages")[0]
    assert second.content == plain.content == []
    assert second.of("tombstones") == []


def _without(site: Any, *names: str) -> dict[str, Any]:
    """A catalog in which some properties of pages are not selected."""
    catalog: dict[str, Any] = copy.deepcopy(TapConfluence(config=site.config).catalog_dict)
    pages = next(stream for stream in catalog["streams"] if stream["tap_stream_id"] == "pages")
    for entry in pages["metadata"]:
        if entry["breadcrumb"][-1:] and entry["breadcrumb"][-1] in names:
            entry["metadata"]["selected"] = False
    return catalog
