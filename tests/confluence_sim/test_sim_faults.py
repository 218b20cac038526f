"""Each fault of the simulator alone: it does what its name says, by its seed, and nothing when it is off."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from confluence_sim import Clock, Fault, World, serve, serve_datacenter
from confluence_sim.__main__ import parser
from confluence_sim.faults import parse_fault
from confluence_sim.site import Site
from support.datacenter import get as api

PAGES = "/wiki/api/v2/pages"


def made_world() -> World:
    world = World(clock=Clock("2026-01-05T09:00:00.000Z"), tick_ms=1000)
    for key in ("ONE", "TWO"):
        space = world.create_space(key=key, name=key)
        for number in range(5):
            world.create_page(space, title=f"{key} {number}", body=f"<p>{number}</p>")
    return world


@contextmanager
def suffering(name: str, **values: Any) -> Iterator[Site]:
    with serve(made_world(), faults=[Fault(name, **values)]) as site:
        yield site


def get(site: Site, path: str = PAGES, **params: Any) -> requests.Response:
    return requests.get(
        site.url + path, params=params, auth=(site.email, site.token), timeout=10, allow_redirects=False
    )


def walk(site: Site, limit: int = 4, most: int = 30) -> list[list[str]]:
    """Follow the links; the titles of each page."""
    found: list[list[str]] = []
    path = f"{PAGES}?limit={limit}"
    while path and len(found) < most:
        answer = get(site, path).json()
        found.append([row["title"] for row in answer["results"]])
        path = answer["_links"].get("next", "")
    return found


def flat(found: list[list[str]]) -> list[str]:
    return [title for page in found for title in page]


def titles(world: World) -> list[str]:
    return [content.title for content in world.contents.values() if content.type == "page"]


def test_a_limit_with_seconds_says_how_many() -> None:
    with suffering("rate_limit_seconds", share=1, amount=17) as site:
        answer = get(site)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
        assert get(site).status_code == 200


def test_a_limit_with_a_date_says_it_by_the_servers_clock() -> None:
    with suffering("rate_limit_date", share=1, amount=90) as site:
        answer = get(site)
    assert answer.status_code == 429
    wait = parsedate_to_datetime(answer.headers["Retry-After"]) - parsedate_to_datetime(answer.headers["Date"])
    assert wait.total_seconds() == 90


def test_a_silent_limit_does_not_say_for_how_long() -> None:
    with suffering("rate_limit_silent", share=1) as site:
        answer = get(site)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


def test_a_burst_of_server_errors_ends() -> None:
    with suffering("server_error_burst", share=1, times=3, seed=1) as site:
        statuses = [get(site).status_code for _ in range(4)]
    assert set(statuses[:3]) <= {500, 502, 503, 504}
    assert statuses[3] == 200


def test_every_status_of_a_burst_comes_up() -> None:
    with suffering("server_error_burst", share=1, times=0) as site:
        assert {get(site).status_code for _ in range(40)} == {500, 502, 503, 504}


def test_only_big_pages_with_bodies_time_out() -> None:
    with suffering("big_page_timeout", amount=10) as site:
        assert get(site, limit=11, **{"body-format": "storage"}).status_code == 504
        assert get(site, limit=10, **{"body-format": "storage"}).status_code == 200
        assert get(site, limit=250).status_code == 200


def test_big_pages_are_refused_by_a_proxy_in_either_dialect() -> None:
    statuses = set()
    with suffering("big_page_unavailable", amount=10) as site:
        for limit in range(11, 31):
            answer = get(site, limit=limit, **{"body-format": "storage"})
            assert answer.headers["Content-Type"].startswith("text/html")
            statuses.add(answer.status_code)
        assert get(site, limit=10, **{"body-format": "storage"}).status_code == 200
        assert get(site, limit=250).status_code == 200
    assert statuses == {502, 503}
    with serve_datacenter(made_world(), faults=[Fault("big_page_timeout", amount=10)]) as server:
        for limit, status in ((11, 504), (10, 200)):
            assert api(server, "/rest/api/content", limit=limit, expand="body.storage").status_code == status
        assert api(server, "/rest/api/content", limit=11, expand="version").status_code == 200


def test_a_refusal_strikes_who_asks_for_something() -> None:
    with serve(made_world()) as site:
        one, two = (space.id for space in site.world.spaces.values())
        site.faults.add(Fault("refusal", share=1, times=0, amount=403, asks=rf"space-id=(\d+,)*{two}\b"))
        asked = {ids: get(site, **{"space-id": ids}).status_code for ids in (one, two, f"{one},{two}")}
        assert asked == {one: 200, two: 403, f"{one},{two}": 403}
        assert get(site).status_code == 200


def test_a_refusal_strikes_the_body_of_a_question() -> None:
    def users(site: Site, *account_ids: str) -> int:
        url, json = f"{site.url}/wiki/api/v2/users-bulk", {"accountIds": account_ids}
        return requests.post(url, json=json, auth=(site.email, site.token), timeout=10).status_code

    with serve(made_world()) as site:
        bad = site.world.create_user(display_name="Bad").account_id
        site.faults.add(Fault("refusal", share=1, times=0, amount=400, path="/users-bulk$", asks=bad))
        good = site.world.admin.account_id
        assert [users(site, good), users(site, good, bad), users(site, bad)] == [200, 400, 400]


def test_a_refusal_strikes_every_list_that_would_hold_a_row() -> None:
    with serve(made_world()) as site:
        bad = next(item.id for item in site.world.contents.values() if item.title == "TWO 2")
        site.faults.add(Fault("refusal", share=1, times=0, amount=500, path="/pages$", holds=f'"{bad}"'))
        assert get(site).status_code == 500
        assert get(site, **{"space-id": next(iter(site.world.spaces))}).status_code == 200
        assert get(site, limit=4).status_code == 200
        assert get(site, id=bad).status_code == 500
        assert get(site, f"{PAGES}/{bad}").status_code == 200


def test_a_reset_leaves_less_than_was_promised() -> None:
    with suffering("reset_mid_body", share=1) as site:
        with pytest.raises(requests.RequestException):
            get(site)
        assert get(site).status_code == 200


def test_cut_json_is_no_json_though_its_length_is_right() -> None:
    with suffering("truncated_json", share=1) as site:
        answer = get(site)
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
        get(site).json()


def test_cut_gzip_does_not_make_whole_json() -> None:
    with suffering("truncated_gzip", share=1) as site:
        with requests.get(site.url + PAGES, auth=(site.email, site.token), stream=True, timeout=10) as answer:
            raw = answer.raw.read(decode_content=False)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert raw[:2] == b"\x1f\x8b"[: len(raw)]
        assert len(raw) == int(answer.headers["Content-Length"])
        assert "Content-Encoding" not in get(site).headers


def test_a_drip_takes_its_seconds_and_is_whole() -> None:
    with suffering("slow_drip", share=1, amount=0.2) as site:
        start = time.monotonic()
        assert len(get(site, limit=250).json()["results"]) == len(titles(site.world))
        assert time.monotonic() - start >= 0.2


def test_a_login_page_has_status_200() -> None:
    with suffering("login_page", share=1) as site:
        answer = get(site)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Log in" in answer.text


def test_behind_an_empty_page_comes_all_the_rest() -> None:
    with suffering("empty_page", share=1) as site:
        found = walk(site)
        assert found[::2] == [[]] * len(found[::2])
        assert flat(found) == titles(site.world)


def test_a_cursor_of_an_empty_page_stays_good_without_the_fault() -> None:
    with suffering("empty_page", share=1) as site:
        path = get(site, limit=4).json()["_links"]["next"]
        site.faults.clear()
        assert [row["title"] for row in get(site, path).json()["results"]] == titles(site.world)[:4]


def test_short_pages_hold_all_rows_in_more_pages() -> None:
    with suffering("short_page", share=1) as site:
        found = walk(site)
        assert len(found) > 3
        assert all(0 < len(page) <= 4 for page in found)
        assert flat(found) == titles(site.world)
        assert "limit=4" in get(site, limit=4).json()["_links"]["next"]


def test_a_repeated_cursor_leads_in_a_circle() -> None:
    with suffering("repeated_cursor", share=1, times=0) as site:
        found = walk(site)
        assert len(found) == 30
        assert found[1:] == [found[1]] * 29


def test_a_foreign_link_carries_the_right_cursor() -> None:
    with suffering("foreign_next", share=1, to="http://elsewhere.example") as site:
        first = get(site, limit=4)
        link = first.json()["_links"]["next"]
        assert link.startswith("http://elsewhere.example/wiki/api/v2/pages?")
        assert link in first.headers["Link"]
        rest = get(site, link.removeprefix("http://elsewhere.example")).json()["results"]
        assert [row["title"] for row in rest] == titles(site.world)[4:8]


def test_a_foreign_redirect_leads_away() -> None:
    with suffering("foreign_redirect", share=1, to="http://elsewhere.example") as site:
        answer = get(site)
    assert answer.is_redirect
    assert answer.headers["Location"].startswith("http://elsewhere.example" + PAGES)


def test_unknown_fields_come_on_top() -> None:
    with suffering("unknown_fields") as site:
        row = get(site).json()["results"][0]
        site.faults.clear()
        known = get(site).json()["results"][0]
    assert row.items() >= known.items()
    assert set(row) - set(known) >= {"futureFlag", "futureList"}


@pytest.mark.parametrize("name", ["missing_fields", "null_fields"])
def test_a_row_lacks_at_most_one_field(name: str) -> None:
    with suffering(name, share=1, amount=1) as site:
        spoiled = get(site).json()["results"]
        whole = get(site).json()["results"]
    suffered = 0
    for row, right in zip(spoiled, whole, strict=True):
        fields = [field for field in right if field not in row or row[field] != right[field]]
        assert len(fields) <= 1
        assert [row.get(field) for field in fields] == [None] * len(fields)
        assert (row.keys() == right.keys()) or name == "missing_fields"
        suffered += len(fields)
    assert suffered > len(whole) / 2


@pytest.mark.parametrize(("name", "status"), [("page_forbidden", 403), ("page_not_found", 404)])
def test_one_page_of_a_listing_is_refused_and_nothing_else(name: str, status: int) -> None:
    with suffering(name, share=1) as site:
        assert get(site).status_code == status
        assert get(site).status_code == 200
        assert get(site, "/wiki/rest/api/user/current").status_code == 200


def test_a_dying_token_never_comes_back() -> None:
    with suffering("token_dies", after=2) as site:
        assert [get(site).status_code for _ in range(4)] == [200, 200, 401, 401]


def test_a_forgotten_token_is_refused_as_none() -> None:
    with suffering("token_forgotten", after=2) as site:
        assert [get(site).status_code for _ in range(3)] == [200, 200, 401]
        page = next(item for item in site.world.contents.values() if item.type == "page")
        assert get(site, f"{PAGES}/{page.id}").status_code == 404
        assert get(site, "/wiki/rest/api/user/current").status_code == 403


def test_an_edit_falls_behind_the_answer() -> None:
    with suffering("edit_mid_walk", share=1) as site:
        before = get(site, limit=250).json()["results"]
        after = get(site, limit=250).json()["results"]
    assert [row["version"]["number"] for row in before] == [1] * len(before)
    assert sorted(row["version"]["number"] for row in after) == [1] * (len(before) - 1) + [2]


def test_a_move_falls_behind_the_answer_and_leaves_the_version() -> None:
    with suffering("move_mid_walk", share=1, seed=3) as site:
        before = get(site, limit=250).json()["results"]
        after = get(site, limit=250).json()["results"]
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a["parentId"] != b["parentId"]]
    moved += [(a, b) for a, b in zip(before, after, strict=True) if a["position"] != b["position"]]
    assert moved
    assert all(a["version"] == b["version"] for a, b in moved)


def test_a_page_is_trashed_behind_the_answer() -> None:
    with suffering("trash_mid_walk", share=1) as site:
        before = len(get(site, limit=250).json()["results"])
        assert len(get(site, limit=250).json()["results"]) == before - 1


def test_a_page_is_deleted_for_good_behind_the_answer() -> None:
    with suffering("purge_mid_walk", share=1) as site:
        before = {row["id"] for row in get(site, limit=250).json()["results"]}
        (gone,) = before - {row["id"] for row in get(site, limit=250).json()["results"]}
        assert get(site, f"{PAGES}/{gone}").status_code == 404
        assert gone not in site.world.contents


def test_the_same_seed_strikes_the_same_questions_in_any_order() -> None:
    def struck(seed: int, order: list[int]) -> set[int]:
        with suffering("page_not_found", seed=seed, share=0.5) as site:
            return {limit for limit in order if get(site, limit=limit).status_code == 404}

    numbers = list(range(1, 41))
    first = struck(5, numbers)
    assert struck(5, numbers[::-1]) == first
    assert struck(6, numbers) != first
    assert 8 <= len(first) <= 32


def test_the_log_names_the_fault() -> None:
    with suffering("truncated_json", share=1) as site:
        get(site)
        get(site)
        assert [entry.fault for entry in site.requests] == ["truncated_json", ""]


def test_the_simulators_own_doors_never_suffer() -> None:
    with suffering("token_dies", after=0) as site:
        assert get(site, "/_sim/requests").status_code == 200


def test_faults_add_up() -> None:
    with serve(made_world()) as site:
        site.faults.add(Fault("short_page", share=1))
        site.faults.add(Fault("empty_page", share=1))
        site.faults.add(Fault("edit_mid_walk", share=1))
        found = walk(site)
        assert [fault.name for fault in site.faults] == ["short_page", "empty_page", "edit_mid_walk"]
        assert flat(found) == titles(site.world)
        assert [] in found
        assert any(0 < len(page) < 4 for page in found[:-1])


def test_a_fault_is_read_from_the_command_line() -> None:
    given = parser().parse_args(["--fault", "slow_drip:seed=7,amount=2.5,to=http://x.example", "--fault", "login_page"])
    assert given.fault == [Fault("slow_drip", seed=7, amount=2.5, to="http://x.example"), Fault("login_page")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slow_drop", "no such fault: slow_drop; known: .*slow_drip"),
        ("slow_drip:speed=1", "no such key: speed; known: seed"),
        ("slow_drip:seed=x", "slow_drip: seed: "),
        ("slow_drip:share=2", "share is 0 to 1"),
        ("slow_drip:path=(", "path: "),
        ("slow_drip:asks=(", "asks: "),
        ("slow_drip:holds=(", "holds: "),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        parse_fault(text)


def test_a_short_page_may_be_struck_by_another_fault() -> None:
    with serve(made_world(), faults=[Fault("rate_limit_silent", share=0.5), Fault("short_page", share=1)]) as site:
        statuses = {get(site, limit=limit).status_code for limit in range(3, 30)}
    assert statuses == {200, 429}
