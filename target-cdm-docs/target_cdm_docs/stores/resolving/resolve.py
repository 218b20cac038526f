"""Which item a link by name leads to. Pure.

Confluence's storage format names a page by space key and title and a file by its name: both can change hands. A name
leads to the item that holds it now, else to the last that held it. ``_cdm_name`` remembers who was seen with a name
and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from target_cdm_docs.stores.values import digest
from target_cdm_docs.stores.writing.newest import Name


class Ref(NamedTuple):
    """A reference by name, as a link's ``properties`` tell it.

    Attributes:
        system: Source system.
        space_key: With ``title``: the space that holds the page.
        title: Title of a page or blog post.
        doc_type: ``page`` or ``blogpost``.
        day: Posting day of a blog post, ``YYYY-MM-DD``.
        container: Item that the file hangs on, where it is known by id.
        filename: File name; together with ``title`` of a file on that page.
        file_id: Media id of a file.
    """

    system: str
    space_key: str | None
    title: str | None
    doc_type: str
    day: str | None
    container: str | None
    filename: str | None
    file_id: str | None

    @property
    def digest(self) -> str:
        """What links that the same change of names can concern have in common."""
        if self.file_id is not None:
            return media_digest(self.system, self.file_id)
        if self.container is not None and self.filename is not None:
            return file_digest(self.container, self.filename)
        return title_digest(
            self.system, self.space_key or "", self.doc_type, self.title or "", of_file=self.filename is not None
        )


def title_digest(system: str, space_key: str, doc_type: str, title: str, *, of_file: bool) -> str:
    """Hash that stands in ``_ref`` of links to a title, or to a file on the page of that title."""
    return digest("title-file" if of_file else "title", system, space_key, doc_type, title)


def file_digest(container: str, filename: str) -> str:
    """Hash that stands in ``_ref`` of links to a file name."""
    return digest("file", container, filename)


def media_digest(system: str, file_id: str) -> str:
    """Hash that stands in ``_ref`` of links to a media id."""
    return digest("media", system, file_id)


def name_digest(name: Name) -> str:
    """Key of a name in ``_cdm_name``."""
    return digest(*name)


def reference(system: str, properties: str | None) -> Ref | None:
    """The reference by name in a link's properties; None where there is none."""
    if not properties:
        return None
    told = msgspec.json.decode(properties)
    if not isinstance(told, dict):
        return None
    space_key, title, filename, file_id, container, doc_type, day = (
        _text(told.get(name))
        for name in ("space_key", "title", "filename", "file_id", "container_cdm_id", "content_type", "posting_day")
    )
    by_title = space_key is not None and title is not None
    if file_id is None and not by_title and (filename is None or container is None):
        return None
    return Ref(
        system,
        space_key,
        title,
        doc_type or ("blogpost" if day else "page"),
        day.replace("/", "-") if day else None,
        container,
        filename,
        file_id,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


class Candidate(NamedTuple):
    """An item that was seen with a name."""

    cdm_id: str
    held_at: str
    holds: bool
    created_at: str | None
    parent: str | None


def holds(name: Name, *, space: str | None, parent: str | None, title: str | None, deleted_at: str | None) -> bool:
    """Whether an item, as it stands, has a name."""
    if deleted_at is not None:
        return False
    if name.kind == "media":
        return True
    return title == name.name and (parent if name.kind == "file" else space) == name.scope


def best(candidates: Iterable[Candidate], *, day: str | None = None, container: str | None = None) -> str | None:
    """The item that holds the name now, else the last that held it."""
    ranked = [
        (
            day is not None and (one.created_at or "")[:10] == day,
            container is not None and one.parent == container,
            one.holds,
            one.held_at,
            one.cdm_id,
        )
        for one in candidates
    ]
    return max(ranked)[-1] if ranked else None


class SpaceRow(NamedTuple):
    """What a space's key depends on."""

    cdm_id: str
    system: str
    key: str | None
    deleted_at: str | None
    observed_at: str


SpaceKeys = Mapping[tuple[str, str], str]
"""From (source system, key) to the space that has the key."""


def space_keys(spaces: Iterable[SpaceRow]) -> dict[tuple[str, str], str]:
    """Which space a key means: one that is there before one that is gone, then the one told last."""
    chosen: dict[tuple[str, str], Any] = {}
    for space in spaces:
        if space.key is not None:
            ranked = (space.deleted_at is None, space.observed_at, space.cdm_id)
            found = chosen.get((space.system, space.key))
            chosen[space.system, space.key] = ranked if found is None else max(found, ranked)
    return {key: ranked[-1] for key, ranked in chosen.items()}
