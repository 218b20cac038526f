"""Texts as a reader reads them: names in the place of marks, other pages' text where a page shows it.

A text holds a mark for each person, ``@{account id}``, and a marker for each page that it shows (docs/text.md). SQL
that DuckDB and PostgreSQL both understand but for taking JSON arrays apart. In the texts ``{s}`` stands for the quoted
schema, ``{elements:x}`` for the elements of a JSON array as a list, ``{items}`` for a function's parameter.
"""

from __future__ import annotations

_DEEPEST = 8
"""Pages in pages; circles end there."""
_LONGEST = 5_000_000
"""Characters that may come in at one marker: pages that show each other many times would grow without end."""


def _parts(text: str, item: str, system: str, *, column: str) -> str:
    """Return a subquery over a text cut behind each ``@{``: part ``n`` (from 1), and who the id that it begins with is.

    Who is not known is called what the body calls them. A text without a mark goes in as null: DuckDB does for all rows
    at once, and with what they bring along, what stands here as if for one. Item and system are columns of each part:
    an outer join whose condition looks outside is more than DuckDB before 2.0 does.
    """
    marked = f"CASE WHEN position('@{{' IN {text}) > 0 THEN {text} END"
    user = "'cdm:work:user:' || p.system || ':' || split_part(p.part, '}', 1)"
    return f"""
        SELECT {column}
        FROM (
            SELECT unnest(string_to_array({marked}, '@{{')) AS part,
                   generate_subscripts(string_to_array({marked}, '@{{'), 1) AS n,
                   {item} AS item, {system} AS system
        ) p
        LEFT JOIN {{s}}.cdm_work_user w ON p.n > 1 AND position('}}' IN p.part) > 0 AND w.cdm_id = {user}
        LEFT JOIN {{s}}.cdm_doc_link m ON p.n > 1 AND position('}}' IN p.part) > 0 AND m.from_item_cdm_id = p.item
            AND m.link_type = 'mention' AND (m.properties ->> 'user_cdm_id') = {user}"""


def named(text: str, item: str, system: str) -> str:
    """Return the expression for a text with names in the place of people's marks.

    Args:
        text: Expression for the text.
        item: Expression for the cdm_id of the item that says it.
        system: Expression for its source_system.
    """
    name = "coalesce(w.display_name, ltrim(m.anchor_text, '@'))"
    part = (
        f"CASE WHEN p.n = 1 THEN p.part ELSE coalesce('@' || {name} || substr(p.part, position('}}' IN p.part) + 1), "
        "'@{' || p.part) END"
    )
    parts = _parts(text, item, system, column=f"string_agg({part}, '' ORDER BY p.n)")
    return f"coalesce(({parts}\n    ), {text})"


def renamed_at(text: str, item: str, system: str) -> str:
    """Return the expression for when the newest name in a text changed; null where it names nobody."""
    return f"({_parts(text, item, system, column='max(w.changed_at)')}\n    )"


TEXT = f"""
SELECT i.cdm_id AS item_cdm_id, i.space_cdm_id, i.doc_type, i.title, r.cdm_id AS revision_cdm_id,
       {named("r.text", "i.cdm_id", "i.source_system")} AS text,
       r.text_format, r.changed_at,
       greatest(r.changed_at, {renamed_at("r.text", "i.cdm_id", "i.source_system")}) AS text_changed_at
FROM {{s}}.cdm_doc_item i
JOIN {{s}}.cdm_doc_revision r ON r.cdm_id = i.latest_revision_cdm_id
WHERE i.deleted_at IS NULL AND r.text IS NOT NULL
"""

CHUNK_TEXT = f"""
SELECT c.cdm_id, c.item_cdm_id, c.chunk_index, c.total_chunks, c.heading_path,
       {named("c.text", "c.item_cdm_id", "i.source_system")} AS text,
       c.metadata, c.changed_at,
       greatest(c.metadata_changed_at, {renamed_at("c.text", "c.item_cdm_id", "i.source_system")})
           AS metadata_changed_at
FROM {{s}}.cdm_doc_chunk c
JOIN {{s}}.cdm_doc_item i ON i.cdm_id = c.item_cdm_id
WHERE c.deleted_at IS NULL AND i.deleted_at IS NULL
"""

_REACH = f"""
    UNION
    SELECT r.item_cdm_id, l.to_item_cdm_id, r.depth + 1
    FROM reach r
    JOIN {{s}}.cdm_doc_link l ON l.from_item_cdm_id = r.included_item_cdm_id AND l.link_type = 'include'
    WHERE r.depth < {_DEEPEST} AND l.to_item_cdm_id IS NOT NULL AND l.to_item_cdm_id <> r.item_cdm_id
"""

