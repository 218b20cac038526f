"""The one record schema of CONTRACT 1.2, as JSON Schema: what every dialect is normalised to."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _text(description: str) -> Schema:
    return {"type": ["string", "null"], "description": description}


def _key(description: str) -> Schema:
    return {"type": "string", "description": description}


def _moment(description: str) -> Schema:
    return {"type": ["string", "null"], "format": "date-time", "description": description}


def _whole(description: str) -> Schema:
    return {"type": ["integer", "null"], "description": description}


def _truth(description: str) -> Schema:
    return {"type": ["boolean", "null"], "description": description}


def _texts(description: str) -> Schema:
    return {"type": ["array", "null"], "items": {"type": "string"}, "description": description}


_OBSERVED = {"observed_at": _moment("When the server answered.")}
_OF_SET = {
    **_OBSERVED,
    "set_size": _whole("Rows that the whole set has, all with one `observed_at`; 0 on the row of an empty one."),
}
_RAW = {"raw": {"type": ["object", "null"], "description": "The API's own object without its body."}}

_CONTENT = {
    "id": _key("Content id."),
    "type": _text("`page`, `blogpost`, `attachment`, `comment` …"),
    "status": _text("`current`, `archived` …"),
    "title": _text("Title; for an attachment its file name."),
    "space_id": _text("Space that holds it."),
    "space_key": _text("Key of that space."),
    "created_at": _moment("When it was made."),
    "updated_at": _moment("When its current version was made."),
    "author_id": _text("Account that made it."),
    "version": _whole("Number of the current version."),
    "version_author_id": _text("Account that made the current version."),
    "version_message": _text("What its author said about it."),
    "version_minor_edit": _truth("Whether its author called it minor."),
    "url": _text("Where a person reads it."),
    **_OBSERVED,
    **_RAW,
}
_BODY = {
    "body": _text("The body in `body_format`; for `atlas_doc_format` a JSON text."),
    "body_format": _text("`storage` or `atlas_doc_format`; null when there is no body."),
}
_CONTAINED = {
    "container_id": _text("Page, blog post or attachment that it hangs on."),
    "container_type": _text("`page`, `blogpost`, `attachment`, `custom_content` …"),
}
_DOCUMENT = {
    **_CONTENT,
    "space_name": _text("Name of that space, as it was when the row was read."),
    "parent_id": _text("What it lies below; null at the root."),
    "parent_type": _text("`page`, `folder`, `whiteboard`, `database`, `embed`."),
    "position": _whole("Sparse order among siblings: sort by it, never index with it."),
    "owner_id": _text("Account that owns it; may differ from its author."),
    "subtype": _text("`live` for live docs."),
    "labels": _texts("Names of its labels; null means not read."),
    **_BODY,
}

_COMMENT = {
    **_CONTENT,
    **_CONTAINED,
    "location": _text("`footer` or `inline`."),
    "parent_comment_id": _text("The comment that it answers; null for the first of a thread."),
    **_BODY,
    "resolution_status": _text("Of an inline comment: `open`, `reopened`, `resolved`, `dangling`."),
    "inline_marker_ref": _text("What marks the commented text in the body of the page."),
    "inline_original_selection": _text("The commented text, as it was then."),
}

_TREE_ITEM = {**_CONTENT, **{name: _DOCUMENT[name] for name in ("parent_id", "parent_type", "position")}}

PROPERTIES: dict[str, Schema] = {
    "spaces": {
        "id": _key("Space id: the identity, since keys may change."),
        "key": _text("Key."),
        "name": _text("Name."),
        "type": _text("`global`, `personal`, `collaboration`, `knowledge_base` …"),
        "status": _text("`current` or `archived`."),
        "description": _text("Plain text."),
        "homepage_id": _text("Its home page."),
        "author_id": _text("Account that made it."),
        "owner_id": _text("Account that owns it."),
        "created_at": _moment("When it was made."),
        "alias": _text("The key that its URLs show."),
        "url": _text("Where a person sees it."),
        **_OBSERVED,
        **_RAW,
    },
    "pages": _DOCUMENT,
    "blogposts": _DOCUMENT,
    "attachments": {
        **_CONTENT,
        **_CONTAINED,
        "media_type": _text("As Confluence tells it, e.g. `image/png`."),
        "file_size": _whole("Bytes."),
        "file_id": _text("The media id that ADF bodies name."),
        "comment": _text("What its author said about it."),
        "download_url": _text("For people with a browser; an API token needs the REST path (FACTS 6.2)."),
        "content_path": _text("File that holds its bytes, with `attachments_download`."),
        "content_sha256": _text("Hash of those bytes."),
    },
    "footer_comments": _COMMENT,
    "inline_comments": _COMMENT,
    **dict.fromkeys(("folders", "whiteboards", "databases", "embeds"), _TREE_ITEM),
    "content_labels": {
        "content_id": _key("Page, blog post or attachment that bears it."),
        "content_type": _text("`page`, `blogpost`, `attachment`."),
        "label_id": _key("Label; `none` when the content has no label."),
        "name": _text("What it says."),
        "prefix": _text("`global`, `my` (seen by its owner alone), `team`, `system`."),
        **_OF_SET,
    },
    "content_restrictions": {
        "content_id": _key("Page, blog post or folder that is restricted."),
        "content_type": _text("`page`, `blogpost`, `folder`, `whiteboard` …"),
        "operation": _key("`read` or `update`; `none` when nothing is restricted."),
        "principal_type": _key(
            "`user` or `group`: who alone may do it; `unknown` of whom the site does not name; `none` when nothing is "
            "restricted."
        ),
        "principal_id": _key("Account or group; `unknown` likewise; `none` when nothing is restricted."),
        **_OF_SET,
    },
    "space_permissions": {
        "space_id": _key("Space."),
        "permission_id": _key("Permission; `none` when the space has none that can be seen."),
        "principal_type": _text(
            "`user`, `group`, `access_class`, `anonymous`; `role` where its holders cannot be read; `unknown` of whom "
            "the site does not name."
        ),
        "principal_id": _text("Account, group, class or role; `none` when the space has no permission to be seen."),
        "operation": _text("`read`, `create`, `administer` …"),
        "target_type": _text("`space`, `page`, `comment` …: what it may be done to."),
        **_OF_SET,
    },
    "group_members": {
        "group_id": _key("Group."),
        "group_name": _text("Its name."),
        "account_id": _key("A member; `none` when the group has none, or is gone."),
        **_OF_SET,
    },
    "content_versions": {
        "content_id": _key("Page, blog post, attachment or comment."),
        "content_type": _text("`page`, `blogpost`, `attachment` or `comment`."),
        "container_id": _text("What an attachment or comment hangs on."),
        "number": {"type": "integer", "description": "Number of the version, from 1."},
        "created_at": _moment("When it was made."),
        "author_id": _text("Account that made it."),
        "message": _text("What its author said about it."),
        "minor_edit": _truth("Whether its author called it minor."),
        "title": _text("The title, or file name, that it had."),
        "media_type": _text("Of an attachment: the type of its file; Cloud tells it of the newest version alone."),
        "file_size": _whole("Of an attachment: bytes; Cloud tells them of the newest version alone."),
        "file_id": _text("Of an attachment: id of the file; told of the newest version alone."),
        "comment": _text("Of an attachment: what was said about the file; Cloud tells it of the newest version alone."),
        "space_key": _text("Key of the space that holds the content now."),
        "url": _text("Where the content is, as it is now."),
        **_BODY,
        **_OBSERVED,
    },
    "content_properties": {
        "id": _key("Property; `none:` and the content's id where it bears none (any more)."),
        "content_id": _text("Page or blog post that bears it."),
        "content_type": _text("`page` or `blogpost`."),
        "key": _text("Its name."),
        "value": {
            "type": ["object", "array", "string", "number", "boolean", "null"],
            "description": "Its value: any JSON.",
        },
        "version": _whole("Number of its own version."),
        "updated_at": _moment("When that was made."),
        **_OF_SET,
    },
    "tasks": {
        "id": _key("Task; `none:` and the content's id where none is left on it."),
        "content_id": _text("Page or blog post that it stands on."),
        "content_type": _text("`page` or `blogpost`."),
        "space_id": _text("Space that holds it."),
        "status": _text("`complete` or `incomplete`."),
        "body": _text("What is to be done, in `body_format`."),
        "created_by": _text("Account that wrote it."),
        "assigned_to": _text("Account that is to do it."),
        "completed_by": _text("Account that did it."),
        "created_at": _moment("When it was written."),
        "updated_at": _moment("When it was changed."),
        "due_at": _moment("When it is to be done."),
        "completed_at": _moment("When it was done."),
        **_OF_SET,
        **_RAW,
    },
    "users": {
        "account_id": _key("Account id; on Data Center the user key."),
        "display_name": _text("Name as the site shows it."),
        "public_name": _text("Name as everybody sees it."),
        "email": _text("E-mail address; null when the profile hides it."),
        "account_type": _text("`atlassian`, `app`, `customer` …"),
        "account_status": _text("`active`, `inactive`, `closed`."),
        "time_zone": _text("IANA name of the zone; null when the profile hides it."),
        **_OBSERVED,
        **_RAW,
    },
    "content_inventory": {
        "type": _key("Type of the content; `sweep` for the row that ends the sweep of a space."),
        "id": _key("Content id; of a `sweep` the space id."),
        "space_id": _text("Space that holds it."),
        "status": _text("`current`, `archived`."),
        "title": _text("Title."),
        "parent_id": _text("What it lies below, or hangs on."),
        "position": _whole("Sparse order among siblings."),
        "version": _whole("Number of the current version."),
        "seen_at": _moment("When the server showed it; of a `sweep`: since when all of the space was seen."),
        "count": _whole("Of a `sweep`: how many rows the space has."),
    },
    "tombstones": {
        "type": _key("Type of the content; `space` for a space."),
        "id": _key("Content id."),
        "space_id": _text("Space that held it."),
        "reason": _text(
            "`trashed`, `deleted` (purged or not visible any more: Confluence does not say which), `archived`, `moved`,"
            " `out_of_scope`, `permission_lost` (the site answers 403 for it, and 404 for what nobody has),"
            " `space_removed`."
        ),
        "moved_to_space_id": _text("Of `moved`: the space that it is in now."),
        "detected_at": _moment("When the server told what became of it."),
    },
    "sync_errors": {
        "error_id": _key("The same for the same thing and stage, however often it fails."),
        "stream": _text("Stream that it belongs to."),
        "id": _text("Content id, where known."),
        "space_id": _text("Space, where known."),
        "url": _text("Where a person finds it, else what was asked."),
        "http_status": _whole("Of the last answer."),
        "stage": _text("`list` (one row), `walk` (a listing), `sweep` (the guard held tombstones back)."),
        "message": _text("For a person."),
        "attempts": _whole("Requests made for it, over all runs."),
        "occurred_at": _moment("When it failed last."),
    },
}


def schema(stream: str) -> Schema:
    """The JSON Schema of a stream."""
    return {"type": "object", "properties": PROPERTIES[stream]}
