"""The files of the sample site, read: a head of ``Name: value`` lines, ``---``, and a body in storage format.

In a head, ``Edited: 2024-01-08 09:10 mara: First words`` is an event: when (UTC), who, and what the verb needs.
In a body, ``{{from:2}}…{{end}}`` stands only from version 2 on, ``{{until:1}}…{{end}}`` only up to version 1;
``{{url:KEY/Title}}``, ``{{path:…}}``, ``{{tiny:…}}``, ``{{user:handle}}`` and ``{{space:KEY}}`` become what they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_EVENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d)(?: (?P<who>\w+))?:? ?(?P<rest>.*)")
_INNERMOST = re.compile(r"\{\{(from|until):(\d+)\}\}((?:(?!\{\{(?:from|until|end)).)*)\{\{end\}\}", re.DOTALL)
_EVENTS = ("Created", "Edited", "Edited (minor)", "Attached", "Archived", "Trashed", "Moved", "Restricted")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did to a page, a blog post or a space."""

    verb: str
    moment: str
    who: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page or blog post as its file tells it.

    Attributes:
        path: The file; attachments lie in ``files/`` of its space.
        space: The space's folder name.
        parent: The file of the page above; None for a homepage, the homepage and blog posts.
        head: Title, author, labels.
        events: What was done to it, as told.
        body: Storage format with placeholders.
    """

    path: Path
    space: str
    parent: Path | None
    head: dict[str, str]
    events: tuple[Event, ...]
    body: str

    @property
    def kind(self) -> str:
        """``page`` or ``blogpost``."""
        return "blogpost" if self.path.parent.name == "blog" else "page"

    def body_of(self, version: int) -> str:
        """Return the body as that version had it, other placeholders untouched."""

        def stands(match: re.Match[str]) -> str:
            edge = int(match[2])
            return match[3] if (version >= edge if match[1] == "from" else version <= edge) else ""

        body, found = _INNERMOST.subn(stands, self.body)
        while found:
            body, found = _INNERMOST.subn(stands, body)
        return body


def read_head(text: str) -> tuple[dict[str, str], tuple[Event, ...]]:
    """Return the plain values and the events of a head."""
    plain: dict[str, str] = {}
    events: list[Event] = []
    for line in text.splitlines():
        name, _, value = line.partition(": ")
        match = _EVENT.fullmatch(value.strip()) if name in _EVENTS else None
        if match:
            moment = f"{match['day']}T{match['time']}:00.000Z"
            events.append(Event(name, moment, match["who"], match["rest"].strip()))
        else:
            plain[name.rstrip(":")] = value.strip()
    return plain, tuple(events)


def read_sheet(path: Path, space: Path) -> Sheet:
    """Return the page or blog post that a file tells."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    plain, events = read_head(head)
    parent = None
    if path.parent.name != "blog" and path != space / "home.xhtml":
        parent = space / "home.xhtml" if path.parent == space else path.parent.with_suffix(".xhtml")
    return Sheet(path, space.name, parent, plain, events, body.strip())


def read_sheets(space: Path) -> Iterator[Sheet]:
    """Yield the pages and blog posts of a space, parents before children."""
    yield read_sheet(space / "home.xhtml", space)
    for path in sorted(space.rglob("*.xhtml"), key=lambda path: (len(path.parts), path)):
        if path != space / "home.xhtml":
            yield read_sheet(path, space)


def read_people(path: Path) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Yield handle, display name, e-mail, time zone and, for former colleagues, when they left."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        handle, name, email, zone, closed = (part.strip() for part in line.split("|"))
        yield handle, name, email, zone, f"{closed.replace(' ', 'T')}:00.000Z" if closed else None
