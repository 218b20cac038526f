"""v1 content state: 403 for what the caller may not see, 404 for what is not there, as Atlassian's document says."""

from __future__ import annotations

from confluence_sim import Content, Site, World
from support.sim import V1, ask, judged


def test_the_state_of_a_page_tells_hidden_from_missing_as_documented(world: World, page: Content, site: Site) -> None:
    state = f"{V1}/content/{page.id}/state"
    with judged(site):
        assert ask(site, state).status_code == 200
        assert ask(site, f"{V1}/content/999999/state").status_code == 404
        world.restrict(page, users=[world.create_user(display_name="Ada")])
        assert ask(site, state).status_code == 403
    assert ask(site, state, status="nonsense").status_code == 400


def test_a_site_that_keeps_to_its_other_answers_tells_hidden_from_missing_nowhere(
    world: World, page: Content, site: Site
) -> None:
    world.switches.content_state_tells_hidden = False
    world.restrict(page, users=[world.create_user(display_name="Ada")])
    assert ask(site, f"{V1}/content/{page.id}/state").status_code == 404


def test_what_is_trashed_or_purged_has_no_state(world: World, page: Content, site: Site) -> None:
    world.trash(page)
    assert ask(site, f"{V1}/content/{page.id}/state").status_code == 404
    world.purge(page)
    assert ask(site, f"{V1}/content/{page.id}/state").status_code == 404
