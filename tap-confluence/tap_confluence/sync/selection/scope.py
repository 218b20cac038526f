"""Which spaces a run reads: the filters of CONTRACT 1.1 applied to what the token sees."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tap_confluence.api.base import Api, ListingPage, Query, Record
from tap_confluence.api.walk import Proof, Walk
from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceResponseError
from tap_confluence.settings import Settings
from tap_confluence.sync.timestamps import EPOCH


@dataclass(frozen=True, slots=True)
class Scope:
    """The spaces of this run.

    Attributes:
        spaces: Their records, by id.
        proof: That the list of spaces was read to its end.
    """

    spaces: dict[str, Record]
    proof: Proof | None = None

    @property
    def observed_at(self) -> str:
        """The server's clock when it listed them."""
        return self.proof.first_observed_at if self.proof else EPOCH

    @property
    def space_ids(self) -> tuple[str, ...]:
        """The spaces' ids, in the server's order."""
        return tuple(self.spaces)

    def key(self, space_id: str) -> str | None:
        """A space's key."""
        found = self.spaces.get(space_id)
        return found["key"] if found else None


def is_glob(pattern: str) -> bool:
    """Whether a setting's value is a shell pattern and not a key."""
    return any(letter in pattern for letter in "*?[")


def read_scope(api: Api, settings: Settings) -> Scope:
    """Ask for the spaces and choose among them: one request per 250 spaces.

    Raises:
        ConfluenceConfigError: A key or id that is set does not exist or is not visible to the token.
        ConfluenceResponseError: A space came without what names it.
    """
    query = Query("spaces", statuses=settings.space_statuses, limit=settings.page_size)
    named = tuple(settings.spaces)
    if named and not settings.space_ids and not any(is_glob(key) for key in named):
        queries = [replace(query, keys=named[start : start + 250]) for start in range(0, len(named), 250)]
    else:
        queries = [query]
    seen: list[Record] = []
    proof = None
    for each in queries:
        pages = Walk(api, each)
        for page in pages:
            seen.extend(_complete(page))
        proof = pages.proof
    return replace(choose(seen, settings), proof=proof)


def _complete(page: ListingPage) -> tuple[Record, ...]:
    """The spaces of a page; one that does not say what it is would pass for gone, with all that is in it."""
    if page.failures:
        raise ConfluenceResponseError(f"listing spaces: {page.failures[0].message}")
    return page.records


def choose(seen: Iterable[Record], settings: Settings) -> Scope:
    """Apply the filters; pure.

    Raises:
        ConfluenceConfigError: A key or id that is set was not seen.
    """
    spaces = list(seen)
    _check_known(spaces, settings)
    chosen = [space for space in spaces if _wanted(space, settings)]
    return Scope({space["id"]: space for space in chosen})


def _check_known(spaces: Sequence[Record], settings: Settings) -> None:
    keys = {name for space in spaces for name in _names(space)}
    for key in (*settings.spaces, *settings.resync_spaces):
        if not is_glob(key) and key not in keys:
            setting = "spaces" if key in settings.spaces else "resync_spaces"
            near = difflib.get_close_matches(key.upper(), [*keys, key.upper()] if key != key.upper() else keys, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfluenceConfigError(f"{setting}: {_missing(settings, 'key', key)}{hint}")
    ids = {space["id"] for space in spaces}
    for space_id in settings.space_ids:
        if space_id not in ids:
            raise ConfluenceConfigError(f"space_ids: {_missing(settings, 'id', space_id)}")


def _missing(settings: Settings, name: str, value: str) -> str:
    statuses = " or ".join(settings.space_statuses)
    return f"no {statuses} space with {name} {value!r} is visible to this account at {settings.base_url}"


def _names(space: Record) -> tuple[str, ...]:
    """What a person may call a space: its key, and the alias that its URLs show (FACTS 9.4)."""
    return tuple(name for name in (space["key"], space["alias"]) if name)


def _wanted(space: Record, settings: Settings) -> bool:
    names = _names(space)
    if settings.space_statuses and space["status"] not in (*settings.space_statuses, None):
        return False
    if settings.space_types and space["type"] not in settings.space_types:
        return False
    if any(fnmatchcase(name, pattern) for name in names for pattern in settings.exclude_spaces):
        return False
    if settings.spaces or settings.space_ids:
        by_name = any(fnmatchcase(name, pattern) for name in names for pattern in settings.spaces)
        return by_name or space["id"] in settings.space_ids
    return not (settings.pages or settings.page_trees)
