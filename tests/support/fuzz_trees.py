"""Trees that grow out of bytes: what a fuzzer changes in them is the structure, not the spelling of JSON and XML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from support.fuzz_target import HOLDERS, KINDS

Take = Callable[[], int]
"""The next byte; zeros at the end."""
MOST_DEPTH = 12
WORDS = ["kept", "", " ", "a|b", "]]>", "#x", "* 1.", "`", "https://e.org/[", "\u00a0", "-1", "99999", "code", "7"]
TAGS = sorted(HOLDERS) + re.findall(
    r"\S+",
    "br hr img a ac:link ac:link-body ac:plain-text-link-body ac:image ac:caption blockquote "
    "ac:structured-macro ac:parameter ac:rich-text-body ac:plain-text-body ac:task-list ac:task ac:task-body "
    "ac:task-status ac:adf-extension ac:adf-node ac:adf-content ac:adf-fallback ac:layout ri:page ri:attachment "
    "ri:user ri:url ri:space ac:emoticon ac:placeholder time",
)
ATTRIBUTES = re.findall(
    r"\S+",
    "ac:name ac:anchor ac:alt ri:filename ri:content-title ri:account-id ri:value ri:space-key href src "
    "colspan rowspan start type datetime",
)
FIELDS = re.findall(
    r"\S+",
    "id type status title body version number storage value _links createdAt spaceId pageId history createdBy "
    "lastUpdated when by webui space container ancestors base extensions inlineProperties metadata labels "
    "results restrictions read user group key operation principal subject properties position children content "
    "accountId prefix name",
)


def taking(data: bytes) -> Take:
    """Hand out bytes one by one."""
    left: Iterator[int] = iter(data)
    return lambda: next(left, 0)


def _one(take: Take, choices: list[Any]) -> Any:
    return choices[take() % len(choices)]


def adf_tree(data: bytes) -> bytes:
    """A document of any nodes in any order."""
    take = taking(data)

    def node(depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {"type": _one(take, [*KINDS, "text", "doc", "future"])}
        if found["type"] == "text":
            found |= {"text": _one(take, WORDS), "marks": [{"type": _one(take, ["code", "strong", "link", "em"])}]}
        names = ["level", "order", "colspan", "rowspan", "url", "id", "text", "language", "panelType", "extensionKey"]
        found["attrs"] = {_one(take, names): _one(take, [*WORDS, 3, -1, None, {}]) for _ in range(take() % 3)}
        found["content"] = [node(depth + 1) for _ in range(take() % 4 if depth < MOST_DEPTH else 0)]
        return found

    return json.dumps({"type": "doc", "version": 1, "content": [node(0) for _ in range(1 + take() % 4)]}).encode()


def storage_tree(data: bytes) -> bytes:
    """Elements in any order."""
    take = taking(data)

    def element(depth: int) -> str:
        tag = _one(take, TAGS)
        told = {_one(take, ATTRIBUTES): _one(take, WORDS) for _ in range(take() % 3)}
        written = "".join(f' {name}="{escape(value)}"' for name, value in told.items())
        inside = [element(depth + 1) for _ in range(take() % 4 if depth < MOST_DEPTH else 0)]
        return f"<{tag}{written}>{escape(_one(take, WORDS))}{''.join(inside)}{escape(_one(take, WORDS))}</{tag}>"

    return "".join(element(0) for _ in range(1 + take() % 4)).encode()


def api_object(data: bytes) -> bytes:
    """An object with fields as the API's, and anything in them."""
    take = taking(data)

    def value(depth: int) -> Any:
        if depth < MOST_DEPTH and (kind := take() % 4) < 2:
            many = range(take() % 5)
            return [value(depth + 1) for _ in many] if kind else {_one(take, FIELDS): value(depth + 1) for _ in many}
        return _one(take, [*WORDS, None, True, 0, -1, 1.5, 10**20, "2026-01-05T09:30:00.000Z", "500", "11"])

    return json.dumps({_one(take, FIELDS): value(0) for _ in range(take() % 12)}).encode()
