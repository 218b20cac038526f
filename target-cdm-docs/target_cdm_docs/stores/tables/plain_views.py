"""Views with the names that a person tries first: ``pages``, ``people``, ``links`` … Pure.

One row a thing, names beside ids, the source's own ids (``id``), moments with their type, what is gone with its
``deleted_at``. The texts are SQL that DuckDB and PostgreSQL both understand; ``{s}`` stands for the quoted schema.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlainView:
    """A view, column by column.

    Attributes:
        comment: What a row is.
        columns: By name: the expression and what it means.
        source: What stands behind FROM.
    """

    comment: str
    columns: dict[str, tuple[str, str]]
    source: str

    @property
    def query(self) -> str:
        """Its text."""
        shown = ",\n       ".join(f"{expression} AS {name}" for name, (expression, _) in self.columns.items())
        return f"\nSELECT {shown}\nFROM {self.source}\n"


# From each row up, so that only who asks for the path of a page pays for it. What is above 100 levels stands in a ring.
_PATH = """(
           WITH RECURSIVE up AS (
               SELECT i.parent_item_cdm_id AS next_cdm_id, coalesce(i.title, '') AS path, 0 AS depth
               UNION ALL
               SELECT a.parent_item_cdm_id, coalesce(a.title, '') || ' / ' || up.path, up.depth + 1
               FROM up JOIN {s}.cdm_doc_item a ON a.cdm_id = up.next_cdm_id
               WHERE up.depth < 100
           )
           SELECT path FROM up ORDER BY depth DESC LIMIT 1
       )"""

_ID = {"id": ("i.source_item_id", "The source's id, as it stands in URLs")}
_TITLE = {"title": ("i.title", "Title")}
_SPACE = {
    "space_key": ("s.key", "Key of its space, e.g. ENG"),
    "space_name": ("s.name", "Name of its space"),
}
_URL = {"url": ("i.url", "Where it is read in a browser")}
_PEOPLE = {
    "author": ("c.display_name", "Who created it"),
    "updated_by": ("u.display_name", "Who wrote the newest version"),
}
_TIMES = {
    "created_at": ("i.created_ts", "When it was created"),
    "updated_at": ("i.updated_ts", "When it was last changed"),
    "version": ("i.version_number", "Number of its newest version"),
}
_STATUS = {"status": ("i.status", "The source's word: current, archived …")}
_LABELS = {"labels": ("i.tags", "Names of its labels, a JSON array; null where labels were not read")}
_TEXT = {
    "text": (
        "r.text",
        "What it says, for reading and searching (setting text_format); cdm_doc_text has it with people's names",
    )
}
_DELETED = {
    "deleted_at": ("i.deleted_ts", "When it was found to be gone; null while it is there"),
    "deleted_reason": ("i.deleted_reason", "Why it is gone: trashed, deleted, archived, moved …"),
}
_KEYS = {
    "source_system": ("i.source_system", "Which site it comes from (setting source_system)"),
    "cdm_id": ("i.cdm_id", "Its key in cdm_doc_item"),
}
_OF_ITEMS = """{s}.cdm_doc_item i
LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = i.space_cdm_id
LEFT JOIN {s}.cdm_work_user c ON c.cdm_id = i.created_by_cdm_id
LEFT JOIN {s}.cdm_work_user u ON u.cdm_id = i.updated_by_cdm_id
LEFT JOIN {s}.cdm_work_user o ON o.cdm_id = i.owner_cdm_id
LEFT JOIN {s}.cdm_doc_revision r ON r.cdm_id = i.latest_revision_cdm_id
LEFT JOIN {s}.cdm_doc_item p ON p.cdm_id = i.parent_item_cdm_id
"""

_BROKEN = "l.link_type IN ('internal', 'include', 'attachment') AND (t.cdm_id IS NULL OR t.deleted_at IS NOT NULL)"

PLAIN_VIEWS = {
    "pages": PlainView(
        "A page, also one that is gone: deleted_at tells",
        {
            **_ID,
            **_TITLE,
            **_SPACE,
            "path": (_PATH, "Titles on the way from the top of its space to it"),
            **_URL,
            **_PEOPLE,
            "owner": ("o.display_name", "Whom it belongs to"),
            **_TIMES,
            **_STATUS,
            **_LABELS,
            **_TEXT,
            "parent_id": ("p.source_item_id", "The source's id of what it stands below; null at the top of a space"),
            "parent_title": ("p.title", "Title of what it stands below"),
            "position": ("i.position", "Its place among its siblings, ascending; gaps are usual"),
            **_DELETED,
            **_KEYS,
        },
        _OF_ITEMS + "WHERE i.doc_type = 'page'",
    ),
    "blogposts": PlainView(
        "A blog post, also one that is gone: deleted_at tells",
        {
            **_ID,
            **_TITLE,
            **_SPACE,
            **_URL,
            **_PEOPLE,
            "owner": ("o.display_name", "Whom it belongs to"),
            **_TIMES,
            **_STATUS,
            **_LABELS,
            **_TEXT,
            **_DELETED,
            **_KEYS,
        },
        _OF_ITEMS + "WHERE i.doc_type = 'blogpost'",
    ),
    "attachments": PlainView(
        "A file that hangs on something, also one that is gone: deleted_at tells",
        {
            **_ID,
            "title": ("i.title", "Name of the file"),
            **_SPACE,
            "container_id": ("p.source_item_id", "The source's id of what it hangs on"),
            "container_title": ("p.title", "Title of what it hangs on"),
            "media_type": ("i.mime_type", "Type of the file"),
            "file_size": ("i.file_size", "Bytes of the file"),
            **_URL,
            **_PEOPLE,
            **_TIMES,
            **_STATUS,
            **_LABELS,
            "text": ("r.text", "What the file says, where that was read"),
            **_DELETED,
            **_KEYS,
        },
        _OF_ITEMS + "WHERE i.doc_type = 'attachment'",
    ),
    "comments": PlainView(
        "A comment, also one that is gone: deleted_at tells",
        {
            **_ID,
            **_SPACE,
            "kind": ("(i.properties ->> 'kind')", "footer or inline"),
            "container_id": ("p.source_item_id", "The source's id of the page, post, file or comment it answers"),
            "container_title": ("p.title", "Title of what it answers"),
            **_URL,
            **_PEOPLE,
            **_TIMES,
            **_STATUS,
            "resolution_status": ("(i.properties ->> 'resolution_status')", "Of inline comments: open, resolved …"),
            **_TEXT,
            **_DELETED,
            **_KEYS,
        },
        _OF_ITEMS + "WHERE i.doc_type = 'comment'",
    ),
    "people": PlainView(
        "A person or a machine account",
        {
            "id": (
                "substr(w.cdm_id, length('cdm:work:user:' || w.source_system || ':') + 1)",
                "The source's id of the account",
            ),
            "name": ("w.display_name", "Name as others see it"),
            "email": ("w.email", "Address, where the source shows it"),
            "type": ("w.account_type", "The source's word: atlassian, app …"),
            "status": ("w.account_status", "The source's word: active, closed …"),
            "source_system": ("w.source_system", "Which site it comes from (setting source_system)"),
            "cdm_id": ("w.cdm_id", "Its key in cdm_work_user"),
        },
        "{s}.cdm_work_user w",
    ),
    "spaces": PlainView(
        "A space, also one that is gone: deleted_at tells",
        {
            "id": ("s.source_space_id", "The source's id"),
            "key": ("s.key", "Short name in URLs, e.g. ENG"),
            "name": ("s.name", "Name"),
            "type": ("s.type", "The source's word: global, personal …"),
            "status": ("s.status", "current or archived"),
            "description": ("s.description", "Description, plain text"),
            "homepage": ("h.title", "Title of the page that a visitor sees first"),
            "owner": ("o.display_name", "Whom it belongs to"),
            "url": ("s.url", "Where it is read in a browser"),
            "created_at": ("s.created_ts", "When it was created"),
            "deleted_at": ("s.deleted_ts", "When it was found to be gone; null while it is there"),
            "source_system": ("s.source_system", "Which site it comes from (setting source_system)"),
            "cdm_id": ("s.cdm_id", "Its key in cdm_doc_space"),
        },
        """{s}.cdm_doc_space s
