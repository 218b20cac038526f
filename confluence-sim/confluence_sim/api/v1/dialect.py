"""What Cloud's and Data Center's ``/rest/api`` say differently (FACTS 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from confluence_sim.api.endpoint import Call
from confluence_sim.model import Content, Group, Space, User, Version

Expand: TypeAlias = "dict[str, Expand]"
"""What to expand, as a tree: ``version.by`` is ``{"version": {"by": {}}}``."""


@dataclass(frozen=True)
class Dialect:
    """A way to speak ``/rest/api``.

    Args:
        user: a user as JSON.
        group: a group as JSON.
        space: a space as JSON, with what is expanded.
        links: the links of a content besides ``self``.
        inline_most: how many labels, attachments and so on an expansion shows; the rest is cut off (FACTS 7.4).
        bodies: body formats there are.
        moment: a moment as it is written.
        knows_when: whether a version tells when it was made.
        attachment_extras: what ``extensions`` of an attachment hold besides the plain facts.
        above: which ancestors are shown.
    """

    user: Callable[[Call, User], dict[str, Any]]
    group: Callable[[Call, Group], dict[str, Any]]
    space: Callable[[Call, Space, Expand], dict[str, Any]]
    links: Callable[[Call, Content], dict[str, str]]
    inline_most: int
    bodies: tuple[str, ...]
    moment: Callable[[Call, str], str] = field(default=lambda _, moment: moment)
    knows_when: Callable[[Call, Version], bool] = field(default=lambda _, __: True)
    attachment_extras: Callable[[Content, Version], dict[str, Any]] = field(default=lambda _, __: {})
    above: Callable[[Content], bool] = field(default=lambda _: True)


def read_expand(names: list[str] | None) -> Expand:
    """Return the tree of what is to be expanded."""
    tree: Expand = {}
    for name in names or ():
        branch = tree
        for part in name.split("."):
            branch = branch.setdefault(part, {})
    return tree


def page_cap(names: list[str] | None) -> int:
    """Return how many rows a page holds at most, by what is expanded (FACTS 2.6)."""
    parts = [name.removeprefix("content.").split(".") for name in names or ()]
    if not parts:
        return 1000
    bodies = [part[1:2] for part in parts if part[0] == "body"]
    if ["export_view"] in bodies or ["styled_view"] in bodies:
        return 25
    return 50 if bodies else 200


def array(call: Call, path: str, items: list[dict[str, Any]], most: int, start: int = 0) -> dict[str, Any]:
    """Return an inner list, cut off at ``most`` with a ``next`` of its own."""
    query = "&" if "?" in path else "?"
    links = {"self": f"{call.base}{path}"}
    if len(items) > start + most:
        links["next"] = f"{path}{query}limit={most}&start={start + most}"
    shown = items[start : start + most]
    return {"results": shown, "start": start, "limit": most, "size": len(shown), "_links": links}
