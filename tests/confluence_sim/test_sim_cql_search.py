"""CQL search on v1: paging, caps, envelopes (FACTS 2.4 to 2.6, 2.14 to 2.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from confluence_sim import Fault, Site, Space, World, serve
from support.sim import V1, ask, judged

PAGES = "type = page and space = ENG"


@pytest.fixture
def site(world: World, space: Space) -> Iterator[Site]:
    for number in range(6):
        world.create_page(space, title=f"Page {number}", body=f"<p>Body {number}</p>")
    with serve(world) as served:
        yield served


def cursor_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["cursor"][0]


def found(site: Site, cql: str, path: str = "/content/search", **query: Any) -> list[str]:
    """Return the titles that a search finds, walking by cursor."""
    titles: list[str] = []
    while True:
        answer = ask(site, V1 + path, cql=cql, **query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        titles += [row["title"] for row in page["results"]]
        if "next" not in page["_links"]:
            return titles
        query["cursor"] = cursor_of(page["_links"]["next"])


def test_every_search_answer_keeps_to_atlassians_document(world: World, space: Space, site: Site) -> None:
    page = world.create_page(space, title="Rich", body="<p>rich</p>")
    world.label(page, "red")
    world.attach(page, filename="a.png", data=b"a", media_type="image/png")
    world.comment(page, body="<p>1</p>")
    world.create_blogpost(space, title="News")
    world.restrict(page, users=[world.admin])
    parts = "body.storage,version,history.lastUpdated,space,ancestors,container,metadata.labels,children.attachment"
    expand = f"{parts},restrictions.read.restrictions.user,restrictions.read.restrictions.group"
    of_content = ",".join(f"content.{name}" for name in expand.split(","))
    with judged(site):
        for cql in ("type = page", "type in (blogpost, attachment, comment)"):
            assert found(site, cql, expand=expand, limit=2)
            assert found(site, cql, "/search", expand=f"{of_content},space", limit=2)


def test_fact_2_3_next_is_relative_to_wiki_and_links_have_base_context_and_self(site: Site) -> None:
    for path in ("/content/search", "/search"):
        links = ask(site, V1 + path, cql=PAGES, limit=2).json()["_links"]
        assert links["next"].startswith(f"/rest/api{path}?")
        assert (links["base"], links["context"]) == (f"{site.url}/wiki", "/wiki")
        assert links["self"].startswith(f"{site.url}/wiki/rest/api{path}?cql=")
        assert "prev" not in links
        second = ask(site, "/wiki" + links["next"]).json()
        back = ask(site, "/wiki" + second["_links"]["prev"]).json()
        assert [row["title"] for row in back["results"]] == ["Engineering Home", "Page 0"]


def test_fact_2_5_a_cursor_walks_everything_once(site: Site) -> None:
    everything = ["Engineering Home", *(f"Page {number}" for number in range(6))]
    for path in ("/content/search", "/search"):
        assert found(site, PAGES, path, limit=2) == everything
        backwards = found(site, f"{PAGES} order by lastmodified desc, title asc", path, limit=3)
        assert backwards == everything[::-1]


def test_fact_2_5_start_moves_nothing_and_content_search_does_not_know_it(site: Site) -> None:
    far = ask(site, f"{V1}/search", cql=PAGES, start=100001, limit=1).json()
    assert (far["start"], far["size"], far["totalSize"]) == (100001, 1, 7)
    near = ask(site, f"{V1}/search", cql=PAGES, start=1, limit=1).json()
    assert near["results"] == far["results"]
    assert cursor_of(near["_links"]["next"]) == cursor_of(far["_links"]["next"])
    assert ask(site, f"{V1}/content/search", cql=PAGES, start=1).status_code == 400


@pytest.mark.parametrize(
    ("expand", "most"), [("", 320), ("version", 200), ("body.storage", 50), ("body.storage,body.export_view", 25)]
)
def test_fact_2_6_caps_depend_on_what_is_expanded(
    world: World, space: Space, site: Site, expand: str, most: int
) -> None:
    for number in range(313):
        world.create_page(space, title=f"More {number}")
    answer = ask(site, f"{V1}/content/search", cql=PAGES, limit=500, expand=expand).json()
    assert (answer["limit"], len(answer["results"])) == (most if expand else 500, most)
    names = ",".join(f"content.{name}" for name in expand.split(",") if name)
    answer = ask(site, f"{V1}/search", cql=PAGES, limit=500, expand=names).json()
    assert (answer["limit"], answer["size"]) == (500, most)
    assert len(found(site, PAGES, limit=500, expand=expand)) == 320


def test_fact_2_6_an_ancestor_that_cannot_be_read_makes_the_whole_batch_404(
    world: World, space: Space, site: Site
) -> None:
    parent = world.create_page(space, title="Parent")
    child = world.create_page(space, title="Child", parent=parent)
    world.trash(child)
    world.trash(parent)
    world.restore(child)
    child.parent_id = parent.id
    assert found(site, PAGES, expand="ancestors")
    refused = ask(site, f"{V1}/content/search", cql=PAGES, expand="ancestors.restrictions.read.restrictions.user")
    assert refused.status_code == 404


def test_fact_2_6_expanding_a_storage_body_can_be_a_500(world: World, site: Site) -> None:
    world.switches.search_storage_body_fails = True
    assert ask(site, f"{V1}/content/search", cql=PAGES, expand="body.storage").status_code == 500
    assert found(site, PAGES, expand="body.atlas_doc_format")


def test_only_the_search_with_envelopes_wants_the_prefix_content(site: Site) -> None:
    bare = ask(site, f"{V1}/search", cql=PAGES, expand="body.storage").json()["results"][0]["content"]
    assert "body" not in bare
    full = ask(site, f"{V1}/search", cql="title = 'Page 1'", expand="content.body.storage").json()["results"][0]
    assert full["content"]["body"]["storage"]["value"] == "<p>Body 1</p>"


def test_fact_2_14_archived_spaces_are_left_out_unless_asked_for(world: World, site: Site) -> None:
    old = world.create_space(key="OLD", name="Old")
    world.archive_space(old)
    every = "type = page and title ~ Home"
    assert found(site, every, "/search") == ["Engineering @@@hl@@@Home@@@endhl@@@"]
    plain: dict[str, Any] = {"path": "/search", "excerpt": "none"}
    assert found(site, every, **plain, includeArchivedSpaces="true") == ["Engineering Home", "Old Home"]
    assert found(site, every, **plain, excludeCurrentSpaces="true") == ["Old Home"]
    assert ask(site, f"{V1}/search", cql=every).json()["archivedResultCount"] == 1
    assert found(site, every) == ["Engineering Home"]
    world.switches.content_search_holds_archived_spaces = True
    assert found(site, every) == ["Engineering Home", "Old Home"]


def test_excerpts_are_text_with_marks_around_the_words_searched_for(world: World, space: Space, site: Site) -> None:
    world.create_page(space, title="Ops", body="<p>Turn the <b>lamp</b> &amp; wait</p>")
    for strategy, text in (
        ("highlight", "Turn the @@@hl@@@lamp@@@endhl@@@ &amp; wait"),
        ("indexed_unescaped", "Turn the lamp & wait"),
        ("none", ""),
    ):
        row = ask(site, f"{V1}/search", cql="text ~ lamp", excerpt=strategy).json()["results"][0]
        assert row["excerpt"] == text


def test_a_result_names_the_page_it_hangs_on_and_its_space(world: World, space: Space, site: Site) -> None:
    page = world.page_by_title(space, "Page 1")
    assert page is not None
    world.attach(page, filename="a.png", data=b"a")
    row = ask(site, f"{V1}/search", cql="type = attachment").json()["results"][0]
    assert (row["title"], row["entityType"], row["content"]["type"]) == ("a.png", "content", "attachment")
    assert row["resultParentContainer"] == {"title": "Page 1", "displayUrl": f"/spaces/ENG/pages/{page.id}/Page+1"}
    assert row["resultGlobalContainer"] == {"title": "Engineering", "displayUrl": "/spaces/ENG"}


def test_fact_2_15_and_2_16_errors_and_space_ids_have_v1s_form(space: Space, site: Site) -> None:
    refused = ask(site, f"{V1}/content/search", cql="type =")
    assert refused.status_code == refused.json()["statusCode"] == 400
    assert refused.json()["message"].startswith("com.atlassian.")
    assert ask(site, f"{V1}/content/search").status_code == 400
    assert ask(site, f"{V1}/search", cql=PAGES, cursor="nonsense").status_code == 400
    shown = ask(site, f"{V1}/content/search", cql=PAGES, expand="space").json()["results"][0]
    assert shown["space"]["id"] == int(space.id)


def test_a_search_shows_only_what_its_user_may_read(world: World, space: Space, site: Site) -> None:
    other = world.create_user(display_name="Other")
    secret = world.page_by_title(space, "Page 3")
    assert secret is not None
    world.restrict(secret, users=[world.admin])
    assert "Page 3" in found(site, PAGES)
    with serve(world, user=other) as theirs:
        assert "Page 3" not in found(theirs, PAGES)
        world.forbid(space, next(iter(world.groups.values())))
        assert found(theirs, PAGES) == []


@pytest.mark.parametrize("fault", ["empty_page", "short_page", "repeated_cursor"])
def test_faults_of_listings_keep_the_form_of_v1s_links(site: Site, fault: str) -> None:
    first = ask(site, f"{V1}/content/search", cql=PAGES, limit=2).json()
    site.faults.add(Fault(fault, share=1, times=1))
    second = ask(site, "/wiki" + first["_links"]["next"]).json()
    assert second["_links"]["next"].startswith("/rest/api/content/search?")
    third = ask(site, "/wiki" + second["_links"]["next"]).json()
    shown = [row["title"] for page in (first, second, third) for row in page["results"]]
    assert set(shown) <= {"Engineering Home", *(f"Page {number}" for number in range(6))}
    assert len(third["results"]) in (1, 2)
