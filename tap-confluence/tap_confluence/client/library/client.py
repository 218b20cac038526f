"""Confluence for a program that has nothing to do with Singer: the same questions, answered with the same records."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from types import TracebackType
from typing import Any

from typing_extensions import Self

from tap_confluence.api.base import Api, Identity
from tap_confluence.api.connect import connect
from tap_confluence.api.query import Query, Record, Sort
from tap_confluence.api.walk import Walk
from tap_confluence.client.errors import ConfluenceArgumentError, ConfluenceError, ConfluenceNotFoundError
from tap_confluence.client.totals import Totals
from tap_confluence.settings import Settings

ANY_STATUS = ("current", "archived", "trashed")
"""Statuses in which pages can be asked for."""


class ConfluenceClient:
    """A site, by Cloud or Data Center credentials; safe to share between threads.

    What a call cannot mean (an unknown format or status, an empty id) is a ``ConfluenceArgumentError``, which is a
    ``ValueError``, before anything is asked. A single text is taken wherever several are.

    Example::

        client = ConfluenceClient("https://acme.atlassian.net", email="ada@acme.example", api_token="…")
        for page in client.get_pages(space_id="98306", body_format="storage"):
            print(page["title"], page["updated_at"])
    """

    def __init__(self, base_url: str, **settings: Any) -> None:
        """Take the site and any further setting of the tap under its own name (CONTRACT 1.1).

        Raises:
            ConfluenceConfigError: A setting is wrong or the credentials are missing.
        """
        self.api: Api = connect(Settings.from_config({"base_url": base_url, **settings}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.api.close()

    @property
    def totals(self) -> Totals:
        """Requests, retries, seconds waited, bytes and points so far."""
        return self.api.totals

    def identity(self) -> Identity:
        """Who the credentials belong to.

        Raises:
            ConfluenceAuthError: To nobody.
        """
        return self.api.identity()

    def cql_search(
        self, cql: str, expand: str | Iterable[str] = (), limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """The API's own v1 content objects that a CQL query finds.

        Args:
            cql: The query, as the caller wrote it; ``tap_confluence.api.cql`` quotes values for it.
            expand: What to expand, e.g. ``"version,space"``; bodies come 50 at a time (FACTS 2.6).
            limit: Objects in all; None for all there are, 0 for none.

        Raises:
            ConfluenceArgumentError: The limit is negative.
        """
        if limit is not None and limit < 0:
            raise ConfluenceArgumentError(f"limit: {limit} is negative; None is for all there are")
        names = expand.split(",") if isinstance(expand, str) else expand
        expanded = tuple(name.strip() for name in names if name.strip())
        if limit == 0:
            return iter(())
        return islice(self.api.search(cql, expanded, limit or 200), limit)

    def get_page_by_id(self, page_id: str, body_format: str | None = "storage") -> Record:
        """One page, whatever its status; blog posts and comments are no pages.

        Args:
            page_id: Its id.
            body_format: ``storage``, ``view``, ``export_view``, on Cloud ``atlas_doc_format``, and what else the site
                has by id (FACTS 1.11); None for no body.

        Raises:
            ConfluenceNotFoundError: Missing, or hidden from this account.
            ConfluenceServerError: The server cannot deliver it.
            ConfluenceArgumentError: No id, or a format that the site does not have.
        """
        _check_format(body_format, self.api.formats)
        query = Query("pages", ids=(_id("page_id", page_id),), statuses=ANY_STATUS, body_format=body_format)
        for record in self._records(query):
            return record
        raise ConfluenceNotFoundError(f"page {page_id}: missing, or not visible to this account", http_status=404)

    def get_child_pages(self, page_id: str, body_format: str | None = None) -> Iterator[Record]:
        """The current and archived pages directly below a page, in the order of the tree.

        Raises:
            ConfluenceNotFoundError: There is no such page, or it is hidden.
            ConfluenceArgumentError: No id, or a format that lists do not have.
        """
        _check_format(body_format, self.api.list_formats)
        children = self.api.child_pages(_id("page_id", page_id))
        while ids := tuple(islice(children, self.api.max_ids)):
            query = Query("pages", ids=ids, statuses=("current", "archived"), body_format=body_format)
            found = {record["id"]: record for record in self._records(query)}
            yield from (found[child] for child in ids if child in found)

    def get_space_pages_ids(self, space_key: str) -> list[str]:
        """The ids of a space's current pages, ascending.

        Args:
            space_key: Its key, or the alias that its URLs show.

        Raises:
            ConfluenceNotFoundError: No such space, or hidden from this account; a key that is nearly it is named.
        """
        return [page["id"] for page in self.get_pages(self._space_named(_id("space_key", space_key))["id"])]

    def _space_named(self, name: str) -> Record:
        """A space by key, else, in the list of all, by alias: ``keys=`` does not know those."""
        for space in self.get_spaces(name):
            if name == space["key"]:
                return space
        spaces = list(self.get_spaces())
        for space in spaces:
            if name == space["alias"]:
                return space
        names = {str(each).casefold(): each for space in spaces for each in (space["key"], space["alias"]) if each}
        near = difflib.get_close_matches(name.casefold(), names, n=1)
        hint = f"; did you mean {names[near[0]]!r}?" if near else ""
        raise ConfluenceNotFoundError(f"space {name}: missing, or not visible to this account{hint}", http_status=404)

    def get_spaces(self, keys: str | Iterable[str] | None = None) -> Iterator[Record]:
        """The spaces with these keys, current and archived; all that are visible when None."""
        query = Query("spaces", statuses=("current", "archived"))
        if keys is None:
            yield from self._records(query)
            return
        wanted = _several(keys)
        for start in range(0, len(wanted), self.api.max_ids):
            yield from self._records(replace(query, keys=wanted[start : start + self.api.max_ids]))

    def get_pages(
        self,
        space_id: str,
        body_format: str | None = None,
        statuses: str | Iterable[str] = ("current",),
        *,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """The pages of a space, by ascending id or by latest change.

        Args:
            space_id: The space's id.
            body_format: ``storage``, on Cloud ``atlas_doc_format``, on Data Center also ``view`` and its like; None
                for no body.
            statuses: Of ``current``, ``archived`` and ``trashed``.
            newest_first: By latest change instead of by id.

        Raises:
            ConfluenceNotFoundError: There is no such space, or it is hidden.
            ConfluenceArgumentError: No id, or an unknown format or status.
        """
        _check_format(body_format, self.api.list_formats)
        wanted = _several(statuses)
        for status in wanted:
            if status not in ANY_STATUS:
                raise ConfluenceArgumentError(f"statuses: {status!r} is none of {', '.join(ANY_STATUS)}")
        order = Sort.NEWEST if newest_first else Sort.ID
        space_ids = (_id("space_id", space_id),)
        return self._pages(Query("pages", space_ids=space_ids, statuses=wanted, sort=order, body_format=body_format))

    def _pages(self, query: Query) -> Iterator[Record]:
        """The pages, or proof that the space is there: an empty list tells nothing of it on Cloud."""
        is_empty = True
        for record in self._records(query):
            is_empty = False
            yield record
        if is_empty and not any(
            self._records(Query("spaces", space_ids=query.space_ids, statuses=("current", "archived")))
        ):
            raise ConfluenceNotFoundError(
                f"space {query.space_ids[0]}: missing, or not visible to this account", http_status=404
            )

    def get_attachments_for_page(self, page_id: str) -> Iterator[Record]:
        """The current attachments of a page.

        Raises:
            ConfluenceNotFoundError: There is no such page, or it is hidden.
            ConfluenceArgumentError: No id.
        """
        return self._records(Query("attachments", container=("page", _id("page_id", page_id))))

    def _records(self, query: Query) -> Iterator[Record]:
        for page in Walk(self.api, query):
            for failure in page.failures:
                raise ConfluenceError(failure.message, http_status=failure.http_status, url=failure.url)
            yield from page.records


def _several(texts: str | Iterable[str]) -> tuple[str, ...]:
    """Texts, or one: a text is not taken for its letters."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _id(name: str, value: str) -> str:
    """An id or key as text: an empty one would be no filter at all."""
    text = str(value).strip()
    if not text or value is None:
        raise ConfluenceArgumentError(f"{name}: is empty")
    return text


def _check_format(body_format: str | None, formats: Collection[str]) -> None:
    if body_format is not None and body_format not in formats:
        raise ConfluenceArgumentError(f"body_format: {body_format!r} is none of {', '.join(formats)} (or None)")
