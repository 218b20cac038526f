"""Rows of content on Data Center: what lists ask for with them, and what they tell besides themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tap_confluence.api import searches
from tap_confluence.api.data_center.listings import LISTED, MISSING
from tap_confluence.api.data_center.people import People
from tap_confluence.api.data_center.session import Session
from tap_confluence.api.listing import told_apart
from tap_confluence.api.query import ListingPage, Query
from tap_confluence.api.walk import Asked, Walk
from tap_confluence.client.transport import Response
from tap_confluence.normalise.sets import names_of
from tap_confluence.normalise.values import dig, identifier

KINDS: Mapping[str, searches.Search] = {
    kind: search for kind, search in searches.SEARCHES.items() if kind not in MISSING
}
"""Kinds that are found by search, and some listed by ``/content`` too."""


class Contents:
    """Makes pages of content objects; notes the people and the watched labels that they show."""

    def __init__(self, session: Session, people: People, api: Asked) -> None:
        """Take what normalising needs, who remembers people, and who lists labels that were cut off."""
        self._session = session
        self._people = people
        self._api = api
        self.watched: frozenset[str] = frozenset()
        self.labelled_ids: set[str] = set()

    def page(self, query: Query, found: list[dict[str, Any]], cursor: str | None, answer: Response) -> ListingPage:
        """The rows of an answer as a page of a listing."""
        kind = KINDS[query.kind]
        context = self._session.context(query, answer)
        self._people.meet(found, context)
        if self.watched:
            self._note_labels(found)
        records = [kind.normalise(row, context) for row in found]
        self._session.space_keys.update(
            (record["space_id"], record["space_key"])
            for record in records
            if record["space_id"] and record.get("space_key")
        )
        kept = (each for each in records if kind.keep is None or kind.keep(each))
        whole, failures = told_apart(query.kind, kept, by_container=False)
        return ListingPage(whole, cursor, answer.observed_at, failures)

    def expanded(self, query: Query) -> str:
        """What a list asks for, with labels where some are watched for."""
        shown = searches.expanded(KINDS[query.kind], query)
        watching = query.kind in (*LISTED, "attachments") or query.kind.endswith(("_comments", "_replies"))
        if self.watched and watching:
            own = () if "container" in shown and query.kind != "attachments" else ("metadata.labels",)
            shown = (*shown, *own, *(("container.metadata.labels",) if "container" in shown else ()))
        return ",".join(shown)

    def _note_labels(self, found: Iterable[object]) -> None:
        """Note which contents bear a watched label; a list of labels that is cut off is read whole (FACTS 7.4).

        Raises:
            ConfluenceError: The rest of them cannot be read.
        """
        for content in [each for row in found for each in (row, dig(row, "container"))]:
            content_id, listed = identifier(dig(content, "id")), dig(content, "metadata", "labels")
            if content_id is None or not isinstance(listed, dict):
                continue
            labels = listed.get("results")
            if dig(listed, "_links", "next"):
                query = Query("content_labels", container=("content", content_id))
                labels = [label for page in Walk(self._api, query) for label in page.records]
            if self.watched & names_of(labels):
                self.labelled_ids.add(content_id)
