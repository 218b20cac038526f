"""What reading a body yields, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from cdm_docs.content.nodes import Block


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


@dataclass(frozen=True, slots=True)
class Document:
    """A body, read.

    Attributes:
        references: Every distinct reference (kind, written), in the order of first appearance.
        text: The rendering asked for; None when none was asked for or there is no body.
        recovered: True when the body was broken and had to be mended to be read at all.
        problems: What was mended or cut, in a few words each, for the revision's ``properties``.
        blocks: What it says, without the format that it was written in.
        includes: By the key of a reference (kind, written): each place in the text where the other page is shown, as
            the mark that stands there and the name of the excerpt (None: the whole page).
        excerpts: What other pages may show of this one: texts by name, the unnamed one by an empty name.
    """

    references: tuple[Reference, ...]
    text: str | None
    recovered: bool = False
    problems: tuple[str, ...] = ()
    blocks: Sequence[Block] = ()
    includes: Mapping[tuple[str, str], Sequence[tuple[str, str | None]]] = field(default_factory=dict)
    excerpts: Mapping[str, str] = field(default_factory=dict)
