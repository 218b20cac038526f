"""The narrowest list of what hangs on content: of the site, of spaces, or of single pages. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tap_confluence.api.base import Query
from tap_confluence.api.searches import MAX_IDS

FEW = 25
"""Contents up to which each is asked alone, from the database; of more, an index is asked for many at once."""

Container = tuple[str, str]
"""Type and id of a page or blog post."""


def on_each(query: Query, containers: Sequence[Container], listed: Collection[str]) -> list[Query]:
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
    return [replace(bare, containers=tuple(ids[start : start + MAX_IDS])) for start in range(0, len(ids), MAX_IDS)]
