"""Views for questions that everybody asks; plain SQL that DuckDB and PostgreSQL both understand. Pure.

In the texts ``{s}`` stands for the quoted schema.
"""

from __future__ import annotations

_TREE = """
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

_BACKLINKS = """
SELECT l.to_item_cdm_id AS item_cdm_id, t.title, l.from_item_cdm_id, f.title AS from_title,
       f.doc_type AS from_doc_type, f.url AS from_url, l.link_type, l.anchor_text, l.cdm_id AS link_cdm_id
FROM {s}.cdm_doc_link l
JOIN {s}.cdm_doc_item t ON t.cdm_id = l.to_item_cdm_id
JOIN {s}.cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id
WHERE f.deleted_at IS NULL
"""

# CASE WHEN stands round conditions because PostgreSQL expects half of the rows of such a one; of the bare condition it
# expects one in two hundred until the tables are analysed, and of JSON always: it would then loop, not hash.
_EFFECTIVE_ACCESS = """
WITH RECURSIVE present AS (
    SELECT cdm_id, parent_item_cdm_id, space_cdm_id, title, doc_type
    FROM {s}.cdm_doc_item
    WHERE CASE WHEN deleted_at IS NULL THEN true ELSE false END
),
above AS (
    SELECT cdm_id AS item_cdm_id, cdm_id AS ancestor_cdm_id, parent_item_cdm_id AS next_cdm_id,
           '/' || cdm_id || '/' AS trail, doc_type
    FROM present
    UNION ALL
    SELECT a.item_cdm_id, p.cdm_id, p.parent_item_cdm_id, a.trail || p.cdm_id || '/', p.doc_type
    FROM above a
    JOIN present p ON p.cdm_id = a.next_cdm_id
    WHERE CASE WHEN position('/' || p.cdm_id || '/' IN a.trail) = 0 THEN true ELSE false END
),
unknown AS (
    SELECT DISTINCT a.item_cdm_id
    FROM above a
    LEFT JOIN present p ON p.cdm_id = a.next_cdm_id
    LEFT JOIN {s}.cdm_doc_set r ON r.kind = 'access' AND r.owner = 'content_restrictions:' || a.ancestor_cdm_id
    WHERE CASE
        WHEN a.next_cdm_id IS NULL THEN a.doc_type IN ('attachment', 'comment')
        ELSE p.cdm_id IS NULL OR position('/' || p.cdm_id || '/' IN a.trail) > 0
    END OR (a.doc_type NOT IN ('attachment', 'comment') AND r.owner IS NULL)
),
reading AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type
    FROM {s}.cdm_doc_access
    WHERE CASE
        WHEN access_mode <> 'read' THEN false
        WHEN (properties ->> 'kind') = 'restriction' THEN true
        ELSE (properties ->> 'kind') = 'permission' AND (properties ->> 'target_type') = 'space'
    END
),
allowed AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type FROM reading
    UNION
    SELECT r.target_cdm_id, m.principal_cdm_id, 'user'
    FROM reading r
    JOIN {s}.cdm_doc_access m ON m.target_cdm_id = r.principal_cdm_id
    WHERE CASE WHEN m.access_mode = 'member' THEN true ELSE false END
),
gates AS (
    SELECT a.item_cdm_id, a.ancestor_cdm_id
    FROM above a
    JOIN (SELECT DISTINCT target_cdm_id FROM reading) r ON r.target_cdm_id = a.ancestor_cdm_id
),
gated AS (
    SELECT item_cdm_id, count(*) AS gates FROM gates GROUP BY item_cdm_id
),
passed AS (
    SELECT g.item_cdm_id, k.principal_cdm_id, count(*) AS gates
    FROM gates g JOIN allowed k ON k.target_cdm_id = g.ancestor_cdm_id
    GROUP BY g.item_cdm_id, k.principal_cdm_id
),
welcome AS (
    SELECT s.cdm_id AS space_cdm_id, p.principal_cdm_id, p.principal_type
    FROM allowed p
    JOIN {s}.cdm_doc_space s ON s.cdm_id = p.target_cdm_id
    WHERE CASE WHEN s.deleted_at IS NULL THEN true ELSE false END
),
known AS (
    SELECT i.cdm_id, i.space_cdm_id, i.title, coalesce(n.gates, 0) AS gates
    FROM present i
    LEFT JOIN gated n ON n.item_cdm_id = i.cdm_id
    LEFT JOIN unknown u ON u.item_cdm_id = i.cdm_id
    WHERE CASE WHEN u.item_cdm_id IS NULL THEN true ELSE false END
)
SELECT i.cdm_id AS item_cdm_id, i.space_cdm_id, i.title, p.principal_cdm_id, p.principal_type
FROM known i
JOIN welcome p ON p.space_cdm_id = i.space_cdm_id
WHERE CASE WHEN i.gates = 0 THEN true ELSE false END
UNION ALL
SELECT i.cdm_id, i.space_cdm_id, i.title, p.principal_cdm_id, p.principal_type
FROM known i
JOIN passed y ON y.item_cdm_id = i.cdm_id AND y.gates = i.gates
JOIN welcome p ON p.space_cdm_id = i.space_cdm_id AND p.principal_cdm_id = y.principal_cdm_id
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