LEFT JOIN {s}.cdm_doc_item h ON h.cdm_id = s.homepage_cdm_id
LEFT JOIN {s}.cdm_work_user o ON o.cdm_id = s.owner_cdm_id""",
    ),
    "links": PlainView(
        "A reference from the newest version of what is there to something else",
        {
            "from_title": ("f.title", "Title of what holds the link"),
            "from_type": ("f.doc_type", "What that is: page, blogpost, comment …"),
            "from_space_key": ("s.key", "Key of its space"),
            "from_url": ("f.url", "Where it is read in a browser"),
            "link_type": ("l.link_type", "internal, external, attachment, mention, include, space or jira"),
            "text": ("l.anchor_text", "The text that a reader sees"),
            "to_title": (
                "coalesce(t.title, (l.properties ->> 'title'), (l.properties ->> 'filename'))",
                "Title of what it leads to, or the name that it leads to nothing by",
            ),
            "to_url": ("coalesce(t.url, l.url)", "Where it leads"),
            "is_broken": (
                _BROKEN,
                "It leads to a page, a post or a file that is not here, or not any more",
            ),
            "from_cdm_id": ("l.from_item_cdm_id", "What holds the link (cdm_doc_item)"),
            "to_cdm_id": ("l.to_item_cdm_id", "What it leads to (cdm_doc_item); null when that is not known"),
            "source_system": ("l.source_system", "Which site it comes from (setting source_system)"),
        },
        """{s}.cdm_doc_link l
