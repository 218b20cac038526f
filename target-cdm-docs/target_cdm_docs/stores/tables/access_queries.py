"""Who may read what, in SQL that DuckDB and PostgreSQL both understand: from the top for all items, upward for some.

Of one person all items are found from the top too, with what keeps that person out left aside from the beginning.

An item may be read by whoever may read its space and is let in by every read restriction on it and above it. What is
not known is not allowed: a way up that ends before the root of a space (an ancestor that is not there, a ring, a file
or a comment on nothing), content of which no set of restrictions was told, a space without a permission.

In the texts ``{s}`` stands for the quoted schema, ``{items}`` and ``{principal}`` for a function's parameters.
"""

from __future__ import annotations

_HANGS = "('attachment', 'comment')"
"""What has no restrictions of its own to be told, and no place at the root of a space."""

MEMBER = """
SELECT principal_cdm_id AS member_cdm_id, principal_type AS member_type, target_cdm_id AS principal_cdm_id,
       'group' AS principal_type
FROM {s}.cdm_doc_access
WHERE access_mode = 'member'
UNION ALL
SELECT cdm_id, 'user', 'cdm:work:access_class:' || source_system || ':authenticated-users', 'access_class'
FROM {s}.cdm_work_user
WHERE account_status = 'active'
UNION ALL
SELECT cdm_id, 'user', 'cdm:work:access_class:' || source_system || ':all-licensed-users', 'access_class'
FROM {s}.cdm_work_user
WHERE account_status = 'active' AND account_type = 'atlassian'
UNION ALL
SELECT DISTINCT 'cdm:work:anonymous:' || source_system || ':anonymous', 'anonymous',
       'cdm:work:access_class:' || source_system || ':anonymous-users', 'access_class'
FROM {s}.cdm_doc_space
"""

# CASE WHEN stands round conditions because PostgreSQL expects half of the rows of such a one; of the bare condition it
# expects one in two hundred until the tables are analysed: it would then loop, not hash. MATERIALIZED keeps it from
# joining in an order that its guess of a few rows behind a recursion makes look cheap.
_READING = """
reading AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type
    FROM {s}.cdm_doc_access
    WHERE CASE
        WHEN access_mode <> 'read' THEN false
        ELSE kind = 'restriction' OR kind = 'permission' AND target_type = 'space'
    END
)"""

# Each item is met once, on the way down from the root of its space, and takes along the nearest restriction above it.
_KNOWN = (
    _READING
    + f""",
limited AS (
    SELECT DISTINCT target_cdm_id FROM reading
),
answered AS (
    SELECT substr(owner, length('content_restrictions:') + 1) AS item_cdm_id
    FROM {{s}}._cdm_set
    WHERE CASE WHEN kind = 'access' THEN owner LIKE 'content_restrictions:%' ELSE false END
),
present AS (
    SELECT i.cdm_id, i.parent_item_cdm_id, i.space_cdm_id, i.title, i.doc_type, l.target_cdm_id AS limit_cdm_id
    FROM {{s}}.cdm_doc_item i
    LEFT JOIN limited l ON l.target_cdm_id = i.cdm_id
    LEFT JOIN answered a ON a.item_cdm_id = i.cdm_id
    WHERE CASE
        WHEN i.deleted_at IS NOT NULL THEN false
        WHEN i.doc_type IN {_HANGS} THEN i.parent_item_cdm_id IS NOT NULL
        ELSE a.item_cdm_id IS NOT NULL
    END
),
known AS (
    SELECT cdm_id, space_cdm_id, title, limit_cdm_id AS gate_cdm_id, limit_cdm_id, CAST(NULL AS text) AS outer_cdm_id
    FROM present
    WHERE parent_item_cdm_id IS NULL
    UNION ALL
    SELECT p.cdm_id, p.space_cdm_id, p.title, coalesce(p.limit_cdm_id, k.gate_cdm_id), p.limit_cdm_id, k.gate_cdm_id
    FROM known k
    JOIN present p ON p.parent_item_cdm_id = k.cdm_id
),
gates AS (
    SELECT cdm_id AS gate_cdm_id, outer_cdm_id FROM known WHERE limit_cdm_id IS NOT NULL
)"""
)

GATE = f"""
WITH RECURSIVE {_KNOWN},
chain AS (
    SELECT gate_cdm_id, gate_cdm_id AS part_cdm_id, outer_cdm_id FROM gates
    UNION ALL
    SELECT c.gate_cdm_id, g.gate_cdm_id, g.outer_cdm_id
    FROM chain c JOIN gates g ON g.gate_cdm_id = c.outer_cdm_id
)
SELECT k.cdm_id AS item_cdm_id, s.cdm_id AS gate_cdm_id, 'space' AS gate_type, r.principal_cdm_id, r.principal_type
FROM known k
JOIN {{s}}.cdm_doc_space s ON s.cdm_id = k.space_cdm_id
JOIN reading r ON r.target_cdm_id = s.cdm_id
WHERE CASE WHEN s.deleted_at IS NULL THEN true ELSE false END
UNION ALL
SELECT k.cdm_id, c.part_cdm_id, 'item', r.principal_cdm_id, r.principal_type
FROM known k
JOIN chain c ON c.gate_cdm_id = k.gate_cdm_id
JOIN reading r ON r.target_cdm_id = c.part_cdm_id
"""

