"""Cloud v2 page tree: folders and their kin, children, descendants, ancestors (FACTS 1.8, 1.17, 1.20, 9.6)."""

from __future__ import annotations

import pytest
from confluence_sim import Content, Site, Space, World, serve
from confluence_sim.clock import to_ms
from support.sim import V2, ask, ids, judged, rows

PLACES = ("folder", "whiteboard", "database", "embed")


@pytest.fixture
def home(world: World, space: Space) -> Content:
    return world.contents[space.homepage_id or ""]


def chain(world: World, space: Space, length: int) -> list[Content]:
    """Return pages of which each stands below the one before."""
    made = [world.create_page(space, title="1")]
    while len(made) < length:
        made.append(world.create_page(space, title=str(len(made) + 1), parent=made[-1]))
    return made


def test_every_answer_about_the_tree_keeps_to_atlassians_document(
    world: World, space: Space, home: Content, site: Site
) -> None:
    world.switches.folder_created_at_is_number = False
    made = {kind: world.create_tree_item(space, type=kind, title=kind, url="https://x.example/") for kind in PLACES}
    made["page"] = world.create_page(space, title="Page")
    for item in (*made.values(), *made.values()):
        world.create_page(space, title=f"below {len(world.contents)}", parent=item)
        world.set_property(item, "colour", "red")
    with judged(site):
        for kind, item in made.items():
            path = f"{V2}/{kind}s/{item.id}"
            assert ask(site, path, include_properties="true").json()["properties"]["results"], kind
            for part in ("direct-children", "descendants"):
                assert len(rows(site, f"{path}/{part}", limit=1)) == 2, (kind, part)
            assert ids(site, f"{path}/ancestors")[0] == home.id
        assert len(rows(site, f"{V2}/pages/{home.id}/children", sort="id")) == 1
        assert len(rows(site, f"{V2}/pages/{home.id}/descendants", depth=10, limit=3)) == 15


def test_fact_1_20_folders_and_their_kin_are_found_by_id_and_in_no_list(
    world: World, space: Space, home: Content, site: Site
) -> None:
    for kind in PLACES:
        item = world.create_tree_item(space, type=kind, title=kind)
        shown = ask(site, f"{V2}/{kind}s/{item.id}").json()
        assert (shown["id"], shown["type"], shown["title"]) == (item.id, kind, kind)
        assert (shown["parentId"], shown["parentType"], shown["position"]) == (home.id, "page", item.position)
        assert ask(site, f"{V2}/{kind}s").status_code == 404
        assert ask(site, f"{V2}/pages/{item.id}").status_code == 404
        assert ask(site, f"{V2}/{kind}s/{home.id}").status_code == 404
        assert item.id not in ids(site, f"{V2}/pages")
        assert item.id in ids(site, f"{V2}/pages/{home.id}/descendants")


@pytest.mark.parametrize("number", [True, False])
def test_fact_1_20_a_folders_birthday_is_a_number_if_the_switch_says_so(
    world: World, space: Space, site: Site, number: bool
) -> None:
    world.switches.folder_created_at_is_number = number
    folder = world.create_tree_item(space, type="folder", title="F")
    board = world.create_tree_item(space, type="whiteboard", title="W")
    born = to_ms(folder.created_at) if number else folder.created_at
    assert ask(site, f"{V2}/folders/{folder.id}").json()["createdAt"] == born
    assert ask(site, f"{V2}/whiteboards/{board.id}").json()["createdAt"] == board.created_at


def test_an_embed_tells_what_it_shows(world: World, space: Space, site: Site) -> None:
    embed = world.create_tree_item(space, type="embed", title="Chart", url="https://charts.example/1")
    assert ask(site, f"{V2}/embeds/{embed.id}").json()["embedUrl"] == "https://charts.example/1"


def test_fact_1_17_direct_children_are_of_every_type_and_children_are_pages(
    world: World, space: Space, home: Content, site: Site
) -> None:
    items = [world.create_tree_item(space, type=kind, title=kind) for kind in PLACES]
    page = world.create_page(space, title="A page")
    world.create_page(space, title="Deeper", parent=items[0])
    shown = rows(site, f"{V2}/pages/{home.id}/direct-children", limit=2)
    assert [(row["id"], row["type"]) for row in shown] == [(item.id, item.type) for item in (*items, page)]
    assert ids(site, f"{V2}/pages/{home.id}/children") == [page.id]
    assert ask(site, f"{V2}/folders/{items[0].id}/children").status_code == 404


