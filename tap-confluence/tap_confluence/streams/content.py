"""The streams of spaces and of what is in them. Docstrings tell the requests for S spaces, P rows, C changes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from tap_confluence.streams.schemas import schema
from tap_confluence.streams.sdk import FastStream, OrderedTap


class ConfluenceStream(FastStream):
    """A stream that a run feeds."""

    primary_keys: Sequence[str] = ("id",)

    def __init__(self, tap: OrderedTap) -> None:
        """Declare the stream of this class's name."""
        super().__init__(tap, schema=schema(self.name))

    def batches(self) -> Generator[list[dict[str, Any]], None, None]:
        """What the run finds for this stream."""
        return self._tap.rows(self.name)


class Spaces(ConfluenceStream):
    """The spaces in scope, as they are now.

    Requests: S / 250, in every run; all other streams need this list, selected or not. It does not see spaces that
    the token may not see.
    """

    name = "spaces"


class Pages(ConfluenceStream):
    """Pages with their bodies, one record per current version.

    Requests: first sync 1 + P / 250 (at least one per group of 100 spaces, up to `concurrency` of them side by side);
    afterwards S / 100 when at most 25 rows of a group changed, else about 2 C / 250 more. It does not see what changes
    no version: moves, restrictions and archiving are found by the sweep (`content_inventory`).
    """

    name = "pages"
    replication_key = "updated_at"


class Blogposts(ConfluenceStream):
    """Blog posts with their bodies, one record per current version.

    Requests: as `pages`, with one chain per 100 spaces in a first sync.
    """

    name = "blogposts"
    replication_key = "updated_at"


class Attachments(ConfluenceStream):
    """Attachments of pages and blog posts: what they are and, with `attachments_download`, where their bytes lie.

    Requests: first sync 1 + A / 250 for A attachments of the whole site, since Cloud lists them only so; afterwards 1
    when at most 25 changed. Containers that no other stream met cost 1 per 250. Bytes cost 2 per new version on Cloud,
    where the site redirects to a media host, else 1; what is on disk is not fetched again.
    """

    name = "attachments"
    replication_key = "updated_at"


class Comments(ConfluenceStream):
    """What footer and inline comments have in common."""

    replication_key = "updated_at"
    selected_by_default = False


class FooterComments(Comments):
    """Comments at the foot of pages, blog posts and attachments and the replies to them, with their bodies.

    Requests: first sync 2 + F / 250 for F threads of the whole site, since Cloud lists them only so, and C / 50 for all
    C comments of both kinds, since replies are found by search alone (per 50 spaces); then 1 + S / 50 when at most
    25 threads and 50 comments changed. Containers that no other stream met cost 1 per 250; an attachment with comments
    costs 1. The search may be behind: a day is read again. Cloud does not tell when a thread was begun whose first
    text was edited since: `created_at` and `author_id` are null then.
    """

    name = "footer_comments"


class InlineComments(Comments):
    """Comments on a piece of text, with their bodies, the commented text and what became of them.

    Requests: as `footer_comments`. Resolving a comment makes no new version: the sweep sees it.
    """

    name = "inline_comments"


class TreeItems(ConfluenceStream):
    """What stands in the tree beside pages: one class, four names.

    Requests: one per 200 of them and 50 spaces in every run, by search, since v2 lists none of them. The search may be
    behind; it does not see what is archived. What is gone is a tombstone.
    """

    selected_by_default = False


class Folders(TreeItems):
    """Folders.

    Requests: one per 200 folders and 50 spaces in every run, by search, since v2 has no list of them. What is gone is a
    tombstone.
    """

    name = "folders"


class Whiteboards(TreeItems):
    """Whiteboards, without what is drawn on them. Requests: as `folders`."""

    name = "whiteboards"


class Databases(TreeItems):
    """Databases, without their entries. Requests: as `folders`."""

    name = "databases"


class Embeds(TreeItems):
    """Smart links in the tree. Requests: as `folders`."""

    name = "embeds"


class SetStream(ConfluenceStream):
    """What set streams have in common: the whole set of a parent is written when it is not as it was.

    All rows of a set have one `observed_at`; an empty set is one row whose id is `none`. Since no set makes a new
    version of its parent, all are read in every run; STATE remembers a digest of each.
    """

    selected_by_default = False


class ContentLabels(SetStream):
    """Labels of pages, blog posts and attachments.

    Requests: C / 200 for C contents in every run, and one for each content with more than 25 labels. Archived pages,
    where `content_statuses` names them, are shown by no search: one request per 250 of them, and one for each that is
    new or changed or was not read for `reconciliation_interval_days`.
    """

    name = "content_labels"
    primary_keys = ("content_id", "label_id")


class SpacePermissions(SetStream):
    """Who may do what in a space.

    Where a site grants to roles, the rows name who holds the role: users, groups and access classes such as
    `all-licensed-users`. Requests: one per space and 250 permissions, in every run; on Cloud one for the site's role
    mode, and one more per space and 250 holders where there are roles. A space whose permissions cannot be read is a
    row of `sync_errors`, and keeps the rows that it had.
    """

    name = "space_permissions"
    primary_keys = ("space_id", "permission_id")


