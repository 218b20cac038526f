"""What tables and columns mean, in a line each: comments in the databases, and the data dictionary. Pure."""

from __future__ import annotations

TABLES = {
    "cdm_doc_space": "A place that holds documents",
    "cdm_doc_item": "A document, or something that hangs on one; doc_type says what",
    "cdm_doc_revision": "One version of an item, with its body as the source wrote it and as text",
    "cdm_doc_link": "A reference from the newest version of an item to something else",
    "cdm_doc_access": "Who may do what with a space or an item; of groups, who belongs to them",
    "cdm_work_user": "A person or a machine account",
    "cdm_doc_chunk": "A piece of an item's newest text, for retrieval; its id follows from its content",
    "cdm_doc_tombstone": "The source's word that a space or an item is gone; believed until a later record of it",
    "cdm_ingest_run": "A run of the target; written with every batch",
    "raw_record": "A record as it came, passed through unmapped",
    "cdm_doc_place": "Internal: where items were last seen to stand, told without their content",
    "cdm_doc_facet": "Internal: labels, tasks and properties of items, as other streams than the items' own told them",
    "cdm_doc_name": "Internal: every title and file name that an item ever had, and when it was last seen to have it",
    "cdm_doc_set": "Internal: how new the set of links, chunks or access rows of each owner is, also where empty",
    "cdm_schema_version": "Internal: which versions of these tables this database has seen; also the lock that writers"
    " take in turn",
}
"""By table: what a row is."""

_ANYWHERE = {
    "cdm_id": "Primary key; depends only on source_system and the source's ids",
    "source_system": "Which source the row comes from (setting source_system)",
    "created_at": "When the source created it, RFC 3339 UTC",
    "updated_at": "When the source last changed it, RFC 3339 UTC",
    "deleted_at": "When it was found to be gone, RFC 3339 UTC; null while it is there",
    "properties": "What has no column of its own",
    "url": "Absolute URL",
    "item_cdm_id": "The item it belongs to (cdm_doc_item)",
    "synced_at": "When it was last seen",
    "changed_at": "When its content last changed",
    "_clock": "Version, time of observation and digest of the record that the row follows from",
    "_digest": "Hash of the content, to see whether it changed",
    "_owner": "Whose set the row is a member of",
    "_seen_at": "Newest time at which the source showed it",
    "_ref": "Hash of the name it refers to, to find it when that name changes hands",
}