EFFECTIVE_ACCESS = f"""
WITH RECURSIVE {_KNOWN},
allowed AS (
    SELECT target_cdm_id, principal_cdm_id, principal_type FROM reading
    UNION
    SELECT r.target_cdm_id, m.member_cdm_id, m.member_type
    FROM reading r
    JOIN {{s}}.cdm_doc_member m ON m.principal_cdm_id = r.principal_cdm_id
),
passed AS (
    SELECT g.gate_cdm_id, a.principal_cdm_id
    FROM gates g
    JOIN allowed a ON a.target_cdm_id = g.gate_cdm_id
    WHERE CASE WHEN g.outer_cdm_id IS NULL THEN true ELSE false END
    UNION ALL
    SELECT g.gate_cdm_id, p.principal_cdm_id
    FROM passed p
    JOIN gates g ON g.outer_cdm_id = p.gate_cdm_id
    JOIN allowed a ON a.target_cdm_id = g.gate_cdm_id AND a.principal_cdm_id = p.principal_cdm_id
),
welcome AS (
    SELECT s.cdm_id AS space_cdm_id, a.principal_cdm_id, a.principal_type
    FROM allowed a
    JOIN {{s}}.cdm_doc_space s ON s.cdm_id = a.target_cdm_id
    WHERE CASE WHEN s.deleted_at IS NULL THEN true ELSE false END
),
standing AS MATERIALIZED (
    SELECT DISTINCT gate_cdm_id, space_cdm_id FROM known WHERE gate_cdm_id IS NOT NULL
),
passing AS MATERIALIZED (
    SELECT s.space_cdm_id, p.gate_cdm_id, p.principal_cdm_id
    FROM standing s
    JOIN passed p ON p.gate_cdm_id = s.gate_cdm_id
),
entitled AS MATERIALIZED (
    SELECT space_cdm_id, '' AS gate_cdm_id, principal_cdm_id, principal_type FROM welcome
    UNION ALL
    SELECT p.space_cdm_id, p.gate_cdm_id, p.principal_cdm_id, w.principal_type
    FROM passing p
    JOIN welcome w ON w.space_cdm_id = p.space_cdm_id AND w.principal_cdm_id = p.principal_cdm_id
)
SELECT k.cdm_id AS item_cdm_id, k.space_cdm_id, k.title, e.principal_cdm_id, e.principal_type
FROM known k
JOIN entitled e ON e.space_cdm_id = k.space_cdm_id AND e.gate_cdm_id = coalesce(k.gate_cdm_id, '')
"""

# The way up from some items. UNION ends a ring: it comes to nothing new, and to no root.
_UP = """
up AS (
    SELECT i.cdm_id AS item_cdm_id, i.cdm_id, i.parent_item_cdm_id, i.doc_type, i.space_cdm_id
    FROM (SELECT DISTINCT unnest({items}) AS cdm_id) c
    JOIN {s}.cdm_doc_item i ON i.cdm_id = c.cdm_id
    WHERE i.deleted_at IS NULL
    UNION
    SELECT u.item_cdm_id, i.cdm_id, i.parent_item_cdm_id, i.doc_type, u.space_cdm_id
    FROM up u
    JOIN {s}.cdm_doc_item i ON i.cdm_id = u.parent_item_cdm_id
    WHERE i.deleted_at IS NULL
)"""

_IS_KNOWN = (
    f"bool_or(u.parent_item_cdm_id IS NULL AND u.doc_type NOT IN {_HANGS}) "
    f"AND bool_and(t.owner IS NOT NULL OR u.doc_type IN {_HANGS})"
)

_ME = """me AS (
    SELECT {principal} AS principal_cdm_id
    UNION
    SELECT principal_cdm_id FROM {s}.cdm_doc_member WHERE member_cdm_id = {principal}
)"""

