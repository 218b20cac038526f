"""v2 tasks: all that the caller may see, by id, with many filters (FACTS 1.9, 1.11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import LIST_FORMATS
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sorted_walk
from confluence_sim.clock import to_ms
from confluence_sim.model import Content, Task
from confluence_sim.shelves import Key

PEOPLE = {"created-by": "created_by", "assigned-to": "assigned_to", "completed-by": "completed_by"}
DATES = {"created-at": "created_at", "due-at": "due_at", "completed-at": "completed_at"}


def task_object(call: Call, task: Task) -> dict[str, Any]:
    """Return a task; what it does not have is left out."""
    content = call.world.contents[task.content_id]
    shown = {
        "id": task.id,
        "localId": task.local_id,
        "spaceId": content.space_id,
        shapes.container_key(content): content.id,
        "status": task.status,
        "body": shapes.text_in(task.body, call.args["body-format"]),
        "createdBy": task.created_by,
        "assignedTo": task.assigned_to,
        "completedBy": task.completed_by,
        "createdAt": task.created_at,
        "updatedAt": task.updated_at,
        "dueAt": task.due_at,
        "completedAt": task.completed_at,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _seen(call: Call) -> Iterator[tuple[Content, Task]]:
    for content in call.world.contents.values():
        if content.tasks and content.status in ("current", "archived") and call.sees(content):
            for task in content.tasks:
                yield content, task


def _in_range(moment: str | None, first: int | None, last: int | None) -> bool:
    """Tell whether a moment lies between two others in epoch ms, both inclusive."""
    if first is None and last is None:
        return True
    if moment is None:
        return False
    at = to_ms(moment)
    return (first is None or first <= at) and (last is None or at <= last)


def _wanted(args: dict[str, Any], content: Content, task: Task) -> bool:
    asked = {kind: args[f"{kind}-id"] for kind in ("page", "blogpost") if args[f"{kind}-id"] is not None}
    return (
        args["status"] in (None, task.status)
        and (args["task-id"] is None or int(task.id) in args["task-id"])
        and (args["space-id"] is None or int(content.space_id) in args["space-id"])
        and (not asked or content.number in asked.get(content.type, ()))
        and (args["include-blank-tasks"] or bool(task.body.strip()))
        and all(args[name] is None or getattr(task, field) in args[name] for name, field in PEOPLE.items())
        and all(
            _in_range(getattr(task, field), args[f"{name}-from"], args[f"{name}-to"]) for name, field in DATES.items()
        )
    )


def _key(_: str, task: Task) -> Key:
    return int(task.id), int(task.id)


def list_tasks(call: Call) -> Reply:
    """Answer ``GET /tasks``."""
    wanted = [task for content, task in _seen(call) if _wanted(call.args, content, task)]
    return listing(call, sorted_walk(wanted, _key), task_object, sort="id", weight=0)


def get_task(call: Call) -> Reply:
    """Answer ``GET /tasks/{id}``."""
    task = next((task for _, task in _seen(call) if int(task.id) == call.args["id"]), None)
    if task is None:
        raise not_found()
    return Reply(task_object(call, task), rows=1, weight=0)


BODY = {"body-format": Param("BodyFormat", choices=LIST_FORMATS)}
MANY = Param("Long", many=250)
FILTERS = {
    "include-blank-tasks": Param("Boolean", default=True),
    "status": Param("TaskStatus", choices=("complete", "incomplete")),
    **{f"{name}-id": MANY for name in ("task", "space", "page", "blogpost")},
    **{name: Param("String", many=250) for name in PEOPLE},
    **{f"{name}-{end}": Param("Long") for name in DATES for end in ("from", "to")},
}
SCOPE = "read:task:confluence"
ENDPOINTS = [
    Endpoint("/tasks", list_tasks, {**BODY, **FILTERS, "cursor": CURSOR, "limit": limit_param()}, scope=SCOPE),
    Endpoint("/tasks/<id>", get_task, {"id": Param("Long"), **BODY}, scope=SCOPE),
]
