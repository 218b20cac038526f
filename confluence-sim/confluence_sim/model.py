"""What the world is made of. Plain mutable records; only the verbs change them."""

from __future__ import annotations

from dataclasses import dataclass, field

TREE_TYPES = ("page", "folder", "whiteboard", "database", "embed")
"""The types that have a place in a space's page tree (FACTS 1.17)."""


class WorldError(ValueError):
    """A verb that Confluence would refuse, such as a second page of the same title in a space."""


@dataclass
class User:
    """A person or an app with an account."""

    account_id: str
    display_name: str
    email: str
    username: str
    user_key: str
    account_type: str = "atlassian"
    account_status: str = "active"
    time_zone: str | None = None
    """IANA name of the zone in the profile; None when the profile hides it."""


@dataclass(frozen=True)
class Label:
    """A label; one object per (prefix, name), with ``my`` per owner too."""

    id: str
    prefix: str
    name: str
    created_at: str = ""
    owner_id: str | None = None
    """Prefix ``my`` only: whose it is (FACTS 9.10)."""


@dataclass
class Version:
    """One version of a content, with everything that belongs to that version."""

    number: int
    created_at: str
    author_id: str
    message: str
    minor_edit: bool
    title: str
    body: str = ""
    adf: str | None = None
    data: bytes = b""
    media_type: str = ""
    file_id: str = ""


@dataclass
class Property:
    """A content property: a key with a JSON value and its own version."""

    id: str
    key: str
    value: object
    version: Version


@dataclass
class Task:
    """A line of a task list on a page or blog post, which Confluence also keeps as an object."""

    id: str
    local_id: str
    content_id: str
    created_by: str
    created_at: str
    updated_at: str = ""
    status: str = ""
    body: str = ""
    assigned_to: str | None = None
    due_at: str | None = None
    completed_by: str | None = None
    completed_at: str | None = None


@dataclass
class Group:
    """A group of users."""

    id: str
    name: str
    member_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Permission:
    """What a user or group may do in a space: an operation on a kind of target."""

    id: str
    principal_type: str
    principal_id: str
    operation: str
    target_type: str


ACCESS_CLASSES = (
    *("anonymous-users", "authenticated-users", "all-licensed-users"),
    *("all-product-admins", "jsm-project-admins"),
)
"""Kinds of people whom a role can be given to (FACTS 11.1)."""


@dataclass(frozen=True)
class Role:
    """A role that spaces grant: operations on kinds of targets (FACTS 11.1)."""

    id: str
    name: str
    operations: tuple[tuple[str, str], ...]
    type: str = "CUSTOM"


@dataclass(frozen=True)
class RoleAssignment:
    """Who has a role in a space: a ``USER``, a ``GROUP`` or an ``ACCESS_CLASS``."""

    principal_type: str
    principal_id: str
    role_id: str


@dataclass(frozen=True)
class Restriction:
    """Who alone may do an operation (``read``, ``update``) on a content."""

    operation: str
    user_ids: list[str]
    group_ids: list[str]


@dataclass
class Content:
    """Anything with a content id: page, blogpost, attachment, comment, folder, whiteboard, database, embed."""

    id: str
    type: str
    space_id: str
    author_id: str
    created_at: str
    versions: list[Version]
    status: str = "current"
    owner_id: str | None = None
    last_owner_id: str | None = None
    parent_id: str | None = None
    position: int | None = None
    subtype: str | None = None
    container_id: str | None = None
    """The page or post an attachment or a comment hangs on."""
    location: str = ""
    """Comments: ``footer`` or ``inline``."""
    parent_comment_id: str | None = None
    resolution_status: str | None = None
    marker_ref: str | None = None
    original_selection: str | None = None
    resolved_by: str | None = None
    """Who last changed the resolution, and when."""
    resolved_at: str | None = None
    labels: list[Label] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    restrictions: dict[str, Restriction] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The numeric part of the id."""
        return int(self.id.removeprefix("att"))

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    @property
    def version(self) -> int:
        """The number of the newest version."""
        return self.versions[-1].number

    @property
    def updated_at(self) -> str:
        """When the newest version was made (RFC 3339)."""
        return self.versions[-1].created_at

    @property
    def title(self) -> str:
        """The title (of an attachment: its file name)."""
        return self.versions[-1].title

    @property
    def body(self) -> str:
        """The body in storage format."""
        return self.versions[-1].body

    @property
    def data(self) -> bytes:
        """The bytes of an attachment."""
        return self.versions[-1].data

    @property
    def media_type(self) -> str:
        """The media type of an attachment."""
        return self.versions[-1].media_type


@dataclass
class Space:
    """A space."""

    id: str
    key: str
    name: str
    type: str
    author_id: str
    created_at: str
    status: str = "current"
    alias: str | None = None
    description: str = ""
    homepage_id: str | None = None
    owner_id: str | None = None
    labels: list[Label] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    role_assignments: list[RoleAssignment] = field(default_factory=list)
