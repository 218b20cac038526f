"""Spaces and people. Pure."""

from __future__ import annotations

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import User
from cdm_docs.mapping.confluence.items import person, told
from cdm_docs.mapping.confluence.records import Space
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmDocSpace, CdmRows, CdmWorkUser


def map_space(record: Space, options: Options) -> CdmRows:
    """Map a space. An archived space is not gone: ``properties.status`` tells it."""
    ids = options.ids
    space = CdmDocSpace(
        cdm_id=ids.space(record.id),
        source_system=options.source_system,
        source_space_id=record.id,
        key=record.key,
        name=record.name,
        description=record.description,
        url=record.url,
        properties=told(
            type=record.type,
            status=record.status,
            alias=record.alias,
            homepage_cdm_id=ids.item(record.homepage_id) if record.homepage_id else None,
            author_cdm_id=person(record.author_id, ids),
            owner_cdm_id=person(record.owner_id, ids),
        ),
        created_at=record.created_at,
    )
    return CdmRows(spaces=((clock_of(None, record.observed_at, space), space),))


def map_user(record: User, options: Options) -> CdmRows:
    """Map an account."""
    user = CdmWorkUser(
        cdm_id=options.ids.user(record.account_id),
        source_system=options.source_system,
        display_name=record.display_name,
        email=record.email or None,
        account_type=record.account_type,
        account_status=record.account_status,
        properties=told(public_name=record.public_name, time_zone=record.time_zone),
    )
    return CdmRows(users=((clock_of(None, record.observed_at, user), user),))
