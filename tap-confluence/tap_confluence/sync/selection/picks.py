"""Single pages and page trees that the settings name, beside or instead of whole spaces (CONTRACT 1.1)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace

from tap_confluence.api.base import Api, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import PageRef
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import TREE

logger = logging.getLogger("tap-confluence")

Rows = list[Record]


class Picks:
    """The pages that are read because somebody named them, or a page above them.

    Requests: named pages / 250; for trees the roots / 250, and the pages of their spaces / 250 without bodies: the
    API's ``descendants`` ends at depth 10 (FACTS 1.17), a listing does not. Where pages lie in folders, these are found
    by search: 1 for each kind of them, and space.
    """

    def __init__(self, api: Api, settings: Settings, allows: Callable[[Record], bool]) -> None:
        """Ask nothing yet; ``allows`` tells whether a row passes the filters by label."""
        self._allows = allows
        self._api = api
        self._settings = settings
        self._ids: tuple[str, ...] | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all picked pages, asked for once.

        Raises:
            ConfluenceConfigError: A page that is named cannot be seen.
        """
        if self._ids is None:
            pages = self._named("pages", self._settings.pages, self._settings.page_refs)
            roots = self._named("page_trees", self._settings.page_trees, self._settings.tree_refs)
            self._ids = tuple(dict.fromkeys([*(page["id"] for page in pages), *self._below(roots)]))
        return self._ids

    def rows(self, query: Query, leave_out: Iterable[str]) -> Generator[Rows, None, None]:
        """The picked pages with their bodies, but those of spaces that are read whole."""
        whole = frozenset(leave_out)
        for batch in self._batches(self.ids):
            for page in Walk(self._api, replace(query, space_ids=(), ids=batch)):
                others = [record for record in page.records if record["space_id"] not in whole]
                rows = [record for record in others if self._allows(record)]
                if rows:
                    yield rows

    def hanging(self, query: Query, leave_out: Iterable[str]) -> Generator[Rows, None, None]:
        """What hangs on the picked pages, out of the listing of the whole site."""
        whole, picked = frozenset(leave_out), frozenset(self.ids)
        for page in Walk(self._api, replace(query, space_ids=(), ids=())):
            hanging = [record for record in page.records if record["container_id"] in picked]
            near = [record for record in hanging if self._allows(record)]
            rows = [record for record in self._api.locate(near) if record["space_id"] not in whole] if near else []
            if rows:
                yield rows

    def _named(self, setting: str, texts: Sequence[str], refs: Sequence[PageRef]) -> list[Record]:
        wanted = {}
        for text, ref in zip(texts, refs, strict=True):
            page_id = ref.id or self._api.page_id(ref.space_key or "", ref.title or "")
            if page_id is None:
                raise ConfluenceConfigError(f"{setting}: no page is to be seen at {text!r}")
            wanted[page_id] = text
        query = Query("pages", statuses=self._settings.content_statuses)
        found = {
            record["id"]: record
            for batch in self._batches(tuple(wanted))
            for page in Walk(self._api, replace(query, ids=batch))
            for record in page.records
        }
        for page_id, text in wanted.items():
            if page_id not in found:
                raise ConfluenceConfigError(f"{setting}: no page {text!r} is visible to this account")
        return list(found.values())

    def _below(self, roots: list[Record]) -> list[str]:
        """The roots and all pages below them, at any depth."""
        children: defaultdict[str, list[str]] = defaultdict(list)
        between: set[str] = set()
        for space_id in dict.fromkeys(record["space_id"] for record in roots):
            query = Query("pages", space_ids=(space_id,), statuses=self._settings.content_statuses)
            for page in Walk(self._api, query):
                for record in page.records:
                    children[record["parent_id"]].append(record["id"])
                    if record["parent_type"] not in ("page", None):
                        between.add(record["parent_id"])
            if between:
                between |= self._between(space_id, children)
        found: dict[str, None] = {}
        todo = [record["id"] for record in roots]
        while todo:
            page_id = todo.pop()
            if page_id not in found:
                found[page_id] = None
                todo += children[page_id]
        return [content_id for content_id in found if content_id not in between]

    def _between(self, space_id: str, children: defaultdict[str, list[str]]) -> set[str]:
        """The folders and their kin of a space, which pages may lie below; notes what they lie below themselves."""
        found = set()
        for kind in filter(self._api.offers, TREE):
            for page in Walk(self._api, Query(kind, space_ids=(space_id,))):
                for record in page.records:
                    children[record["parent_id"]].append(record["id"])
                    found.add(record["id"])
        return found

    def _batches(self, ids: Sequence[str]) -> list[tuple[str, ...]]:
        return [tuple(ids[start : start + self._api.max_ids]) for start in range(0, len(ids), self._api.max_ids)]
