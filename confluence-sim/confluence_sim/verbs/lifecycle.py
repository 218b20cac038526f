"""Verbs about the status of content: into the trash and out of it, archived and back, gone for good."""

from __future__ import annotations

from confluence_sim.model import Content, User, WorldError
from confluence_sim.state import verb
from confluence_sim.verbs.contents import ContentVerbs


class LifecycleVerbs(ContentVerbs):
    """Content is archived, trashed, restored and purged."""

    @verb
    def trash(self, content: Content) -> None:
        """Put into the trash; children move up to the parent."""
        self._lift_children(content)
        content.status = "trashed"
        self.index(content)

    def _lift_children(self, content: Content) -> None:
        for child in self.children_of(content):
            child.parent_id = content.parent_id
            self.index(child)

    @verb
    def restore(self, content: Content, *, author: User | None = None) -> None:
        """Take out of the trash: a new version (FACTS 3.2)."""
        if content.status != "trashed":
            raise WorldError(f"{content.id} is not in the trash")
        above = content.parent_id
        if above is not None and (above not in self.contents or self.stands_below(above, content)):
            content.parent_id = None
        content.status = "current"
        self.edit(content, author=author)

    @verb
    def purge(self, content: Content) -> None:
        """Remove for good, with attachments and comments."""
        self._lift_children(content)
        for kind in ("attachment", "footer", "inline"):
            for item in list(self.shelf(kind, "in", content.id).members.values()):
                self.purge(item)
        for reply in self.replies_below(content):
            self.unindex(reply)
        self.unindex(content)

    @verb
    def archive(self, content: Content, *, author: User | None = None) -> None:
        """Archive a page; the version stays unless the switch ``archive_bumps_version`` is on (FACTS 3.9)."""
        self._set_status(content, "archived", author)

    @verb
    def unarchive(self, content: Content, *, author: User | None = None) -> None:
        """Bring an archived page back."""
        self._set_status(content, "current", author)

    def _set_status(self, content: Content, status: str, author: User | None) -> None:
        content.status = status
        self.index(content)
        if self.switches.archive_bumps_version:
            self.edit(content, author=author)