def test_fact_1_8_direct_children_sort_by_place_too(world: World, space: Space, home: Content, site: Site) -> None:
    pages = [world.create_page(space, title=title) for title in ("b", "c", "a")]
    world.move(pages[0], parent=home, position=10**9)
    b, c, a = (page.id for page in pages)
    path = f"{V2}/pages/{home.id}/direct-children"
    assert ids(site, path, limit=1) == [c, a, b]
    assert ids(site, path, limit=1, sort="-child-position") == [b, a, c]
    assert ids(site, path, limit=1, sort="title") == [a, b, c]
    assert ids(site, path, limit=1, sort="id") == [b, c, a]
    assert ask(site, f"{V2}/pages/{home.id}/children", sort="title").status_code == 400


def test_fact_1_17_descendants_reach_two_levels_down_and_ten_at_most(world: World, space: Space, site: Site) -> None:
    pages = chain(world, space, 13)
    path = f"{V2}/pages/{pages[0].id}/descendants"
    assert ids(site, path) == [page.id for page in pages[1:3]]
    shown = rows(site, path, depth=10, limit=4)
    assert [row["id"] for row in shown] == [page.id for page in pages[1:11]]
    assert [row["depth"] for row in shown] == list(range(1, 11))
    assert [row["parentId"] for row in shown] == [page.id for page in pages[:10]]
    assert ask(site, path, depth=11).status_code == 400
    assert ids(site, f"{V2}/pages/{pages[10].id}/descendants", depth=10) == [page.id for page in pages[11:]]


def test_fact_1_17_the_highest_descendant_comes_first(world: World, space: Space, home: Content, site: Site) -> None:
    one = world.create_page(space, title="1")
    below = world.create_page(space, title="1.1", parent=one)
    two = world.create_page(space, title="2")
    assert ids(site, f"{V2}/pages/{home.id}/descendants", limit=1) == [one.id, two.id, below.id]


def test_fact_1_17_ancestors_come_root_first_and_go_on_from_the_highest(
    world: World, space: Space, home: Content, site: Site
) -> None:
    pages = chain(world, space, 6)
    path = f"{V2}/pages/{pages[-1].id}/ancestors"
    assert ids(site, path) == [home.id, *(page.id for page in pages[:-1])]
    nearest = ask(site, path, limit=2).json()
    assert [row["id"] for row in nearest["results"]] == [pages[3].id, pages[4].id]
    assert "next" not in nearest["_links"]
    assert ids(site, f"{V2}/pages/{pages[3].id}/ancestors", limit=2) == [pages[1].id, pages[2].id]
    assert ask(site, path, cursor="x").status_code == 400


def test_fact_9_6_a_page_names_the_folder_it_stands_in(world: World, space: Space, site: Site) -> None:
    folder = world.create_tree_item(space, type="folder", title="F")
    page = world.create_page(space, title="P", parent=folder)
    shown = ask(site, f"{V2}/pages/{page.id}").json()
    assert (shown["parentId"], shown["parentType"]) == (folder.id, "folder")
    assert ids(site, f"{V2}/pages/{page.id}/ancestors") == [space.homepage_id, folder.id]


def test_what_is_in_the_trash_or_hidden_is_in_no_tree(world: World, space: Space, home: Content) -> None:
    archived, trashed, secret = (world.create_page(space, title=title) for title in "abc")
    below = world.create_page(space, title="below", parent=secret)
    world.archive(archived)
    world.trash(trashed)
    world.restrict(secret, users=[world.admin])
    with serve(world, user=world.create_user(display_name="Other")) as site:
        for part in ("direct-children", "children", "descendants"):
            assert ids(site, f"{V2}/pages/{home.id}/{part}") == [archived.id], part
        assert ask(site, f"{V2}/pages/{below.id}/ancestors").status_code == 404
        assert ask(site, f"{V2}/pages/{secret.id}/descendants").status_code == 404
