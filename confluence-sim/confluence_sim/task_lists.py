"""Task lists in storage format, and the tasks that Confluence keeps in step with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from confluence_sim.model import Content, Task

COMPLETE, INCOMPLETE = "complete", "incomplete"
_TAG = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(?P<end>/?)ac:task(?P<part>|-id|-status|-body)(?:\s[^>]*)?>", re.DOTALL
)
_ASSIGNEE = re.compile(r"<ri:user\s[^>]*?ri:(?:account-id|userkey)=\"([^\"]*)\"")
_DUE = re.compile(r"<time\s[^>]*?datetime=\"(\d{4}-\d{2}-\d{2})\"")


@dataclass
class Written:
    """A task as it stands in a body.

    Args:
        local_id: as written; unique in one body.
        status: ``complete`` or ``incomplete``.
        body: storage format.
        status_at: where the status stands in the whole body: start and end.
    """

    local_id: str = ""
    status: str = INCOMPLETE
    body: str = ""
    status_at: tuple[int, int] = (0, 0)

    @property
    def assignee(self) -> str | None:
        """The first user that the task mentions: it is theirs."""
        found = _ASSIGNEE.search(self.body)
        return found[1] if found else None

    @property
    def due_at(self) -> str | None:
        """The first date in the task, as a moment."""
        found = _DUE.search(self.body)
        return f"{found[1]}T00:00:00.000Z" if found else None


def written_tasks(storage: str) -> list[Written]:
    """Return the tasks of a body in the order in which they begin, nested ones too; of one local id the first."""
    if "<ac:task" not in storage:
        return []
    begun: list[Written] = []
    open_tasks: list[Written] = []
    starts: list[int] = []
    for tag in _TAG.finditer(storage):
        part = tag["part"]
        if part == "" and not tag["end"]:
            open_tasks.append(Written())
            begun.append(open_tasks[-1])
        elif part == "" and open_tasks:
            open_tasks.pop()
        elif part and not tag["end"]:
            starts.append(tag.end())
        elif part and open_tasks and starts:
            at = (starts.pop(), tag.start())
            text = storage[slice(*at)]
            if part == "-id":
                open_tasks[-1].local_id = text.strip()
            elif part == "-status":
                open_tasks[-1].status, open_tasks[-1].status_at = text.strip(), at
            else:
                open_tasks[-1].body = text
    found: dict[str, Written] = {}
    for task in begun:
        found.setdefault(task.local_id, task)
    return list(found.values())


def with_status(storage: str, local_id: str, status: str) -> str:
    """Return a body in which the status of one task is another.

    Raises:
        KeyError: no such task.
    """
    tasks = {task.local_id: task for task in written_tasks(storage)}
    start, end = tasks[local_id].status_at
    return storage[:start] + status + storage[end:]


def keep_in_step(content: Content, *, author_id: str, now: str, next_id: Callable[[], str]) -> None:
    """Make a content's tasks those of its newest body: new ones come, changed ones change, others go."""
    known = {task.local_id: task for task in content.tasks}
    content.tasks = []
    for written in written_tasks(content.body):
        task = known.get(written.local_id)
        if task is None:
            task = Task(
                id=next_id(), local_id=written.local_id, content_id=content.id, created_by=author_id, created_at=now
            )
        state = (written.status, written.body, written.assignee, written.due_at)
        if state != (task.status, task.body, task.assigned_to, task.due_at):
            if written.status != task.status:
                done = written.status == COMPLETE
                task.completed_by, task.completed_at = (author_id, now) if done else (None, None)
            task.status, task.body, task.assigned_to, task.due_at = state
            task.updated_at = now
        content.tasks.append(task)
