"""Labels, tasks and content properties: what other streams than its own say about an item. Pure."""

from __future__ import annotations

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import ContentLabel, ContentProperty, FactOfSet, Task
from cdm_docs.mapping.confluence.items import person, told
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmRows, Clock, Facet, SetPart


def map_label(record: ContentLabel, options: Options) -> CdmRows:
    """Map a label: a member of the content's set, or the word that the set is empty.

    Raises:
        ValueError: The label has no name.
    """
    item = options.ids.item(record.content_id)
    if record.tells_of_none(record.label_id):
        return _member(item, "label", record, None)
    if not record.name:
        raise ValueError("`name` is missing")
    return _member(
        item, "label", record, Facet(item, "label", record.label_id or record.name, record.name, whole_set=True)
    )


def map_task(record: Task, options: Options) -> CdmRows:
    """Map a task of an item: one for itself, or a member of the item's set where its size is told."""
    ids = options.ids
    item = ids.item(record.content_id)
    if _tells_of_none(record):
        return _member(item, "task", record, None)
    value = {"id": record.id} | (
        told(
            status=record.status,
            body=record.body,
            created_by_cdm_id=person(record.created_by, ids),
            assigned_to_cdm_id=person(record.assigned_to, ids),
            completed_by_cdm_id=person(record.completed_by, ids),
            created_at=record.created_at,
            updated_at=record.updated_at,
            due_at=record.due_at,
            completed_at=record.completed_at,
        )
        or {}
    )
    if record.set_size is not None:
        return _member(item, "task", record, Facet(item, "task", record.id, value, whole_set=True))
    facet = Facet(item, "task", record.id, value, whole_set=False)
    return CdmRows(facets=((clock_of(None, record.observed_at or record.updated_at, facet), facet),))


def map_property(record: ContentProperty, options: Options) -> CdmRows:
    """Map a content property, whose value is any JSON: one for itself, or a member as tasks are."""
    item = options.ids.item(record.content_id)
    if _tells_of_none(record):
        return _member(item, "property", record, None)
    value = {
        "id": record.id,
        "key": record.key,
        "value": record.value,
        "version": record.version,
        "updated_at": record.updated_at,
    }
    if record.set_size is not None:
        return _member(item, "property", record, Facet(item, "property", record.id, value, whole_set=True))
    facet = Facet(item, "property", record.id, value, whole_set=False)
    return CdmRows(facets=((clock_of(record.version, record.observed_at, facet), facet),))


def _tells_of_none(record: Task | ContentProperty) -> bool:
    """Whether a row stands for an empty set: where the id alone is the key, it names the content behind a colon."""
    return record.tells_of_none(record.id.partition(":")[0])


def _member(item: str, kind: str, record: FactOfSet, facet: Facet | None) -> CdmRows:
    """Return a member of an item's set; its clock is the set's, and so has no digest of its own."""
    members = () if facet is None else (facet,)
    return CdmRows(sets=(SetPart(kind, item, Clock(0, record.observed_at or "", ""), record.set_size, members),))
