"""Atlassian's own document between tap and simulator finds nothing to object to."""

from __future__ import annotations

import pytest
import requests
from confluence_sim import Clock, World, serve
from confluence_sim.content import build_sample_site
from support.judge import document, judging
from support.tap import sync
from tap_confluence.tap import TapConfluence

pytestmark = pytest.mark.skipif(
    document("v2") is None,
    reason="Atlassian's OpenAPI document is not here: set CONFLUENCE_OPENAPI to its path",
)


def test_a_full_an_incremental_and_a_sweeping_run_keep_to_atlassians_document() -> None:
    world = World(Clock("2024-01-01T00:00:00.000Z"))
    build_sample_site(world)
    with serve(world) as site, judging(site.url) as judge:
        streams = set(TapConfluence.order)
        first = sync(site, base_url=judge.url, deletion_detection="every_sync", streams=streams)
        asked_first = judge.judged
        world.clock.advance(hours=1)
        page = next(content for content in world.contents.values() if content.title == "How we decide")
        world.edit(page, body="<p>Differently.</p>")
        world.attach(page, filename="new.txt", data=b"new")
        second = sync(site, first.state, base_url=judge.url, deletion_detection="every_sync", streams=streams)
    assert judge.violations == []
    assert asked_first >= 6
    assert judge.judged > asked_first
    assert len(first.of("pages")) > 60
    assert [record["title"] for record in second.content] == ["How we decide", "new.txt"]


def test_the_judge_objects_to_what_the_document_does_not_know() -> None:
    world = World(Clock("2026-01-05T09:00:00.000Z"))
    world.create_space(key="ENG", name="Engineering")
    with serve(world) as site, judging(site.url) as judge:
        for query in ("limit=251", "no-such=1", "sort=sideways"):
            requests.get(f"{judge.url}/wiki/api/v2/pages?{query}", auth=(site.email, site.token), timeout=10)
    assert len(judge.violations) == 3
