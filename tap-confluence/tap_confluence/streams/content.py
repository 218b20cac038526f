"""The streams of spaces and of what is in them. Docstrings tell the requests for S spaces, P rows, C changes."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from tap_confluence.streams.schemas import schema
from tap_confluence.streams.sdk import FastStream

if TYPE_CHECKING:
    from tap_confluence.tap import TapConfluence


class ConfluenceStream(FastStream):
    """A stream that a run feeds."""

    primary_keys = ("id",)
    _tap: TapConfluence

    def __init__(self, tap: TapConfluence) -> None:
        """Declare the stream of this class's name."""
        super().__init__(tap, schema=schema(self.name))

    def batches(self) -> Generator[list[dict[str, Any]], None, None]:
        """What the run finds for this stream."""
        return self._tap.run.rows(self.name)


class Spaces(ConfluenceStream):
    """The spaces in scope, as they are now.

    Requests: S / 250, in every run; all other streams need this list, selected or not. It does not see spaces that
    the token may not see.
    """

    name = "spaces"


class Pages(ConfluenceStream):
    """Pages with their bodies, one record per current version.

    Requests: first sync 1 + P / 250 (at least one per group of 100 spaces, up to `concurrency` of them side by side);
    afterwards S / 100 when at most 25 rows of a group changed, else about 2 C / 250 more. It does not see what changes
    no version: moves, restrictions and archiving are found by the sweep (`content_inventory`).
    """

    name = "pages"
    replication_key = "updated_at"


class Blogposts(ConfluenceStream):
    """Blog posts with their bodies, one record per current version.

    Requests: as `pages`, with one chain per 100 spaces in a first sync.
    """

    name = "blogposts"
    replication_key = "updated_at"


class Attachments(ConfluenceStream):
    """Attachments of pages and blog posts: what they are, not their bytes.

    Requests: first sync 1 + A / 250 for A attachments of the whole site, since Cloud lists them only so; afterwards 1
    when at most 25 changed. Containers that no other stream met cost 1 per 250.
    """

    name = "attachments"
    replication_key = "updated_at"


STREAMS = (Spaces, Pages, Blogposts, Attachments)
"""In the order of the run (CONTRACT 1.2)."""
