"""Permissions, restrictions and memberships as access rows; each parent tells its whole set together. Pure."""

from __future__ import annotations

import dataclasses

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import ContentRestriction, FactOfSet, GroupMember, SpacePermission
from cdm_docs.mapping.confluence.items import told
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmDocAccess, CdmRows, CdmWorkGroup, Clock, SetPart

UNKNOWN = "unknown"
"""Access mode of a permission whose operation is not told: a role of which no permission is shown (FACTS 11.1)."""


def set_id(stream: str, parent: str) -> str:
    """Return the id of the set that a stream tells about a parent."""
    return f"{stream}:{parent}"


def map_space_permission(record: SpacePermission, options: Options) -> CdmRows:
    """Map a permission on a space; one of which is not told what it allows is a member of the set, and allows nothing.

    Raises:
        ValueError: It does not say who has it.
    """
    parent = options.ids.space(record.space_id)
    if record.tells_of_none(record.principal_id, record.permission_id):
        return _rows("space_permissions", parent, record, None)
    principal_type, principal = _principal(record.principal_type, record.principal_id, options)
    mode, target_type = (record.operation or UNKNOWN).lower(), (record.target_type or "space").lower()
    member = CdmDocAccess(
        cdm_id=options.ids.access(parent, mode, principal, target_type),
        source_system=options.source_system,
        target_cdm_id=parent,
        principal_cdm_id=principal,
        principal_type=principal_type,
        access_mode=mode,
        properties=told(kind="permission", target_type=target_type, permission_id=record.permission_id),
    )
    return _rows("space_permissions", parent, record, member)


def map_content_restriction(record: ContentRestriction, options: Options) -> CdmRows:
    """Map a restriction on content.

    Raises:
        ValueError: It does not say who may do what.
    """
    parent = options.ids.item(record.content_id)
    if record.tells_of_none(record.principal_id):
        return _rows("content_restrictions", parent, record, None)
    principal_type, principal = _principal(record.principal_type, record.principal_id, options)
    mode = _said(record.operation, "operation").lower()
    member = CdmDocAccess(
        cdm_id=options.ids.access(parent, mode, principal),
        source_system=options.source_system,
        target_cdm_id=parent,
        principal_cdm_id=principal,
        principal_type=principal_type,
        access_mode=mode,
        properties={"kind": "restriction"},
    )
    return _rows("content_restrictions", parent, record, member)


def map_group_member(record: GroupMember, options: Options) -> CdmRows:
    """Map the membership of an account in a group, and the group."""
    parent = options.ids.principal("group", record.group_id)
    group = CdmWorkGroup(parent, options.source_system, record.group_name, None)
    groups = ((clock_of(None, record.observed_at, group), group),)
    if record.tells_of_none(record.account_id):
        return dataclasses.replace(_rows("group_members", parent, record, None), groups=groups)
    principal = options.ids.user(record.account_id)
    member = CdmDocAccess(
        cdm_id=options.ids.access(parent, "member", principal),
        source_system=options.source_system,
        target_cdm_id=parent,
        principal_cdm_id=principal,
        principal_type="user",
        access_mode="member",
        properties=told(kind="membership", group_name=record.group_name),
    )
    return dataclasses.replace(_rows("group_members", parent, record, member), groups=groups)


def _rows(stream: str, parent: str, record: FactOfSet, member: CdmDocAccess | None) -> CdmRows:
    """Return a member of a set; its clock is the set's, and so has no digest of its own."""
    members = () if member is None else (member,)
    clock = Clock(0, record.observed_at or "", "")
    return CdmRows(sets=(SetPart("access", set_id(stream, parent), clock, record.set_size, members),))


def _principal(kind: str | None, principal_id: str | None, options: Options) -> tuple[str, str]:
    kind = _said(kind, "principal_type").lower()
    return kind, options.ids.principal(kind, _said(principal_id, "principal_id"))


def _said(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"`{name}` is missing")
    return value
