"""Cloud v2 labels and what single objects include (FACTS 1.13, 1.19, 3.3, 9.10)."""

from __future__ import annotations

from confluence_sim import Content, Site, World, serve
from support.sim import V2, ask, ids, judged, rows


def names(site: Site, path: str, **query: str) -> list[str]:
    return [row["name"] for row in rows(site, V2 + path, limit=1, **query)]


def test_every_label_answer_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    space = world.spaces[page.space_id]
    post = world.create_blogpost(space, title="News")
    file = world.attach(page, filename="a.txt", data=b"a")
    comment = world.comment(page, body="<p>1</p>")
    label, _, _ = (world.label(item, "red") for item in (page, post, file))
    world.label(space, "ours", "team")
    everything = {"include-labels": "true", "include-versions": "true", "include-properties": "true"}
    with judged(site):
        for path in (
            *(f"/pages/{page.id}/labels", f"/blogposts/{post.id}/labels", "/labels"),
            *(f"/labels/{label.id}/pages", f"/labels/{label.id}/blogposts"),
            *(f"/labels/{label.id}/attachments", f"/attachments/{file.id.removeprefix('att')}/labels"),
        ):
            assert ask(site, V2 + path, limit=1).status_code == 200, path
        for path in (f"/spaces/{space.id}/labels", f"/spaces/{space.id}/content/labels"):
            # the document's own default for the prefix is not among its own choices
            assert ask(site, V2 + path, prefix="team").status_code == 200, path
        for path in (f"/pages/{page.id}", f"/blogposts/{post.id}", f"/attachments/{file.id}"):
            assert ask(site, V2 + path, **everything).json()["labels"]["results"][0]["name"] == "red"
        shown = ask(site, f"{V2}/footer-comments/{comment.id}", include_versions="true").json()
        assert len(shown["versions"]["results"]) == 1


def test_fact_1_8_labels_sort_by_date_id_and_name(world: World, page: Content, site: Site) -> None:
    for name in ("b", "c", "a"):
        world.label(page, name)
    assert names(site, f"/pages/{page.id}/labels") == ["b", "c", "a"]
    assert names(site, f"/pages/{page.id}/labels", sort="-name") == ["c", "b", "a"]
    assert names(site, "/labels", sort="-created-date") == ["a", "c", "b"]


def test_fact_3_3_a_label_makes_no_version(world: World, page: Content, site: Site) -> None:
    before = ask(site, f"{V2}/pages/{page.id}").json()
    world.label(page, "red")
    assert ask(site, f"{V2}/pages/{page.id}").json() == before
    world.unlabel(page, "red")
    assert names(site, f"/pages/{page.id}/labels") == []


def test_fact_9_10_a_personal_label_is_seen_by_its_owner_only(world: World, page: Content, site: Site) -> None:
    other = world.create_user(display_name="Other")
    world.label(page, "todo", "my", author=other)
    world.label(page, "red")
    assert names(site, f"/pages/{page.id}/labels") == ["red"]
    with serve(world, user=other) as theirs:
        assert names(theirs, f"/pages/{page.id}/labels") == ["todo", "red"]
        assert names(theirs, f"/pages/{page.id}/labels", prefix="my") == ["todo"]


def test_labels_of_a_space_are_not_those_of_its_contents(world: World, page: Content, site: Site) -> None:
    space = world.spaces[page.space_id]
    world.label(space, "department", "team")
    world.label(page, "crew", "team")
    world.label(page, "red")
    assert names(site, f"/spaces/{space.id}/labels") == ["department"]
    assert names(site, f"/spaces/{space.id}/content/labels") == ["crew"]
    assert ids(site, f"{V2}/spaces", labels="department") == [space.id]


def test_a_label_leads_to_what_bears_it(world: World, page: Content, site: Site) -> None:
    file = world.attach(page, filename="a.txt", data=b"a")
    label = world.label(page, "red")
    world.label(file, "red")
    assert ids(site, f"{V2}/labels/{label.id}/pages") == [page.id]
    assert ids(site, f"{V2}/labels/{label.id}/attachments") == [file.id]
    world.trash(page)
    assert ids(site, f"{V2}/labels/{label.id}/pages") == []
    assert ids(site, f"{V2}/labels/{label.id}/attachments") == []
    assert ask(site, f"{V2}/labels/1/pages").status_code == 404


def test_fact_1_13_fifty_are_included_and_a_cursor_leads_to_the_rest(world: World, page: Content, site: Site) -> None:
    made = [world.label(page, f"label{number}").id for number in range(60)]
    part = ask(site, f"{V2}/pages/{page.id}", include_labels="true").json()["labels"]
    assert [row["id"] for row in part["results"]] == made[:50]
    assert part["meta"]["hasMore"] is True
    rest = ids(site, f"{V2}/pages/{page.id}/labels", sort="id", cursor=part["meta"]["cursor"])
    assert rest == made[50:]


def test_unknown_parameters_and_prefixes_are_400(page: Content, site: Site) -> None:
    assert ask(site, f"{V2}/pages/{page.id}/labels", colour="red").status_code == 400
    assert ask(site, f"{V2}/pages/{page.id}/labels", prefix="yours").status_code == 400
    assert ask(site, f"{V2}/pages", include_labels="true").status_code == 400
