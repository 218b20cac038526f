"""Cloud v2 questions about many ids, and space permissions (FACTS 1.21, 5.2, 9.1, 9.8)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from confluence_sim import Site, Space, World, serve
from support.sim import V2, ask, judged, rows


def post(site: Site, path: str, body: Any) -> requests.Response:
    return requests.post(site.url + V2 + path, json=body, auth=(site.email, site.token), timeout=10)


def types(site: Site, *ids: str) -> dict[str, str | None]:
    answer = post(site, "/content/convert-ids-to-types", {"contentIds": list(ids)})
    assert answer.status_code == 200, answer.text
    results: dict[str, str | None] = answer.json()["results"]
    return results


def test_every_bulk_answer_keeps_to_atlassians_document(world: World, space: Space, site: Site) -> None:
    page = world.create_page(space, title="Page")
    people = [world.admin.account_id, world.create_user(display_name="Ada", time_zone="Europe/Paris").account_id]
    world.create_space(key="~ada", name="Ada", type="personal", author=world.users[people[1]])
    with judged(site):
        assert len(post(site, "/users-bulk", {"accountIds": people}).json()["results"]) == 2
        assert types(site, page.id) == {page.id: "page"}
        assert ask(site, f"{V2}/spaces/{space.id}/permissions", limit=1).status_code == 200


def test_fact_1_21_users_come_in_bulk_with_what_their_profiles_show(world: World, space: Space, site: Site) -> None:
    ada = world.create_user(display_name="Ada", email="ada@example.com", time_zone="Europe/Paris")
    shy = world.create_user(display_name="Shy")
    home = world.create_space(key="~ada", name="Ada", type="personal", author=ada)
    asked = {"accountIds": [ada.account_id, shy.account_id, "712020:nobody"]}
    shown = post(site, "/users-bulk", asked).json()["results"]
    assert [(row["displayName"], row["email"], row["timeZone"], row["personalSpaceId"]) for row in shown] == [
        ("Ada", "ada@example.com", "Europe/Paris", home.id),
        ("Shy", "", None, None),
    ]


def test_fact_9_8_a_closed_account_is_a_former_user(world: World, site: Site) -> None:
    gone = world.create_user(display_name="Ada", email="ada@example.com")
    world.close_user(gone)
    (row,) = post(site, "/users-bulk", {"accountIds": [gone.account_id]}).json()["results"]
    assert (row["accountStatus"], row["displayName"], row["email"]) == ("closed", "Former user (Deleted)", "")


def test_fact_5_2_a_user_and_a_permission_cost_two_points_each(world: World, space: Space, site: Site) -> None:
    post(site, "/users-bulk", {"accountIds": [world.admin.account_id]})
    assert site.requests[-1].points == 1 + 2
    ask(site, f"{V2}/spaces/{space.id}/permissions")
    assert site.requests[-1].points == 1 + 2 * 2


def test_fact_1_21_ids_become_types_of_v2(world: World, space: Space, site: Site) -> None:
    page = world.create_page(space, title="Page")
    folder = world.create_tree_item(space, type="folder", title="Folder")
    file = world.attach(page, filename="a.txt", data=b"a")
    foot, inline = world.comment(page, body="<p>f</p>"), world.comment(page, body="<p>i</p>", location="inline")
    bare = file.id.removeprefix("att")
    asked = (page.id, folder.id, file.id, bare, foot.id, inline.id)
    assert list(types(site, *asked).values()) == [
        *("page", "folder", "attachment", "attachment", "footer-comment", "inline-comment")
    ]


@pytest.mark.parametrize("known", [True, False])
def test_fact_1_21_a_deleted_or_hidden_id_is_null(world: World, space: Space, known: bool) -> None:
    world.switches.convert_knows_trashed = known
    trashed, purged, secret = (world.create_page(space, title=title) for title in "abc")
    world.trash(trashed)
    world.purge(purged)
    world.restrict(secret, users=[world.admin])
    with serve(world, user=world.create_user(display_name="Other")) as site:
        assert types(site, trashed.id, purged.id, secret.id, "1") == {
            trashed.id: "page" if known else None,
            purged.id: None,
            secret.id: None,
            "1": None,
        }


def test_fact_1_21_more_ids_than_allowed_are_refused(site: Site) -> None:
    convert, users = "/content/convert-ids-to-types", "/users-bulk"
    for path, body, status in (
        (convert, {"contentIds": list(range(100))}, 200),
        (convert, {"contentIds": list(range(101))}, 400),
        (users, {"accountIds": [str(number) for number in range(250)]}, 200),
        (users, {"accountIds": [str(number) for number in range(251)]}, 400),
        (users, {"accountIds": []}, 400),
        (users, {"contentIds": ["1"]}, 400),
        (users, [], 400),
    ):
        assert post(site, path, body).status_code == status, (path, body)
    answer = requests.post(site.url + V2 + users, data=b"{", auth=(site.email, site.token), timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID_REQUEST_PARAMETER")
    assert ask(site, V2 + users).status_code == 405


def test_a_space_lists_its_permissions_by_page(world: World, space: Space, site: Site) -> None:
    ada = world.create_user(display_name="Ada")
    writers = world.create_group("writers", [ada])
    world.permit(space, writers, "create", "page")
    world.permit(space, ada, "delete", "comment")
    shown = rows(site, f"{V2}/spaces/{space.id}/permissions", limit=1)
    assert [row["id"] for row in shown] == [item.id for item in space.permissions]
    assert [(row["principal"], row["operation"]) for row in shown[2:]] == [
        ({"type": "group", "id": writers.id}, {"key": "create", "targetType": "page"}),
        ({"type": "user", "id": ada.account_id}, {"key": "delete", "targetType": "comment"}),
    ]
    world.forbid(space, ada)
    assert [row["principal"]["id"] for row in rows(site, f"{V2}/spaces/{space.id}/permissions")][2:] == [writers.id]
    assert ask(site, f"{V2}/spaces/1/permissions").status_code == 404
