"""The sample site has what a demonstration and a test want to meet."""

from __future__ import annotations

import re
from html.entities import html5

import pytest
from confluence_sim import Clock, World
from confluence_sim.content import build_sample_site
from lxml import etree

FEATURES = {
    "cross-links by title": "ri:content-title=",
    "links into other spaces": "ri:space-key=",
    "cards": 'data-card-appearance="',
    "anchors": "ac:anchor=",
    "attachments": "ri:filename=",
    "mentions": "ri:account-id=",
    "code": 'ac:name="code"',
    "CDATA split over two sections": "]]]]><![CDATA[>",
    "panels": 'ac:name="info"',
    "warnings": 'ac:name="warning"',
    "panels of the new editor": "ac:adf-extension",
    "their fallback": "ac:adf-fallback",
    "task lists": "<ac:task-list",
    "tables": "<table",
    "merged cells": "span=",
    "layouts": "<ac:layout",
    "status": 'ac:name="status"',
    "expand": 'ac:name="expand"',
    "table of contents": 'ac:name="toc"',
    "Jira": 'ac:name="jira"',
    "excerpt-include": 'ac:name="excerpt-include"',
    "emoticons": "<ac:emoticon",
    "dates": "<time datetime=",
    "placeholders": "<ac:placeholder",
}
ENTITIES = "".join(
    f'<!ENTITY {name[:-1]} "{"".join(f"&#{ord(c)};" for c in text)}">'
    for name, text in html5.items()
    if name.endswith(";") and name[:-1] not in ("lt", "gt", "amp", "quot", "apos")
)


def build() -> World:
    world = World(Clock("2024-01-01T00:00:00.000Z"))
    build_sample_site(world)
    return world


@pytest.fixture(scope="module")
def world() -> World:
    return build()


def test_there_are_at_least_sixty_pages_and_a_blog(world: World) -> None:
    kinds = [content.type for content in world.contents.values() if content.status == "current"]
    assert kinds.count("page") >= 60
    assert kinds.count("blogpost") >= 10
    assert kinds.count("attachment") >= 10


def test_there_is_an_archived_page_a_trashed_page_and_a_personal_space(world: World) -> None:
    assert {"archived", "trashed"} <= {content.status for content in world.contents.values()}
    assert any(space.key.startswith("~") and space.type == "personal" for space in world.spaces.values())
    assert any(space.status == "archived" for space in world.spaces.values())


def test_the_tree_is_at_least_four_deep(world: World) -> None:
    def depth(page_id: str | None) -> int:
        return 0 if page_id is None else 1 + depth(world.contents[page_id].parent_id)

    assert max(depth(content.id) for content in world.contents.values() if content.type == "page") >= 5


@pytest.mark.parametrize("feature", FEATURES, ids=str)
def test_some_page_shows(feature: str, world: World) -> None:
    assert any(FEATURES[feature] in content.body for content in world.contents.values())


def test_every_version_is_well_formed_and_has_nothing_left_to_fill_in(world: World) -> None:
    for content in world.contents.values():
        for version in content.versions:
            root = f'<!DOCTYPE r [{ENTITIES}]><r xmlns:ac="ac" xmlns:ri="ri">{version.body}</r>'
            etree.fromstring(root)
            assert not re.search(r"\{\{|\}\}", version.body), content.title


def test_links_by_title_lead_to_a_page_but_for_the_broken_one(world: World) -> None:
    titles = {
        (world.spaces[content.space_id].key, content.title)
        for content in world.contents.values()
        if content.type in ("page", "blogpost")
    }
    broken = set()
    for content in world.contents.values():
        root = etree.fromstring(
            f'<!DOCTYPE r [{ENTITIES}]><r xmlns:ac="ac" xmlns:ri="ri">{content.body}</r>',
        )
        for page in root.iter("{ri}page"):
            key = page.get("{ri}space-key") or world.spaces[content.space_id].key
            if (key, page.get("{ri}content-title")) not in titles:
                broken.add(page.get("{ri}content-title"))
    assert len(broken) == 1


def test_two_buildings_are_the_same_site(world: World) -> None:
    again = build()
    assert list(world.contents) == list(again.contents)
    assert [c.versions for c in world.contents.values()] == [c.versions for c in again.contents.values()]
    assert world.clock.now() == again.clock.now() == "2026-01-05T09:00:00.000Z"
