"""The state that all verbs share: ids, lock, clock, dictionaries and shelves."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from confluence_sim.clock import Clock
from confluence_sim.model import Content, Group, Label, Role, Space, User, Version, WorldError
from confluence_sim.shelves import Shelf
from confluence_sim.switches import Switches

NAMESPACE = uuid.UUID("6f1d2c1e-5a0b-4f3e-9c55-0d3f6c1b7a10")
"""Makes the uuids of accounts and files the same in every run."""

ShelfName = tuple[str, ...]
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="State")


def verb(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a method one atomic act of the world; the clock ticks once after it when the world ticks."""

    @wraps(function)
    def act(world: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with world.lock:
            world.depth += 1
            try:
                return function(world, *args, **kwargs)
            finally:
                world.depth -= 1
                if world.depth == 0 and world.tick_ms:
                    world.clock.advance(ms=world.tick_ms)

    return act


class State:
    """The truth. ``spaces``, ``contents`` and ``users`` are what tests compare with.

    Args:
        clock: stamps every verb; default: the machine's clock.
        tick_ms: milliseconds the clock advances after each verb.
        first_id: the first numeric id given out.
    """

    def __init__(self, clock: Clock | None = None, *, tick_ms: int = 0, first_id: int = 65537) -> None:
        self.clock = clock or Clock()
        self.tick_ms = tick_ms
        self.lock = threading.RLock()
        self.depth = 0
        self.switches = Switches()
        self.cloud_id = str(uuid.uuid5(NAMESPACE, "cloud"))
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.roles: dict[str, Role] = {}
        self.read_restricted: set[str] = set()
        self.spaces: dict[str, Space] = {}
        self.contents: dict[str, Content] = {}
        self.purged: dict[str, Content] = {}
        self.labels: dict[tuple[str, str, str | None], Label] = {}
        self._shelves: defaultdict[ShelfName, Shelf] = defaultdict(Shelf)
        self._stands_on: dict[str, set[ShelfName]] = {}
        self._titles: dict[tuple[str, str], str] = {}
        self._last_id = first_id - 1
        self._last_position = 0
        self._last_task_id = 0

    def told_ms(self) -> int:
        """Return the milliseconds that the ``Date`` header tells, by a clock that may be another one (FACTS 11.11)."""
        return self.clock.now_ms() + round(1000 * self.switches.date_skew_seconds)

    def next_id(self) -> str:
        """Return a fresh numeric id."""
        self._last_id += 1
        return str(self._last_id)

    def next_task_id(self) -> str:
        """Return a fresh id of a task: they are counted apart."""
        self._last_task_id += 1
        return str(self._last_task_id)

    def next_position(self) -> int:
        """Return a position behind all others (sparse, FACTS 9.6)."""
        self._last_position += 709
        return self._last_position

    def shelf(self, *name: str) -> Shelf:
        """Return the shelf of that name; see ``shelves_of`` for the names there are."""
        return self._shelves[name]

    @staticmethod
    def shelves_of(content: Content) -> set[ShelfName]:
        """Return the names of the shelves a content stands on."""
        kind = content.location or content.type
        names: set[ShelfName] = {(kind,), (kind, "space", content.space_id)}
        if content.parent_id is not None:
            names.add(("children", content.parent_id))
        if content.container_id is not None and content.parent_comment_id is None:
            names.add((kind, "in", content.container_id))
        if content.parent_comment_id is not None:
            names.add(("replies", content.parent_comment_id))
        return names

    def index(self, content: Content) -> None:
        """Put a new or changed content where listings will find it."""
        names = self.shelves_of(content)
        for name in self._stands_on.get(content.id, set()) - names:
            self._shelves[name].drop(content)
        for name in names:
            self._shelves[name].put(content)
        self._stands_on[content.id] = names
        self.contents[content.id] = content

    def ancestors_of(self, content: Content) -> list[Content]:
        """Return what stands above a content in the page tree (of a reply: the comments above it), root first."""
        found: list[Content] = []
        above = content.parent_comment_id or content.parent_id
        while above is not None and above in self.contents:
            found.append(self.contents[above])
            above = found[-1].parent_comment_id or found[-1].parent_id
        return found[::-1]

    def is_in_place(self, content: Content) -> bool:
        """Tell whether nothing that a content hangs on is in the trash."""
        above = content.parent_comment_id or content.container_id
        while above is not None:
            current = self.contents[above]
            if current.status == "trashed":
                return False
            above = current.parent_comment_id or current.container_id
        return True

    def unindex(self, content: Content) -> None:
        """Take a content out of the world; it stays in ``purged``."""
        for name in self._stands_on.pop(content.id):
            self._shelves[name].drop(content)
        del self.contents[content.id]
        self.purged[content.id] = content
        self.read_restricted.discard(content.id)
        self.release_title(content)
        space = self.spaces[content.space_id]
        if space.homepage_id == content.id:
            space.homepage_id = None

    def claim_title(self, content: Content, *, space_id: str, title: str) -> None:
        """Reserve a page title: unique per space among current, archived and trashed pages (FACTS 1.22).

        Raises:
            WorldError: another page has it.
        """
        if content.type != "page":
            return
        holder = self._titles.get((space_id, title))
        if holder not in (None, content.id):
            raise WorldError(f"A page with this title already exists: {title!r} in space {space_id}")
        self.release_title(content)
        self._titles[space_id, title] = content.id

    def release_title(self, content: Content) -> None:
        """Give a page's title back."""
        if content.type == "page" and content.versions:
            key = (content.space_id, content.title)
            if self._titles.get(key) == content.id:
                del self._titles[key]

    def page_by_title(self, space: Space, title: str) -> Content | None:
        """Return the page of that title in a space, in whatever status."""
        page_id = self._titles.get((space.id, title))
        return None if page_id is None else self.contents[page_id]

    def stamp(
        self,
        *,
        number: int,
        author: User | None,
        title: str,
        message: str = "",
        minor_edit: bool = False,
        body: str = "",
    ) -> Version:
        """Return a version made now."""
        return Version(
            number=number,
            created_at=self.clock.now(),
            author_id=(author or self.default_user).account_id,
            message=message,
            minor_edit=minor_edit,
            title=title,
            body=body,
        )

    @property
    def default_user(self) -> User:
        """Who does what nobody in particular does: the first user."""
        return next(iter(self.users.values()))
