"""Single pages, blog posts and page trees that the settings name, beside or instead of whole spaces (CONTRACT 1.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tap_confluence.api.base import Api
from tap_confluence.api.query import BY_ID, ItemFailure, Query, Record
from tap_confluence.api.walk import Walk, chunks, walk_ids
from tap_confluence.client.errors import ConfluenceConfigError, ConfluenceError, is_of_one
from tap_confluence.client.site import PageRef
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import TREE, TYPES
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.selection.labels import LabelFilter
from tap_confluence.sync.selection.scope import Scope

Failed = Callable[[Iterable[ItemFailure], str], None]
"""Is told of entries that name nothing to be read, and when."""
SPACE_STATUSES = ("current", "archived")
EVERY_STATUS = ("current", "archived", "trashed", "deleted")


@dataclass(frozen=True, slots=True)
class PageEntry:
    """An entry of ``pages`` or ``page_trees``.

    Attributes:
        setting: Which of them.
        text: As it was written.
        ref: What it says.
    """

    setting: str
    text: str
    ref: PageRef


@dataclass(slots=True)
class ResolvedPages:
    """What the entries come to: ids of pages and blog posts, each with its space.

    Attributes:
        pages: Space ids by id of the page.
        blogposts: Space ids by id of the blog post.
    """

    pages: dict[str, str] = field(default_factory=dict)
    blogposts: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, str]:
        """The contents of one kind."""
        return self.pages if kind == "pages" else self.blogposts


class NamedPages:
    """The pages and blog posts that are read because somebody named them, or something above them.

    Requests: named pages / 250, the same again for those that are no pages, and one for each that is neither; for trees
    also the pages of their spaces / 250 without bodies: the API's ``descendants`` ends at depth 10 and holds drafts
    (FACTS 1.17, 11.7), a listing does not. Where pages lie in folders, these are found by search: 1 for each kind of
    them, and space.
    """

    def __init__(self, api: Api, settings: Settings, scope: Scope, labels: LabelFilter, failed: Failed) -> None:
        """Take whom to ask, what is named, the spaces, the filter by label, and who is told; ask nothing yet."""
        self._api = api
        self._settings = settings
        self._allows = labels.allows
        self._failed = failed
        self._observed_at = scope.observed_at
        self._keys = {space_id: space["key"] for space_id, space in scope.spaces.items()}

    @property
    def are_set(self) -> bool:
        """Whether any are named."""
        return bool(self._settings.pages or self._settings.page_trees)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all that is picked, asked for once.

        Raises:
            ConfluenceConfigError: Nothing that is named can be read.
        """
        return (*self.resolved.pages, *self.resolved.blogposts)

    @property
    def space_ids(self) -> tuple[str, ...]:
        """The spaces that it is in."""
        return tuple(dict.fromkeys([*self.resolved.pages.values(), *self.resolved.blogposts.values()]))

    @cached_property
    def resolved(self) -> ResolvedPages:
        """What is picked; an entry that names nothing is told, and costs no other (law 16).

        Raises:
            ConfluenceConfigError: None of the entries names anything.
        """
        settings = self._settings
        entries = [
            *(PageEntry("pages", *each) for each in zip(settings.pages, settings.page_refs, strict=True)),
            *(PageEntry("page_trees", *each) for each in zip(settings.page_trees, settings.tree_refs, strict=True)),
        ]
        wrong: list[ItemFailure] = []
        found = self._found(entries, wrong)
        resolved, roots = ResolvedPages(), []
        for entry, record in found:
            if why := self._why_not(entry, record):
                wrong.append(_failure(entry, record["id"], why))
            elif entry.setting == "page_trees" and record["type"] != "blogpost":
                roots.append(record)
            else:
                kind = "blogposts" if record["type"] == "blogpost" else "pages"
                resolved.of(kind)[record["id"]] = record["space_id"]  # type: ignore[index] # both are dicts
        if wrong and len(wrong) == len(entries):
            raise ConfluenceConfigError("; ".join(dict.fromkeys(failure.message for failure in wrong)))
        self._failed(wrong, self._observed_at)
        resolved.pages.update(self._below(roots))
        return resolved

    def rows(self, query: Query, leave_out: Iterable[str]) -> Generator[Rows, None, None]:
        """The picked pages or blog posts with their bodies, but those of spaces that are read whole."""
        whole = frozenset(leave_out)
        for page in walk_ids(self._api, query, tuple(self.resolved.of(query.kind))):
            others = self.keyed(record for record in page.records if record["space_id"] not in whole)
            if rows := [record for record in others if self._allows(record)]:
                yield rows

    def children(self, query: Query, leave_out: Iterable[str]) -> Generator[Rows, None, None]:
        """What hangs on them, but in spaces that are read whole."""
        whole = frozenset(leave_out)
        containers = [
            (TYPES[kind], content_id)
            for kind in BY_ID
            for content_id, space_id in self.resolved.of(kind).items()
            if space_id not in whole
        ]
        for each in self._api.child_queries(query, containers) if containers else ():
            for page in Walk(self._api, each):
                if rows := [record for record in self.keyed(self._api.locate(page.records)) if self._allows(record)]:
                    yield rows

    def keyed(self, records: Iterable[Record]) -> Rows:
        """The rows with the keys of their spaces; those of spaces that no list has shown yet: 1 request per 250."""
        rows = list(records)
        unknown = {row["space_id"] for row in rows if row["space_key"] is None and row["space_id"]} - self._keys.keys()
        for chunk in chunks(sorted(unknown), self._api.max_ids):
            self._keys.update(dict.fromkeys(chunk))
            for page in Walk(self._api, Query("spaces", space_ids=chunk, statuses=SPACE_STATUSES)):
                self._keys.update((space["id"], space["key"]) for space in page.records)
        for row in rows:
            row["space_key"] = row["space_key"] or self._keys.get(row["space_id"])
        return rows

    def _found(self, entries: Sequence[PageEntry], wrong: list[ItemFailure]) -> Iterator[tuple[PageEntry, Record]]:
        """What each entry names; appends those of which nothing is to be seen to ``wrong``."""
        by_id: defaultdict[str, list[PageEntry]] = defaultdict(list)
        for entry in entries:
            try:
                ref = entry.ref
                content_id = ref.id or self._api.page_id(ref.space_key or "", ref.title or "")
            except ConfluenceError as error:
                if not is_of_one(error):
                    raise
                content_id = None
            if content_id is None:
                wrong.append(_failure(entry, None, f"no page is to be seen at {entry.text!r}"))
            else:
                by_id[content_id].append(entry)
        left = dict.fromkeys(by_id)
        queries = [Query(kind, statuses=self._settings.content_statuses) for kind in BY_ID]
        queries += [Query(kind, statuses=EVERY_STATUS) for kind in BY_ID]
        queries += [Query(kind, singly=True) for kind in TREE if self._api.offers(kind)]
        for query in queries:
            for page in walk_ids(self._api, query, tuple(left)):
                for record in page.records:
                    left.pop(record["id"], None)
                    yield from ((entry, record) for entry in by_id[record["id"]])
        wrong += [
            _failure(entry, content_id, f"no page {entry.text!r} is visible to this account")
            for content_id in left
            for entry in by_id[content_id]
        ]

    def _why_not(self, entry: PageEntry, record: Record) -> str | None:
        """Why what an entry names is not read; None if it is."""
        kind, status = record["type"], record["status"]
        if kind in TREE_TYPES and entry.setting == "pages":
            return f"{entry.text!r} is a {kind}; page_trees reads what is below it"
        if kind not in TREE_TYPES and status not in self._settings.content_statuses:
            return f"{entry.text!r} is {status}, and content_statuses does not name that"
        return None

    def _below(self, roots: Sequence[Record]) -> dict[str, str]:
        """The roots and all pages below them, at any depth, with their spaces."""
        children: defaultdict[str, list[str]] = defaultdict(list)
        between = {record["id"] for record in roots if record["type"] in TREE_TYPES}
        container_spaces = {record["id"]: record["space_id"] for record in roots}
        for space_id in dict.fromkeys(container_spaces.values()):
            query = Query("pages", space_ids=(space_id,), statuses=self._settings.content_statuses)
            for page in Walk(self._api, query):
                for record in page.records:
                    container_spaces[record["id"]] = space_id
                    children[record["parent_id"]].append(record["id"])
                    if record["parent_type"] not in ("page", None):
                        between.add(record["parent_id"])
            if between:
                between |= self._between(space_id, children)
        found: dict[str, str] = {}
        todo = [record["id"] for record in roots]
        while todo:
            content_id = todo.pop()
            if content_id not in found:
                found[content_id] = container_spaces.get(content_id, "")
                todo += children[content_id]
        return {content_id: space_id for content_id, space_id in found.items() if content_id not in between}

    def _between(self, space_id: str, children: defaultdict[str, list[str]]) -> set[str]:
        """The folders and their kin of a space, which pages may lie below; notes what they lie below themselves."""
        found = set()
        for kind in filter(self._api.offers, TREE):
            for page in Walk(self._api, Query(kind, space_ids=(space_id,))):
                for record in page.records:
                    children[record["parent_id"]].append(record["id"])
                    found.add(record["id"])
        return found


TREE_TYPES = tuple(TYPES[kind] for kind in TREE)


def _failure(entry: PageEntry, content_id: str | None, why: str) -> ItemFailure:
    """An entry that names nothing to be read."""
    return ItemFailure("pages", content_id, f"{entry.setting}: {why}")
