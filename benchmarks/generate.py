"""Singer files as this tap emits them, of a made-up site: ``python benchmarks/generate.py [FOLDER] [--pages N]``.

Writes ``site-<pages>.singer``: the first sync of a Cloud site of 20 spaces, with half as many files as pages, the
people who wrote them, the inventory of the first sweep, and a STATE every 250 rows; and
``edits-<pages>-<edits>.singer``: the run after 2,000 of its pages were edited. The same arguments write the same
bytes. What is there already is left alone. Records go from API objects through the tap's own normalisation, and the
schemas are the tap's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_plus

import msgspec
from harness import site_text
from tap_confluence.normalise import content, details
from tap_confluence.normalise.values import Context
from tap_confluence.streams.schemas import schema

SITE = "https://acme.atlassian.net/wiki"
OBSERVED, LATER = "2026-03-01T04:00:00.000Z", "2026-03-02T04:00:00.000Z"
FIRST_SPACE, FIRST_PAGE, FIRST_FILE = 65_537, 1_000_000, 900_000_000
FOLDER = Path("output/bench")
LISTED = 250
"""Rows of a listing page, after which the tap writes its STATE."""
KEYS = {"users": ["account_id"], "content_inventory": ["type", "id"]}
KINDS = (("png", "image/png"), ("pdf", "application/pdf"), ("xlsx", "application/vnd.ms-excel"), ("drawio", "text/xml"))

Record = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A made-up site; every row follows from its number.

    Attributes:
        pages: How many there are.
        seed: Another one makes another site.
        spaces: Among which the pages are dealt out.
        people: Who write them.
    """

    pages: int
    seed: int = 1
    spaces: int = 20
    people: int = 500

    @property
    def files(self) -> int:
        """How many attachments there are."""
        return self.pages // 2

    def account(self, number: int) -> str:
        """The id of a person."""
        return f"712020:{Random(f'{self.seed}/{number % self.people}').getrandbits(128):032x}"

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {str(FIRST_SPACE + n): f"SP{n}" for n in range(self.spaces)}

    def context(self, observed_at: str) -> Context:
        """What the tap knows when it normalises."""
        homes = {str(FIRST_PAGE + n): str(FIRST_SPACE + n % self.spaces) for n in range(self.pages)}
        names: dict[str, str | None] = {space_id: f"Space {key}" for space_id, key in self._keys.items()}
        return Context(SITE, observed_at, "storage", self._keys, names, homes)

    def title(self, number: int) -> str:
        """The title of a page."""
        return site_text.title(self.seed, number)

    def _other_page(self, dice: Random, number: int) -> tuple[str, str | None]:
        """What a page links to: most often a page of its own space."""
        to = dice.randrange(self.pages)
        if dice.random() < 0.85:
            to = min(to // self.spaces * self.spaces + number % self.spaces, self.pages - 1)
        is_near = to % self.spaces == number % self.spaces
        return self.title(to), None if is_near else f"SP{to % self.spaces}"

    def file_name(self, number: int) -> str:
        """The name of a file; many are equal, as in life."""
        dice = Random(f"{self.seed}/file/{number}")
        name = "image" if dice.random() < 0.3 else "-".join(site_text.WORDS.rare(dice, 2))
        return f"{name}-{dice.randrange(50)}.{dice.choice(KINDS)[0]}"

    def space(self, number: int) -> Record:
        """A space as v2 lists it."""
        return {
            "id": str(FIRST_SPACE + number), "key": f"SP{number}", "name": f"Space SP{number}", "type": "global",
            "status": "current", "authorId": self.account(number), "createdAt": _moment(number),
            "homepageId": str(FIRST_PAGE + number), "description": {"plain": {"value": self.title(-number)}},
            "_links": {"webui": f"/spaces/SP{number}"},
        }  # fmt: skip

    def page(self, number: int, version: int) -> Record:
        """A page as v2 lists it with its body; from its second version on with an edit in its first paragraph."""
        dice = Random(f"{self.seed}/page/{number}")
        files = tuple(self.file_name(n) for n in (number // 2,) if 2 * n == number and n < self.files)
        writer = site_text.Writer(dice, lambda: self._other_page(dice, number), self.account(number + 7), files)
        body = writer.body(site_text.size(dice))
        if version > 1:
            body = f"<p>{' '.join(site_text.WORDS.say(Random(f'{number}/{version}'), 12))}.</p>{body}"
        place = self.page_place(number)
        page_id, title, up, key = place["id"], place["title"], place["parent_id"], f"SP{number % self.spaces}"
        made, changed = _moment(number), _moment(number * 3 + version * 1000)
        return {
            "parentType": "page" if up else None, "parentId": up, "spaceId": place["space_id"],
            "ownerId": self.account(number), "lastOwnerId": None, "createdAt": made, "authorId": self.account(number),
            "position": place["position"], "subtype": None, "status": "current", "title": title, "id": page_id,
            "version": {
                "number": version, "message": "", "minorEdit": dice.random() < 0.2,
                "authorId": self.account(number + version), "createdAt": changed, "ncsStepVersion": str(version),
            },
            "body": {"storage": {"representation": "storage", "value": body}},
            "_links": {
                "editui": f"/pages/resumedraft.action?draftId={page_id}", "tinyui": f"/x/{number:x}",
                "webui": f"/spaces/{key}/pages/{page_id}/{quote_plus(title)}",
                "edituiv2": f"/spaces/{key}/pages/edit-v2/{page_id}",
            },
        }  # fmt: skip

    def file(self, number: int) -> Record:
        """A file as v2 lists it, on every second page."""
        name, page_id, plain_id = self.file_name(number), str(FIRST_PAGE + 2 * number), FIRST_FILE + number
        dice = Random(f"{self.seed}/bytes/{number}")
        kind = dict(KINDS)[name.rpartition(".")[2]]
        webui = f"/pages/viewpageattachments.action?pageId={page_id}&preview=%2F{page_id}%2F{plain_id}%2F{name}"
        download = (
            f"/download/attachments/{page_id}/{name}?version=1&modificationDate=1704705120000&cacheVersion=1&api=v2"
        )
        return {
            "id": f"att{plain_id}", "status": "current", "title": name, "createdAt": _moment(number), "mediaType": kind,
            "mediaTypeDescription": "A file", "comment": "", "fileId": f"{dice.getrandbits(128):032x}",
            "fileSize": int(40_000 * dice.lognormvariate(0, 1.5)), "webuiLink": webui, "downloadLink": download,
            "version": {
                "number": 1, "message": "", "minorEdit": False, "authorId": self.account(number),
                "createdAt": _moment(number),
            },
            "pageId": page_id, "_links": {"webui": webui, "download": download},
        }  # fmt: skip

    def page_place(self, number: int) -> Record:
        """A page as the inventory has it."""
        place = number // self.spaces
        up = str(FIRST_PAGE + (place - 1) // 5 * self.spaces + number % self.spaces) if place else None
        return {
            "type": "page", "id": str(FIRST_PAGE + number), "space_id": str(FIRST_SPACE + number % self.spaces),
            "title": self.title(number), "parent_id": up, "position": number * 17 % 100_003,
        }  # fmt: skip

    def file_place(self, number: int) -> Record:
        """A file as the inventory has it."""
        return {
            "type": "attachment", "id": f"att{FIRST_FILE + number}", "title": self.file_name(number),
            "space_id": str(FIRST_SPACE + 2 * number % self.spaces), "parent_id": str(FIRST_PAGE + 2 * number),
            "position": None,
        }  # fmt: skip

    def person(self, number: int) -> Record:
        """A person as v1 tells of them."""
        first, last = (word.capitalize() for word in site_text.WORDS.rare(Random(f"{self.seed}/name/{number}"), 2))
        return {
            "accountId": self.account(number), "accountType": "atlassian", "accountStatus": "active",
            "displayName": f"{first} {last}", "publicName": first.lower(), "email": f"{first.lower()}@acme.example",
            "timeZone": "Europe/Berlin", "isExternalCollaborator": False,
        }  # fmt: skip


def _moment(minutes: int) -> str:
    made = datetime(2021, 1, 4, 8, tzinfo=timezone.utc) + timedelta(minutes=minutes % 2_500_000)
    return made.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _rows(stream: str, records: Iterator[Record], observed_at: str, *, resumes: bool = True) -> Iterator[Record]:
    yield {
        "type": "SCHEMA", "stream": stream, "schema": schema(stream), "key_properties": KEYS.get(stream, ["id"]),
    }  # fmt: skip
    for count, record in enumerate(records, 1):
        yield {"type": "RECORD", "stream": stream, "record": record, "time_extracted": observed_at}
        if resumes and count % LISTED == 0:
            last = record.get("id")
            yield _state({stream: {"resume": {"cursor": f"{count:032x}", "last_id": last, "query": "sort=id"}}})


def _state(bookmarks: Record, *, unfinished: bool = True) -> Record:
    scope: Record = {"scope": {"site": SITE, "account_id": "712020:me", "filters": "a0985e70c6d2c34e"}}
    scope |= {"unfinished": True} if unfinished else {}
    return {"type": "STATE", "value": {"bookmarks": {"spaces": scope, **bookmarks}}}


def first_sync(site: Site) -> Iterator[Record]:
    """Yield the messages of a first sync and its sweep."""
    context = site.context(OBSERVED)
    pages = (content.page(site.page(n, 1), context) for n in range(site.pages))
    files = (content.attachment(site.file(n), context) for n in range(site.files))
    yield from _rows("spaces", (content.space(site.space(n), context) for n in range(site.spaces)), OBSERVED)
    yield from _rows("pages", pages, OBSERVED)
    yield from _rows("attachments", files, OBSERVED)
    yield from _rows("content_inventory", _inventory(site), OBSERVED, resumes=False)
    yield from _rows("users", (details.user(site.person(n), context) for n in range(site.people)), OBSERVED)
    yield _state({"pages": {"through": OBSERVED}, "attachments": {"through": OBSERVED}}, unfinished=False)


def _inventory(site: Site) -> Iterator[Record]:
    counts = dict.fromkeys(range(site.spaces), 0)
    for n in range(site.pages + site.files):
        is_page = n < site.pages
        source = site.page_place(n) if is_page else site.file_place(n - site.pages)
        counts[int(source["space_id"]) - FIRST_SPACE] += 1
        yield {**source, "status": "current", "version": 1, "seen_at": OBSERVED, "count": None}
    for n, count in counts.items():
        space_id = str(FIRST_SPACE + n)
        nothing = dict.fromkeys(("status", "title", "parent_id", "position", "version"))
        yield {"type": "sweep", "id": space_id, "space_id": space_id, **nothing, "seen_at": OBSERVED, "count": count}


def edited(site: Site, edits: int) -> Iterator[Record]:
    """Yield the messages of a run after some pages were edited, newest first."""
    context = site.context(LATER)
    chosen = sorted(Random(f"{site.seed}/edits").sample(range(site.pages), edits))
    pages = (content.page(site.page(n, 2), context) for n in chosen)
    met = sorted({person % site.people for n in chosen for person in (n, n + 2)})
    yield from _rows("spaces", (content.space(site.space(n), context) for n in range(site.spaces)), LATER)
    yield from _rows("pages", pages, LATER)
    yield from _rows("users", (details.user(site.person(n), context) for n in met), LATER)
    yield _state({"pages": {"through": LATER}, "attachments": {"through": OBSERVED}}, unfinished=False)


def write(path: Path, messages: Iterator[Record]) -> Path:
    """Write messages as lines, unless they are there; whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        encoder = msgspec.json.Encoder()
        with part.open("wb") as file:
            file.writelines(encoder.encode(message) + b"\n" for message in messages)
        part.rename(path)
    return path


def files(folder: Path, pages: int = 20_000, edits: int = 2_000, seed: int = 1) -> tuple[Path, Path]:
    """Return the file of a first sync and the one of the edits after it, made unless they are there."""
    site = Site(pages, seed)
    return (
        write(folder / f"site-{pages}.singer", first_sync(site)),
        write(folder / f"edits-{pages}-{edits}.singer", edited(site, edits)),
    )


def main() -> None:
    """Write the files and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for path in files(given.folder, given.pages, given.edits, given.seed):
        with path.open("rb") as lines:
            count = sum(line.startswith(b'{"type":"RECORD"') for line in lines)
        print(f"{path}: {count:,} records, {path.stat().st_size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
