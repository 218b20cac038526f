"""Verbs about pages, blog posts and attachments."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from confluence_sim.model import TREE_TYPES, Content, Space, User, Version, WorldError
from confluence_sim.state import NAMESPACE, State, verb
from confluence_sim.task_lists import keep_in_step


class ContentVerbs(State):
    """Content is made, edited and moved."""

    @verb
    def create_page(
        self,
        space: Space,
        *,
        title: str,
        body: str = "",
        parent: Content | None = None,
        author: User | None = None,
        subtype: str | None = None,
        adf: str | None = None,
    ) -> Content:
        """Create a page under ``parent``, else under the homepage if there is one.

        Args:
            space: where.
            title: unique among the space's pages.
            body: storage format.
            parent: a page or another member of the page tree.
            author: default: the first user.
            subtype: ``live`` for a live doc.
            adf: the body as an ADF document; default: converted from ``body``.

        Raises:
            WorldError: the title is taken.
        """
        parent_id = parent.id if parent else space.homepage_id
        page = self._new(space, "page", title, author, body=body, parent_id=parent_id, subtype=subtype)
        page.current.adf = adf
        return page

    @verb
    def create_draft(self, space: Space, *, title: str, body: str = "", parent: Content | None = None) -> Content:
        """Begin a page that nobody has published: no list of pages shows it (FACTS 9.7).

        Raises:
            WorldError: the title is taken.
        """
        draft = self._new(space, "page", title, None, body=body, parent_id=parent.id if parent else space.homepage_id)
        draft.status = "draft"
        self.index(draft)
        return draft

    @verb
    def create_blogpost(
        self, space: Space, *, title: str, body: str = "", author: User | None = None, adf: str | None = None
    ) -> Content:
        """Create a blog post."""
        post = self._new(space, "blogpost", title, author, body=body)
        post.current.adf = adf
        return post

    @verb
    def create_tree_item(
        self,
        space: Space,
        *,
        type: str,  # noqa: A002  # the API's own word
        title: str,
        parent: Content | None = None,
        author: User | None = None,
        url: str = "",
    ) -> Content:
        """Create a ``folder``, ``whiteboard``, ``database`` or ``embed`` in the page tree.

        Args:
            space: where.
            type: which of them.
            title: need not be unique.
            parent: a page or another member of the page tree; default: the homepage if there is one.
            author: default: the first user.
            url: what an ``embed`` shows.

        Raises:
            WorldError: nothing of this type stands in the page tree.
        """
        if type not in TREE_TYPES:
            raise WorldError(f"not a type of the page tree: {type}")
        parent_id = parent.id if parent else space.homepage_id
        return self._new(space, type, title, author, body=url, parent_id=parent_id)

    def make_homepage(self, space: Space, author: User | None) -> None:
        """Make the space's first page."""
        page = self._new(space, "page", f"{space.name} Home", author, body=f"<p>Welcome to {space.key}.</p>")
        space.homepage_id = page.id

    def _new(
        self,
        space: Space,
        kind: str,
        title: str,
        author: User | None,
        *,
        body: str = "",
        parent_id: str | None = None,
        subtype: str | None = None,
    ) -> Content:
        first = self.stamp(number=1, author=author, title=title, body=body)
        content = Content(
            id=self.next_id(),
            type=kind,
            space_id=space.id,
            author_id=first.author_id,
            owner_id=first.author_id,
            created_at=first.created_at,
            versions=[],
            parent_id=parent_id,
            position=self.next_position() if kind in TREE_TYPES else None,
            subtype=subtype,
        )
        self.claim_title(content, space_id=space.id, title=title)
        content.versions.append(first)
        self.index(content)
        self.note_tasks(content, author or self.default_user)
        return content

    def note_tasks(self, content: Content, author: User) -> None:
        """Keep a page's or post's tasks in step with the task lists in its body."""
        if content.type in ("page", "blogpost"):
            keep_in_step(content, author_id=author.account_id, now=self.clock.now(), next_id=self.next_task_id)

    @verb
    def attach(
        self,
        container: Content,
        *,
        filename: str,
        data: bytes,
        media_type: str = "application/octet-stream",
        comment: str | None = None,
        author: User | None = None,
    ) -> Content:
        """Upload a file; the same name again is a new version of the attachment (FACTS 3.6)."""
        known = next((item for item in self.attachments_of(container) if item.title == filename), None)
        version = self.stamp(
            number=1 if known is None else known.version + 1, author=author, title=filename, message=comment or ""
        )
        version.data, version.media_type = data, media_type
        if known is None:
            number = self.next_id()
            known = Content(
                id=f"att{number}",
                type="attachment",
                space_id=container.space_id,
                author_id=version.author_id,
                created_at=version.created_at,
                versions=[],
                container_id=container.id,
            )
        elif self.switches.attachment_created_at_moves:
            known.created_at = version.created_at
        version.file_id = str(uuid.uuid5(NAMESPACE, f"{known.id} {version.number}"))
        known.versions.append(version)
        self.index(known)
        return known

    def attachments_of(self, container: Content) -> list[Content]:
        """Return a content's attachments, by id."""
        return [item for _, item in self.shelf("attachment", "in", container.id).walk("id")]

    def children_of(self, content: Content) -> list[Content]:
        """Return what stands directly below a content in the page tree, by position."""
        return [child for _, child in self.shelf("children", content.id).walk("child-position")]

    @verb
    def edit(
        self,
        content: Content,
        *,
        body: str | None = None,
        title: str | None = None,
        author: User | None = None,
        message: str = "",
        minor_edit: bool = False,
        adf: str | None = None,
    ) -> Version:
        """Save a new version; what is None stays as it is.

        Raises:
            WorldError: the title is taken.
        """
        old = content.current
        if title is not None and title != old.title:
            self.claim_title(content, space_id=content.space_id, title=title)
        new = self.stamp(
            number=old.number + 1,
            author=author,
            title=old.title if title is None else title,
            message=message,
            minor_edit=minor_edit,
            body=old.body if body is None else body,
        )
        new.adf = adf if adf is not None or body is not None else old.adf
        new.data, new.media_type, new.file_id = old.data, old.media_type, old.file_id
        content.versions.append(new)
        self.index(content)
        self.note_tasks(content, author or self.default_user)
        return new

    @verb
    def move(
        self,
        content: Content,
        *,
        parent: Content | None = None,
        space: Space | None = None,
        position: int | None = None,
        author: User | None = None,
    ) -> None:
        """Move a content with all below it: under ``parent``, or to the top of ``space``.

        The version stays (FACTS 3.4) unless the switch ``move_bumps_version`` is on.

        Raises:
            WorldError: the parent stands below the content, or a title is taken in the other space.
        """
        target = space or (self.spaces[parent.space_id] if parent else self.spaces[content.space_id])
        if parent is not None and self.stands_below(parent.id, content):
            raise WorldError(f"cannot move {content.id} below itself")
        home = target.homepage_id
        if home is not None and self.stands_below(home, content):
            home = None  # the homepage comes along, so the top of the space is above it
        moved = list(self.subtree(content))
        if target.id != content.space_id:
            taken = [item.title for item in moved if item.type == "page" and self.page_by_title(target, item.title)]
            if taken:
                raise WorldError(f"titles taken in {target.key}: {taken}")
        content.parent_id = parent.id if parent else home
        content.position = self.next_position() if position is None else position
        for item in moved:
            self.claim_title(item, space_id=target.id, title=item.title)
            self.leave_space(item, target)
            self.index(item)
            self._carry(item)
        self.index(content)
        if self.switches.move_bumps_version:
            self.edit(content, author=author)

    def leave_space(self, content: Content, target: Space) -> None:
        """Make a content one of ``target``; a space whose homepage leaves has none."""
        old = self.spaces[content.space_id]
        if old.id != target.id and old.homepage_id == content.id:
            old.homepage_id = None
        content.space_id = target.id

    def stands_below(self, content_id: str, above: Content) -> bool:
        """Tell whether a content is ``above`` or stands somewhere below it, in whatever status."""
        current: str | None = content_id
        while current is not None and current in self.contents:
            if current == above.id:
                return True
            current = self.contents[current].parent_id
        return False

    def _carry(self, container: Content) -> None:
        """Attachments and comments are where their container is."""
        for kind in ("attachment", "footer", "inline"):
            for item in list(self.shelf(kind, "in", container.id).members.values()):
                for part in (item, *self.replies_below(item)):
                    part.space_id = container.space_id
                    self.index(part)
                    self._carry(part)

    def replies_below(self, comment: Content) -> list[Content]:
        """Return all answers to a comment, at any depth."""
        found: list[Content] = []
        for reply in self.shelf("replies", comment.id).members.values():
            found += [reply, *self.replies_below(reply)]
        return found

    def subtree(self, content: Content) -> Iterator[Content]:
        """Yield a content and all below it in the page tree, parents first."""
        yield content
        for child in self.children_of(content):
            yield from self.subtree(child)

    @verb
    def set_owner(self, content: Content, owner: User | None) -> None:
        """Give a page another owner, or none."""
        content.last_owner_id, content.owner_id = content.owner_id, owner.account_id if owner else None
