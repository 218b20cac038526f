"""Cloud v2 comments: roots, replies, the lists of the whole site (FACTS 1.18)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, Site, World, serve
from confluence_sim.model import WorldError
from support.sim import V2, ask, ids, judged, rows


@pytest.fixture
def page(world: World) -> Content:
    return world.create_page(world.create_space(key="ENG", name="Engineering"), title="Talk", body="<p>words</p>")


def test_every_comment_answer_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    post = world.create_blogpost(world.spaces[page.space_id], title="News")
    file = world.attach(page, filename="a.txt", data=b"a")
    foot, inline = world.comment(page, body="<p>f</p>"), world.comment(post, body="<p>i</p>", location="inline")
    world.comment(file, body="<p>on a file</p>")
    world.reply(foot, body="<p>r</p>")
    world.reply(inline, body="<p>r</p>")
    world.resolve(inline)
    with judged(site):
        for path in (
            *("/footer-comments", "/inline-comments", f"/footer-comments/{foot.id}", f"/inline-comments/{inline.id}"),
            *(f"/footer-comments/{foot.id}/children", f"/inline-comments/{inline.id}/children"),
            *(f"/pages/{page.id}/footer-comments", f"/pages/{page.id}/inline-comments"),
            *(f"/blogposts/{post.id}/footer-comments", f"/blogposts/{post.id}/inline-comments"),
            f"/attachments/{file.id.removeprefix('att')}/footer-comments",
        ):
            for body_format in ("storage", "atlas_doc_format"):
                assert ask(site, V2 + path, body_format=body_format).status_code == 200, path


def test_fact_1_18_lists_of_a_page_hold_roots_and_children_direct_replies(
    world: World, page: Content, site: Site
) -> None:
    root = world.comment(page, body="<p>root</p>")
    reply = world.reply(root, body="<p>reply</p>")
    deeper = world.reply(reply, body="<p>deeper</p>")
    assert ids(site, f"{V2}/pages/{page.id}/footer-comments") == [root.id]
    assert ids(site, f"{V2}/footer-comments/{root.id}/children") == [reply.id]
    answered = rows(site, f"{V2}/footer-comments/{reply.id}/children")
    assert [(row["id"], row["parentCommentId"]) for row in answered] == [(deeper.id, reply.id)]
    assert ids(site, f"{V2}/pages/{page.id}/inline-comments") == []


@pytest.mark.parametrize("replies", [True, False])
def test_fact_1_18_the_site_wide_list_holds_replies_if_the_switch_says_so(
    world: World, page: Content, site: Site, replies: bool
) -> None:
    world.switches.comment_lists_hold_replies = replies
    root = world.comment(page, body="<p>root</p>")
    reply = world.reply(root, body="<p>reply</p>")
    assert ids(site, f"{V2}/footer-comments") == ([root.id, reply.id] if replies else [root.id])


def test_fact_1_18_inline_comments_tell_their_place_and_what_became_of_them(
    world: World, page: Content, site: Site
) -> None:
    comment = world.comment(page, body="<p>why?</p>", location="inline", selection="words")
    path = f"{V2}/inline-comments/{comment.id}"
    shown = ask(site, path).json()
    assert shown["resolutionStatus"] == "open"
    assert shown["properties"] == {"inlineMarkerRef": comment.marker_ref, "inlineOriginalSelection": "words"}
    world.resolve(comment)
    assert ask(site, path).json()["resolutionStatus"] == "resolved"
    assert ids(site, f"{V2}/pages/{page.id}/inline-comments", resolution_status="open") == []
    assert ids(site, f"{V2}/pages/{page.id}/inline-comments", resolution_status="open,resolved") == [comment.id]


@pytest.mark.parametrize("bumps", [True, False])
def test_fact_3_3_resolving_makes_a_version_if_the_switch_says_so(
    world: World, page: Content, site: Site, bumps: bool
) -> None:
    world.switches.resolving_bumps_version = bumps
    comment = world.comment(page, body="<p>why?</p>", location="inline")
    world.resolve(comment)
    assert ask(site, f"{V2}/inline-comments/{comment.id}").json()["version"]["number"] == (2 if bumps else 1)
    assert page.version == 1


def test_fact_1_8_comments_sort_by_date(world: World, page: Content, site: Site) -> None:
    first, second = world.comment(page, body="<p>1</p>"), world.comment(page, body="<p>2</p>")
    world.edit(first, body="<p>1 again</p>")
    assert ids(site, f"{V2}/footer-comments", sort="created-date", limit=1) == [first.id, second.id]
    assert ids(site, f"{V2}/footer-comments", sort="-modified-date", limit=1) == [first.id, second.id]
    assert ask(site, f"{V2}/footer-comments", sort="id").status_code == 400
    assert ask(site, f"{V2}/footer-comments", space_id=1).status_code == 400


def test_a_comment_goes_with_its_page(world: World, page: Content, site: Site) -> None:
    comment = world.comment(page, body="<p>1</p>")
    reply = world.reply(comment, body="<p>2</p>")
    world.trash(page)
    assert ids(site, f"{V2}/footer-comments") == []
    world.restore(page)
    assert ids(site, f"{V2}/footer-comments") == [comment.id]
    world.purge(page)
    assert {comment.id, reply.id} <= set(world.purged)
    assert ask(site, f"{V2}/footer-comments/{comment.id}").status_code == 404


def test_a_trashed_comment_is_listed_only_if_asked_for(world: World, page: Content, site: Site) -> None:
    comment = world.comment(page, body="<p>1</p>")
    world.trash(comment)
    path = f"{V2}/pages/{page.id}/footer-comments"
    assert ids(site, path) == []
    assert ids(site, path, status="trashed") == [comment.id]


def test_comments_of_a_restricted_page_are_hidden_with_it(world: World, page: Content) -> None:
    other = world.create_user(display_name="Other")
    comment = world.comment(page, body="<p>1</p>")
    reply = world.reply(comment, body="<p>2</p>")
    world.restrict(page, users=[world.admin])
    with serve(world, user=other) as site:
        assert ids(site, f"{V2}/footer-comments") == []
        assert ask(site, f"{V2}/footer-comments/{reply.id}").status_code == 404


def test_the_world_refuses_what_confluence_refuses(world: World, page: Content) -> None:
    comment = world.comment(page, body="<p>1</p>")
    for act in (
        lambda: world.resolve(comment),
        lambda: world.reply(page, body="<p>2</p>"),
        lambda: world.comment(comment, body="<p>2</p>"),
    ):
        with pytest.raises(WorldError):
            act()
