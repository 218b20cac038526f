"""A fault: what goes wrong, how often, and by which dice."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from werkzeug import Request as HttpRequest

from confluence_sim.api.endpoint import Reply

if TYPE_CHECKING:
    from confluence_sim.world import World

Ask = Callable[[HttpRequest], Reply]


@dataclass(frozen=True)
class Fault:
    """One switch that is on. What is None takes the kind's own value; ``KINDS`` lists them.

    A question is a method, a path and a query. Whether it is struck depends on the seed and the question alone, never
    on the order of arrival, so that a client with many threads meets the same faults in every run.

    Args:
        name: which one, such as ``truncated_json``.
        seed: of the dice.
        share: of the questions that are struck, 0 to 1.
        times: how often a struck question is spoiled before it is answered; 0 is for ever.
        after: requests that pass before the fault sets in.
        amount: the kind's own number, such as seconds of ``Retry-After``.
        path: regular expression that a struck path contains.
        asks: regular expression that a struck question contains, in its query or its body.
        holds: regular expression that a struck answer would contain, such as ``"65541"`` for a listing with this row.
        to: the foreign origin that links and redirects lead to.
    """

    name: str
    seed: int = 0
    share: float | None = None
    times: int | None = None
    after: int | None = None
    amount: float | None = None
    path: str | None = None
    asks: str | None = None
    holds: str | None = None
    to: str = "http://foreign.example"


@dataclass(eq=False)
class Strike:
    """One question that is struck.

    Args:
        fault: the switch.
        amount: the fault's own number, or the kind's.
        request: the question.
        dice: the same for the same seed, question and turn.
        world: the truth.
        ask: answers a question as if this fault were off.
    """

    fault: Fault
    amount: float
    request: HttpRequest
    dice: random.Random
    world: World
    ask: Ask

    @cached_property
    def reply(self) -> Reply:
        """The answer as if this fault were off."""
        return self.ask(self.request)


Act = Callable[[Strike], "Reply | None"]
"""Spoils an answer; None when there is nothing in it to be spoiled."""


@dataclass(frozen=True)
class Kind:
    """What there is to know of a fault.

    Args:
        act: spoils an answer.
        about: one line for people; what ``amount`` means, where it means something.
        share: see ``Fault``.
        times: see ``Fault``.
        after: see ``Fault``.
        amount: see ``Fault``.
        path: see ``Fault``.
    """

    act: Act
    about: str
    share: float = 0.3
    times: int = 1
    after: int = 0
    amount: float = 0
    path: str = ""
