"""The world: the truth and its verbs."""

from __future__ import annotations

from confluence_sim.clock import Clock
from confluence_sim.verbs.access import AccessVerbs
from confluence_sim.verbs.comments import CommentVerbs
from confluence_sim.verbs.labels import LabelVerbs
from confluence_sim.verbs.lifecycle import LifecycleVerbs
from confluence_sim.verbs.people import PeopleVerbs
from confluence_sim.verbs.properties import PropertyVerbs
from confluence_sim.verbs.spaces import SpaceVerbs
from confluence_sim.verbs.tasks import TaskVerbs


class World(LifecycleVerbs, AccessVerbs, CommentVerbs, TaskVerbs, PeopleVerbs, SpaceVerbs, LabelVerbs, PropertyVerbs):
    """A Confluence site's content, changed by verbs and read over HTTP; safe to use from several threads.

    Args:
        clock: stamps every verb; default: the machine's clock.
        tick_ms: milliseconds the clock advances after each verb.
        first_id: the first numeric id given out.
    """

    def __init__(self, clock: Clock | None = None, *, tick_ms: int = 0, first_id: int = 65537) -> None:
        super().__init__(clock, tick_ms=tick_ms, first_id=first_id)
        self.admin = self.create_user(display_name="Site Admin", email="admin@confluence-sim.example")
