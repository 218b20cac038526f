"""Where items stand, in SQL that DuckDB and PostgreSQL both understand. What stands below what is not there is a root.

In the texts ``{s}`` stands for the quoted schema, ``{items}``, ``{space}`` and ``{item}`` for a function's parameters.
"""

from __future__ import annotations

TREE = """
WITH RECURSIVE walk AS (
    SELECT i.cdm_id, i.space_cdm_id, i.parent_item_cdm_id, i.title, i.doc_type, 0 AS depth,
           coalesce(i.title, '') AS path, '/' || i.cdm_id || '/' AS trail
    FROM {s}.cdm_doc_item i
    WHERE i.deleted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM {s}.cdm_doc_item p WHERE p.cdm_id = i.parent_item_cdm_id AND p.deleted_at IS NULL)
    UNION ALL
    SELECT i.cdm_id, i.space_cdm_id, i.parent_item_cdm_id, i.title, i.doc_type, w.depth + 1,
           w.path || ' / ' || coalesce(i.title, ''), w.trail || i.cdm_id || '/'
    FROM {s}.cdm_doc_item i
    JOIN walk w ON i.parent_item_cdm_id = w.cdm_id
    WHERE i.deleted_at IS NULL AND position('/' || i.cdm_id || '/' IN w.trail) = 0
)
SELECT w.cdm_id, w.space_cdm_id, s.key AS space_key, w.parent_item_cdm_id, w.doc_type, w.title, w.depth, w.path
FROM walk w LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = w.space_cdm_id
"""

# Upward, each from where it stands: the whole tree is not needed for the path of a few.
_UP = """
    SELECT i.cdm_id, i.parent_item_cdm_id AS next_cdm_id, 0 AS depth, coalesce(i.title, '') AS path,
           '/' || i.cdm_id || '/' AS trail
    FROM {seed}
    WHERE i.deleted_at IS NULL
    UNION ALL
    SELECT u.cdm_id, p.parent_item_cdm_id, u.depth + 1, coalesce(p.title, '') || ' / ' || u.path,
           u.trail || p.cdm_id || '/'
    FROM up u
    JOIN {s}.cdm_doc_item p ON p.cdm_id = u.next_cdm_id
    WHERE p.deleted_at IS NULL AND position('/' || p.cdm_id || '/' IN u.trail) = 0
"""

_PATH = f"""
WITH RECURSIVE up AS ({_UP})
SELECT i.cdm_id, i.space_cdm_id, s.key AS space_key, i.parent_item_cdm_id, i.doc_type, i.title, u.depth, u.path
FROM up u
JOIN {{s}}.cdm_doc_item i ON i.cdm_id = u.cdm_id
LEFT JOIN {{s}}.cdm_doc_item p ON p.cdm_id = u.next_cdm_id AND p.deleted_at IS NULL
LEFT JOIN {{s}}.cdm_doc_space s ON s.cdm_id = i.space_cdm_id
WHERE p.cdm_id IS NULL
"""

PATH = _PATH.replace(
    "{seed}", "(SELECT DISTINCT unnest({items}) AS cdm_id) c JOIN {s}.cdm_doc_item i ON i.cdm_id = c.cdm_id"
)
SPACE_TREE = _PATH.replace("{seed}", "{s}.cdm_doc_item i").replace(
    "WHERE i.deleted_at IS NULL", "WHERE i.deleted_at IS NULL AND i.space_cdm_id = {space}"
)
SUBTREE = """
WITH RECURSIVE walk AS (
    SELECT t.cdm_id, t.space_cdm_id, t.parent_item_cdm_id, t.doc_type, t.title, t.depth, t.path
    FROM {s}.cdm_doc_path(ARRAY[{item}]) t
    UNION ALL
    SELECT i.cdm_id, i.space_cdm_id, i.parent_item_cdm_id, i.doc_type, i.title, w.depth + 1,
           w.path || ' / ' || coalesce(i.title, '')
    FROM walk w
    JOIN {s}.cdm_doc_item i ON i.parent_item_cdm_id = w.cdm_id
    WHERE i.deleted_at IS NULL
)
SELECT w.cdm_id, w.space_cdm_id, s.key AS space_key, w.parent_item_cdm_id, w.doc_type, w.title, w.depth, w.path
FROM walk w LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = w.space_cdm_id
"""
"""What has a path stands in no ring, and what is below it neither."""

BACKLINKS = """
SELECT l.to_item_cdm_id AS item_cdm_id, t.title, l.from_item_cdm_id, f.title AS from_title,
       f.doc_type AS from_doc_type, f.url AS from_url, l.link_type, l.anchor_text, l.cdm_id AS link_cdm_id
FROM {s}.cdm_doc_link l
JOIN {s}.cdm_doc_item t ON t.cdm_id = l.to_item_cdm_id
JOIN {s}.cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id
WHERE f.deleted_at IS NULL
"""