class ContentRestrictions(SetStream):
    """Who alone may read or update a page, a blog post or what else stands in the tree; what lies below inherits it.

    Requests: C / 200 for C contents in every run, and 2 for each content that names more than 25 users or groups.
    Archived pages as with `content_labels`, 2 requests each. Whiteboards, databases and embeds come where their streams
    are selected.
    """

    name = "content_restrictions"
    primary_keys = ("content_id", "operation", "principal_type", "principal_id")


class GroupMembers(SetStream):
    """Who is in which group; a group that is gone is written once more, with the member `none`.

    Requests: G / 200 and one per group and 200 members, in every run.
    """

    name = "group_members"
    primary_keys = ("group_id", "account_id")


class ContentVersions(ConfluenceStream):
    """Every version of pages and blog posts, and of attachments and comments where their streams are selected.

    A version has the body that it had; of old versions of a file, Cloud tells no more than its name. Requests: in every
    run what listing takes, P / 250 for P pages and blog posts (A / 250 for attachments, F / 250 for threads, C / 200
    for replies); as much again by id for contents that are new or have one new version, since their row tells it (a
    first sync needs no list by id); and one for each content with several new versions, and 50 of them. STATE remembers
    the last version that was written of each. Versions that were made in between are found; versions that somebody
    deletes from the history are not told.
    """

    name = "content_versions"
    primary_keys = ("content_id", "number")
    replication_key = "created_at"
    selected_by_default = False


class ContentProperties(ConfluenceStream):
    """Properties of pages and blog posts: what apps keep there. All of a content are written together, or that none is.

    Requests: P / 250 for P pages and blog posts in every run, and one per changed content. Setting a property makes no
    new version of its content, so it is read when the content changes next, or with a full refresh of this stream.
    """

    name = "content_properties"
    selected_by_default = False


class Tasks(ConfluenceStream):
    """Tasks on pages and blog posts: all of a content, when any of them is not as it was, or that none is left.

    Requests: T / 250 for T tasks in every run (per 100 spaces), since v2 lists them in no order of change.
    """

    name = "tasks"
    replication_key = "updated_at"
    selected_by_default = False


class Users(ConfluenceStream):
    """Whoever stands in a row of this run: authors, owners, assignees, members.

    Requests: one per 250 accounts; on Data Center one for each that no row of the run names in full. Who stands in a
    space alone is read when these are others than in the run before. Everybody who was ever written is read again once
    in `reconciliation_interval_days`, so that closed, renamed and erased accounts change here too: an account that the
    site does not know any more loses name and address, and has the status `unknown`. One that cannot be read is a row
    of `sync_errors` and costs no other.
    """

    name = "users"
    primary_keys = ("account_id",)


class ContentInventory(ConfluenceStream):
    """What is there: every row that a sweep saw in this run, then one row of type `sweep` for each space swept through.

    Requests: rows / 250 per sweep, without bodies (first syncs are their own sweep and cost nothing); every
    `reconciliation_interval_days`, or in every run. It sees what changes no version. A sweep that `max_requests` cuts
    goes on in the next run; its `sweep` row comes when all kinds of content of the space were swept, and tells since
    when (`seen_at`) and how many rows there are.
    """

    name = "content_inventory"
    primary_keys = ("type", "id")


class Tombstones(ConfluenceStream):
    """What is gone, and why, once: a finished sweep did not show it, and the server, asked for it by its id, agreed.

    Requests: those of the sweep; gone pages and blog posts / 250, and 1 for each gone attachment, comment and item of
    the tree (on Data Center for everything), at most 500 of a kind in a run: the others wait for the next. Then 1 for
    each page and blog post of which nothing is shown, at most 20 of a kind; 1 for spaces that are not listed any more;
    1 that proves the credentials. By another account than before, or under other filters, nothing is told that may
    have left by these. Of attachments, comments and spaces nothing tells hidden from gone.
    """

    name = "tombstones"
    primary_keys = ("type", "id")
    replication_key = "detected_at"


class SyncErrors(ConfluenceStream):
    """What could not be read in this run; single rows are tried again by the next.

    Requests: none of its own; failed rows / 250 for the next try.
    """

    name = "sync_errors"
    primary_keys = ("error_id",)
    replication_key = "occurred_at"


STREAMS = (
    *(Spaces, Pages, Blogposts, Attachments, FooterComments, InlineComments),
    *(ContentLabels, ContentRestrictions, SpacePermissions, GroupMembers),
    *(ContentVersions, ContentProperties, Tasks),
    *(Folders, Whiteboards, Databases, Embeds),
    *(ContentInventory, Tombstones, Users, SyncErrors),
)
"""In the order of the run (CONTRACT 1.2)."""
