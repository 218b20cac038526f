"""Views for questions that everybody asks; plain SQL that DuckDB and PostgreSQL both understand. Pure.

In the texts ``{s}`` stands for the quoted schema.
"""

from __future__ import annotations

_TREE = """
WITH RECURSIVE walk AS (
    SELECT i.cdm_id, i.space_cdm_id, i.parent_item_cdm_id, i.title, i.doc_type, 0 AS depth,
           i.title AS path, '/' || i.cdm_id || '/' AS trail
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

_BACKLINKS = """
SELECT l.to_item_cdm_id AS item_cdm_id, t.title, l.from_item_cdm_id, f.title AS from_title,
       f.doc_type AS from_doc_type, f.url AS from_url, l.link_type, l.anchor_text, l.cdm_id AS link_cdm_id
FROM {s}.cdm_doc_link l
JOIN {s}.cdm_doc_item t ON t.cdm_id = l.to_item_cdm_id
JOIN {s}.cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id
WHERE f.deleted_at IS NULL
"""

_EFFECTIVE_ACCESS = """
WITH RECURSIVE above AS (
    SELECT i.cdm_id AS item_cdm_id, i.cdm_id AS ancestor_cdm_id, i.parent_item_cdm_id AS next_cdm_id,
           '/' || i.cdm_id || '/' AS trail
    FROM {s}.cdm_doc_item i
    WHERE i.deleted_at IS NULL
    UNION ALL
    SELECT a.item_cdm_id, p.cdm_id, p.parent_item_cdm_id, a.trail || p.cdm_id || '/'
    FROM above a
    JOIN {s}.cdm_doc_item p ON p.cdm_id = a.next_cdm_id AND p.deleted_at IS NULL
    WHERE position('/' || p.cdm_id || '/' IN a.trail) = 0
),
unknown AS (
    SELECT DISTINCT a.item_cdm_id
    FROM above a
    LEFT JOIN {s}.cdm_doc_item p ON p.cdm_id = a.next_cdm_id AND p.deleted_at IS NULL
    LEFT JOIN {s}.cdm_doc_item i ON i.cdm_id = a.ancestor_cdm_id
    LEFT JOIN {s}.cdm_doc_set r ON r.kind = 'access' AND r.owner = 'content_restrictions:' || a.ancestor_cdm_id
    WHERE (a.next_cdm_id IS NOT NULL AND (p.cdm_id IS NULL OR position('/' || p.cdm_id || '/' IN a.trail) > 0))
       OR (i.doc_type NOT IN ('attachment', 'comment') AND r.owner IS NULL)
       OR (i.doc_type IN ('attachment', 'comment') AND a.next_cdm_id IS NULL)
),
membership AS (
    SELECT DISTINCT target_cdm_id AS group_cdm_id, principal_cdm_id AS user_cdm_id
    FROM {s}.cdm_doc_access
    WHERE (properties ->> 'kind') = 'membership'
),
granted AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type, access_mode,
           (properties ->> 'kind') AS kind,
           (properties ->> 'target_type') AS target_type
    FROM {s}.cdm_doc_access
),
allowed AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type, kind FROM granted
    WHERE access_mode = 'read' AND (kind = 'restriction' OR (kind = 'permission' AND target_type = 'space'))
    UNION
    SELECT g.target_cdm_id, m.user_cdm_id, 'user', g.kind
    FROM granted g JOIN membership m ON m.group_cdm_id = g.principal_cdm_id
    WHERE g.access_mode = 'read' AND g.principal_type = 'group'
      AND (g.kind = 'restriction' OR (g.kind = 'permission' AND g.target_type = 'space'))
),
restricted AS (
    SELECT DISTINCT target_cdm_id FROM granted WHERE kind = 'restriction' AND access_mode = 'read'
)
SELECT i.cdm_id AS item_cdm_id, i.space_cdm_id, i.title, p.principal_cdm_id, p.principal_type
FROM {s}.cdm_doc_item i
JOIN {s}.cdm_doc_space s ON s.cdm_id = i.space_cdm_id AND s.deleted_at IS NULL
JOIN allowed p ON p.target_cdm_id = i.space_cdm_id AND p.kind = 'permission'
WHERE i.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM unknown u WHERE u.item_cdm_id = i.cdm_id)
  AND NOT EXISTS (
    SELECT 1
    FROM above a JOIN restricted r ON r.target_cdm_id = a.ancestor_cdm_id
    WHERE a.item_cdm_id = i.cdm_id
      AND NOT EXISTS (
        SELECT 1 FROM allowed k
        WHERE k.target_cdm_id = a.ancestor_cdm_id AND k.kind = 'restriction' AND k.principal_cdm_id = p.principal_cdm_id
      )
  )
"""

VIEWS: dict[str, tuple[str, str]] = {
    "cdm_doc_tree": (_TREE, "Every item with its depth and the titles on the way to it"),
    "cdm_doc_backlinks": (_BACKLINKS, "What links to an item"),
    "cdm_doc_effective_access": (
        _EFFECTIVE_ACCESS,
        "Who may read an item: allowed on the space, on the item and on every restricted ancestor; unknown means no",
    ),
}
"""By name: the query and what a row is."""
