"""Sets in the simulator's world, and what a target holds of the set streams."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from confluence_sim import World
from confluence_sim.model import TREE_TYPES, Content, Group, User, WorldError
from support.tap import Output

PARENTS = {
    "content_labels": "content_id",
    "content_restrictions": "content_id",
    "space_permissions": "space_id",
    "group_members": "group_id",
}
MEMBERS = {
    "content_labels": ("label_id", "name", "prefix"),
    "content_restrictions": ("operation", "principal_type", "principal_id"),
    "space_permissions": ("permission_id", "principal_type", "principal_id", "operation", "target_type"),
    "group_members": ("account_id",),
}
SET_STREAMS = tuple(PARENTS)
Members = set[tuple[Any, ...]]


@dataclass
class SetMirror:
    """What a target holds that replaces the whole set of a parent by the rows that came together."""

    sets: dict[tuple[str, str], Members] = field(default_factory=dict)

    def load(self, out: Output) -> None:
        """Take a run's rows."""
        for stream, parent in PARENTS.items():
            told: defaultdict[tuple[str, str], Members] = defaultdict(set)
            for row in out.of(stream):
                told[row[parent], row["observed_at"]].add(tuple(row[name] for name in MEMBERS[stream]))
            for (parent_id, _), members in told.items():
                self.sets[stream, parent_id] = {member for member in members if "none" not in member}

    def of(self, stream: str) -> dict[str, Members]:
        """The sets of a stream by parent."""
        return {parent: members for (kind, parent), members in self.sets.items() if kind == stream}


def true_sets(world: World, stream: str, statuses: Sequence[str] = ("current",)) -> dict[str, Members]:
    """What the world says of them; of content in these statuses."""
    if stream == "group_members":
        return {group.id: {(member,) for member in group.member_ids} for group in world.groups.values()}
    if stream == "space_permissions":
        return {
            space.id: {
                (one.id, one.principal_type, one.principal_id, one.operation, one.target_type)
                for one in space.permissions
            }
            for space in world.spaces.values()
        }
    kinds = ("page", "blogpost", "attachment") if stream == "content_labels" else ("blogpost", *TREE_TYPES)
    tell = _labels if stream == "content_labels" else _restrictions
    return {
        item.id: tell(item)
        for item in world.contents.values()
        if item.type in kinds and item.status in statuses and world.is_in_place(item)
    }


def _labels(item: Content) -> Members:
    return {(label.id, label.name, label.prefix) for label in item.labels}


def _restrictions(item: Content) -> Members:
    return {
        (operation, kind, principal)
        for operation, restriction in item.restrictions.items()
        for kind, principals in (("user", restriction.user_ids), ("group", restriction.group_ids))
        for principal in principals
    }


class SetGremlin:
    """Somebody who labels, restricts, permits and groups at random."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.users = [world.create_user(display_name=f"U{n}", email=f"u{n}@example.com") for n in range(4)]
        self.groups = [world.create_group(f"crew {n}", self.users[:n]) for n in range(3)]

    def content(self) -> Content:
        """Some content."""
        kinds = ("page", "blogpost", "attachment")
        return self.dice.choice([item for item in self.world.contents.values() if item.type in kinds])

    def act(self) -> None:
        """Do one thing; what Confluence would refuse is left undone."""
        self.world.clock.advance(seconds=self.dice.choice([0.001, 1, 600]))
        space = self.dice.choice(list(self.world.spaces.values()))
        user, group = self.dice.choice(self.users), self.dice.choice(self.groups)
        who: User | Group = user if self.dice.random() < 0.5 else group
        pages = [item for item in self.world.contents.values() if item.type in ("page", "blogpost")]
        if not pages:
            return
        page = self.dice.choice(pages)
        try:
            match self.dice.randrange(8):
                case 0 | 1:
                    self.world.label(
                        self.content(), self.dice.choice("abcdef"), prefix=self.dice.choice(["global", "my"])
                    )
                case 2:
                    marked = self.content()
                    self.world.unlabel(marked, marked.labels[0].name if marked.labels else "a")
                case 3:
                    readers = [self.world.admin, *self.dice.sample(self.users, 2)]
                    self.world.restrict(page, self.dice.choice(["read", "update"]), users=readers, groups=[group])
                case 4:
                    self.world.unrestrict(page)
                case 5:
                    self.world.permit(
                        space, who, self.dice.choice(["read", "create"]), self.dice.choice(["space", "page"])
                    )
                case 6:
                    self.world.forbid(space, who)
                case 7:
                    self.world.join_group(group, user)
                    self.world.leave_group(self.dice.choice(self.groups), self.dice.choice(self.users))
        except WorldError:
            return