JOIN {s}.cdm_doc_item f ON f.cdm_id = l.from_item_cdm_id AND f.deleted_at IS NULL
LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = f.space_cdm_id
LEFT JOIN {s}.cdm_doc_item t ON t.cdm_id = l.to_item_cdm_id""",
    ),
    "labels": PlainView(
        "A label on something that is there",
        {
            "label": ("g.tag", "The label"),
            "title": ("i.title", "Title of what bears it"),
            "type": ("i.doc_type", "What that is: page, blogpost, attachment …"),
            **_SPACE,
            **_URL,
            **_ID,
            **_KEYS,
        },
        """{s}.cdm_doc_item_tag g
JOIN {s}.cdm_doc_item i ON i.cdm_id = g.item_cdm_id
LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = i.space_cdm_id""",
    ),
    "permissions": PlainView(
        "What a person, a group or another principal may do with a space, or whom a page is reserved for",
        {
            "kind": ("a.kind", "permission (on a space) or restriction (on an item: only those listed)"),
            "space_key": ("coalesce(s.key, z.key)", "Key of the space"),
            "title": ("i.title", "Title of what is restricted; null of a permission on a space"),
            "operation": ("a.access_mode", "What it allows: read, update, create …"),
            "target_type": ("a.target_type", "Of a permission: on what: space, page, comment …"),
            "principal": (
                "coalesce(u.display_name, g.name, a.principal_cdm_id)",
                "Who may: the name of a person or a group, else the key of another principal",
            ),
            "principal_type": ("a.principal_type", "user, group, role, anonymous …"),
            "url": ("coalesce(i.url, s.url)", "Where the space or the item is read in a browser"),
            "source_system": ("a.source_system", "Which site it comes from (setting source_system)"),
            "target_cdm_id": ("a.target_cdm_id", "The space or the item (cdm_doc_space, cdm_doc_item)"),
            "principal_cdm_id": ("a.principal_cdm_id", "Who may (cdm_work_user, cdm_work_group)"),
        },
        """{s}.cdm_doc_access a
LEFT JOIN {s}.cdm_doc_space s ON s.cdm_id = a.target_cdm_id
LEFT JOIN {s}.cdm_doc_item i ON i.cdm_id = a.target_cdm_id
LEFT JOIN {s}.cdm_doc_space z ON z.cdm_id = i.space_cdm_id
LEFT JOIN {s}.cdm_work_user u ON u.cdm_id = a.principal_cdm_id
LEFT JOIN {s}.cdm_work_group g ON g.cdm_id = a.principal_cdm_id
WHERE a.kind IS DISTINCT FROM 'membership' AND (s.cdm_id IS NOT NULL OR i.cdm_id IS NOT NULL)
  AND s.deleted_at IS NULL AND i.deleted_at IS NULL""",
    ),
}
"""By name."""
