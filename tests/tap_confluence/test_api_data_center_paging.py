"""Pages by start and limit: what a page means for the walk."""

from __future__ import annotations

import pytest
from tap_confluence.api.data_center.paging import Place, step


def walked(lists: list[list[str]], limit: int, remove: dict[int, list[str]]) -> list[str]:
    """Walk lists from which rows are removed before some of the requests; returns every row that was handed over."""
    told: list[str] = []
    cursor: str | None = None
    for request in range(100):
        for gone in remove.get(request, []):
            for one in lists:
                if gone in one:
                    one.remove(gone)
        place = Place.read(cursor)
        ids = lists[place.list][place.asked : place.asked + place.limit(limit)]
        went = step(place, ids, limit, len(lists))
        told += ids[went.seen :]
        if went.next is None:
            return told
        cursor = str(went.next)
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("sizes", [[0], [1], [7], [5, 0, 3], [0, 0, 4]])
def test_every_row_of_every_list_is_told_once(sizes: list[int], limit: int) -> None:
    lists = [[f"{number}-{row}" for row in range(size)] for number, size in enumerate(sizes)]
    assert walked([list(one) for one in lists], limit, {}) == [row for one in lists for row in one]


@pytest.mark.parametrize("gone", [["r0"], ["r0", "r1", "r2"], ["r3"], ["r0", "r3", "r9"], ["r4", "r5"]])
@pytest.mark.parametrize("when", [1, 2, 3])
def test_no_row_is_skipped_when_others_are_removed(gone: list[str], when: int) -> None:
    names = [f"r{number}" for number in range(20)]
    told = walked([list(names)], 4, {when: gone})
    assert set(told) >= set(names) - set(gone)


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert Place.read(str(Place(2, 14, "att:5"))) == Place(2, 14, "att:5")
    assert Place.read(str(Place(0, 3, "a|b|", "x", "y"))) == Place(0, 3, "a|b|", "x", "y")
    assert Place.read(None) == Place()
