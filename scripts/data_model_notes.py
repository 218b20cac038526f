"""What the page about the data model says beyond tables and columns: what fills them, and what values mean."""

from __future__ import annotations

ITEM_KEYS: dict[str, dict[str, str]] = {
    "page": {"position": "number", "owner_cdm_id": "text", "subtype": "text: `live`"},
    "blogpost": {"position": "number", "owner_cdm_id": "text", "subtype": "text"},
    "folder, whiteboard, database, embed": {"position": "number", "owner_cdm_id": "text"},
    "attachment": {
        "file_id": "text: id of the file in the media service",
        "file_size": "number: bytes",
        "comment": "text: what was said about the file",
        "download_url": "text",
        "container_type": "text: `page`, `blogpost` …",
    },
    "comment": {
        "kind": "text: `footer` or `inline`",
        "container_cdm_id": "text: the page, also of an answer to a comment",
        "resolution_status": "text: `open`, `resolved`, `reopened`, `dangling`",
        "inline_marker_ref": "text",
        "inline_original_selection": "text: what was marked",
    },
    "page, blogpost": {
        "tasks": "list: see `cdm_doc_task`",
        "content_properties": "list: see `cdm_doc_item_property`",
    },
}
"""By ``doc_type``: the members of ``cdm_doc_item.properties``."""

REVISION_KEYS = {
    "minor_edit": "true or false",
    "recovered": "true: the body was no XML and was mended before it was read",
    "problems": "list of text: what of a body could not be read",
    "excerpts": "list of `name` and `text`: what other pages may show of this one",
    "media_type": "text: of a file",
    "file_size": "number: of a file, bytes",
    "file_id": "text: of a file",
    "comment": "text: of a file",
    "content_path": "text: of a file that was downloaded: where the tap wrote it",
}
"""Members of ``cdm_doc_revision.properties``."""

LINK_KEYS = {
    "space_key": "text: of a page by title",
    "title": "text: of a page by title",
    "content_type": "text: `blogpost` where the title is one's",
    "posting_day": "text: of a blog post by title",
    "filename": "text: of a file by name",
    "container_cdm_id": "text: where that file hangs",
    "file_id": "text: of a file by media id",
    "anchor": "text: the place within the page",
    "user_cdm_id": "text: of a mention",
    "included": "list of `mark` and `excerpt`: of a page that is shown: what stands in the text there, and which part",
    "container": "true: the link from a page to a file that hangs on it; no body says so",
    "written": "text: the reference in one notation, whatever format the body has",
    "jira_key": "text: of a Jira issue",
    "jql": "text: of a Jira query",
}
"""Members of ``cdm_doc_link.properties``."""

CHUNK_KEYS = {
    "page_id": "text: the source's id of the page or post",
    "doc_type": "text: `page` or `blogpost`",
    "title": "text: of the page",
    "labels": "list of text; null where they were not told with the page",
    "space_key": "text",
    "space_name": "text: as it was when the page was read",
    "url": "text",
    "version": "number",
    "author": "text: account id of who wrote the version",
    "created_date": "text: a moment",
    "last_modified": "text: a moment",
    "last_modified_iso": "text: the same",
    "source": "text: the source system",
}
"""Members of ``cdm_doc_chunk.metadata``."""

VALUES = (
    ("`cdm_doc_item.doc_type`", "`page`, `blogpost`, `attachment`, `comment`, `folder`, `whiteboard`, `database`, `embed`"),
    ("`cdm_doc_item.status`", "the source's word: `current`, `archived` (where `content_statuses` asks for it), `trashed`, `draft`"),
    (
        "`cdm_doc_item.deleted_reason`, `cdm_doc_tombstone.reason`",
        "`trashed`, `deleted`, `archived`, `moved`, `out_of_scope`, `permission_lost`, `space_removed`",
    ),
    ("`cdm_doc_revision.body_format`", "`storage` (XHTML), `atlas_doc_format` (JSON)"),
    ("`cdm_doc_revision.text_format`", "`markdown`, `plain`"),
    ("`cdm_doc_link.link_type`", "`internal`, `external`, `attachment`, `mention`, `include`, `space`, `jira`"),
    (
        "`cdm_doc_access.kind`",
        ("`permission`: on a space, a principal may do something; `restriction`: on an item, only those listed may do it; "
        "`membership`: somebody belongs to a group"),
    ),
    ("`cdm_doc_access.access_mode`", ("of a permission `read`, `create`, `delete`, `administer`, `export`, `archive`, "
     "`restrict_content` …, `unknown` of a role of which the site does not tell what it allows; of a restriction `read`, "
     "`update`; of a membership `member`")),
    ("`cdm_doc_access.target_type`", "of a permission `space`, `page`, `blogpost`, `comment`, `attachment`; else null"),
    (
        "`cdm_doc_access.principal_type`",
        ("`user`, `group`, `anonymous` (the world), `access_class` (`anonymous-users`, `authenticated-users`, "
        "`all-licensed-users`, `all-product-admins`, `jsm-project-admins`), `role` (who holds it could not be read) and "
        "`unknown` (whom the site does not name): they let nobody in"),
    ),
    ("`cdm_work_user.account_type`", "the source's word: `atlassian`, `app`, `customer`"),
    ("`cdm_work_user.account_status`", "the source's word: `active`, `inactive`, `closed`, `unknown`"),
    ("`cdm_ingest_run.status`", ("`IN_PROGRESS` while it runs and where it was killed, `COMPLETED`, `COMPLETED_WITH_ERRORS`, "
     "`INCOMPLETE`, `FAILED`, `TERMINATED`")),
)  # fmt: skip
"""Columns with a set of values, and the values."""

