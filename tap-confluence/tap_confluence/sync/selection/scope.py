"""Which spaces a run reads: the filters of CONTRACT 1.1 applied to what the token sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote_plus

from tap_confluence.api.base import Api
from tap_confluence.api.query import ItemFailure, ListingPage, Query, Record
from tap_confluence.api.walk import Proof, Walk
from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceResponseError
from tap_confluence.declared import choices
from tap_confluence.settings import Settings
from tap_confluence.sync.selection.unmatched import is_glob, matches, missing, names, without_effect
from tap_confluence.sync.timestamps import EPOCH

MOST_KEYS = 250
"""Keys that one listing of spaces takes (FACTS 1.9)."""
MOST_CHARACTERS = 4000
"""Letters that they may take in its address: 8 kB are a usual limit, and personal keys are long (FACTS 9.3)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The spaces of this run.

    Attributes:
        spaces: Their records, by id.
        proof: That the list of spaces was read to its end; None where a few are enough (``max_pages``).
        missing: What is configured and not to be seen.
        warnings: Words about filters that let nothing pass.
        share: How much of the site they are: spaces in scope of all that were listed; 0 where not all were.
        observed_at: The server's clock when it listed them.
    """

    spaces: dict[str, Record]
    proof: Proof | None = None
    missing: tuple[ItemFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    share: float = 0.0
    observed_at: str = EPOCH

    @property
    def space_ids(self) -> tuple[str, ...]:
        """The spaces' ids, in the server's order."""
        return tuple(self.spaces)

    def key(self, space_id: str) -> str | None:
        """A space's key."""
        found = self.spaces.get(space_id)
        return found["key"] if found else None


def read_scope(api: Api, settings: Settings, *, was_read: bool = False) -> Scope:
    """Ask for the spaces and choose among them: one request per 250 spaces.

    With ``max_pages``, which wants a few rows (law 12), the list is read as far as the first of them.

    Spaces that are named by plain keys alone are asked for by these; where one is not found it may be an alias, which
    only the list of all spaces tells (FACTS 9.4).

    Args:
        api: Whom to ask.
        settings: What is wanted.
        was_read: An earlier run read spaces: all of them may be gone now.

    Raises:
        ConfluenceConfigError: None of the spaces that are named exists and is visible to the token, or one that is to
            be read anew.
        ConfluenceResponseError: A space came without what names it.
    """
    query = Query("spaces", statuses=settings.space_statuses, limit=settings.page_size)
    wanted = (*settings.spaces, *settings.resync_spaces)
    by_key = bool(settings.spaces) and not settings.space_ids and not any(map(is_glob, wanted))
    if by_key:
        listed = _listed(api, [replace(query, keys=keys) for keys in by_address(wanted)])
        by_key = {name for space in listed.seen for name in names(space)}.issuperset(wanted)
    if not by_key:
        listed = _listed(api, [query], settings if settings.max_pages else None)
    scope = choose(listed.seen, settings)
    wrong = [failure for failure in scope.missing if failure.message.startswith("resync_spaces")]
    if scope.missing and not scope.spaces and not was_read:
        wrong = list(scope.missing)
    if wrong:
        raise ConfluenceConfigError(_explained(api, listed.seen, settings, wrong))
    share = 0.0 if by_key or listed.proof is None else len(scope.spaces) / max(1, len(listed.seen))
    warnings = () if listed.proof is None else tuple(without_effect(listed.seen, settings, scope.spaces))
    return replace(scope, proof=listed.proof, warnings=warnings, share=share, observed_at=listed.observed_at)


def _explained(api: Api, seen: Sequence[Record], settings: Settings, wrong: Sequence[ItemFailure]) -> str:
    """What is wrong; spaces of the statuses that the settings do not want are asked for now, for they may be meant."""
    others = tuple(status for status in choices("space_statuses") if status not in settings.space_statuses)
    if others:
        seen = (*seen, *_listed(api, [Query("spaces", statuses=others, limit=settings.page_size)]).seen)
    settings_that_are_wrong = {failure.message.partition(":")[0] for failure in wrong}
    found = (failure.message for failure in missing(seen, settings))
    return "; ".join(message for message in found if message.partition(":")[0] in settings_that_are_wrong)


def by_address(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Keys in groups that fit into the address of a request.

    >>> [len(group) for group in by_address(["~" + 40 * "a"] * 250)]
    [90, 90, 70]
    """
    group: list[str] = []
    characters = 0
    for key in keys:
        length = len(quote_plus(f"{key},"))
        if group and (len(group) == MOST_KEYS or characters + length > MOST_CHARACTERS):
            yield tuple(group)
            group, characters = [], 0
        group.append(key)
        characters += length
    yield tuple(group)


class _Listed(NamedTuple):
    """Spaces that were listed, the proof of the last listing, and when the first answer came."""

    seen: list[Record]
    proof: Proof | None
    observed_at: str


def _listed(api: Api, queries: Iterable[Query], peek: Settings | None = None) -> _Listed:
    """The spaces of these listings; with ``peek`` only until there is one to be read, and all that these name."""
    seen: list[Record] = []
    proof, observed_at = None, ""
    for query in queries:
        pages = Walk(api, query)
        for page in pages:
            observed_at = observed_at or page.observed_at
            seen.extend(_complete(page))
            if peek is not None and page.cursor is not None:
                scope = choose(seen, peek)
                if scope.spaces and not scope.missing:
                    return _Listed(seen, None, observed_at)
        proof = pages.proof
    return _Listed(seen, proof, observed_at or EPOCH)


def _complete(page: ListingPage) -> tuple[Record, ...]:
    """The spaces of a page; one that does not say what it is would pass for gone, with all that is in it."""
    if page.failures:
        raise ConfluenceResponseError(f"listing spaces: {page.failures[0].message}")
    return page.records


def choose(seen: Iterable[Record], settings: Settings) -> Scope:
    """Apply the filters; pure."""
    spaces = list(seen)
    chosen = [space for space in spaces if _wanted(space, settings)]
    return Scope({space["id"]: space for space in chosen}, missing=tuple(missing(spaces, settings)))


def _wanted(space: Record, settings: Settings) -> bool:
    if settings.space_statuses and space["status"] not in (*settings.space_statuses, None):
        return False
    if settings.space_types and space["type"] not in settings.space_types:
        return False
    if matches(space, settings.exclude_spaces):
        return False
    if settings.spaces or settings.space_ids:
        return matches(space, settings.spaces) or space["id"] in settings.space_ids
    return not (settings.pages or settings.page_trees)
