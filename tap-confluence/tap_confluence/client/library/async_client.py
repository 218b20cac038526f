"""``ConfluenceClient`` for asyncio programs: its calls in threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

from typing_extensions import Self

from tap_confluence.api.base import Identity
from tap_confluence.api.query import Record
from tap_confluence.client.library.client import ConfluenceClient

RowT = TypeVar("RowT")
_END = object()


class Rows(Generic[RowT]):
    """Rows to come: ``await`` gives the whole list, ``async for`` one by one, asked for as far as they are wanted."""

    def __init__(self, ask: Callable[[], Iterator[RowT]]) -> None:
        """Take what asks; nothing is asked yet."""
        self._ask = ask

    def __await__(self) -> Generator[Any, None, list[RowT]]:
        return asyncio.to_thread(lambda: list(self._ask())).__await__()

    async def __aiter__(self) -> AsyncIterator[RowT]:
        rows = await asyncio.to_thread(self._ask)
        while (row := await asyncio.to_thread(next, rows, _END)) is not _END:
            yield row  # type: ignore[misc] # what is not the end is a row


class AsyncConfluenceClient:
    """``ConfluenceClient`` for asyncio: each call runs in a thread.

    Example::

        async with AsyncConfluenceClient("https://acme.atlassian.net", email="…", api_token="…") as client:
            async for page in client.get_pages("98306", newest_first=True):
                print(page["title"])
            spaces = await client.get_spaces()
    """

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

    async def get_page_by_id(self, page_id: str, body_format: str | None = "storage") -> Record:
        """See ``ConfluenceClient.get_page_by_id``."""
        return await asyncio.to_thread(self.client.get_page_by_id, page_id, body_format)

    async def get_space_pages_ids(self, space_key: str) -> list[str]:
        """See ``ConfluenceClient.get_space_pages_ids``."""
        return await asyncio.to_thread(self.client.get_space_pages_ids, space_key)

    def cql_search(self, cql: str, expand: str | Iterable[str] = (), limit: int | None = None) -> Rows[dict[str, Any]]:
        """See ``ConfluenceClient.cql_search``."""
        return Rows(lambda: self.client.cql_search(cql, expand, limit))

    def get_spaces(self, keys: str | Iterable[str] | None = None) -> Rows[Record]:
        """See ``ConfluenceClient.get_spaces``."""
        return Rows(lambda: self.client.get_spaces(keys))

    def get_pages(
        self,
        space_id: str,
        body_format: str | None = None,
        statuses: str | Iterable[str] = ("current",),
        *,
        newest_first: bool = False,
    ) -> Rows[Record]:
        """See ``ConfluenceClient.get_pages``."""
        return Rows(lambda: self.client.get_pages(space_id, body_format, statuses, newest_first=newest_first))

    def get_child_pages(self, page_id: str, body_format: str | None = None) -> Rows[Record]:
        """See ``ConfluenceClient.get_child_pages``."""
        return Rows(lambda: self.client.get_child_pages(page_id, body_format))

    def get_attachments_for_page(self, page_id: str) -> Rows[Record]:
        """See ``ConfluenceClient.get_attachments_for_page``."""
        return Rows(lambda: self.client.get_attachments_for_page(page_id))
