"""Confluence for a program that has nothing to do with Singer: the same questions, answered with the same records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

from typing_extensions import Self

from tap_confluence.api.base import Api, Identity, Query, Record, Sort
from tap_confluence.api.connect import connect
from tap_confluence.api.walk import Walk
from tap_confluence.client.errors import ConfluenceError, ConfluenceNotFoundError
from tap_confluence.client.totals import Totals
from tap_confluence.settings import Settings

ANY_STATUS = ("current", "archived", "trashed")


class ConfluenceClient:
    """A site, by Cloud or Data Center credentials; safe to share between threads.

    >>> client = ConfluenceClient("https://acme.atlassian.net", email="ada@acme.example", api_token="…")
    ... for page in client.get_pages(space_id="98306", body_format="storage"):
    ...     print(page["title"], page["updated_at"])
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
            limit: Objects in all; None for all there are.
        """
        names = expand.split(",") if isinstance(expand, str) else expand
        found = self.api.search(cql, tuple(name.strip() for name in names if name.strip()), limit or 200)
        for count, item in enumerate(found, 1):
            yield item
            if count == limit:
                return

    def get_page_by_id(self, page_id: str, body_format: str | None = "storage") -> Record:
        """One page, whatever its status.

        Raises:
            ConfluenceNotFoundError: Missing, or hidden from this account.
            ConfluenceServerError: The server cannot deliver it.
        """
        query = Query("pages", ids=(str(page_id),), statuses=ANY_STATUS, body_format=body_format)
        for page in Walk(self.api, query):
            for failure in page.failures:
                raise ConfluenceError(failure.message, http_status=failure.http_status, url=failure.url)
            for record in page.records:
                return record
        raise ConfluenceNotFoundError(f"page {page_id}: missing, or not visible to this account", http_status=404)

    def get_space_pages_ids(self, space_key: str) -> list[str]:
        """The ids of a space's current pages, ascending.

        Raises:
            ConfluenceNotFoundError: No such space, or hidden from this account.
        """
        spaces = [space for space in self.get_spaces([space_key]) if space["key"] == space_key]
        if not spaces:
            raise ConfluenceNotFoundError(
                f"space {space_key}: missing, or not visible to this account", http_status=404
            )
        return [page["id"] for page in self.get_pages(spaces[0]["id"])]

    def get_spaces(self, keys: Iterable[str] | None = None) -> Iterator[Record]:
        """The spaces with these keys, current and archived; all that are visible when None."""
        query = Query("spaces", statuses=("current", "archived"))
        wanted = None if keys is None else list(keys)
        if wanted is None:
            yield from self._records(query)
            return
        for start in range(0, len(wanted), self.api.max_ids):
            yield from self._records(replace(query, keys=tuple(wanted[start : start + self.api.max_ids])))

    def get_pages(
        self,
        space_id: str,
        body_format: str | None = None,
        statuses: Iterable[str] = ("current",),
        *,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """The pages of a space, by ascending id or by latest change."""
        order = Sort.NEWEST if newest_first else Sort.ID
        yield from self._records(
            Query("pages", space_ids=(str(space_id),), statuses=tuple(statuses), sort=order, body_format=body_format)
        )

    def get_attachments_for_page(self, page_id: str) -> Iterator[Record]:
        """The current attachments of a page."""
        yield from self._records(Query("attachments", container=("page", str(page_id))))

    def _records(self, query: Query) -> Iterator[Record]:
        for page in Walk(self.api, query):
            for failure in page.failures:
                raise ConfluenceError(failure.message, http_status=failure.http_status, url=failure.url)
            yield from page.records


class AsyncConfluenceClient:
    """``ConfluenceClient`` for asyncio: each call runs in a thread and gives its whole result."""

    def __init__(self, base_url: str, **settings: Any) -> None:
        """Take what ``ConfluenceClient`` takes."""
        self.client = ConfluenceClient(base_url, **settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.client.close)

    async def identity(self) -> Identity:
        """See ``ConfluenceClient.identity``."""
        return await asyncio.to_thread(self.client.identity)

    async def cql_search(
        self, cql: str, expand: str | Iterable[str] = (), limit: int | None = None
    ) -> list[dict[str, Any]]:
        """See ``ConfluenceClient.cql_search``."""
        return await asyncio.to_thread(lambda: list(self.client.cql_search(cql, expand, limit)))

    async def get_page_by_id(self, page_id: str, body_format: str | None = "storage") -> Record:
        """See ``ConfluenceClient.get_page_by_id``."""
        return await asyncio.to_thread(self.client.get_page_by_id, page_id, body_format)

    async def get_space_pages_ids(self, space_key: str) -> list[str]:
        """See ``ConfluenceClient.get_space_pages_ids``."""
        return await asyncio.to_thread(self.client.get_space_pages_ids, space_key)

    async def get_spaces(self, keys: Iterable[str] | None = None) -> list[Record]:
        """See ``ConfluenceClient.get_spaces``."""
        return await asyncio.to_thread(lambda: list(self.client.get_spaces(keys)))

    async def get_pages(
        self, space_id: str, body_format: str | None = None, statuses: Iterable[str] = ("current",)
    ) -> list[Record]:
        """See ``ConfluenceClient.get_pages``."""
        return await asyncio.to_thread(lambda: list(self.client.get_pages(space_id, body_format, statuses)))

    async def get_attachments_for_page(self, page_id: str) -> list[Record]:
        """See ``ConfluenceClient.get_attachments_for_page``."""
        return await asyncio.to_thread(lambda: list(self.client.get_attachments_for_page(page_id)))
