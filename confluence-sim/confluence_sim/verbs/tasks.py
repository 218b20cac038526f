"""Verbs about tasks. Most tasks come and go with the bodies they stand in, see ``task_lists``."""

from __future__ import annotations

from confluence_sim.model import Task, User
from confluence_sim.state import verb
from confluence_sim.task_lists import COMPLETE, INCOMPLETE, with_status
from confluence_sim.verbs.contents import ContentVerbs


class TaskVerbs(ContentVerbs):
    """Tasks are ticked off, which is a small edit of the page they stand in."""

    @verb
    def tick(self, task: Task, *, done: bool = True, author: User | None = None) -> None:
        """Tick a task off, or make it open again.

        The page gets a new version unless the switch ``ticking_bumps_version`` is off.
        """
        content = self.contents[task.content_id]
        body = with_status(content.body, task.local_id, COMPLETE if done else INCOMPLETE)
        if self.switches.ticking_bumps_version:
            self.edit(content, body=body, author=author, minor_edit=True)
        else:
            content.current.body = body
            self.note_tasks(content, author or self.default_user)

    @property
    def tasks(self) -> dict[str, Task]:
        """All tasks by id, also those in the trash."""
        return {task.id: task for content in self.contents.values() for task in content.tasks}
