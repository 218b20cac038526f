"""The streams of CONTRACT 1.2 as structs: decoding a record into one is its validation.

Fields that are not here are ignored, fields that are missing are None, text that holds a number counts as the number.
Only what identifies a record must be there.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from cdm_docs.mapping.times import canonical_moment, is_canonical

LONGEST_ID = 255
"""Characters of the longest id; the databases' indexes hold some 2,700 bytes."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
Ref = Annotated[str, msgspec.Meta(max_length=LONGEST_ID)]
Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A version number: it is part of ids."""

EMPTY_SET = "none"
"""Label or principal id of the one row that tells an empty set."""


class Record(msgspec.Struct):
    """What all records have in common: moments in their one notation."""

    moments: ClassVar[tuple[str, ...]] = ("observed_at",)

    def __post_init__(self) -> None:
        """Bring moments into their one notation.

        Raises:
            ValueError: One of them is none; the message names the field.
        """
        for name in self.moments:
            value = getattr(self, name)
            if value is not None and not is_canonical(value):
                try:
                    setattr(self, name, canonical_moment(value))
                except ValueError as error:
                    raise ValueError(f"`{name}`: {error}") from None


class Space(Record):
    """``spaces``."""

    moments = ("created_at", "observed_at")

    id: Id
    key: str | None = None
    name: str | None = None
    type: str | None = None
    status: str | None = None
    description: str | None = None
    homepage_id: Ref | None = None
    author_id: Ref | None = None
    owner_id: Ref | None = None
    created_at: str | None = None
    alias: str | None = None
    url: str | None = None
    observed_at: str | None = None


class Content(Record):
    """What all content has in common."""

    moments = ("created_at", "updated_at", "observed_at")

    id: Id
    type: str | None = None
    status: str | None = None
    title: str | None = None
    space_id: Ref | None = None
    space_key: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    author_id: Ref | None = None
    version: Number | None = None
    version_author_id: Ref | None = None
    version_message: str | None = None
    version_minor_edit: bool | None = None
    url: str | None = None
    observed_at: str | None = None
    raw: dict[str, Any] | None = None


class TreeContent(Content):
    """``folders``, ``whiteboards``, ``databases``, ``embeds``: content in the page tree without a body."""

    parent_id: Ref | None = None
    parent_type: str | None = None
    position: int | None = None
    owner_id: Ref | None = None


class Document(TreeContent):
    """``pages``, ``blogposts``. ``labels`` None means not read; so does ``body``."""

    space_name: str | None = None
    subtype: str | None = None
    labels: list[str] | None = None
    body: str | None = None
    body_format: str | None = None


class Attachment(Content):
    """``attachments``."""

    container_id: Ref | None = None
    container_type: str | None = None
    media_type: str | None = None
    file_size: int | None = None
    file_id: str | None = None
    comment: str | None = None
    download_url: str | None = None
    content_path: str | None = None
    content_sha256: str | None = None


class Comment(Content):
    """``footer_comments``, ``inline_comments``."""

    container_id: Ref | None = None
    container_type: str | None = None
    parent_comment_id: Ref | None = None
    body: str | None = None
    body_format: str | None = None
    resolution_status: str | None = None
    inline_marker_ref: str | None = None
    inline_original_selection: str | None = None
