"""Verbs about spaces."""

from __future__ import annotations

from confluence_sim.model import Space, User, WorldError
from confluence_sim.state import State, verb


class SpaceVerbs(State):
    """Spaces are made, renamed, archived and deleted."""

    @verb
    def create_space(
        self,
        *,
        key: str,
        name: str,
        type: str = "global",  # noqa: A002  # the API's own word
        author: User | None = None,
        description: str = "",
        homepage: bool = True,
    ) -> Space:
        """Create a space, with a homepage as Confluence does unless ``homepage`` is false.

        Raises:
            WorldError: the key is taken.
        """
        if any(space.key == key for space in self.spaces.values()):
            raise WorldError(f"A space with this key already exists: {key}")
        author_id = (author or self.default_user).account_id
        space = Space(
            id=self.next_id(),
            key=key,
            name=name,
            type=type,
            author_id=author_id,
            owner_id=author_id,
            created_at=self.clock.now(),
            description=description,
            alias=key,
        )
        self.spaces[space.id] = space
        self.open_doors(space)
        if homepage:
            self.make_homepage(space, author)
        return space

    def make_homepage(self, space: Space, author: User | None) -> None:
        """Make the space's first page; the content verbs know how."""
        raise NotImplementedError

    def open_doors(self, space: Space) -> None:
        """Give a new space its permissions; the access verbs know how."""
        raise NotImplementedError

    def space_by_key(self, key: str) -> Space | None:
        """Return the space of that key."""
        return next((space for space in self.spaces.values() if space.key == key), None)

    @verb
    def rename_space(self, space: Space, *, name: str | None = None, description: str | None = None) -> None:
        """Change a space's name or description."""
        space.name = space.name if name is None else name
        space.description = space.description if description is None else description

    @verb
    def archive_space(self, space: Space) -> None:
        """Archive a space; its pages stay current (FACTS 9.5)."""
        space.status = "archived"

    @verb
    def unarchive_space(self, space: Space) -> None:
        """Bring an archived space back."""
        space.status = "current"

    @verb
    def delete_space(self, space: Space) -> None:
        """Delete a space and everything in it, for good."""
        for content in [content for content in self.contents.values() if content.space_id == space.id]:
            self.unindex(content)
        del self.spaces[space.id]
