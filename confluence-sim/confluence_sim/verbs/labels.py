"""Verbs about labels."""

from __future__ import annotations

from confluence_sim.model import Content, Label
from confluence_sim.state import State, verb


class LabelVerbs(State):
    """Labels come and go without a new version (FACTS 3.3)."""

    @verb
    def label(self, content: Content, name: str, prefix: str = "global") -> Label:
        """Put a label on a content; a second time changes nothing."""
        known = self.labels.get((prefix, name))
        if known is None:
            known = self.labels[prefix, name] = Label(id=self.next_id(), prefix=prefix, name=name)
        if known not in content.labels:
            content.labels.append(known)
        return known

    @verb
    def unlabel(self, content: Content, name: str, prefix: str = "global") -> None:
        """Take a label off a content."""
        content.labels = [label for label in content.labels if (label.prefix, label.name) != (prefix, name)]
