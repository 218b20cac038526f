"""Keyset paging with opaque cursors and links in two places (FACTS 1.1 to 1.7)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, TypeVar
from urllib.parse import urlencode

from confluence_sim.api.endpoint import Call, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import Param, bad_request
from confluence_sim.clock import from_ms, to_ms
from confluence_sim.shelves import Key

T = TypeVar("T")
Walk = Callable[[str, bool, "Key | None"], Iterator[tuple[Key, T]]]
"""Yields (key, item) for an order, a direction and the key to begin behind."""
DATES = ("created-date", "modified-date")
CURSOR = Param("Cursor")


def limit_param(default: int = 25) -> Param:
    """Return the ``limit`` of a v2 list (FACTS 1.1)."""
    return Param("Integer", default=default, minimum=1, maximum=250)


def sort_param(*orders: str, default: str = "id") -> Param:
    """Return a ``sort`` that takes each order and its reverse (FACTS 1.8)."""
    return Param("SortOrder", default=default, choices=tuple(word for order in orders for word in (order, f"-{order}")))


def split_sort(sort: str) -> tuple[str, bool]:
    """Return the order's name and whether it descends."""
    return sort.removeprefix("-"), sort.startswith("-")


def sorted_walk(items: Iterable[T], key_of: Callable[[str, T], Key]) -> Walk[T]:
    """Return a walk over a few items that stand on no shelf.

    Args:
        items: in any order.
        key_of: order and item to the key it stands at.
    """

    def walk(order: str, descending: bool, after: Key | None) -> Iterator[tuple[Key, T]]:
        entries = [(key_of(order, item), item) for item in items]
        entries.sort(key=itemgetter(0), reverse=descending)
        for key, item in entries:
            if after is None or (key < after if descending else key > after):
                yield key, item

    return walk


def bad_cursor() -> ApiError:
    """Return the 400 for a cursor that this list did not give out (FACTS 1.5)."""
    return bad_request(
        "Provided value for 'cursor' is not the correct type. Expected type is Cursor.",
        "The provided cursor was not valid. Please use the cursor from the previous response.",
    )


def encode_cursor(order: str, key: Key, *, padding: int = 0, limit: int | None = None) -> str:
    """Return a cursor as seen on live sites: base64 JSON of the last row's id and order value (FACTS 1.6).

    Args:
        order: of the list.
        key: where the last row stands.
        padding: letters to add.
        limit: the only one that the cursor may be used with; None for any.
    """
    value, number = key
    content = {
        "id": str(number),
        "contentOrder": order,
        "contentOrderValue": to_ms(value) if order in DATES else value,
    }
    if limit is not None:
        content["limit"] = limit
    if padding:
        content["filler"] = "x" * padding
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def decode_cursor(order: str, cursor: str, limit: int | None = None) -> Key:
    """Return the key behind a cursor that is used with this ``limit``.

    Raises:
        ApiError: 400 for anything this list did not give out, or not for such a limit (FACTS 1.5, 1.6).
    """
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        number, value, given = int(content["id"]), content["contentOrderValue"], content["contentOrder"]
        value = from_ms(value) if order in DATES else value
        right = given == order and type(value) is (int if order in ("id", "child-position") else str)
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_cursor() from error
    if not right or content.get("limit") not in (None, limit):
        raise bad_cursor()
    return value, number


def next_path(call: Call, cursor: str) -> str:
    """Return the host-relative address of the next page: it contains ``/wiki`` (FACTS 1.3)."""
    kept = [(name, value) for name, value in call.request.args.items(multi=True) if name != "cursor"]
    pair = ("cursor", cursor)
    query = [pair, *kept] if call.world.switches.cursor_first else [*kept, pair]
    return f"{call.request.path}?{urlencode(query)}"


def listing(
    call: Call,
    walk: Walk[T],
    render: Callable[[Call, T], dict[str, Any]],
    *,
    keep: Callable[[T], bool] = lambda _: True,
    sort: str | None = None,
    weight: int = 1,
) -> Reply:
    """Answer one page of a list.

    Args:
        call: with ``cursor``, ``limit`` and, unless ``sort`` is given, ``sort`` among its arguments.
        walk: over what the list may show.
        render: item to JSON.
        keep: which items the list shows.
        sort: the order of a list that lets nobody choose.
        weight: points an item costs.
    """
    order, descending = split_sort(sort or call.args["sort"])
    limit, cursor = call.args["limit"], call.args["cursor"]
    after = decode_cursor(order, cursor, limit) if cursor is not None else None
    results: list[dict[str, Any]] = []
    last: Key | None = None
    more = False
    for key, item in walk(order, descending, after):
        if not keep(item):
            continue
        if len(results) == limit:
            more = True
            break
        results.append(render(call, item))
        last = key
    return page_reply(call, results, order, last if more else None, weight=weight)


def page_reply(call: Call, results: list[dict[str, Any]], order: str, last: Key | None, *, weight: int = 1) -> Reply:
    """Return a page of results; ``last`` is the last row's key when there is more."""
    links = {"base": call.base}
    headers: dict[str, str] = {}
    if last is not None:
        switches = call.world.switches
        limit = call.args["limit"] if switches.cursor_keeps_limit else None
        links["next"] = next_path(call, encode_cursor(order, last, padding=switches.cursor_padding, limit=limit))
        headers["Link"] = f'<{links["next"]}>; rel="next", <{call.base}>; rel="base"'
    return Reply({"results": results, "_links": links}, rows=len(results), weight=weight, headers=headers)
