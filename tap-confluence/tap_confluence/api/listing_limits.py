"""The narrowest list: of the whole site, of some spaces, or of single pages. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tap_confluence.api.query import Query
from tap_confluence.api.searches import MAX_IDS
from tap_confluence.api.walk import chunks

FEW = 25
"""Contents up to which each is asked alone, from the database; of more, an index is asked for many at once."""

Container = tuple[str, str]
"""Type and id of a page or blog post."""


@dataclass(frozen=True, slots=True)
class ListingLimits:
    """How many spaces a listing of one kind covers in a run, and when that of the whole site costs less.

    Attributes:
        most: Spaces that one listing may name; 0 when there is only that of the site.
        changes_from: Spaces from which on the site's list is taken for what changed; None: never.
        whole_from: The same for everything.
    """

    most: int
    changes_from: int | None = None
    whole_from: int | None = None

    def listings(self, space_ids: Sequence[str], *, changes: bool = False) -> list[tuple[tuple[str, ...], bool]]:
        """The spaces of each listing that is needed for all of these, and whether it names them.

        >>> ListingLimits(2).listings(["1", "2", "3"])
        [(('1', '2'), True), (('3',), True)]
        >>> ListingLimits(2, whole_from=3).listings(["1", "2", "3"])
        [(('1', '2', '3'), False)]
        """
        least = self.changes_from if changes else self.whole_from
        if space_ids and (not self.most or (least is not None and len(space_ids) >= least)):
            return [(tuple(space_ids), False)]
        return [(chunk, True) for chunk in chunks(space_ids, self.most)]


def most_of(spaces: int, least: int = 1) -> int:
    """A number of spaces that is at least half of those in scope: fewer are not worth a list of the whole site."""
    return max(least, -(-spaces // 2))


def by_container(query: Query, containers: Sequence[Container], listed: Collection[str]) -> list[Query]:
    """The questions that show what hangs on these contents.

    Args:
        query: What is wanted of it; its spaces and ids are passed over.
        containers: What it hangs on.
        listed: Kinds that can be listed on one content.
    """
    bare = replace(query, space_ids=(), ids=(), container=None)
    if query.kind in listed and len(containers) <= FEW:
        return [replace(bare, container=container) for container in containers]
    ids = [container_id for _, container_id in containers]
    return [replace(bare, containers=chunk) for chunk in chunks(ids, MAX_IDS)]