MAY_READ = f"""
WITH RECURSIVE {_UP},
{_ME},
let_in AS (
    SELECT u.item_cdm_id, u.space_cdm_id
    FROM up u
    LEFT JOIN {{s}}._cdm_set t ON t.kind = 'access' AND t.owner = 'content_restrictions:' || u.cdm_id
    LEFT JOIN LATERAL (
        SELECT bool_or(a.principal_cdm_id IN (SELECT principal_cdm_id FROM me)) AS lets_in
        FROM {{s}}.cdm_doc_access a
        WHERE a.target_cdm_id = u.cdm_id AND a.access_mode = 'read' AND a.kind = 'restriction'
    ) gate ON true
    GROUP BY u.item_cdm_id, u.space_cdm_id
    HAVING {_IS_KNOWN} AND bool_and(coalesce(gate.lets_in, true))
)
SELECT l.item_cdm_id
FROM let_in l
JOIN {{s}}.cdm_doc_space s ON s.cdm_id = l.space_cdm_id
WHERE s.deleted_at IS NULL AND EXISTS (
    SELECT 1
    FROM {{s}}.cdm_doc_access a
    WHERE a.target_cdm_id = s.cdm_id AND a.access_mode = 'read' AND a.kind = 'permission' AND a.target_type = 'space'
      AND a.principal_cdm_id IN (SELECT principal_cdm_id FROM me)
)
"""

READERS = f"""
WITH RECURSIVE {_UP},
rooted AS (
    SELECT u.item_cdm_id, u.space_cdm_id
    FROM up u
    LEFT JOIN {{s}}._cdm_set t ON t.kind = 'access' AND t.owner = 'content_restrictions:' || u.cdm_id
    GROUP BY u.item_cdm_id, u.space_cdm_id
    HAVING {_IS_KNOWN}
),
gate AS (
    SELECT u.item_cdm_id, u.cdm_id AS gate_cdm_id
    FROM up u
    JOIN rooted r ON r.item_cdm_id = u.item_cdm_id
    UNION
    SELECT r.item_cdm_id, s.cdm_id
    FROM rooted r
    JOIN {{s}}.cdm_doc_space s ON s.cdm_id = r.space_cdm_id
    WHERE s.deleted_at IS NULL
),
door AS (
    SELECT g.item_cdm_id, g.gate_cdm_id, a.kind, a.principal_cdm_id, a.principal_type
    FROM gate g
    JOIN {{s}}.cdm_doc_access a ON a.target_cdm_id = g.gate_cdm_id
    WHERE a.access_mode = 'read' AND (a.kind = 'restriction' OR a.kind = 'permission' AND a.target_type = 'space')
),
allowed AS (
    SELECT item_cdm_id, gate_cdm_id, kind, principal_cdm_id, principal_type FROM door
    UNION
    SELECT d.item_cdm_id, d.gate_cdm_id, d.kind, m.member_cdm_id, m.member_type
    FROM door d
    JOIN {{s}}.cdm_doc_member m ON m.principal_cdm_id = d.principal_cdm_id
),
doors AS (
    SELECT item_cdm_id, count(DISTINCT gate_cdm_id) AS doors FROM door GROUP BY item_cdm_id
)
SELECT a.item_cdm_id, a.principal_cdm_id, min(a.principal_type) AS principal_type
FROM allowed a
JOIN doors d ON d.item_cdm_id = a.item_cdm_id
GROUP BY a.item_cdm_id, a.principal_cdm_id, d.doors
HAVING count(DISTINCT a.gate_cdm_id) = d.doors AND bool_or(a.kind = 'permission')
"""

# PostgreSQL must not take one of these lists apart again for each item: hence MATERIALIZED.
READABLE = f"""
WITH RECURSIVE {_ME},
reading AS MATERIALIZED (
    SELECT a.target_cdm_id, bool_or(m.principal_cdm_id IS NOT NULL) AS lets_in
    FROM {{s}}.cdm_doc_access a
    LEFT JOIN me m ON m.principal_cdm_id = a.principal_cdm_id
    WHERE a.access_mode = 'read' AND (a.kind = 'restriction' OR a.kind = 'permission' AND a.target_type = 'space')
    GROUP BY a.target_cdm_id
),
passable AS MATERIALIZED (
    SELECT i.cdm_id, i.parent_item_cdm_id, i.space_cdm_id, i.doc_type IN {_HANGS} AS hangs
    FROM {{s}}.cdm_doc_item i
    LEFT JOIN {{s}}._cdm_set t ON t.kind = 'access' AND t.owner = 'content_restrictions:' || i.cdm_id
    LEFT JOIN reading r ON r.target_cdm_id = i.cdm_id
    WHERE i.deleted_at IS NULL AND coalesce(r.lets_in, true) AND (t.owner IS NOT NULL OR i.doc_type IN {_HANGS})
),
reached AS (
    SELECT cdm_id, space_cdm_id FROM passable WHERE parent_item_cdm_id IS NULL AND NOT hangs
    UNION ALL
    SELECT p.cdm_id, p.space_cdm_id
    FROM reached d
    JOIN passable p ON p.parent_item_cdm_id = d.cdm_id
)
SELECT d.cdm_id AS item_cdm_id, d.space_cdm_id
FROM reached d
JOIN {{s}}.cdm_doc_space s ON s.cdm_id = d.space_cdm_id
JOIN reading r ON r.target_cdm_id = s.cdm_id
WHERE s.deleted_at IS NULL AND r.lets_in
"""
