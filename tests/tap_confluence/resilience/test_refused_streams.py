"""A stream of which nothing may be read fails the run after a few questions; one refusal among many costs itself."""

from __future__ import annotations

from typing import Any

import pytest
from confluence_sim import serve
from confluence_sim.api.endpoint import Reply
from support.tap import answering, small_world, sync
from tap_confluence.client.errors import ConfluenceAuthError

STREAMS = ("spaces", "pages", "content_properties", "sync_errors")


def refusing(only: str = "") -> Any:
    def answer(request: Any) -> Reply | None:
        return Reply({"message": "no"}, status=403) if "/properties" in request.path and only in request.path else None

    return answer


@pytest.mark.parametrize("concurrency", [1, 5])
def test_a_stream_that_is_forbidden_throughout_costs_a_few_requests_and_fails_the_run(concurrency: int) -> None:
    world = small_world(spaces=2, pages=60, attachments=0)
    with serve(world) as site, answering(site, refusing()):
        with pytest.raises(ConfluenceAuthError, match=r"lack a permission .*and so of all \d+ that were asked for"):
            sync(site, streams=STREAMS, concurrency=concurrency)
        refused = sum("/properties" in request.path for request in site.requests)
    assert refused <= 11 + 4 * concurrency, "and not one for each of 120 pages"


def test_a_refusal_of_one_among_many_costs_that_one_alone() -> None:
    world = small_world(spaces=1, pages=30, attachments=0)
    pages = [page for page in world.contents.values() if page.type == "page"]
    for page in pages:
        world.set_property(page, "colour", "red")
    with serve(world) as site, answering(site, refusing(f"/{pages[0].id}/")):
        out = sync(site, streams=STREAMS)
    assert out.code == 0
    assert [error["id"] for error in out.of("sync_errors")] == [pages[0].id]
    told = {row["content_id"] for row in out.of("content_properties") if row["key"] == "colour"}
    assert told == {page.id for page in pages[1:]}
