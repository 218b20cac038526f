"""The faults of one site: which are on, and what they make of its answers."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from werkzeug import Request as HttpRequest

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.delivery import encoded
from confluence_sim.faults.fault import Ask, Fault, Strike
from confluence_sim.faults.kinds import KINDS
from confluence_sim.faults.listings import untangled

if TYPE_CHECKING:
    from confluence_sim.world import World


class Faults:
    """The switches that are on. Any may be added while the site is served.

    Args:
        world: the truth, for faults that change it.
        faults: those that are on from the start.
    """

    def __init__(self, world: World, faults: Iterable[Fault] = ()) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._active: tuple[_Active, ...] = ()
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Switch a fault on.

        Raises:
            ValueError: there is none of this name, or a part of it makes no sense.
        """
        active = _Active(fault)
        with self._lock:
            self._active = (*self._active, active)

    def clear(self) -> None:
        """Switch all faults off. Cursors that they gave out stay good."""
        with self._lock:
            self._active = ()

    def __iter__(self) -> Iterator[Fault]:
        return iter([active.fault for active in self._active])

    def answer(self, request: HttpRequest, ask: Ask) -> Reply:
        """Answer a request that ``ask`` would answer if nothing went wrong; the fault added last comes first."""
        for active in self._active:
            ask = active.around(ask, self._world)
        return ask(untangled(request))


def check(fault: Fault) -> None:
    """Check a fault before it is on.

    Raises:
        ValueError: there is none of this name, or a part of it makes no sense.
    """
    _Active(fault)


def _pattern(fault: Fault, name: str, default: str = "") -> re.Pattern[str]:
    text = getattr(fault, name)
    try:
        return re.compile(default if text is None else text)
    except re.error as error:
        raise ValueError(f"{fault.name}: {name}: {error}") from error


class _Active:
    """A fault that is on, and what it has seen."""

    def __init__(self, fault: Fault) -> None:
        if fault.name not in KINDS:
            raise ValueError(f"no such fault: {fault.name}; known: {', '.join(KINDS)}")
        kind = KINDS[fault.name]
        self.fault = fault
        self.kind = kind
        self.share = kind.share if fault.share is None else fault.share
        self.times = kind.times if fault.times is None else fault.times
        self.after = kind.after if fault.after is None else fault.after
        self.amount = kind.amount if fault.amount is None else fault.amount
        self.path = _pattern(fault, "path", kind.path)
        self.asks, self.holds = _pattern(fault, "asks"), _pattern(fault, "holds")
        if not 0 <= self.share <= 1 or self.times < 0 or self.after < 0 or self.amount < 0:
            raise ValueError(f"{fault.name}: share is 0 to 1, times, after and amount are not negative")
        self._lock = threading.Lock()
        self._seen = 0
        self._turns: Counter[str] = Counter()

    def around(self, ask: Ask, world: World) -> Ask:
        """Return ``ask`` with this fault around it."""

        def answer(request: HttpRequest) -> Reply:
            dice = self._struck(request)
            if dice is None:
                return ask(request)
            strike = Strike(self.fault, self.amount, request, dice, world, ask)
            if self.holds.pattern and not self.holds.search(encoded(strike.reply).decode(errors="replace")):
                return strike.reply
            spoiled = self.kind.act(strike)
            return strike.reply if spoiled is None else replace(spoiled, fault=self.fault.name)

        return answer

    def _is_asked(self, request: HttpRequest) -> bool:
        if not self.asks.pattern:
            return True
        said = f"{unquote_plus(request.query_string.decode())}\n{request.get_data(as_text=True)}"
        return self.asks.search(said) is not None

    def _struck(self, request: HttpRequest) -> random.Random | None:
        """Return the dice of a struck question; None for one that passes."""
        if not self.path.search(request.path) or not self._is_asked(request):
            return None
        question = f"{request.method} {request.path}?{sorted(request.args.items(multi=True))}"
        with self._lock:
            self._seen += 1
            if self._seen <= self.after:
                return None
            turn = self._turns[question]
            self._turns[question] += 1
        if self.times and turn >= self.times:
            return None
        if random.Random(f"{self.fault.seed} {self.fault.name} {question}").random() >= self.share:
            return None
        return random.Random(f"{self.fault.seed} {self.fault.name} {question} {turn}")
