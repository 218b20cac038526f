"""Law 18 in its corners: how much is asked by id, what becomes of the rest, and what a changed filter may take away."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from confluence_sim import World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.oracle import Mirror, assert_equal
from support.tap import COMMENTS, CONTENT, Output, State, answering, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError
from tap_confluence.sync.sweep import missing
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

STREAMS = ("spaces", *CONTENT, *COMMENTS, "content_inventory", "tombstones", "sync_errors")
SWEEP: dict[str, Any] = {"deletion_detection": "every_sync", "max_tombstone_share": 1, "streams": STREAMS}


def later(world: World, site: Any, state: State, **settings: Any) -> Output:
    """A run an hour later."""
    world.clock.advance(hours=1)
    return sync(site, state, **{**SWEEP, **settings})


def attached(world: World, number: int, name: str = "file") -> list[Any]:
    """Some attachments of one page."""
    page = pages_of(world, "S0")[2]
    return [world.attach(page, filename=f"{name}-{n}.txt", data=b"x", media_type="text/plain") for n in range(number)]


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_more_than_may_be_asked_for_in_a_run_waits_for_the_next_ones_and_is_buried_once(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing, "MOST_REQUESTS", 4)
    world = small_world(spaces=1, pages=6, attachments=0)
    gone = attached(world, 11)
    kept = attached(world, 2, "kept")
    with served(world) as site:
        out = sync(site, **SWEEP)
        for item in gone:
            world.purge(item)
        told = []
        for _ in range(5):
            out = later(world, site, out.state, deletion_detection="interval", reconciliation_interval_days=0.04)
            told.append([row["id"] for row in out.of("tombstones")])
    assert Counter(one for each in told for one in each) == {item.id: 1 for item in gone}
    assert [len(each) for each in told] == [4, 4, 3, 0, 0]
    assert not {item.id for item in kept} & {one for each in told for one in each}


def test_what_comes_back_before_it_was_asked_for_is_not_buried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "MOST_REQUESTS", 2)
    world = small_world(spaces=1, pages=6, attachments=0)
    items = attached(world, 6)
    page = pages_of(world, "S0")[2]
    mirror = Mirror()
    with serve(world) as site:
        out = sync(site, **SWEEP)
        mirror.load(out)
        world.trash(page)
        out = later(world, site, out.state)
        mirror.load(out)
        assert len([row for row in out.of("tombstones") if row["type"] == "attachment"]) == 2
        world.restore(page)
        for _ in range(2):
            out = later(world, site, out.state)
            mirror.load(out)
    assert_equal(mirror, world, "after the page came back")
    assert {item.id for item in items} <= {key[1] for key in mirror.rows}


@pytest.mark.parametrize("served", [serve, serve_datacenter])
def test_a_content_that_cannot_be_asked_for_is_named_and_buried_when_it_can(served: Any) -> None:
    world = small_world(spaces=1, pages=6, attachments=0)
    sick, other = attached(world, 2)

    def fail(request: Any) -> Reply | None:
        return Reply({"errors": []}, status=500) if request.path.endswith(f"/{sick.id}") else None

    with served(world) as site:
        first = sync(site, **SWEEP)
        world.purge(sick)
        world.purge(other)
        with answering(site, fail):
            second = later(world, site, first.state)
        third = later(world, site, second.state)
    assert [row["id"] for row in second.of("tombstones")] == [other.id]
    assert sick.id in {row["id"] for row in second.of("sync_errors")}
    assert [row["id"] for row in third.of("tombstones")] == [sick.id]


def test_credentials_that_die_while_attachments_are_asked_for_bury_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    world = small_world(spaces=1, pages=6, attachments=3)
    hidden = {item.id for item in world.contents.values() if item.type == "attachment"}
    dead: list[str] = []

    def die(request: Any) -> Reply | None:
        """The list has no attachment any more; from the first question by id on the account is nobody."""
        if request.path.endswith("/v2/attachments"):
            return Reply({"results": [], "_links": {}})
        if request.path.rpartition("/")[2] in hidden:
            dead.append(request.path)
        if dead and request.path.endswith("/user/current"):
            return Reply({"message": "Current user not permitted to use Confluence", "statusCode": 403}, status=403)
        return Reply({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "x"}]}, status=404) if dead else None

    with serve(world) as site:
        first = sync(site, **SWEEP)
        with answering(site, die), pytest.raises(ConfluenceAuthError, match="identity check"):
            later(world, site, first.state)
        assert dead
        assert '"stream":"tombstones","record"' not in capfd.readouterr().out
        third = later(world, site, first.state)
    assert third.of("tombstones") == []


@pytest.mark.parametrize("served", [serve, serve_datacenter])
@pytest.mark.parametrize("setting", [{"labels": ["red"]}, {"exclude_labels": ["draft"]}], ids=str)
def test_a_label_that_the_index_does_not_know_of_buries_nothing(served: Any, setting: dict[str, Any]) -> None:
    world = small_world(spaces=1, pages=8)
    page = pages_of(world, "S0")[3]
    world.attach(page, filename="x.txt", data=b"x")
    for each in pages_of(world, "S0")[1:]:
        world.label(each, "red")
    setting = {**setting, "lookback_minutes": 0}
    with served(world) as site:
        first = sync(site, **SWEEP, **setting)
        world.clock.advance(hours=1)
        answer = site.answer

        def behind(request: Any) -> Reply | None:
            """A search of which the page is missing, or that takes it for labelled otherwise."""
            if "label in" not in request.args.get("cql", ""):
                return None
            reply: Reply = answer(request)
            body: Any = reply.body
            if "exclude_labels" in setting:
                shown: Any = answer(_with_cql(request, f"content in ({page.id}) order by created asc")).body
                body["results"] += shown["results"]
            else:
                body["results"] = [row for row in body["results"] if row["content"]["id"] != page.id]
            body["totalSize"] = len(body["results"])
            return reply

        with answering(site, behind):
            second = sync(site, first.state, **SWEEP, **setting)
        third = later(world, site, second.state, **setting)
    assert page.id in first.ids("pages")
    assert second.of("tombstones") == third.of("tombstones") == []


def _with_cql(request: Any, cql: str) -> Any:
    """The same request with another query."""
    args = {**request.args.to_dict(), "cql": cql}
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
    return Request(EnvironBuilder(path=request.path, query_string=args, headers=headers).get_environ())


@pytest.mark.parametrize("how", ["budget", "failure"])
def test_law_9_the_filters_are_those_under_which_each_kind_of_each_space_was_swept(how: str) -> None:
    """Filters narrowed and widened by turns, in runs that are cut at any moment: never a tombstone."""
    world = small_world(spaces=3, pages=8, attachments=4)
    for number in range(3):
        for page in pages_of(world, f"S{number}")[:4]:
            world.label(page, "red")
    mirror = Mirror()
    wide: dict[str, Any] = {}
    turns = [{"labels": ["red"]}, wide, {"exclude_labels": ["red"]}, {"content_statuses": ["archived"]}, wide]
    with serve(world) as site:
        out = sync(site, **SWEEP)
        mirror.load(out)
        for most, settings in enumerate(turns, start=5):

            def broken(request: Any, most: int = most) -> Reply | None:
                is_list = request.path.endswith(("/pages", "/blogposts", "/attachments")) and "id" not in request.args
                return Reply({"errors": []}, status=503) if is_list and len(site.requests) % 3 == most % 3 else None

            if how == "budget":
                out = later(world, site, out.state, **settings, max_requests=most)
            else:
                with answering(site, broken):
                    out = later(world, site, out.state, **settings)
            assert out.of("tombstones") == []
            mirror.load(out)
            for _ in range(2):
                out = later(world, site, out.state, **settings)
                assert out.of("tombstones") == []
                mirror.load(out)
    assert_equal(mirror, world, "after all turns", (*CONTENT, *COMMENTS))


def test_a_trashed_page_takes_with_it_what_hangs_on_it_with_the_true_reason() -> None:
    world = small_world(spaces=1, pages=6, attachments=0)
    page = pages_of(world, "S0")[2]
    said = world.comment(page, body="<p>So?</p>")
    answer = world.reply(said, body="<p>So!</p>")
    note = world.comment(pages_of(world, "S0")[3], body="<p>Hm</p>")
    below = world.reply(note, body="<p>Hm?</p>")
    (item,) = attached(world, 1)
    with serve(world) as site:
        first = sync(site, **SWEEP)
        world.trash(page)
        world.trash(note)
        second = later(world, site, first.state)
    assert {row["id"]: row["reason"] for row in second.of("tombstones")} == dict.fromkeys(
        (page.id, item.id, said.id, answer.id, note.id, below.id), "trashed"
    )


def test_what_moved_is_told_with_the_space_where_it_is() -> None:
    world = small_world(spaces=2, pages=6, attachments=0)
    page = pages_of(world, "S0")[2]
    (item,) = attached(world, 1)
    there = world.spaces[pages_of(world, "S1")[0].space_id]
    with serve(world) as site:
        first = sync(site, **SWEEP, spaces=["S0"])
        world.move(page, space=there)
        second = later(world, site, first.state, spaces=["S0"])
    assert {(row["id"], row["reason"], row["moved_to_space_id"]) for row in second.of("tombstones")} == {
        (each.id, "moved", there.id) for each in (page, item)
    }
