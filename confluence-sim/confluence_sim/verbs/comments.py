"""Verbs about comments."""

from __future__ import annotations

import uuid

from confluence_sim.model import Content, User, WorldError
from confluence_sim.state import NAMESPACE, verb
from confluence_sim.verbs.contents import ContentVerbs

RESOLUTIONS = ("open", "reopened", "resolved", "dangling")


class CommentVerbs(ContentVerbs):
    """Comments stand below a page, a blog post or an attachment; none of them makes a new version of it (FACTS 3.3)."""

    @verb
    def comment(
        self,
        container: Content,
        *,
        body: str,
        location: str = "footer",
        selection: str | None = None,
        author: User | None = None,
    ) -> Content:
        """Write a comment at the foot of a content, or on a ``selection`` of its text.

        Args:
            container: a page, a blog post or, at the foot only, an attachment.
            body: storage format.
            location: ``footer`` or ``inline``.
            selection: inline only: the words the comment is about.
            author: default: the first user.

        Raises:
            WorldError: there is no such place for a comment.
        """
        places = {"page": ("footer", "inline"), "blogpost": ("footer", "inline"), "attachment": ("footer",)}
        if location not in places.get(container.type, ()):
            raise WorldError(f"no {location} comments on a {container.type}")
        made = self._new_comment(container, location, body, author)
        if location == "inline":
            made.marker_ref = str(uuid.uuid5(NAMESPACE, f"marker {made.id}"))
            made.original_selection = selection or container.title
            made.resolution_status = "open"
        return made

    @verb
    def reply(self, comment: Content, *, body: str, author: User | None = None) -> Content:
        """Answer a comment.

        Raises:
            WorldError: it is no comment.
        """
        if comment.type != "comment":
            raise WorldError(f"not a comment: {comment.id}")
        made = self._new_comment(self.contents[comment.container_id or ""], comment.location, body, author)
        made.parent_comment_id = comment.id
        made.resolution_status = comment.resolution_status
        made.marker_ref, made.original_selection = comment.marker_ref, comment.original_selection
        self.index(made)
        return made

    @verb
    def resolve(self, comment: Content, *, resolution: str = "resolved", author: User | None = None) -> None:
        """Set what became of an inline comment; its version stays unless the switch ``resolving_bumps_version`` is on.

        Raises:
            WorldError: it is not the root of an inline thread, or there is no such resolution.
        """
        if comment.location != "inline" or comment.parent_comment_id is not None or resolution not in RESOLUTIONS:
            raise WorldError(f"cannot make {comment.id} {resolution}")
        for part in (comment, *self.replies_below(comment)):
            part.resolution_status = resolution
        comment.resolved_by = (author or self.default_user).account_id
        comment.resolved_at = self.clock.now()
        if self.switches.resolving_bumps_version:
            self.edit(comment, author=author)

    def _new_comment(self, container: Content, location: str, body: str, author: User | None) -> Content:
        first = self.stamp(number=1, author=author, title=f"Re: {container.title}", body=body)
        made = Content(
            id=self.next_id(),
            type="comment",
            space_id=container.space_id,
            author_id=first.author_id,
            created_at=first.created_at,
            versions=[first],
            container_id=container.id,
            location=location,
        )
        self.index(made)
        return made

    def comments_of(self, container: Content, location: str) -> list[Content]:
        """Return the root comments of a content, by id."""
        return [item for _, item in self.shelf(location, "in", container.id).walk("id")]