NOTES = """## What may lead nowhere

No reference is enforced, so `LEFT JOIN`:

- `space_cdm_id`, `parent_item_cdm_id`: what is outside of the scope, was not selected (folders above pages) or comes
  later in the run. What hangs on a removed item keeps its row until its own removal is told, and with `hard_delete` leads to
  no row.
- `…_by_cdm_id`, `author_cdm_id`, `owner_cdm_id`, and principals: `users` tells those that content mentions, as far as
  the token may see them; groups have a row where `group_members` told their members, also when they have none.
- `latest_revision_cdm_id`: of items that came by another tap without their revisions.
- `revision_cdm_id` of a chunk that is gone: `revisions_keep` may have removed its revision.
- `to_item_cdm_id` is never wrong, but may be a removed item (`deleted_at`) and is null where nobody known holds the name.
- `target_cdm_id` of a tombstone: what was removed before it was ever told.

## What moves `changed_at`

`synced_at` is the last time a row was told, `changed_at` the last time it said something new, `run_id` the run that said
it, `first_seen_at` when the row was made. An incremental model asks for `changed_at` at or after a few minutes before its
last one; the column has an index in PostgreSQL, where it is the time at which a transaction began.

| table | moves with | does not move with |
|---|---|---|
| `cdm_doc_item` | any of its columns: a new version, a move, a label, a task, a property, its removal and return | a change of restrictions; a new name of its space |
| `cdm_doc_revision` | its body, text or author becoming known; another rendering of its text after an upgrade | an edit of the item: that is another row |
| `cdm_doc_link` | the reference, and where it leads | edits of the page elsewhere |
| `cdm_doc_chunk` | its text and headings, its removal and return | its place in the page, its `metadata` |
| `cdm_doc_access`, `cdm_work_user`, `cdm_work_group`, `cdm_doc_space` | any of their columns | |

## What is kept

Every revision is kept, with its body and text, unless `revisions_keep` is set: with 3 those of an item whose `version_number`
is 7 go that are numbered 4 or less, the one that it has now never. They go when a run has come to its end (`COMPLETED`,
also with errors), in the transaction of its row, so that what is left follows from what was told: an old version that is
told again is gone again at the end of that run. What an item that is not known had stays. Chunks of texts that are no
longer there keep their rows, with `deleted_at`, as a vector store learns by them what to remove; their `revision_cdm_id`
then leads nowhere. With `hard_delete` it does not go together: of what a late tombstone leaves, nothing may be missing.
Who raises it reads the versions again (a `--full-refresh` of the tap). Old revisions may also be deleted by hand:

```sql
DELETE FROM cdm_doc_revision
WHERE created_at < '2020-01-01' AND cdm_id NOT IN (
    SELECT latest_revision_cdm_id FROM cdm_doc_item WHERE latest_revision_cdm_id IS NOT NULL
)
```

Removed items keep their rows, with `deleted_at`, unless `hard_delete` is on: then all that was told of them before goes, and
only what is told later comes back. A `moved` tombstone counts only where the item stands in the space that missed it: what it
takes is kept as it was told in `_cdm_pending`, in no view and no other table, until another reason removes the item for good,
as a record that comes late may tell that it stands elsewhere. What was stamped before `hard_delete` was set keeps its row. `deleted_at` is when the removal was found out: Confluence does not tell when it was.
`created_at` of a link is told of files on their pages alone. A set (of permissions, restrictions, members, labels) is
replaced when every row of the newer one is there, so that access does not open for a moment in between.
`progress_counter` and `counts` count records that came, whether or not they said anything new. A record that comes again
byte by byte, its `observed_at` included, changes nothing, `synced_at` neither, unless a setting that decides about rows, or
this package, is another since, or its file could not be read: then the rows are those of the later reading. Who removed rows by hand and wants them from the same input again empties
`_cdm_hash` (`DELETE FROM _cdm_hash`) before.
"""


def keys() -> list[str]:
    """Return the lines of the section about members of JSON columns."""
    lines = ["## What stands in JSON", "", "Members that have no value are left out.", ""]
    lines += ["| column | of | member | value |", "|---|---|---|---|"]
    for kind, members in ITEM_KEYS.items():
        lines += [f"| `cdm_doc_item.properties` | {kind} | `{name}` | {value} |" for name, value in members.items()]
    others = (
        ("cdm_doc_revision.properties", REVISION_KEYS),
        ("cdm_doc_link.properties", LINK_KEYS),
        ("cdm_doc_chunk.metadata", CHUNK_KEYS),
    )
    for column, members in others:
        lines += [f"| `{column}` | | `{name}` | {value} |" for name, value in members.items()]
    return [*lines, ""]


def values() -> list[str]:
    """Return the lines of the section about columns with a set of values."""
    lines = ["## What values mean", "", "| column | values |", "|---|---|"]
    return [*lines, *(f"| {column} | {value} |" for column, value in VALUES), ""]
