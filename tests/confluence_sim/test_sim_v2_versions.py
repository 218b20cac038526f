"""Cloud v2 versions: lists, one by number, bodies of old versions (FACTS 1.8, 1.10, 1.19, 3.2, 3.6)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, Site, World, serve
from support.sim import V2, ask, judged, rows


@pytest.fixture
def page(world: World) -> Content:
    page = world.create_page(world.create_space(key="ENG", name="Engineering"), title="Plan", body="<p>1</p>")
    world.edit(page, body="<p>2</p>", title="Big plan", message="second", minor_edit=True)
    world.edit(page, body="<p>3</p>")
    return page


def test_every_answer_about_versions_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    post = world.create_blogpost(world.spaces[page.space_id], title="News")
    foot, inline = world.comment(page, body="<p>f</p>"), world.comment(page, body="<p>i</p>", location="inline")
    file = world.attach(page, filename="a.txt", data=b"a")
    owners = (f"/pages/{page.id}", f"/blogposts/{post.id}", f"/footer-comments/{foot.id}")
    with judged(site):
        for owner in (*owners, f"/inline-comments/{inline.id}"):
            for body_format in ("storage", "atlas_doc_format"):
                assert ask(site, f"{V2}{owner}/versions", body_format=body_format, limit=1).status_code == 200, owner
            assert ask(site, f"{V2}{owner}/versions/1").status_code == 200, owner
        of_file = f"{V2}/attachments/{file.id.removeprefix('att')}/versions"
        assert ask(site, of_file, sort="modified-date").status_code == 200
        assert ask(site, f"{V2}/pages/{page.id}/versions/2").json()["prevVersion"] == 1
    # one version of an attachment cannot be judged: the document's pattern for its id matches no id
    assert ask(site, f"{of_file}/1").json()["number"] == 1


def test_fact_1_19_a_page_lists_its_versions_the_newest_first(world: World, page: Content, site: Site) -> None:
    shown = rows(site, f"{V2}/pages/{page.id}/versions", limit=1)
    assert [row["number"] for row in shown] == [3, 2, 1]
    assert [row["createdAt"] for row in shown] == [version.created_at for version in reversed(page.versions)]
    assert shown[1]["message"] == "second"
    assert shown[1]["minorEdit"] is True
    assert shown[1]["page"] == {"title": "Big plan", "id": page.id, "body": {}}


def test_fact_1_8_versions_sort_by_date_both_ways(world: World, page: Content, site: Site) -> None:
    for sort, numbers in (("modified-date", [1, 2, 3]), ("-modified-date", [3, 2, 1])):
        shown = rows(site, f"{V2}/pages/{page.id}/versions", sort=sort, limit=2)
        assert [row["number"] for row in shown] == numbers
    assert ask(site, f"{V2}/pages/{page.id}/versions", sort="id").status_code == 400


def test_fact_1_11_the_list_of_versions_shows_their_bodies_in_one_format(page: Content, site: Site) -> None:
    shown = rows(site, f"{V2}/pages/{page.id}/versions", body_format="storage")
    assert [row["page"]["body"]["storage"]["value"] for row in shown] == ["<p>3</p>", "<p>2</p>", "<p>1</p>"]
    adf = rows(site, f"{V2}/pages/{page.id}/versions", body_format="atlas_doc_format")
    assert all(isinstance(row["page"]["body"]["atlas_doc_format"]["value"], str) for row in adf)
    assert ask(site, f"{V2}/pages/{page.id}/versions", body_format="view").status_code == 400


def test_a_version_by_number_knows_its_neighbours(page: Content, site: Site) -> None:
    first, second, last = (ask(site, f"{V2}/pages/{page.id}/versions/{number}").json() for number in (1, 2, 3))
    assert ("prevVersion" in first, first["nextVersion"]) == (False, 2)
    assert (second["prevVersion"], second["nextVersion"]) == (1, 3)
    assert (last["prevVersion"], "nextVersion" in last) == (2, False)
    assert ask(site, f"{V2}/pages/{page.id}/versions/4").status_code == 404


def test_fact_1_19_a_page_shows_the_body_of_an_old_version(page: Content, site: Site) -> None:
    old = ask(site, f"{V2}/pages/{page.id}", version=2, body_format="storage").json()
    assert (old["title"], old["version"]["number"], old["status"]) == ("Big plan", 2, "historical")
    assert old["body"]["storage"]["value"] == "<p>2</p>"
    assert ask(site, f"{V2}/pages/{page.id}", version=9).status_code == 404


def test_fact_3_6_a_file_uploaded_again_has_two_versions_and_its_page_none_more(
    world: World, page: Content, site: Site
) -> None:
    world.attach(page, filename="a.txt", data=b"a", comment="draft")
    file = world.attach(page, filename="a.txt", data=b"b", comment="final")
    shown = rows(site, f"{V2}/attachments/{file.id}/versions")
    assert [(row["number"], row["message"]) for row in shown] == [(2, "final"), (1, "draft")]
    assert shown[0]["attachment"] == {"title": "a.txt", "id": file.id}
    assert len(rows(site, f"{V2}/pages/{page.id}/versions")) == 3
    assert ask(site, f"{V2}/attachments/{file.id}/versions", body_format="storage").status_code == 400


def test_fact_3_2_restoring_makes_a_version_and_trashing_does_not(world: World, page: Content, site: Site) -> None:
    path = f"{V2}/pages/{page.id}/versions"
    world.trash(page)
    assert len(rows(site, path)) == 3
    world.restore(page)
    assert [row["number"] for row in rows(site, path)] == [4, 3, 2, 1]


def test_comments_have_versions_each_under_its_own_path(world: World, page: Content, site: Site) -> None:
    comment = world.comment(page, body="<p>a</p>")
    world.edit(comment, body="<p>b</p>")
    shown = rows(site, f"{V2}/footer-comments/{comment.id}/versions", body_format="storage")
    assert [row["comment"]["body"]["storage"]["value"] for row in shown] == ["<p>b</p>", "<p>a</p>"]
    assert ask(site, f"{V2}/inline-comments/{comment.id}/versions").status_code == 404


def test_fact_4_8_versions_of_what_the_caller_may_not_read_are_404(world: World, page: Content) -> None:
    world.restrict(page, users=[world.admin])
    with serve(world, user=world.create_user(display_name="Other")) as site:
        assert ask(site, f"{V2}/pages/{page.id}/versions").status_code == 404
        assert ask(site, f"{V2}/pages/{page.id}/versions/1").status_code == 404


def test_the_versions_that_a_page_includes_go_on_behind_their_cursor(world: World, page: Content, site: Site) -> None:
    for number in range(57):
        world.edit(page, body=f"<p>{number}</p>")
    part = ask(site, f"{V2}/pages/{page.id}", include_versions="true").json()["versions"]
    rest = rows(site, f"{V2}/pages/{page.id}/versions", cursor=part["meta"]["cursor"])
    assert [row["number"] for row in (*part["results"], *rest)] == list(range(60, 0, -1))
