"""Verbs about labels."""

from __future__ import annotations

from confluence_sim.model import Content, Label, Space, User
from confluence_sim.state import State, verb


class LabelVerbs(State):
    """Labels come and go without a new version (FACTS 3.3)."""

    @verb
    def label(
        self, content: Content | Space, name: str, prefix: str = "global", *, author: User | None = None
    ) -> Label:
        """Put a label on a content or a space; a second time changes nothing.

        Args:
            content: what bears it.
            name: lower case, no blanks.
            prefix: ``global``, ``my``, ``team`` or ``system``.
            author: whose label it is when the prefix is ``my``; default: the first user.
        """
        owner_id = (author or self.default_user).account_id if prefix == "my" else None
        known = self.labels.get((prefix, name, owner_id))
        if known is None:
            known = Label(id=self.next_id(), prefix=prefix, name=name, created_at=self.clock.now(), owner_id=owner_id)
            self.labels[prefix, name, owner_id] = known
        if known not in content.labels:
            content.labels.append(known)
        return known

    @verb
    def unlabel(self, content: Content | Space, name: str, prefix: str = "global") -> None:
        """Take a label off a content or a space."""
        content.labels = [label for label in content.labels if (label.prefix, label.name) != (prefix, name)]