_OF = {
    "cdm_doc_space": {
        "source_space_id": "The source's id",
        "key": "Short name in URLs and references, e.g. ENG",
        "name": "Name",
        "description": "Description, plain text",
        "properties": "type, status, alias, homepage_cdm_id, author_cdm_id, owner_cdm_id, where told",
    },
    "cdm_doc_item": {
        "source_item_id": "The source's id",
        "space_cdm_id": "The space that holds the item (cdm_doc_space)",
        "parent_item_cdm_id": "The item above it, or that it hangs on (cdm_doc_item); null at the root of a space",
        "title": "Title, or file name",
        "doc_type": "page, blogpost, attachment, comment, folder, whiteboard, database or embed",
        "mime_type": "Type of its body or file; null where that was not read",
        "status": "The source's word, e.g. current, archived",
        "created_by_cdm_id": "Who created it (cdm_work_user)",
        "updated_by_cdm_id": "Who wrote the newest version (cdm_work_user)",
        "tags": "Names of the labels, in order; null when never told",
        "raw_source": "The source's own object, without body",
        "properties": "What has no column of its own: position, owner_cdm_id, tasks, content_properties; of files"
        " file_id and file_size, of comments kind and resolution_status …",
        "latest_revision_cdm_id": "Its newest version (cdm_doc_revision)",
        "deleted_reason": "Why it is gone: trashed, deleted, archived, moved, out_of_scope, permission_lost,"
        " space_removed",
    },
    "cdm_doc_revision": {
        "source_revision_id": "The source's item id and version number",
        "revision_number": "Version number",
        "revision_label": "Name of the version, where the source gives one",
        "author_cdm_id": "Who wrote it (cdm_work_user)",
        "created_at": "When it was written, RFC 3339 UTC",
        "summary": "What its author said about it",
        "body": "As the source wrote it, byte for byte; null where it was not read, and of files",
        "body_format": "storage or atlas_doc_format",
        "text": "The body for reading and searching",
        "text_format": "markdown or plain",
        "content_sha256": "SHA-256 of the body, or of the file where it was downloaded",
        "properties": "minor_edit; recovered and problems where the body was broken; of files file_size, media_type …",
    },
    "cdm_doc_link": {
        "source_link_id": "The source's item id and a hash of the reference as written",
        "from_item_cdm_id": "The item that holds the link (cdm_doc_item)",
        "to_item_cdm_id": "The item it leads to; null when that is not known here",
        "url": "Where it leads, where that follows from the reference alone",
        "link_type": "internal, external, attachment, mention, include, space or jira",
        "anchor_text": "The text that a reader sees",
        "created_at": "When the version that holds it was written, RFC 3339 UTC",
        "properties": "The reference as written, and its parts: space_key, title, filename, anchor, user_cdm_id …",
    },
    "cdm_doc_access": {
        "target_cdm_id": "The space, item or group that it is about",
        "principal_cdm_id": "Who may: a person (cdm_work_user), a group or another principal",
        "principal_type": "user, group, role, anonymous, or what else the source says",
        "access_mode": "read, update, create …; member of a group",
        "properties": "kind: permission (on a space), restriction (on an item: only those listed) or membership",
    },
    "cdm_work_user": {
        "display_name": "Name as others see it",
        "email": "Address, where the source shows it",
        "account_type": "The source's word, e.g. atlassian, app",
        "account_status": "The source's word, e.g. active, closed",
    },
    "cdm_doc_chunk": {
        "revision_cdm_id": "The version it was cut from (cdm_doc_revision)",
        "chunk_index": "Its place in the text, from 0",
        "total_chunks": "How many the text has",
        "heading_path": "The headings above it",
        "text": "The piece itself",
        "metadata": "page_id, space_key, url, version, author, last_modified …, as retrieval libraries look for them",
        "deleted_at": "When the text no longer had it, RFC 3339 UTC; null while it has",
    },
    "cdm_doc_tombstone": {
        "target_cdm_id": "The space or item that is gone",
        "reason": "trashed, deleted, archived, moved, out_of_scope, permission_lost or space_removed",
        "detected_at": "When that was found, RFC 3339 UTC",
    },
    "cdm_ingest_run": {
        "run_id": "Primary key; sorts by time",
        "started_at": "When it began, RFC 3339 UTC",
        "finished_at": "When it ended, RFC 3339 UTC; null while it runs",
        "status": "PENDING, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS, FAILED or TERMINATED",
        "scope": "What the run covers",
        "total": "Records expected; null when unknown",
        "progress_counter": "Records taken so far",
        "failed_counter": "Records that could not be taken",
        "counts": "Records by stream",
        "error_msgs": "What failed, one entry each",
        "replaced_characters": "Characters that a database cannot hold, replaced by U+FFFD",
    },
    "raw_record": {
        "stream": "Its stream",
        "record_key": "Its key in the stream",
        "space_key": "What it says about its space, if anything",
        "updated_at": "When it says it changed, if it does",
        "record": "The record itself",
    },
    "cdm_schema_version": {
        "version": "Version of the tables",
        "package_version": "Who made it",
        "names": "Tables and views that it made, as a JSON array: what else has such a name is left alone",
        "applied_at": "When",
    },
}


def of_column(table: str, column: str) -> str:
    """Return what a column of a table means; "" where its name says it all."""
    return _OF.get(table, {}).get(column) or _ANYWHERE.get(column, "")
