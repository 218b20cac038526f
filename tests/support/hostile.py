"""Answers of a simulated Confluence with something in them that no Confluence says: wrong types, absurd values."""

from __future__ import annotations

import copy
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from confluence_sim.api.endpoint import Reply

DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        2**63,
        -(10**30),
        10**200,
        1e308,
        0.5,
        "",
        " ",
        "0",
        "-",
        "x",
        "\u00b2",
        "9" * 5000,
        "y" * 10_000,
    ),
    *("a\nb", "a|b", "a b", "\x00", "\ud800", "\u2028", "../..", "%00", "none", "null", '"', "\\", "*", "~"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-13-45T99:99:99Z", "2026-01-05T09:00:00+99:99"),
    *("https://[bad", "https://[bad?cursor=x", "http://h:port/", "//", "https://127.1/x", "?cursor=", "javascript:x"),
    *([], {}, [[]], [None, 1, "x"], {"": None}, {"value": []}, {"results": "x"}, {"results": [1, []]}, DEEP),
)
"""What stands in the place of something."""
HEADERS: tuple[dict[str, str], ...] = (
    {"Retry-After": "1e400"},
    {"Retry-After": "-5"},
    {"Retry-After": "9" * 5000},
    {"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"},
    {"X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": "9" * 5000},
    {"X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "9999-12-31T23:59:59-23:59"},
    {"X-RateLimit-NearLimit": "true", "X-RateLimit-Reset": "rubbish", "X-RateLimit-Remaining": "\u00b2"},
    {"Link": "<" * 5000},
    {"Link": '<https://[bad?cursor=x>; rel="next"'},
    {"Content-Type": "\u00e9" * 100},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "gzip, " * 50},
    {"Set-Cookie": "=;;=\u00ff; expires=Mon, 99 Foo 99999; domain=.."},
    {"X-AUSERNAME": "\u00ff" * 50},
)
STATUSES = (201, 204, 206, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 409, 410, 413, 418, 429, 451, 499, 599)


class Hostility:
    """Spoils a share of the answers, by a seed and by what was asked, whichever thread asks first."""

    def __init__(self, seed: int, share: float, shapes: tuple[str, ...] = ("value", "whole", "headers")) -> None:
        self.share = share
        self._seed = seed
        self._shapes = shapes
        self._turns: dict[str, int] = {}
        self._lock = threading.Lock()
        self.did: list[str] = []

    def spoil(self, question: str, reply: Reply) -> Reply:
        """The reply, or what is left of it."""
        with self._lock:
            turn = self._turns[question] = self._turns.get(question, 0) + 1
        dice = random.Random(f"{self._seed} {question} {turn}")
        if dice.random() >= self.share or isinstance(reply.body, (str, bytes)):
            return reply
        shape = dice.choice(self._shapes)
        if shape == "headers":
            headers = dice.choice(HEADERS)
            status = dice.choice((reply.status, *STATUSES))
            self.did.append(f"{question}: {status} {str(headers)[:80]}")
            return replace(reply, headers={**reply.headers, **headers}, status=status)
        body = dice.choice(VALUES) if shape == "whole" else self._with_another_value(question, reply.body, dice)
        return replace(reply, body=json.dumps(body).encode())

    def _with_another_value(self, question: str, body: Any, dice: random.Random) -> Any:
        body = copy.deepcopy(body)
        for holder, name in dice.sample(found := list(_places(body)), min(len(found), dice.randint(1, 3))):
            holder[name] = dice.choice(VALUES)
            self.did.append(f"{question}: {name} = {str(holder[name])[:40]!r}")
        return body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where something stands: the object or list, and the name or index."""
    names = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield value, name
        yield from _places(value[name])
