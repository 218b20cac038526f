"""v2 labels: of a content, of a space, of the site, and what bears them (FACTS 1.19, 9.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import LIST_FORMATS, find
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.api.v2.spaces import space_of
from confluence_sim.model import Content, Label

PREFIXES = ("my", "team", "global", "system")
OF_SPACES = ("my", "team")
"""What the lists of a space take, and show when nothing is asked for."""
ORDERS: dict[str, Callable[[Label], Any]] = {
    "created-date": lambda label: label.created_at,
    "id": lambda label: int(label.id),
    "name": lambda label: label.name,
}
SHAPES: dict[str, Callable[[Call, Content, None], dict[str, Any]]] = {
    "page": shapes.page,
    "blogpost": shapes.blogpost,
    "attachment": shapes.attachment,
}


def label_object(_: Call, label: Label) -> dict[str, Any]:
    """Return a label."""
    return {"id": label.id, "name": label.name, "prefix": label.prefix}


def seen_labels(call: Call, labels: Iterable[Label]) -> Iterator[Label]:
    """Yield the labels that the caller may see: a personal one is its owner's alone (FACTS 9.10)."""
    for label in labels:
        if label.prefix != "my" or (call.user is not None and label.owner_id == call.user.account_id):
            yield label


def _listing(call: Call, labels: Iterable[Label], keep: Callable[[Label], bool]) -> Reply:
    found = {label.id: label for label in seen_labels(call, labels)}.values()
    walk = sorted_walk(found, lambda order, label: (ORDERS[order](label), int(label.id)))
    return listing(call, walk, label_object, keep=keep, weight=0)


def _by_prefix(call: Call, unasked: tuple[str, ...] = PREFIXES) -> Callable[[Label], bool]:
    wanted = (call.args["prefix"],) if call.args["prefix"] else unasked
    return lambda label: label.prefix in wanted


def list_of_content(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/labels`` and its kin."""
    return lambda call: _listing(call, find(call, kind).labels, _by_prefix(call))


def list_of_space(call: Call) -> Reply:
    """Answer ``GET /spaces/{id}/labels``: the labels on the space itself."""
    return _listing(call, space_of(call).labels, _by_prefix(call, OF_SPACES))


def list_in_space(call: Call) -> Reply:
    """Answer ``GET /spaces/{id}/content/labels``: the labels on what is in the space."""
    space = space_of(call)
    contents = (item for item in call.world.contents.values() if item.space_id == space.id and call.sees(item))
    return _listing(call, (label for item in contents for label in item.labels), _by_prefix(call, OF_SPACES))


def list_all(call: Call) -> Reply:
    """Answer ``GET /labels``."""
    ids, prefixes = call.args["label-id"], call.args["prefix"]

    def keep(label: Label) -> bool:
        return (ids is None or int(label.id) in ids) and (prefixes is None or label.prefix in prefixes)

    return _listing(call, call.world.labels.values(), keep)


def list_bearers(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /labels/{id}/pages`` and its kin: what is current and bears the label."""

    def answer(call: Call) -> Reply:
        wanted = str(call.args["id"])
        label = next((item for item in call.world.labels.values() if item.id == wanted), None)
        if label is None or not any(seen_labels(call, [label])):
            raise not_found()
        spaces = call.args.get("space-id")

        def keep(content: Content) -> bool:
            return (
                label in content.labels
                and content.status == "current"
                and call.world.is_in_place(content)
                and (spaces is None or int(content.space_id) in spaces)
                and call.sees(content)
            )

        shelf = call.world.shelf(kind)
        return listing(
            call,
            lambda order, descending, after: shelf.walk(order, descending=descending, after=after),
            lambda c, item: SHAPES[kind](c, item, None),
            keep=keep,
        )

    return answer


ONE = {"id": Param("Long")}
PAGED = {"cursor": CURSOR, "limit": limit_param()}
SORTED = {"sort": sort_param("created-date", "id", "name", default="created-date"), **PAGED}
OF_CONTENT = {**ONE, "prefix": Param("LabelPrefix", choices=PREFIXES), **SORTED}
OF_SPACE = {**ONE, "prefix": Param("LabelPrefix", choices=OF_SPACES), **SORTED}
BEARERS = {
    "page": {**ONE, "sort": sort_param("id", "created-date", "modified-date", "title"), **PAGED},
    "blogpost": {**ONE, "sort": sort_param("id", "created-date", "modified-date"), **PAGED},
    "attachment": {**ONE, "sort": sort_param("created-date", "modified-date", default="created-date"), **PAGED},
}
IN_BODIES = {"space-id": Param("Long", many=100), "body-format": Param("BodyFormat", choices=LIST_FORMATS)}
PAGE, FILE = "read:page:confluence", "read:attachment:confluence"
LABEL, SPACE = "read:label:confluence", "read:space:confluence"
ATTACHMENT_ID = {"id": Param("AttachmentId")}
ENDPOINTS = [
    Endpoint("/pages/<id>/labels", list_of_content("page"), OF_CONTENT, scope=PAGE),
    Endpoint("/blogposts/<id>/labels", list_of_content("blogpost"), OF_CONTENT, scope=PAGE),
    Endpoint("/attachments/<id>/labels", list_of_content("attachment"), {**OF_CONTENT, **ATTACHMENT_ID}, scope=FILE),
    Endpoint("/spaces/<id>/labels", list_of_space, OF_SPACE, scope=SPACE),
    Endpoint("/spaces/<id>/content/labels", list_in_space, OF_SPACE, scope=SPACE),
    Endpoint(
        "/labels",
        list_all,
        {"label-id": Param("Long", many=250), "prefix": Param("LabelPrefix", choices=PREFIXES, many=4), **SORTED},
        scope=LABEL,
    ),
    Endpoint("/labels/<id>/pages", list_bearers("page"), {**BEARERS["page"], **IN_BODIES}, scope=PAGE),
    Endpoint("/labels/<id>/blogposts", list_bearers("blogpost"), {**BEARERS["blogpost"], **IN_BODIES}, scope=PAGE),
    Endpoint("/labels/<id>/attachments", list_bearers("attachment"), BEARERS["attachment"], scope=FILE),
]
