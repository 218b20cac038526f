"""Random histories of runs: a world that changes, faults, budgets, kills, signals, filters, shards, selections.

A seed draws a whole history; what a step does depends on the seed and on the step's number alone.
"""

from __future__ import annotations

import json
import os
import random
import signal
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import Clock, DataCenterSite, Fault, World, serve, serve_datacenter
from confluence_sim.faults import KINDS as FAULTS
from confluence_sim.log import Request
from confluence_sim.site import Site
from support.colleague import Colleague
from support.console import Console
from support.consumer import Consumer, Wanted
from support.faults import hurry
from support.oracle import STREAMS
from support.running_tap import selecting
from support.tap import COMMENTS, CONTENT, Output, State, config_file, on_request, parse
from tap_confluence.tap import TapConfluence

MOST_REQUESTS = 3000
"""No run of such small worlds takes as many: one that does never ends."""
BRANDS = [name for name in FAULTS if not name.startswith("foreign") and name not in ("slow_drip", "refusal")]
CHANGING = {name for name in FAULTS if name.endswith("_mid_walk")}
"""Faults that change the world during the run: what falls behind the walk is the next run's."""
VEILS = {"missing_fields", "null_fields", "lag", "thin index", "skew"}
"""Faults that hide what is there without a sign: a run cannot know."""
AMOUNTS = {"big_page_timeout": 3.0, "big_page_unavailable": 3.0, "rate_limit_seconds": 2.0}


class Endless(BaseException):
    """A run asks and asks."""


