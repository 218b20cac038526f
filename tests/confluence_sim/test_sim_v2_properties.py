"""Cloud v2 content properties (FACTS 1.19, 3.3)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, Site, World, WorldError, serve
from support.sim import V2, ask, ids, judged, rows


def test_every_answer_about_properties_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    space = world.spaces[page.space_id]
    file, comment = world.attach(page, filename="a.txt", data=b"a"), world.comment(page, body="<p>1</p>")
    kinds = ("folder", "whiteboard", "database", "embed")
    places = {kind: world.create_tree_item(space, type=kind, title=kind) for kind in kinds}
    bearers = {
        "pages": page,
        "blogposts": world.create_blogpost(space, title="News"),
        "comments": comment,
        **{f"{kind}s": item for kind, item in places.items()},
        "attachments": file,
    }
    with judged(site):
        for path, content in bearers.items():
            world.set_property(content, "b", {"x": [1, None]})
            second = world.set_property(content, "a", "words")
            at = f"{V2}/{path}/{content.id.removeprefix('att')}/properties"
            assert [row["key"] for row in rows(site, at, limit=1, sort="key")] == ["a", "b"], path
            if content is not file:
                assert ask(site, f"{at}/{second.id}").json()["value"] == "words", path
    # one property of an attachment cannot be judged: the document's pattern for its id matches no id
    assert ask(site, f"{V2}/attachments/{file.id}/properties/{file.properties[0].id}").json()["key"] == "b"


def test_a_property_has_a_value_and_versions_of_its_own(world: World, page: Content, site: Site) -> None:
    made = world.set_property(page, "colour", {"name": "red"})
    path = f"{V2}/pages/{page.id}/properties"
    (shown,) = rows(site, path)
    assert (shown["id"], shown["key"], shown["value"]) == (made.id, "colour", {"name": "red"})
    assert (shown["version"]["number"], shown["version"]["createdAt"]) == (1, made.version.created_at)
    again = world.set_property(page, "colour", {"name": "blue"})
    assert again.id == made.id
    shown = ask(site, f"{path}/{made.id}").json()
    assert (shown["value"], shown["version"]["number"]) == ({"name": "blue"}, 2)


def test_fact_3_3_a_property_makes_no_version_of_its_page(world: World, page: Content, site: Site) -> None:
    before = ask(site, f"{V2}/pages/{page.id}").json()
    world.set_property(page, "colour", "red")
    assert ask(site, f"{V2}/pages/{page.id}").json() == before


def test_properties_are_listed_by_id_or_key_and_found_by_key(world: World, page: Content, site: Site) -> None:
    made = {key: world.set_property(page, key, 1).id for key in ("b", "c", "a")}
    path = f"{V2}/pages/{page.id}/properties"
    assert ids(site, path, limit=1) == list(made.values())
    assert ids(site, path, limit=1, sort="-key") == [made["c"], made["b"], made["a"]]
    assert ids(site, path, key="c") == [made["c"]]
    assert ask(site, path, sort="id").status_code == 400
    world.remove_property(page, "c")
    assert ids(site, path) == [made["b"], made["a"]]
    with pytest.raises(WorldError):
        world.remove_property(page, "c")


def test_the_properties_that_a_page_includes_go_on_behind_their_cursor(world: World, page: Content, site: Site) -> None:
    made = [world.set_property(page, f"key{number}", number).id for number in range(60)]
    part = ask(site, f"{V2}/pages/{page.id}", include_properties="true").json()["properties"]
    rest = ids(site, f"{V2}/pages/{page.id}/properties", cursor=part["meta"]["cursor"])
    assert [row["id"] for row in part["results"]] + rest == made


def test_fact_4_8_properties_of_what_the_caller_may_not_read_are_404(world: World, page: Content) -> None:
    made = world.set_property(page, "colour", "red")
    world.restrict(page, users=[world.admin])
    with serve(world, user=world.create_user(display_name="Other")) as site:
        assert ask(site, f"{V2}/pages/{page.id}/properties").status_code == 404
        assert ask(site, f"{V2}/pages/{page.id}/properties/{made.id}").status_code == 404


def test_a_property_is_found_under_the_path_of_its_bearers_type_only(world: World, page: Content, site: Site) -> None:
    made = world.set_property(page, "colour", "red")
    assert ask(site, f"{V2}/blogposts/{page.id}/properties").status_code == 404
    assert ask(site, f"{V2}/pages/{page.id}/properties/{int(made.id) + 1}").status_code == 404
