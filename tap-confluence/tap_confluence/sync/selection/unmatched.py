"""Which filters of spaces name nothing that the account sees, in words that tell what there is instead. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from tap_confluence.api.query import ItemFailure, Record
from tap_confluence.settings import Settings

MOST_NAMED = 10
"""Spaces that a message lists."""


def names(space: Record) -> tuple[str, ...]:
    """What a person may call a space: its key, and the alias that its URLs show (FACTS 9.4)."""
    return tuple(name for name in (space["key"], space["alias"]) if name)


def is_glob(pattern: str) -> bool:
    """Whether a setting's value is a shell pattern and not a key."""
    return any(letter in pattern for letter in "*?[")


def matches(space: Record, patterns: Collection[str]) -> bool:
    """Whether one of the keys or globs means a space."""
    return any(fnmatchcase(name, pattern) for name in names(space) for pattern in patterns)


def missing(spaces: Sequence[Record], settings: Settings) -> Iterator[ItemFailure]:
    """The spaces that are named and were not seen: gone, hidden, or never there.

    Args:
        spaces: What the account sees, in the statuses that the settings want and perhaps in others.
        settings: The filters.
    """
    wanted = [space for space in spaces if space["status"] in (*settings.space_statuses, None)]
    keys = {name for space in wanted for name in names(space)}
    for key in (*settings.spaces, *settings.resync_spaces):
        if not is_glob(key) and key not in keys:
            setting = "spaces" if key in settings.spaces else "resync_spaces"
            yield _failure(settings, setting, "key", key, _instead(key, spaces, wanted))
    ids = {space["id"] for space in wanted}
    for space_id in settings.space_ids:
        if space_id not in ids:
            found = [space for space in spaces if space["id"] == space_id]
            yield _failure(settings, "space_ids", "id", space_id, _of_another_status(found))


def without_effect(spaces: Sequence[Record], settings: Settings, chosen: Collection[str]) -> Iterator[str]:
    """Words about filters that let nothing pass: of these a run would say nothing, and read nothing.

    Args:
        spaces: All that the account sees in the statuses that the settings want.
        settings: The filters.
        chosen: The ids of the spaces that pass.
    """
    for pattern in settings.spaces:
        if is_glob(pattern) and not any(matches(space, (pattern,)) for space in spaces):
            yield f"spaces: {pattern!r} matches no space{_visible(spaces)}"
    types = sorted({str(space["type"]) for space in spaces})
    if settings.space_types and spaces and not set(settings.space_types) & set(types):
        yield f"space_types: no space is of type {' or '.join(settings.space_types)}; there are {', '.join(types)}"
    for space in spaces:
        if names(space) and set(names(space)) & set(settings.spaces) and matches(space, settings.exclude_spaces):
            yield f"exclude_spaces: leaves out {space['key']!r}, which spaces names"
    if not chosen and not (settings.pages or settings.page_trees):
        filters = [name for name in ("spaces", "space_ids", "space_types", "exclude_spaces") if getattr(settings, name)]
        why = f"of {len(spaces)} none passes {', '.join(filters)}" if filters else "the account sees none"
        yield f"no space is read: {why}"


def _failure(settings: Settings, setting: str, name: str, value: str, hint: str) -> ItemFailure:
    statuses = " or ".join(settings.space_statuses)
    seen_by = f"is visible to this account at {settings.base_url}"
    message = f"{setting}: no {statuses} space with {name} {value!r} {seen_by}{hint}"
    return ItemFailure("spaces", value if name == "id" else None, message)


def _instead(key: str, spaces: Sequence[Record], wanted: Sequence[Record]) -> str:
    """What may have been meant: a space of another status, one of that name, one whose key is nearly it, or any."""
    if found := _of_another_status([space for space in spaces if key in names(space)]):
        return found
    keys = [name for space in wanted for name in names(space)]
    for space in wanted if key.upper() not in keys else ():
        if str(space["name"]).casefold() == key.casefold():
            return f"; {space['name']!r} is the name of the space {space['key']!r}"
    if near := difflib.get_close_matches(key.upper(), keys, n=1):
        return f"; did you mean {near[0]!r}?"
    return _visible(wanted)


def _of_another_status(found: Sequence[Record]) -> str:
    if not found or found[0]["status"] is None:
        return ""
    return f"; it is {found[0]['status']}: add that to space_statuses to read it"


def _visible(spaces: Sequence[Record]) -> str:
    keys = [space["key"] for space in spaces if space["key"]]
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return f"; visible are {', '.join(keys[:MOST_NAMED])}{more}" if keys else "; none is visible"
