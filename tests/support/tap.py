"""Running the real tap, in this process or in one of its own, and a hook into the simulator's request log."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluence_sim import Clock, DataCenterSite, World
from confluence_sim.api.endpoint import Reply
from confluence_sim.host import Host
from confluence_sim.log import Request
from confluence_sim.site import Site
from tap_confluence.tap import TapConfluence

BIN = Path(sys.executable).parent
CONTENT = ("pages", "blogposts", "attachments")
COMMENTS = ("footer_comments", "inline_comments")
SINGULAR = {"pages": "page", "blogposts": "blogpost", "attachments": "attachment"}
Record = dict[str, Any]
State = dict[str, Any]


@dataclass
class Output:
    """What a run wrote on stdout."""

    messages: list[dict[str, Any]]
    code: int = 0
    stderr: str = ""
    stdout: str = ""

    def of(self, stream: str) -> list[Record]:
        """The records of a stream, in order."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def ids(self, stream: str) -> list[str]:
        """The ids of those records."""
        return [record["id"] for record in self.of(stream)]

    @property
    def content(self) -> list[Record]:
        """The records of all content streams."""
        return [record for stream in (*CONTENT, *COMMENTS) for record in self.of(stream)]

    @property
    def states(self) -> list[State]:
        """Every STATE."""
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> State:
        """The last STATE."""
        return self.states[-1]

    @property
    def memory(self) -> State:
        """The last STATE, but for what it tells of the run that wrote it."""
        memory: State = json.loads(json.dumps(self.state))
        memory["bookmarks"]["spaces"].pop("run")
        return memory

    def bookmark(self, stream: str, space_id: str) -> str | None:
        """Through when a space is verified, by the last STATE."""
        return bookmark(self.state, stream, space_id)


def bookmark(state: State, stream: str, space_id: str) -> str | None:
    """A space's bookmark in a STATE."""
    for entry in state["bookmarks"].get(stream, {}).get("partitions", []):
        if entry["context"]["space_id"] == space_id:
            value: str | None = entry.get("replication_key_value")
            return value
    return None


def parse(text: str) -> list[dict[str, Any]]:
    """The Singer messages in a text; an unfinished last line is left out, as a pipe's reader would."""
    return [json.loads(line) for line in text.split("\n")[:-1] if line.strip()]


def sync(
    site: Site | DataCenterSite,
    state: State | None = None,
    *,
    catalog: dict[str, Any] | None = None,
    streams: Iterable[str] | None = None,
    **settings: Any,
) -> Output:
    """Run a sync in this process; errors come through."""
    config = {**site.config, "requests_per_second": 1000, "max_retries": 0, **settings}
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        tap = TapConfluence(config=config, state=json.loads(json.dumps(state)) if state else None, catalog=catalog)
        if streams is not None:
            wanted = set(streams)
            for name, stream in tap.streams.items():
                stream.selected = name in wanted
        with redirect_stdout(out):
            try:
                code = tap.sync_and_tell()
            finally:
                out.flush()
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)
    return Output(parse(out.buffer.getvalue().decode()), code)


def command(*arguments: str, env: Mapping[str, str] | None = None) -> Output:
    """Run ``tap-confluence`` in a process of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TAP_CONFLUENCE_")}
    done = subprocess.run(
        [str(BIN / "tap-confluence"), *arguments],
        env={**kept, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Output(
        parse(done.stdout) if done.stdout.startswith('{"type"') else [], done.returncode, done.stderr, done.stdout
    )


def config_file(folder: Path, site: Site | DataCenterSite, **settings: Any) -> str:
    """Write a configuration file; returns its path."""
    path = folder / "config.json"
    config = {**site.config, "requests_per_second": 1000, "max_retries": 0, **settings}
    path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))
    return str(path)


@contextmanager
def on_request(site: Site | DataCenterSite, act: Callable[[Request], None]) -> Iterator[None]:
    """Call ``act`` after each answered request, before the answer leaves: an edit there falls into a running walk."""
    append = site.requests.append

    def note(entry: Request) -> None:
        append(entry)
        act(entry)

    site.requests.append = note  # type: ignore[method-assign]
    try:
        yield
    finally:
        site.requests.append = append  # type: ignore[method-assign]


@contextmanager
def answering(site: Host, instead: Callable[[Any], Reply | None]) -> Iterator[None]:
    """Let ``instead`` (given the HTTP request) answer in the site's place; None leaves it to the site."""
    answer = site.answer

    def choose(request: Any) -> Reply:
        return instead(request) or answer(request)

    site.answer = choose  # type: ignore[method-assign]
    try:
        yield
    finally:
        site.answer = answer  # type: ignore[method-assign]


@dataclass
class Once:
    """Does something at the first request that fits."""

    fits: Callable[[Request], bool]
    act: Callable[[], object]
    done: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> None:
        """See a request."""
        with self.lock:
            if self.done or not self.fits(request):
                return
            self.done = True
        self.act()


def small_world(spaces: int = 3, pages: int = 12, attachments: int = 3) -> World:
    """A world of some spaces with pages, a blog post and attachments each; a second passes with every verb."""
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    for number in range(spaces):
        space = world.create_space(key=f"S{number}", name=f"Space {number}")
        made = [world.create_page(space, title=f"Page {number}.{n}", body=f"<p>{number}/{n}</p>") for n in range(pages)]
        for n in range(attachments):
            world.attach(made[n % len(made)], filename=f"file-{n}.txt", data=b"x" * n, media_type="text/plain")
        world.create_blogpost(space, title=f"News {number}", body="<p>news</p>")
    return world


def busy_world() -> World:
    """A small world in which every stream that tells of what is there has something to tell."""
    world = small_world(spaces=2, pages=5)
    pages = pages_of(world, "S0")
    task = (
        "<ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>x</ac:task-body>"
    )
    world.edit(pages[2], body=f"<ac:task-list>{task}</ac:task></ac:task-list>")
    world.label(pages[2], "red")
    for kind in ("folder", "whiteboard", "database", "embed"):
        world.create_tree_item(world.spaces[pages[2].space_id], type=kind, title=f"A {kind}")
    for location in ("footer", "inline"):
        world.reply(world.comment(pages[1], body="<p>So?</p>", location=location), body="<p>So!</p>")
    return world


def everything(tap: TapConfluence) -> dict[str, Any]:
    """A catalog in which every stream is selected, also those that are not by default."""
    catalog: dict[str, Any] = json.loads(json.dumps(tap.catalog_dict))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = True
    return catalog


def truth(world: World, kind: str, status: str = "current") -> dict[str, int]:
    """Versions by id of what a kind of content is in the world; what hangs on a trashed page is not listed."""
    location = kind.removesuffix("_comments")
    return {
        item.id: item.version
        for item in world.contents.values()
        if item.type == SINGULAR.get(kind, "comment")
        and (item.type != "comment" or item.location == location)
        and item.status == status
        and world.spaces[item.space_id].status == "current"
        and world.is_in_place(item)
    }


def pages_of(world: World, key: str) -> list[Any]:
    """The current pages of a space, homepage included, oldest first."""
    space = next(space for space in world.spaces.values() if space.key == key)
    return [c for c in world.contents.values() if c.type == "page" and c.space_id == space.id and c.status == "current"]
