"""The form of STATE, checked before anything uses it: people edit it by hand, or hand over what is another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.normalise.values import timestamp
from tap_confluence.sync.state.known_rows import KnownRows
from tap_confluence.sync.state.packing import unpack

MOMENTS = ("replication_key_value", "t0", "since", "swept_at", "missed", "refreshed_at")
"""Where moments stand; those that a person wrote are brought into the one notation."""


class _Context(msgspec.Struct):
    space_id: str | int


class _Partition(msgspec.Struct):
    context: _Context
    replication_key_value: str | None = None
    seen: str | None = None
    swept_at: str | None = None
    swept: dict[str, str] = {}
    known: dict[str, str] = {}
    missing: list[str] = []
    sweeping: dict[str, str] = {}
    refiltered: list[str] = []
    doubted: list[str] = []
    held: bool | str | None = None
    more: list[str] = []
    missed: str | None = None


class _Query(msgspec.Struct):
    kind: str
    space_ids: list[str]
    statuses: list[str]
    body_format: str | None
    limit: int


class _Resume(msgspec.Struct):
    space_ids: list[str]
    query: _Query
    t0: str
    cursor: str | None
    last_id: str | None
    last_created_at: str | None
    seen: dict[str, str]


class _Sweep(msgspec.Struct):
    kind: str
    space_ids: list[str]
    cursor: str
    query: _Query


class _CatchUp(msgspec.Struct):
    space_ids: list[str]
    query: _Query
    since: str
    t0: str
    cursor: str | None
    changed: dict[str, list[str]]


class _Memory(msgspec.Struct):
    partitions: list[_Partition] = []
    sweeps: list[_Sweep] = []
    resume: list[_Resume] = []
    catch_up: list[_CatchUp] = []
    owed: dict[str, dict[str, tuple[str, int, str]]] = {}
    incomplete: dict[str, list[str]] = {}
    dead: dict[str, dict[str, int]] = {}
    sets: dict[str, str] = {}
    met: list[str] = []
    packed: list[str] = []
    told: list[str] = []
    known: list[str] = []
    spaces: str = ""
    refreshed_at: str = ""
    scope: dict[str, str] = {}
    files: str = ""


class _State(msgspec.Struct):
    bookmarks: dict[str, _Memory] = {}


def unwrapped(state: dict[str, Any]) -> dict[str, Any]:
    """The STATE in what carries one: ``meltano state get``, or a Singer message; itself, if it is one.

    Raises:
        ConfluenceConfigError: It is something else, which would be taken for a STATE that remembers nothing.
    """
    inner = state.get("singer_state", state.get("value") if state.get("type") == "STATE" else state)
    if not isinstance(inner, dict) or (inner and "bookmarks" not in inner):
        raise ConfluenceConfigError("--state: no `bookmarks` in it: it is no STATE; start without it to read all")
    return inner


def well_formed(state: dict[str, Any]) -> dict[str, Any]:
    """The same STATE, its moments in the one notation; whatever else stands in it beside what is known is let be.

    Raises:
        ConfluenceConfigError: Something in it is not what the tap writes; the message says where.
    """
    try:
        found = msgspec.convert(state, _State)
    except msgspec.ValidationError as error:
        raise ConfluenceConfigError(
            f"--state: {error}; mend it, or start without it to read everything again"
        ) from None
    for known in found.bookmarks.values():
        for packed in _packed(known):
            unpack(packed)
        for partition in known.partitions:
            for packed in partition.known.values():
                KnownRows(packed)
    for name, memory in state.get("bookmarks", {}).items():
        for holder, key in _moments(memory):
            moment = timestamp(holder[key])
            if moment is None:
                raise ConfluenceConfigError(
                    f"--state: bookmarks.{name}: {key} {holder[key]!r} is no RFC 3339 moment, such as"
                    " 2026-01-31T00:00:00.000Z"
                )
            holder[key] = moment
    return state


def _moments(memory: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where moments stand in it."""
    for each in (memory, *(part for name in ("partitions", "resume", "catch_up") for part in memory.get(name, ()))):
        yield from ((each, key) for key in MOMENTS if each.get(key) is not None)
        yield from ((each[name], key) for name in ("swept", "sweeping") for key in each.get(name, {}))


def _packed(memory: _Memory) -> Iterator[str | None]:
    """Whatever is packed in it as lines."""
    yield from (*memory.packed, *memory.known, *memory.sets.values())
    for partition in memory.partitions:
        yield from (partition.seen, *partition.more)
        if isinstance(partition.held, str):
            yield partition.held
    for resume in memory.resume:
        yield from resume.seen.values()
    for catch_up in memory.catch_up:
        for pages in catch_up.changed.values():
            yield from pages
