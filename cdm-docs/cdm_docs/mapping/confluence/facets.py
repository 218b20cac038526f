"""Labels, tasks and content properties: what other streams than its own say about an item. Pure."""

from __future__ import annotations

from cdm_docs.mapping.clocks import clock_of
from cdm_docs.mapping.confluence.facts import ContentLabel, ContentProperty, Task
from cdm_docs.mapping.confluence.items import person, told
from cdm_docs.mapping.confluence.records import EMPTY_SET
from cdm_docs.mapping.options import Options
from cdm_docs.model.rows import CdmRows, Facet


def map_label(record: ContentLabel, options: Options) -> CdmRows:
    """Map a label: a member of the content's set, or the word that the set is empty.

    Raises:
        ValueError: The label has no name.
    """
    item = options.ids.item(record.content_id)
    if record.label_id == EMPTY_SET:
        facet = Facet(item, "label", "", None, whole_set=True)
    elif record.name:
        facet = Facet(item, "label", record.name, record.name, whole_set=True)
    else:
        raise ValueError("`name` is missing")
    return CdmRows(facets=((clock_of(None, record.observed_at, facet), facet),))


def map_task(record: Task, options: Options) -> CdmRows:
    """Map a task of an item."""
    ids = options.ids
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
    facet = Facet(ids.item(record.content_id), "task", record.id, value, whole_set=False)
    return CdmRows(facets=((clock_of(None, record.observed_at or record.updated_at, facet), facet),))


def map_property(record: ContentProperty, options: Options) -> CdmRows:
    """Map a content property; its value is any JSON."""
    value = {
        "id": record.id,
        "key": record.key,
        "value": record.value,
        "version": record.version,
        "updated_at": record.updated_at,
    }
    facet = Facet(options.ids.item(record.content_id), "property", record.id, value, whole_set=False)
    return CdmRows(facets=((clock_of(record.version, record.observed_at, facet), facet),))
