"""The rows of the common data model, one frozen dataclass a table: the only place where CDM fields are named.

``cdm.schema`` derives table columns and JSON Schemas from these classes; a field's type is its column's type (``str``
text, ``int`` integer, ``Json`` json). Timestamps are text, RFC 3339 UTC with milliseconds, so that they compare as
strings. Columns that a store keeps for itself (``synced_at``, ``changed_at``, the clocks) are not here.

Every row that can arrive late, early or twice carries a ``Clock``: the greater clock wins, so that rows depend on the
set of records and not on their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

Json = Annotated[Any, "json"]
"""A JSON value: object, array, string, number, boolean or None."""


class Clock(NamedTuple):
    """When a row was true: compared field by field, the greater one wins.

    Attributes:
        version: The source's version number; 0 where it has none.
        observed_at: When the source's server told it, RFC 3339 UTC with milliseconds; "" when unknown.
        digest: Hash of the row's content, so that even ties are decided the same way everywhere.
    """

    version: int
    observed_at: str
    digest: str


@dataclass(frozen=True, slots=True)
class CdmDocSpace:
    """A place that holds documents."""

    cdm_id: str
    source_system: str
    source_space_id: str
    key: str | None
    name: str | None
    description: str | None
    url: str | None
    properties: Json
    created_at: str | None
    deleted_at: str | None = None


@dataclass(frozen=True, slots=True)
class CdmDocItem:
    """A document, or something that hangs on one (``doc_type`` says what).

    ``tags`` is None when the record did not tell them. ``deleted_at`` and ``deleted_reason`` follow from tombstones.
    """

    cdm_id: str
    source_system: str
    source_item_id: str
    space_cdm_id: str | None
    parent_item_cdm_id: str | None
    title: str | None
    doc_type: str
    mime_type: str | None
    status: str | None
    created_by_cdm_id: str | None
    updated_by_cdm_id: str | None
    created_at: str | None
    updated_at: str | None
    url: str | None
    tags: Json
    raw_source: Json
    properties: Json
    latest_revision_cdm_id: str | None
    deleted_at: str | None = None
    deleted_reason: str | None = None


@dataclass(frozen=True, slots=True)
class CdmDocRevision:
    """One version of an item, with its body as the source wrote it and as text."""

    cdm_id: str
    source_system: str
    source_revision_id: str
    item_cdm_id: str
    revision_number: int | None
    revision_label: str | None
    author_cdm_id: str | None
    created_at: str | None
    summary: str | None
    body: str | None
    body_format: str | None
    text: str | None
    text_format: str | None
    content_sha256: str | None
    properties: Json


@dataclass(frozen=True, slots=True)
class CdmDocLink:
    """A reference from an item to something else; ``to_item_cdm_id`` is filled only where it follows from an id.

    Where it does not, ``properties`` carry what a store needs to resolve it: ``space_key`` and ``title`` (an internal
    or include link by title, its own space's key filled in), ``filename`` and ``container_cdm_id`` or the container's
    ``space_key`` and ``title`` (an attachment by name), ``file_id`` (an attachment by media id). Further:
    ``user_cdm_id`` (a mention), ``anchor``, and ``container`` true on the link from a container to its attachment.
    ``created_at`` is when the link was made, where the source tells it: of a file on its container.
    """

    cdm_id: str
    source_system: str
    source_link_id: str
    from_item_cdm_id: str
    to_item_cdm_id: str | None
    url: str | None
    link_type: str
    anchor_text: str | None
    created_at: str | None
    properties: Json


@dataclass(frozen=True, slots=True)
class CdmDocAccess:
    """Who may do what with a space or an item; for groups, who belongs to them.

    ``properties.kind`` tells which of three things a row says:

    - ``permission``: on a space (``target_cdm_id``), the principal may ``access_mode`` (``read``, ``create`` …)
      things of ``properties.target_type`` (``space``, ``page`` …).
    - ``restriction``: on an item, only the principals listed for an ``access_mode`` (``read`` or ``update``) may do so.
    - ``membership``: ``target_cdm_id`` is a group, the principal belongs to it, ``access_mode`` is ``member``.

    ``principal_type`` is ``user``, ``group``, ``role``, ``anonymous``, or what else the source says, in lower case.
    People are ``cdm:work:user:…``, other principals ``cdm:work:<principal_type>:<sys>:<id>``.
    """

    cdm_id: str
    source_system: str
    target_cdm_id: str
    principal_cdm_id: str
    principal_type: str
    access_mode: str
    properties: Json


@dataclass(frozen=True, slots=True)
class CdmWorkUser:
    """A person or a machine account."""

    cdm_id: str
    source_system: str
    display_name: str | None
    email: str | None
    account_type: str | None
    account_status: str | None
    properties: Json


@dataclass(frozen=True, slots=True)
class CdmWorkGroup:
    """A group of people, also one that nobody belongs to; who does is told by rows of ``CdmDocAccess``."""

    cdm_id: str
    source_system: str
    name: str | None
    properties: Json


@dataclass(frozen=True, slots=True)
class CdmDocChunk:
    """A piece of a revision's text for retrieval; its id follows from its content.

    An edit elsewhere in the page moves ``chunk_index``, ``revision_cdm_id`` and ``metadata``; what counts as a change
    of the chunk itself (``changed_at``) is ``heading_path``, ``text`` and ``deleted_at``.
    """

    cdm_id: str
    item_cdm_id: str
    revision_cdm_id: str
    chunk_index: int
    total_chunks: int
    heading_path: str | None
    text: str
    metadata: Json
    deleted_at: str | None = None


@dataclass(frozen=True, slots=True)
class CdmDocTombstone:
    """The source's word that a space or an item is gone. Believed only until a later record of it.

    ``space_cdm_id`` is the space in which it was missed. With the reason ``moved`` it is in ``moved_to_space_cdm_id``
    now, and the word is believed only of an item that stands in ``space_cdm_id`` still.
    """

    cdm_id: str
    source_system: str
    target_cdm_id: str
    reason: str
    detected_at: str
    space_cdm_id: str | None = None
    moved_to_space_cdm_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item stands now, told without its content (``content_inventory``)."""

    cdm_id: str
    source_system: str
    source_item_id: str
    space_cdm_id: str | None
    parent_item_cdm_id: str | None
    title: str | None
    doc_type: str
    status: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing said about an item by another stream than its own: a label, a task, a content property.

    Attributes:
        item_cdm_id: The item it belongs to.
        kind: ``label``, ``task`` or ``property``.
        key: What tells it from its siblings: label id, task id, property id.
        value: The thing itself.
        whole_set: True when it came as a member of the item's whole set (``SetPart``; a set that is empty is one facet
            with ``value`` None). False: it stands for itself.
    """

    item_cdm_id: str
    kind: str
    key: str
    value: Json
    whole_set: bool


FACET_KINDS = ("label", "task", "property")
SET_KINDS = ("link", "access", "chunk", *FACET_KINDS)

Member = CdmDocLink | CdmDocAccess | CdmDocChunk | Facet


@dataclass(frozen=True, slots=True)
class SetPart:
    """Members of a set of rows that its owner tells as a whole: all of them, or those that one record told.

    Sets with different clocks are different sets. The set with the greatest clock that is complete counts, whole;
    until a newer one is complete, the older one stands.

    Attributes:
        kind: One of ``SET_KINDS``.
        owner: Whose set it is: of links the item whose record told them (for the link from a container to its
            attachment the attachment), of access rows the parent and the stream that told them, else the item.
        clock: The clock of all members.
        size: How many different members the set has. None: nobody said; it counts as far as it came.
        members: Some of them.
    """

    kind: str
    owner: str
    clock: Clock
    size: int | None
    members: tuple[Member, ...]


def whole_set(kind: str, owner: str, clock: Clock, members: tuple[Member, ...]) -> SetPart:
    """Return a set of which all members are at hand."""
    return SetPart(kind, owner, clock, len(members), members)


@dataclass(frozen=True, slots=True)
class CdmRows:
    """What one record says, as rows. Each row stands with the clock that decides whether it is news.

    Attributes:
        spaces: Space rows.
        items: Items with their content.
        places: Items told without content.
        revisions: Versions. The clock's version tells how much a record told: 0 without body or file, 1 with it, 2
            with a body and where it stands. So a later record that tells less takes nothing away.
        sets: Sets of links, chunks, access rows, labels, tasks and properties, whole or in part.
        users: Accounts.
        groups: Groups.
        facets: Tasks and properties that stand for themselves.
        tombstones: Removals.
        failures: Items that the source could not be made to tell (``sync_errors``), as they go into the run's
            ``error_msgs``.
    """

    spaces: tuple[tuple[Clock, CdmDocSpace], ...] = ()
    items: tuple[tuple[Clock, CdmDocItem], ...] = ()
    places: tuple[tuple[Clock, ItemPlace], ...] = ()
    revisions: tuple[tuple[Clock, CdmDocRevision], ...] = ()
    sets: tuple[SetPart, ...] = ()
    users: tuple[tuple[Clock, CdmWorkUser], ...] = ()
    groups: tuple[tuple[Clock, CdmWorkGroup], ...] = ()
    facets: tuple[tuple[Clock, Facet], ...] = ()
    tombstones: tuple[CdmDocTombstone, ...] = ()
    failures: tuple[dict[str, Any], ...] = field(default=())
