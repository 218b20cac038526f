"""Verbs about content properties."""

from __future__ import annotations

from confluence_sim.model import Content, Property, User, WorldError
from confluence_sim.state import State, verb


class PropertyVerbs(State):
    """Properties come, change and go without a new version of their content (FACTS 3.3)."""

    @verb
    def set_property(self, content: Content, key: str, value: object, *, author: User | None = None) -> Property:
        """Give a content a property, or a new version of one.

        Args:
            content: what bears it.
            key: unique on the content.
            value: anything that JSON can tell.
            author: default: the first user.
        """
        known = next((item for item in content.properties if item.key == key), None)
        version = self.stamp(number=1 if known is None else known.version.number + 1, author=author, title=key)
        if known is None:
            known = Property(id=self.next_id(), key=key, value=value, version=version)
            content.properties.append(known)
        known.value, known.version = value, version
        return known

    @verb
    def remove_property(self, content: Content, key: str) -> None:
        """Take a property off a content.

        Raises:
            WorldError: there is none of that key.
        """
        kept = [item for item in content.properties if item.key != key]
        if len(kept) == len(content.properties):
            raise WorldError(f"{content.id} has no property {key}")
        content.properties = kept