@dataclass(frozen=True)
class Run:
    """One step of a history.

    Args:
        verbs: how much happens in the world before it.
        tap: which of the taps runs.
        faults: what is wrong, by name.
        budget: ``max_requests``.
        cut: the share of the output after which the run is killed; None: it is not.
        stop: the request at which it is told to stop; None: it is not.
    """

    verbs: int
    tap: int = 0
    faults: tuple[str, ...] = ()
    budget: int | None = None
    cut: float | None = None
    stop: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing keeps the run from reading everything, but faults."""
        return self.budget is None and self.cut is None and self.stop is None


@dataclass(frozen=True)
class Plan:
    """What a seed draws besides the steps."""

    data_center: bool
    wanted: tuple[Wanted, ...]
    """By tap."""
    later: tuple[Wanted, ...]
    """The same from the middle of the history on."""
    streams: tuple[str, ...]
    deselected: tuple[str, ...]
    settings: dict[str, Any]
    runs: tuple[Run, ...]


FILTERS = [
    Wanted(),
    Wanted(frozenset({"S0", "S1"})),
    Wanted(frozenset({"S0", "S1", "S2"})),
    Wanted(labels=("red",)),
    Wanted(labels=("red", "blue")),
    Wanted(without=("blue",)),
    Wanted(frozenset({"S0", "S1", "S2"}), without=("red",)),
]
SHARDS = (Wanted(frozenset({"S0"})), Wanted(frozenset({"S1", "S2"})))
OWN_FAULTS = ("sick body", "sick space", "sick letters", "sick sets", "thin index", "short search", "lag", "skew")


def draw(seed: int) -> Plan:
    """Draw a history."""
    dice = random.Random(f"plan {seed}")
    wanted: tuple[Wanted, ...]
    later: tuple[Wanted, ...]
    if dice.random() < 0.2:
        wanted = later = SHARDS
    else:
        wanted = (dice.choice(FILTERS[:5]) if dice.random() < 0.5 else Wanted(),)
        later = (dice.choice(FILTERS),) if dice.random() < 0.35 else wanted
    more = [name for name in ("blogposts", "attachments", *COMMENTS) if dice.random() < 0.7]
    sets = [name for name in ("content_labels", "content_restrictions", "users") if dice.random() < 0.3]
    deselected = dice.choice([(), (), ("title", "raw"), ("version", "updated_at"), ("space_id", "parent_id", "status")])
    settings = {
        "page_size": dice.choice([3, 5, 10, 25]),
        "concurrency": dice.choice([1, 2, 5]),
        "max_retries": dice.choice([0, 2]),
        "deletion_detection": dice.choice(["every_sync", "every_sync", "interval"]),
        "max_tombstone_share": 1,
        "max_wait": 60,
        "lookback_minutes": dice.choice([0, 2, 10]),
    }
    runs = []
    for _ in range(dice.randint(2, 5)):
        faults = dice.sample([*BRANDS, *OWN_FAULTS, *OWN_FAULTS], dice.choice([0, 0, 1, 1, 2, 3]))
        end = dice.random()
        runs.append(
            Run(
                verbs=dice.choice([0, 3, 8, 15]),
                tap=dice.randrange(len(wanted)),
                faults=tuple(sorted(set(faults))),
                budget=dice.choice([20, 25, 40]) if end < 0.25 else None,
                cut=dice.random() if 0.25 <= end < 0.45 else None,
                stop=dice.randint(1, 40) if 0.45 <= end < 0.6 else None,
            )
        )
    streams = ("spaces", "pages", *more, *sets, "content_inventory", "tombstones", "sync_errors")
    return Plan(dice.random() < 0.4, wanted, later, streams, deselected, settings, tuple(runs))


@dataclass
class History:
    """A history under way: the world, the taps' STATE, and one consumer of all they write."""

    seed: int
    folder: Path
    plan: Plan
    site: Site | DataCenterSite
    colleague: Colleague
    wanted: tuple[Wanted, ...]
    states: list[State | None]
    catalog: str
    consumer: Consumer = field(default_factory=Consumer)
    late: int = 0
    """Requests that a run before, which ended early, may have had in flight: the site logs them later."""
    swept: bool = True
    """Whether the last run left no sweep to be ended by the next."""
    changed: bool = False
    """Whether other filters have not yet been through a whole run: what left meanwhile may be forgotten (law 9)."""
    told: list[str] = field(default_factory=list)
    """What was done, for people."""

    @property
    def world(self) -> World:
        """The truth."""
        return self.site.world

    def check(self, true: object, what: str) -> None:
        """Fail with the whole history when something does not hold."""
        if not true:
            pytest.fail("\n".join([f"seed {self.seed}: {what}", str(self.plan), *self.told]), pytrace=False)

    def rows(self) -> dict[tuple[str, str], Any]:
        """What all taps together should hold now."""
        union = self.wanted[0]
        for other in self.wanted[1:]:
            union |= other
        kinds = [name for name in (*CONTENT, *COMMENTS) if name in self.plan.streams]
        rows, unsure = union.rows(self.world, self.site.user, kinds), union.unsure(self.world)
        self.consumer.loose |= {key for key in self.consumer.rows if key[1] in unsure}
        return {key: item for key, item in rows.items() if item.id not in unsure}

    def go_on(self, step: int, run: Run) -> Output:
        """Take one step."""
        self.colleague.dice = random.Random(f"verbs {self.seed} {step}")
        for _ in range(run.verbs):
            self.colleague.act()
        self.world.clock.advance(seconds=self.colleague.dice.choice([1, 400, 90_000, 800_000]))
        if step == len(self.plan.runs) // 2 and self.plan.later != self.wanted:
            self.wanted, self.changed = self.plan.later, True
        if all(self.states) and self.plan.later == self.plan.wanted:
            self.colleague.spared = set()
        before, asked = self.rows(), len(self.site.requests)
        out = self._run(step, run)
        cost = len(self.site.requests) - asked
        messages = out.messages
        if run.cut is not None:
            messages = messages[: int(run.cut * len(messages))]
        if self.changed:
            self.consumer.let_go(self.rows())
            self.changed = not (out.code == 0 and run.is_whole and not run.faults)
        last = max((at for at, message in enumerate(messages) if message["type"] == "STATE"), default=-1)
        if last >= 0:
            self.states[run.tap] = messages[last]["value"]
        self.consumer.load(messages[: last + 1])
        self.consumer.load(messages[last + 1 :], known=False)
        self.told.append(
            f"{step}: {run}: exit {out.code}, {cost} requests, {len(messages)} messages of {len(out.messages)}"
        )
        self._check_run(run, out, cost, before)
        return out

    def _check_run(self, run: Run, out: Output, cost: int, before: dict[tuple[str, str], Any]) -> None:
        ends = (0, 1) if run.stop is None else (0, 1, 128 + signal.SIGTERM)
        self.check(out.code in ends, f"exit code {out.code}: {out.stderr[-2000:]}")
        self.check("Traceback" not in out.stderr, out.stderr[out.stderr.find("Traceback") :][:4000])
        late, self.late = self.late, self.plan.settings["concurrency"] if out.code else 0
        self.check(run.budget is None or cost <= run.budget + late, f"{cost} requests of a budget of {run.budget}")
        after = self.rows()
        buried = [
            row
            for row in out.of("tombstones")
            if any(
                (stream, row["id"]) in after and (stream, row["id"]) in before
                for stream in STREAMS.get(row["type"], ())
            )
            and not (row["reason"] == "moved" and len(self.wanted) > 1)
        ]
        self.check(not buried, f"buried alive: {buried}")
        spoiled = {*run.faults} & {*VEILS, *CHANGING}
        quiet = out.code == 0 and not out.of("sync_errors") and not spoiled
        finished = run.cut is None and (run.budget is None or cost < run.budget)
        begun, self.swept = self.swept, quiet and finished  # else the next run ends a sweep that this one began
        if begun and self.swept and len(self.wanted) == 1 and self.is_exact_at_once:
            wrong = [each for each in self.consumer.differences(after) if "is held" not in each]
            self.check(not wrong, f"exit 0 without a word, and a loss: {wrong}")

    @property
    def is_exact_at_once(self) -> bool:
        """Whether each run looks for what is gone."""
        return bool(self.plan.settings["deletion_detection"] == "every_sync")

    def settle(self) -> None:
        """Let each tap run without faults until all is well, and hold what the consumer has against the world."""
        last = {}
        for turn in range(3):
            self.world.clock.advance(days=40)
            for tap in range(len(self.wanted)):
                last[tap] = self.go_on(100 + turn, Run(verbs=0, tap=tap))
        wrong = self.consumer.differences(self.rows())
        self.check(not wrong, f"after quiet runs: {wrong}")
        for tap, out in last.items():
            errors = [row for row in out.of("sync_errors") if row["stream"] != "spaces" or not self._misses_space(tap)]
            self.check((out.code, errors) == (0, []), f"not well: {errors} {out.stderr[-500:]}")
            self.world.clock.advance(minutes=5)
            quiet = self.go_on(200, Run(verbs=0, tap=tap))
            self.check(quiet.content == quiet.of("tombstones") == [], f"nothing changed, and written: {quiet.content}")
        rows, spaces = len(self.rows()), len(self.world.spaces)
        for state in self.states:
            size = len(json.dumps(state))
            self.check(
                size <= 6000 + 1500 * spaces + 60 * rows, f"STATE of {size} bytes for {spaces} spaces, {rows} rows"
            )

    def _misses_space(self, tap: int) -> bool:
        """Whether a space that a tap names is not there any more: that is told in every run (law 16)."""
        there = {space.key for space in self.world.spaces.values() if space.status == "current"}
        return not (self.wanted[tap].spaces or set()) <= there

    def _run(self, step: int, run: Run) -> Output:
        wanted = self.wanted[run.tap]
        settings = {**self.plan.settings, **wanted.settings, "max_requests": run.budget, "max_failures": 1000}
        path = config_file(self.folder, self.site, **settings)
        arguments = ["--config", path, "--catalog", self.catalog]
        state = self.states[run.tap]
        if state is not None:
            (self.folder / "state.json").write_text(json.dumps(state))
            arguments += ["--state", str(self.folder / "state.json")]
        with ExitStack() as wrong:
            for name in run.faults:
                wrong.enter_context(self._fault(name, step))
            return self._called(arguments, run.stop)

    def _called(self, arguments: list[str], stop: int | None) -> Output:
        """Run the command line in this process; no wait takes time, and a signal is the tap's own affair."""
        console, count = Console(), 0
        outer = signal.signal(signal.SIGTERM, lambda *_: None)

        def seen(_: Request) -> None:
            nonlocal count
            count += 1
            if count == stop:
                os.kill(os.getpid(), signal.SIGTERM)
            if count > MOST_REQUESTS:
                raise Endless

        try:
            with pytest.MonkeyPatch.context() as patch, console.listening(), on_request(self.site, seen):
                hurry(patch)
                code = TapConfluence.cli.main(arguments, standalone_mode=False)
        except SystemExit as ended:
            code = ended.code
        except Exception:  # noqa: BLE001 - whatever it is, no history may lead to it
            self.check(False, traceback.format_exc())
        finally:
            signal.signal(signal.SIGTERM, outer)
        self.check(count <= MOST_REQUESTS, f"more than {MOST_REQUESTS} requests")
        return Output(parse(console.out), code or 0, console.err, console.out)

    @contextmanager
    def _fault(self, name: str, step: int) -> Iterator[None]:
        dice = random.Random(f"{name} {self.seed} {step}")
        switches = {"thin index": ("index_hides_share", 0.3), "short search": ("search_most_rows", 4)}
        switches |= {"lag": ("index_lag_seconds", 600.0), "skew": ("date_skew_seconds", dice.choice([-90.0, 90.0]))}
        if name in switches:
            switch, value = switches[name]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(self.world.switches, switch, value)
                yield
            return
        fault = (
            self._sick(name, dice)
            if name.startswith("sick")
            else Fault(name, seed=dice.randrange(100), amount=AMOUNTS.get(name))
        )
        if fault is not None:
            self.site.faults.add(replace(fault, to="http://127.0.0.1:9"))
        try:
            yield
        finally:
            self.site.faults.clear()

    def _sick(self, name: str, dice: random.Random) -> Fault | None:
        """Something that always fails: a body, a space, the questions by id, a list of sets."""
        refusal = Fault("refusal", share=1, times=0, amount=dice.choice([500, 503, 403]))
        if name == "sick letters" and self.plan.data_center:
            return replace(refusal, path=r"/content/\d+$")
        if name == "sick letters":
            return replace(refusal, asks=r"\bid=\d", path=r"/api/v2/")
        if name == "sick sets":
            return replace(refusal, path=dice.choice(["restriction", "label", "users-bulk|/rest/api/user$"]))
        if name == "sick space":
            space = self.colleague.space()
            named = (rf"space-id=[\d,]*\b{space.id}\b", rf"spaceKey={space.key}\b", rf"\"{space.key}\"")
            return replace(refusal, asks="|".join(named))
        kinds = [item for item in self.world.contents.values() if item.type in ("page", "blogpost", "comment")]
        return replace(refusal, holds=f'"{dice.choice(kinds).id}"', asks="body") if kinds else None


@contextmanager
def history(seed: int, folder: Path) -> Iterator[History]:
    """Serve a fresh world for a seed's history."""
    plan = draw(seed)
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=random.Random(seed).choice([0, 1000]))
    for number in range(3):
        world.create_space(key=f"S{number}", name=f"Space {number}")
    colleague = Colleague(world, seed)
    for _ in range(45):
        colleague.act()
    catalog = selecting(plan.streams)
    for stream in catalog["streams"]:
        for entry in stream["metadata"] if stream["tap_stream_id"] in (*CONTENT, *COMMENTS) else ():
            if entry["breadcrumb"] and entry["breadcrumb"][-1] in plan.deselected:
                entry["metadata"]["selected"] = False
    (folder / "catalog.json").write_text(json.dumps(catalog))
    with (serve_datacenter if plan.data_center else serve)(world) as site:
        yield History(
            seed, folder, plan, site, colleague, plan.wanted, [None] * len(plan.wanted), str(folder / "catalog.json")
        )


def live_through(seed: int, folder: Path) -> None:
    """Live through a seed's history, with all checks."""
    with history(seed, folder) as tale:
        for step, run in enumerate(tale.plan.runs):
            tale.go_on(step, run)
        tale.settle()
