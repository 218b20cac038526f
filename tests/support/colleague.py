"""Somebody who works in the world at random, with every verb that changes what a tap should hold."""

from __future__ import annotations

from typing import Any

from confluence_sim import World
from confluence_sim.model import WorldError
from support.oracle import Gremlin

LABELS = ("red", "blue")


class Colleague(Gremlin):
    """A gremlin who also labels, restricts, and makes and archives spaces; two spaces are always left.

    Attributes:
        spared: Keys of spaces that are not archived: settings name them, and no run has seen them yet.
    """

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.spared = {"S0", "S1", "S2"}

    def act(self) -> None:
        """Do one thing; what Confluence would refuse is left undone."""
        if self.dice.random() < 0.6:
            super().act()
            return
        self.count += 1
        self.world.clock.advance(seconds=self.dice.choice([0.001, 1, 40, 600]))
        verbs = [self.label, self.label, self.unlabel, self.restrict, self.unrestrict, self.rename, self.out_of_trash]
        verbs += [self.open_space, self.archive_space, self.move_post, self.late]
        try:
            self.dice.choice(verbs)()
        except (WorldError, AttributeError):
            return

    def space(self) -> Any:
        """A space that is in use."""
        return self.dice.choice([space for space in self.world.spaces.values() if space.status == "current"])

    def label(self) -> None:
        self.world.label(self.one(self.dice.choice(["page", "blogpost"])), self.dice.choice(LABELS))

    def unlabel(self) -> None:
        self.world.unlabel(self.one("page"), self.dice.choice(LABELS))

    def restrict(self) -> None:
        somebody = next((user for user in self.world.users.values() if user is not self.world.default_user), None)
        if somebody is None:
            somebody = self.world.create_user(display_name="Grace", email="grace@example.com")
        self.world.restrict(self.one("page"), users=[somebody])

    def unrestrict(self) -> None:
        restricted = [item for item in self.world.contents.values() if item.restrictions]
        self.world.unrestrict(self.dice.choice(restricted) if restricted else None)  # type: ignore[arg-type]  # nobody is refused

    def rename(self) -> None:
        self.world.edit(self.one("page"), title=f"Renamed {self.count}")

    def out_of_trash(self) -> None:
        self.world.restore(self.one("attachment", "trashed"))

    def open_space(self) -> None:
        space = self.world.create_space(key=f"N{self.count}", name=f"New {self.count}")
        self.world.create_page(space, title=f"First of {self.count}", body="<p>first</p>")

    def archive_space(self) -> None:
        used = [space for space in self.world.spaces.values() if space.status == "current"]
        others = [space for space in used if space.key not in self.spared]
        if len(used) > 2 and others:
            self.world.archive_space(self.dice.choice(others))

    def move_post(self) -> None:
        self.world.edit(self.one("blogpost"), title=f"News {self.count}")

    def late(self) -> None:
        """An edit while the server's clock is a year ahead."""
        now = self.world.clock.now()
        self.world.clock.advance(days=365)
        self.edit()
        self.world.clock.set(now)
