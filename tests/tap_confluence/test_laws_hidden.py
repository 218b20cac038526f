"""Law 11 and `permission_lost`: said of a page only where the site tells hidden from gone, to a living account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluence_sim import DataCenterSite, Site, World, serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.tap import Output, answering, pages_of, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError
from tap_confluence.sync.sweep.verification import MOST_ASKED, NOBODYS

SWEEP: dict[str, Any] = {
    "deletion_detection": "every_sync",
    "max_tombstone_share": 1,
    "streams": ("pages", "tombstones"),
}
Instead = Callable[[Any], Reply | None]


def reasons(out: Output) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in out.of("tombstones") if row["type"] == "page"}


def hide(world: World, *pages: Any) -> None:
    """Show some pages to somebody else alone."""
    grace = world.create_user(display_name="Grace", email="grace@example.com")
    for page in pages:
        world.restrict(page, users=[grace])


def forbidding(*ids: str) -> Instead:
    """A site that answers a question for one of these contents with 403."""

    def answer(request: Any) -> Reply | None:
        asked = set(request.path.split("/")) & set(ids)
        words = "com.atlassian.confluence.api.service.exceptions.PermissionException"
        return Reply({"statusCode": 403, "message": words}, status=403) if asked else None

    return answer


def after(
    world: World, site: Site | DataCenterSite, change: Callable[[], None], instead: Instead | None = None
) -> Output:
    """A first sync, then a change, then the run that finds it."""
    first = sync(site, **SWEEP)
    world.clock.advance(hours=1)
    change()
    if instead is None:
        return sync(site, first.state, **SWEEP)
    with answering(site, instead):
        return sync(site, first.state, **SWEEP)


def test_law_11_a_page_that_the_site_keeps_from_us_is_told_from_one_that_is_gone() -> None:
    world = small_world(spaces=2, pages=8)
    hidden, purged, trashed = pages_of(world, "S0")[2:5]

    def change() -> None:
        hide(world, hidden)
        world.trash(purged)
        world.purge(purged)
        world.trash(trashed)

    with serve(world) as site:
        second = after(world, site, change)
        asked = [request.path for request in site.requests if request.path.endswith("/state")]
        third = sync(site, second.state, **SWEEP)
        world.unrestrict(hidden)
        world.clock.advance(hours=1)
        shown = sync(site, third.state, **SWEEP)
    assert reasons(second) == {hidden.id: "permission_lost", purged.id: "deleted", trashed.id: "trashed"}
    assert len(asked) == 3, "one for each of which nothing is shown, and one for what nobody has"
    assert reasons(third) == {}
    assert shown.ids("pages") == [hidden.id]


def test_law_11_a_site_that_does_not_tell_hidden_from_gone_proves_nothing() -> None:
    world = small_world(spaces=1, pages=8)
    world.switches.content_state_tells_hidden = False
    hidden = pages_of(world, "S0")[2]
    with serve(world) as site:
        out = after(world, site, lambda: hide(world, hidden))
    assert reasons(out) == {hidden.id: "deleted"}


def test_law_11_a_site_that_refuses_every_such_question_proves_nothing() -> None:
    world = small_world(spaces=1, pages=8)
    page = pages_of(world, "S0")[2]

    def change() -> None:
        world.trash(page)
        world.purge(page)

    with serve(world) as site:
        out = after(world, site, change, forbidding(page.id, NOBODYS))
    assert reasons(out) == {page.id: "deleted"}


def test_law_11_credentials_that_die_while_we_ask_bury_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    world = small_world(spaces=1, pages=8)
    hidden = pages_of(world, "S0")[2]
    told: list[str] = []

    def dead(request: Any) -> Reply | None:
        if told and request.path.endswith("/user/current"):
            return Reply({"message": "Current user not permitted to use Confluence", "statusCode": 403}, status=403)
        if request.path.endswith(f"/{hidden.id}/state"):
            told.append(request.path)
        return None

    with serve(world) as site:
        with pytest.raises(ConfluenceAuthError, match="identity check"):
            after(world, site, lambda: hide(world, hidden), dead)
        assert told
        assert '"stream":"tombstones","record"' not in capfd.readouterr().out


def test_law_11_a_token_without_the_scope_for_the_question_runs_on_without_the_proof() -> None:
    world = small_world(spaces=1, pages=8)
    gone = pages_of(world, "S0")[2:5]

    def unscoped(request: Any) -> Reply | None:
        said = {"code": 401, "message": "Unauthorized; scope does not match"}
        return Reply(said, status=401) if request.path.endswith("/state") else None

    with serve(world) as site:
        out = after(world, site, lambda: hide(world, *gone), unscoped)
    assert reasons(out) == {page.id: "deleted" for page in gone}


def test_law_11_through_the_gateway_a_refusal_that_is_an_answer_costs_no_new_token() -> None:
    world = small_world(spaces=1, pages=8)
    hidden, purged = pages_of(world, "S0")[2:4]
    with serve(world) as site:
        config = {"email": None, "api_token": None, **site.gateway_config(oauth=True), **SWEEP}
        first = sync(site, **config)
        world.clock.advance(minutes=30)
        hide(world, hidden)
        world.trash(purged)
        world.purge(purged)
        before = len(site.authority.requests)
        out = sync(site, first.state, **{**config, **site.gateway_config(oauth=True)})
        tokens = len(site.authority.requests) - before
    assert reasons(out) == {hidden.id: "permission_lost", purged.id: "deleted"}
    assert tokens == 1


def test_law_10_a_token_that_lost_its_rights_is_held_back_whatever_the_reason() -> None:
    world = small_world(spaces=1, pages=60)
    gone = pages_of(world, "S0")[5:45]
    guarded = {**SWEEP, "max_tombstone_share": 0.2}
    with serve(world) as site:
        state = sync(site, **guarded).state
        hide(world, *gone)
        world.clock.advance(hours=1)
        held = sync(site, state, **guarded)
        assert reasons(held) == {}
        world.clock.advance(hours=1)
        agreed = sync(site, held.state, **guarded)
    buried = reasons(agreed)
    assert set(buried) == {page.id for page in gone}
    assert list(buried.values()).count("permission_lost") == MOST_ASKED


def test_law_11_a_data_center_that_forbids_one_page_loses_that_one_alone() -> None:
    world = small_world(spaces=2, pages=8)
    hidden, purged = pages_of(world, "S0")[2:4]

    def change() -> None:
        hide(world, hidden)
        world.trash(purged)
        world.purge(purged)

    with serve_datacenter(world, context="/confluence") as site:
        out = after(world, site, change, forbidding(hidden.id))
    assert reasons(out) == {hidden.id: "permission_lost", purged.id: "deleted"}


def test_law_11_a_data_center_that_forbids_all_that_is_asked_singly_buries_none_of_it() -> None:
    world = small_world(spaces=1, pages=8)
    hidden, purged = pages_of(world, "S0")[2:4]

    def change() -> None:
        hide(world, hidden)
        world.trash(purged)
        world.purge(purged)

    with serve_datacenter(world) as site:
        out = after(world, site, change, forbidding(hidden.id, purged.id, NOBODYS))
        assert reasons(out) == {}
        world.clock.advance(hours=1)
        assert reasons(sync(site, out.state, **SWEEP)) == {hidden.id: "deleted", purged.id: "deleted"}
