-- What is current in a database that another target fills behind map-cdm-docs: such a target adds and replaces rows by
-- their key, and never removes one. To be run once in the schema of its tables, in PostgreSQL, DuckDB or a warehouse
-- that has window functions; all streams of the mapper must have been there once, so that the tables are.

-- The newest set of each owner (links of a page, grants of a space, chunks and labels of a page …), be it empty. Each
-- row tells the clock of the set that it came with, and every row of a set comes again when the set does.
CREATE VIEW cdm_current_set AS
SELECT kind, owner_cdm_id, clock_version, clock_observed_at, clock_digest
FROM (
    SELECT told.*, row_number() OVER (
        PARTITION BY kind, owner_cdm_id ORDER BY clock_version DESC, clock_observed_at DESC, clock_digest DESC
    ) AS place
    FROM (
        SELECT 'link' AS kind, owner_cdm_id, clock_version, clock_observed_at, clock_digest FROM cdm_doc_link
        UNION ALL SELECT 'access', set_id, clock_version, clock_observed_at, clock_digest FROM cdm_doc_access
        UNION ALL SELECT 'chunk', item_cdm_id, clock_version, clock_observed_at, clock_digest FROM cdm_doc_chunk
        UNION ALL SELECT kind, item_cdm_id, clock_version, clock_observed_at, clock_digest FROM cdm_doc_facet
        UNION ALL SELECT kind, owner_cdm_id, clock_version, clock_observed_at, clock_digest FROM cdm_doc_empty_set
    ) told
) ranked
WHERE place = 1;

-- Items as they stand now, and whether they are gone: a tombstone counts where nothing was told of its item since, and
-- one that says that the item moved where it stands in the space that missed it still.
CREATE VIEW cdm_current_item AS
SELECT i.cdm_id, i.source_system, i.source_item_id, i.doc_type,
       CASE WHEN p.is_newer THEN p.space_cdm_id ELSE i.space_cdm_id END AS space_cdm_id,
       CASE WHEN p.is_newer THEN p.parent_item_cdm_id ELSE i.parent_item_cdm_id END AS parent_item_cdm_id,
       CASE WHEN p.is_newer THEN p.title ELSE i.title END AS title,
       CASE WHEN p.is_newer THEN p.status ELSE i.status END AS status,
       i.url, i.created_at, i.updated_at, i.created_by_cdm_id, i.updated_by_cdm_id, i.latest_revision_cdm_id,
       t.detected_at AS deleted_at, t.reason AS deleted_reason
FROM cdm_doc_item i
LEFT JOIN (
    SELECT p.*, (p.clock_version, p.clock_observed_at) > (i.clock_version, i.clock_observed_at) AS is_newer
    FROM cdm_doc_place p
    JOIN cdm_doc_item i ON i.cdm_id = p.cdm_id
) p ON p.cdm_id = i.cdm_id
LEFT JOIN (
    SELECT target_cdm_id, detected_at, reason, space_cdm_id,
           row_number() OVER (PARTITION BY target_cdm_id ORDER BY detected_at DESC) AS place
    FROM cdm_doc_tombstone
) t ON t.target_cdm_id = i.cdm_id AND t.place = 1
    AND t.detected_at > CAST(i.clock_observed_at AS timestamptz)
    AND (p.cdm_id IS NULL OR t.detected_at > CAST(p.clock_observed_at AS timestamptz))
    AND (t.reason <> 'moved' OR t.space_cdm_id IS NULL
         OR t.space_cdm_id = CASE WHEN p.is_newer THEN p.space_cdm_id ELSE i.space_cdm_id END);

CREATE VIEW cdm_current_link AS
SELECT l.*
FROM cdm_doc_link l
JOIN cdm_current_set s ON s.kind = 'link' AND s.owner_cdm_id = l.owner_cdm_id AND s.clock_version = l.clock_version
    AND s.clock_observed_at = l.clock_observed_at AND s.clock_digest = l.clock_digest;

CREATE VIEW cdm_current_access AS
SELECT a.*
FROM cdm_doc_access a
JOIN cdm_current_set s ON s.kind = 'access' AND s.owner_cdm_id = a.set_id AND s.clock_version = a.clock_version
    AND s.clock_observed_at = a.clock_observed_at AND s.clock_digest = a.clock_digest;

CREATE VIEW cdm_current_chunk AS
SELECT c.*
FROM cdm_doc_chunk c
JOIN cdm_current_item i ON i.cdm_id = c.item_cdm_id AND i.deleted_at IS NULL
JOIN cdm_current_set s ON s.kind = 'chunk' AND s.owner_cdm_id = c.item_cdm_id AND s.clock_version = c.clock_version
    AND s.clock_observed_at = c.clock_observed_at AND s.clock_digest = c.clock_digest;

-- Labels, tasks and content properties; `value` is JSON as text.
CREATE VIEW cdm_current_facet AS
SELECT f.*
FROM cdm_doc_facet f
JOIN cdm_current_set s ON s.kind = f.kind AND s.owner_cdm_id = f.item_cdm_id AND s.clock_version = f.clock_version
    AND s.clock_observed_at = f.clock_observed_at AND s.clock_digest = f.clock_digest;
