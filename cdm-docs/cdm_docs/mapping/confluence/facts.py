"""The streams of CONTRACT 1.2 that tell something about content, spaces and people, as structs."""

from __future__ import annotations

from typing import Any

from cdm_docs.mapping.confluence.records import EMPTY_SET, Id, Number, Record, Ref


class ContentVersion(Record):
    """``content_versions``. ``space_id`` and the like are not told: a version belongs to its content.

    What a file was like is told of its newest version, and of older ones where the source knows.
    """

    moments = ("created_at", "observed_at")

    content_id: Id
    number: Number
    content_type: str | None = None
    container_id: Ref | None = None
    created_at: str | None = None
    author_id: Ref | None = None
    message: str | None = None
    minor_edit: bool | None = None
    media_type: str | None = None
    file_size: int | None = None
    file_id: str | None = None
    comment: str | None = None
    body: str | None = None
    body_format: str | None = None
    space_key: str | None = None
    url: str | None = None
    observed_at: str | None = None


class FactOfSet(Record):
    """What members of a set have in common that a parent tells whole. ``set_size`` None: not told how many it has."""

    observed_at: str | None = None
    set_size: Number | None = None

    def tells_of_none(self, *ids: str | None) -> bool:
        """Return whether this stands for an empty set: by its id, which a group or a person may be called by, too."""
        return EMPTY_SET in ids and not self.set_size


class ContentLabel(FactOfSet, kw_only=True):
    """``content_labels``."""

    content_id: Id
    label_id: str | None = None
    name: str | None = None
    prefix: str | None = None


class SpacePermission(FactOfSet, kw_only=True):
    """``space_permissions``."""

    space_id: Id
    permission_id: str | None = None
    principal_type: Ref | None = None
    principal_id: Ref | None = None
    operation: str | None = None
    target_type: str | None = None


class ContentRestriction(FactOfSet, kw_only=True):
    """``content_restrictions``."""

    content_id: Id
    operation: str | None = None
    principal_type: Ref | None = None
    principal_id: Ref | None = None


class GroupMember(FactOfSet, kw_only=True):
    """``group_members``."""

    group_id: Id
    account_id: Id
    group_name: str | None = None


class User(Record):
    """``users``."""

    account_id: Id
    display_name: str | None = None
    public_name: str | None = None
    email: str | None = None
    account_type: str | None = None
    account_status: str | None = None
    time_zone: str | None = None
    observed_at: str | None = None


class Tombstone(Record):
    """``tombstones``."""

    moments = ("detected_at",)

    type: Id
    id: Id
    detected_at: str
    reason: str | None = None
    space_id: Ref | None = None
    moved_to_space_id: Ref | None = None


class Seen(Record):
    """``content_inventory``."""

    moments = ("seen_at",)

    type: Id
    id: Id
    seen_at: str
    space_id: Ref | None = None
    status: str | None = None
    title: str | None = None
    parent_id: Ref | None = None
    position: int | None = None
    version: Number | None = None


class SyncError(Record):
    """``sync_errors``."""

    moments = ("occurred_at",)

    error_id: Id
    stream: str | None = None
    id: str | None = None
    space_id: str | None = None
    url: str | None = None
    http_status: int | None = None
    stage: str | None = None
    message: str | None = None
    attempts: int | None = None
    occurred_at: str | None = None


class Task(FactOfSet, kw_only=True):
    """``tasks``."""

    moments = ("created_at", "updated_at", "due_at", "completed_at", "observed_at")

    id: Id
    content_id: Id
    status: str | None = None
    body: str | None = None
    created_by: str | None = None
    assigned_to: str | None = None
    completed_by: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    due_at: str | None = None
    completed_at: str | None = None


class ContentProperty(FactOfSet, kw_only=True):
    """``content_properties``."""

    moments = ("updated_at", "observed_at")

    id: Id
    content_id: Id
    key: str | None = None
    value: Any = None
    version: Number | None = None
    updated_at: str | None = None