INCLUDE = f"""
WITH RECURSIVE reach AS (
    SELECT l.from_item_cdm_id AS item_cdm_id, l.to_item_cdm_id AS included_item_cdm_id, 1 AS depth
    FROM {{s}}.cdm_doc_link l
    WHERE l.link_type = 'include' AND l.to_item_cdm_id IS NOT NULL AND l.to_item_cdm_id <> l.from_item_cdm_id
{_REACH})
SELECT e.item_cdm_id, e.included_item_cdm_id, e.depth, i.title, t.title AS included_title,
       greatest(t.changed_at, r.changed_at) AS included_changed_at
FROM (
    SELECT item_cdm_id, included_item_cdm_id, min(depth) AS depth FROM reach GROUP BY item_cdm_id, included_item_cdm_id
) e
JOIN {{s}}.cdm_doc_item i ON i.cdm_id = e.item_cdm_id AND i.deleted_at IS NULL
JOIN {{s}}.cdm_doc_item t ON t.cdm_id = e.included_item_cdm_id
LEFT JOIN {{s}}.cdm_doc_revision r ON r.cdm_id = t.latest_revision_cdm_id
"""

_EXCERPT = """(
        SELECT (x.value ->> 'text')
        FROM (SELECT unnest({elements:(r.properties -> 'excerpts')}) AS value) x
        WHERE (x.value ->> 'name') = m.excerpt
        LIMIT 1
    )"""

# What shows nothing itself is put in last, else what lies deepest: whatever shows it has been put in by then, so that
# all its markers are found at once. What is in a circle, which has no deepest place, is put in once, where it comes
# first; where it would come again, its marker stays.
FULL_TEXT = f"""
WITH RECURSIVE reach AS (
    SELECT c.cdm_id AS item_cdm_id, c.cdm_id AS included_item_cdm_id, 0 AS depth
    FROM (SELECT DISTINCT unnest({{items}}) AS cdm_id) c
{_REACH}), marks AS (
    SELECT r.item_cdm_id, l.to_item_cdm_id AS target, (e.value ->> 'mark') AS mark, (e.value ->> 'excerpt') AS excerpt,
           CASE WHEN max(r.depth) < {_DEEPEST} THEN max(r.depth) ELSE min(r.depth) END AS depth
    FROM reach r
    JOIN {{s}}.cdm_doc_link l ON l.from_item_cdm_id = r.included_item_cdm_id AND l.link_type = 'include'
    CROSS JOIN LATERAL (SELECT unnest({{elements:(l.properties -> 'included')}}) AS value) e
    WHERE l.to_item_cdm_id <> r.item_cdm_id AND (e.value ->> 'mark') <> ''
    GROUP BY r.item_cdm_id, l.to_item_cdm_id, (e.value ->> 'mark'), (e.value ->> 'excerpt')
), bodies AS (
    SELECT m.item_cdm_id, m.mark,
           CASE WHEN EXISTS (
               SELECT 1 FROM {{s}}.cdm_doc_link l WHERE l.from_item_cdm_id = m.target AND l.link_type = 'include'
           ) THEN m.depth ELSE {_DEEPEST} END AS depth,
           i.cdm_id, i.source_system,
           greatest(i.changed_at, r.changed_at) AS changed_at,
           CASE WHEN m.excerpt IS NULL THEN r.text ELSE {_EXCERPT} END AS text
    FROM marks m
    JOIN {{s}}.cdm_doc_item i ON i.cdm_id = m.target AND i.deleted_at IS NULL
    JOIN {{s}}.cdm_doc_revision r ON r.cdm_id = i.latest_revision_cdm_id
), steps AS (
    SELECT b.item_cdm_id, b.mark, b.changed_at,
           row_number() OVER (PARTITION BY b.item_cdm_id ORDER BY b.depth, b.mark, b.cdm_id) AS n,
           {named("b.text", "b.cdm_id", "b.source_system")} AS text
    FROM bodies b
    WHERE b.text IS NOT NULL
), filled AS (
    SELECT t.item_cdm_id, t.text, 0 AS n, t.text_changed_at
    FROM {{s}}.cdm_doc_text t
    WHERE t.item_cdm_id IN (SELECT unnest({{items}}))
    UNION ALL
    SELECT f.item_cdm_id,
           CASE WHEN (length(f.text) - length(replace(f.text, p.mark, ''))) / length(p.mark)
                     * CAST(length(p.text) AS bigint) > {_LONGEST}
                THEN f.text ELSE replace(f.text, p.mark, p.text) END,
           f.n + 1, greatest(f.text_changed_at, p.changed_at)
    FROM filled f
    JOIN steps p ON p.item_cdm_id = f.item_cdm_id AND p.n = f.n + 1
)
SELECT f.item_cdm_id, f.text, f.text_changed_at
FROM filled f
WHERE f.n = (SELECT count(*) FROM steps p WHERE p.item_cdm_id = f.item_cdm_id)
"""
