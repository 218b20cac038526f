"""A reference in a body, and what it takes to understand one."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Context:
    """Where a body was written, as far as its references need it.

    Attributes:
        site_url: The site's base URL, e.g. ``https://acme.atlassian.net/wiki``; None when unknown.
        space_key: Key of the space that holds the body: references without a key mean this space (FACTS 8.4).
        content_id: Id of the page, blog post or comment that holds the body.
        container_id: Id of the page that attachments named in the body hang on (for a comment, its page).
        former_urls: Base URLs that the site had before, e.g. before a migration: links to them lead to this site.
    """

    site_url: str | None
    space_key: str | None
    content_id: str
    container_id: str
    former_urls: tuple[str, ...] = ()


class Reference(Struct, frozen=True, gc=False):
    """A reference in a body, before it is resolved.

    Attributes:
        kind: A ``link_type`` of the data model: internal, external, attachment, mention, include, space, jira.
        written: The reference as written, in one canonical form: with ``kind`` it identifies the link.
        url: Absolute URL where one follows from the reference alone.
        anchor_text: The text a reader sees, if any.
        content_id: Target's content id, where the reference tells it.
        account_id: Mentioned account.
        space_key: Key of the space of the target.
        title: Title of the target page or blog post, for references by title.
        filename: Attachment's file name.
        file_id: Attachment's media id (ADF).
        anchor: Heading or anchor inside the target.
        extra: Anything else worth keeping, e.g. posting day or Jira key.
    """

    kind: str
    written: str
    url: str | None = None
    anchor_text: str | None = None
    content_id: str | None = None
    account_id: str | None = None
    space_key: str | None = None
    title: str | None = None
    filename: str | None = None
    file_id: str | None = None
    anchor: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
