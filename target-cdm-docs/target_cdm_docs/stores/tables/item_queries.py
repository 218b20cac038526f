"""What is known of items, in SQL that DuckDB and PostgreSQL both understand but for taking JSON arrays apart.

In the texts ``{s}`` stands for the quoted schema, ``{texts:x}`` for the texts and ``{elements:x}`` for the elements of
a JSON array, as a list.
"""

from __future__ import annotations

from target_cdm_docs.stores.tables.computed import as_moment, as_number

CURRENT = """
SELECT i.cdm_id, i.source_system, i.source_item_id, i.doc_type, i.title, i.status, i.url, i.mime_type,
       i.space_cdm_id, s.key AS space_key, s.name AS space_name,
       i.parent_item_cdm_id, p.title AS parent_title, i.position, i.tags, i.file_size,
       i.created_by_cdm_id, c.display_name AS created_by, i.updated_by_cdm_id, u.display_name AS updated_by,
       i.owner_cdm_id, o.display_name AS owner,
       i.created_ts AS created_at, i.updated_ts AS updated_at, i.version_number, i.latest_revision_cdm_id,
       r.summary, r.text, r.text_format, r.body, r.body_format, r.content_sha256,
       i.first_seen_at, i.synced_at, i.changed_at
FROM {s}.cdm_doc_item i
LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = i.space_cdm_id
LEFT JOIN {s}.cdm_doc_item p ON p.cdm_id = i.parent_item_cdm_id
LEFT JOIN {s}.cdm_doc_revision r ON r.cdm_id = i.latest_revision_cdm_id
LEFT JOIN {s}.cdm_work_user c ON c.cdm_id = i.created_by_cdm_id
LEFT JOIN {s}.cdm_work_user u ON u.cdm_id = i.updated_by_cdm_id
LEFT JOIN {s}.cdm_work_user o ON o.cdm_id = i.owner_cdm_id
WHERE i.deleted_at IS NULL
"""

TAG = """
SELECT cdm_id AS item_cdm_id, space_cdm_id, unnest({texts:tags}) AS tag
FROM {s}.cdm_doc_item
WHERE deleted_at IS NULL AND tags IS NOT NULL
"""

_EACH = """
FROM (
    SELECT cdm_id, space_cdm_id, unnest({elements:(properties -> 'MEMBER')}) AS value
    FROM {s}.cdm_doc_item
    WHERE deleted_at IS NULL AND (properties -> 'MEMBER') IS NOT NULL
) e
"""

_MOMENTS = ("created_at", "updated_at", "due_at", "completed_at")

TASK = (
    """
SELECT e.cdm_id AS item_cdm_id, e.space_cdm_id, (e.value ->> 'id') AS source_task_id,
       (e.value ->> 'status') AS status, (e.value ->> 'body') AS body,
       (e.value ->> 'created_by_cdm_id') AS created_by_cdm_id,
       (e.value ->> 'assigned_to_cdm_id') AS assigned_to_cdm_id,
       (e.value ->> 'completed_by_cdm_id') AS completed_by_cdm_id,
       """
    + ",\n       ".join(as_moment(f"(e.value ->> '{name}')") + f" AS {name}" for name in _MOMENTS)
    + _EACH.replace("MEMBER", "tasks")
)

PROPERTY = f"""
SELECT e.cdm_id AS item_cdm_id, e.space_cdm_id, (e.value ->> 'id') AS source_property_id, (e.value ->> 'key') AS key,
       (e.value -> 'value') AS value, {as_number("(e.value ->> 'version')")} AS version,
       {as_moment("(e.value ->> 'updated_at')")} AS updated_at
""" + _EACH.replace("MEMBER", "content_properties")
