"""The files of the sample site played into a world, in the order in which things happened."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from confluence_sim.content.files import Event, Sheet, read_head, read_people, read_sheets
from confluence_sim.model import Content, Space, User
from confluence_sim.world import World

SITE = Path(__file__).parent / "site"
NOW = "2026-01-05T09:00:00.000Z"
_NAMED = re.compile(r"\{\{(url|path|tiny|user|space):(.*?)\}\}")


@dataclass
class _Builder:
    """What is known while the site grows."""

    world: World
    site_url: str
    context: str
    data_center: bool
    people: dict[str, User] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    made: dict[Path, Content] = field(default_factory=dict)
    todo: list[tuple[str, Callable[[], object]]] = field(default_factory=list)

    def at(self, moment: str, act: Callable[[], object]) -> None:
        self.todo.append((moment, act))

    def play(self) -> None:
        """Do everything in the order of time; of one moment, in the order of the files."""
        for moment, act in sorted(self.todo, key=lambda each: each[0]):
            self.world.clock.set(moment)
            act()

    def person(self, handle: str | None) -> User | None:
        return self.people[handle] if handle else None

    def add_space(self, folder: Path) -> None:
        head, events = read_head((folder / "space.txt").read_text(encoding="utf-8"))
        author = self.people[head["Author"]]
        key = f"~{author.account_id.replace(':', '').replace('-', '')}" if head["Type"] == "personal" else folder.name

        def create() -> None:
            self.spaces[folder.name] = self.world.create_space(
                key=key,
                name=head["Name"],
                type=head["Type"],
                author=author,
                description=head["Description"],
                homepage=False,
            )

        for event in events:
            if event.verb == "Created":
                self.at(event.moment, create)
            else:
                self.at(event.moment, lambda: self.world.archive_space(self.spaces[folder.name]))

    def add_sheet(self, sheet: Sheet) -> None:
        for event in sheet.events:
            self.at(event.moment, lambda event=event: self.happen(sheet, event))  # type: ignore[misc]

    def happen(self, sheet: Sheet, event: Event) -> None:
        """Do to a page what one event tells."""
        world = self.world
        if event.verb == "Created":
            self.create(sheet)
            return
        content = self.made[sheet.path]
        if event.verb in ("Edited", "Edited (minor)"):
            minor = event.verb != "Edited"
            body = sheet.body_of(content.version + 1)
            world.edit(content, body=body, author=self.person(event.who), message=event.rest, minor_edit=minor)
        elif event.verb == "Attached":
            self.attach(sheet, content, event)
        elif event.verb == "Archived":
            world.archive(content, author=self.person(event.who))
        elif event.verb == "Trashed":
            world.trash(content)
        elif event.verb == "Moved":
            world.move(content, parent=self.made[sheet.parent] if sheet.parent else None)
        else:  # Restricted: who, and the others
            handles = [event.who or "", *(name.strip() for name in event.rest.strip(", ").split(",") if name.strip())]
            world.restrict(content, users=[self.people[handle] for handle in handles])

    def create(self, sheet: Sheet) -> None:
        space = self.spaces[sheet.space]
        title, author, body = sheet.head["Title"], self.people[sheet.head["Author"]], sheet.body_of(1)
        if sheet.kind == "blogpost":
            content = self.world.create_blogpost(space, title=title, body=body, author=author)
        else:
            moved = next((event for event in sheet.events if event.verb == "Moved"), None)
            parent = self.first_parent(sheet, moved)
            content = self.world.create_page(space, title=title, body=body, parent=parent, author=author)
            space.homepage_id = space.homepage_id or content.id
        self.made[sheet.path] = content
        for label in filter(None, (name.strip() for name in sheet.head.get("Labels", "").split(","))):
            self.world.label(content, label)

    def first_parent(self, sheet: Sheet, moved: Event | None) -> Content | None:
        """Return the page below which a page was made: the one it was later moved from, if it was moved."""
        if moved:
            return self.world.page_by_title(self.spaces[sheet.space], moved.rest.removeprefix("from "))
        return self.made[sheet.parent] if sheet.parent else None

    def attach(self, sheet: Sheet, content: Content, event: Event) -> None:
        """Upload a file: ``name: comment`` or ``name from stored-name: comment``."""
        names, _, comment = event.rest.partition(":")
        name, _, stored = names.strip().partition(" from ")
        self.world.attach(
            content,
            filename=name,
            data=(SITE / sheet.space / "files" / (stored or name)).read_bytes(),
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            comment=comment.strip() or None,
            author=self.person(event.who),
        )

    def fill_in(self) -> None:
        """Put ids and keys where the bodies name pages, people and spaces; all of them exist now."""
        for content in self.made.values():
            for version in content.versions:
                version.body = self.filled(version.body)
            for task in content.tasks:
                task.body = self.filled(task.body)
                task.assigned_to = task.assigned_to and self.filled(task.assigned_to)

    def filled(self, text: str) -> str:
        if self.data_center:  # people have keys there, and no account ids
            text = text.replace("ri:account-id=", "ri:userkey=")
        return _NAMED.sub(self.named, text)

    def named(self, match: re.Match[str]) -> str:
        what, name = match[1], match[2]
        if what == "user":
            return self.people[name].user_key if self.data_center else self.people[name].account_id
        if what == "space":
            return self.spaces[name].key
        folder, _, title = name.partition("/")
        content = next(
            item for path, item in self.made.items() if path.is_relative_to(SITE / folder) and item.title == title
        )
        if what == "tiny":
            raw = int(content.id).to_bytes(8, "little")
            code = base64.b64encode(raw, altchars=b"_-").decode().rstrip("=").rstrip("A")
            return f"{self.site_url}{self.context}/x/{code}"
        key, words = quote(self.spaces[folder].key), quote(title.replace(" ", "+"), "+")
        on_cloud = f"/spaces/{key}/pages/{content.id}/{words}"
        path = self.context + (f"/pages/viewpage.action?pageId={content.id}" if self.data_center else on_cloud)
        return path if what == "path" else self.site_url + path


def build_sample_site(
    world: World, site_url: str = "http://127.0.0.1:8090", *, context: str = "/wiki", data_center: bool = False
) -> None:
    """Fill a world with the sample site: four spaces, a hundred pages and posts, two years of history.

    The same calls make the same site, with the same ids and times; the clock is left at ``NOW``.

    Args:
        world: A fresh world.
        site_url: The origin under which the world is served: absolute links in bodies begin with it.
        context: The path under which Confluence lives there.
        data_center: Write links and people as a Data Center does.
    """
    builder = _Builder(world, site_url, context, data_center)
    world.clock.set("2024-01-02T08:00:00.000Z")
    for handle, name, email, zone, closed in read_people(SITE / "people.txt"):
        user = builder.people[handle] = world.create_user(display_name=name, email=email, time_zone=zone)
        if closed:
            builder.at(closed, lambda user=user: world.close_user(user))  # type: ignore[misc]
    for folder in sorted(path for path in SITE.iterdir() if path.is_dir()):
        builder.add_space(folder)
        for sheet in read_sheets(folder):
            builder.add_sheet(sheet)
    builder.play()
    builder.fill_in()
    world.clock.set(NOW)
