"""v1 restrictions, groups and users (FACTS 2.1, 2.5, 3.3, 4.8, 9.8)."""

from __future__ import annotations

from confluence_sim import Content, Site, World, serve
from support.sim import V1, ask, judged

GROUP = f"{V1}/group"


def of(content: Content, rest: str = "") -> str:
    return f"{V1}/content/{content.id}/restriction{rest}"


def test_every_answer_about_people_keeps_to_atlassians_document(world: World, page: Content, site: Site) -> None:
    ada = world.create_user(display_name="Ada", email="ada@example.com", time_zone="Europe/Vienna")
    crew = world.create_group("crew", [ada])
    world.restrict(page, users=[world.admin, ada], groups=[crew])
    world.restrict(page, "update", users=[world.admin])
    one = {"accountId": ada.account_id}
    with judged(site):
        for path, query in (
            *((of(page), {}), (of(page, "/byOperation"), {}), (of(page, "/byOperation/read"), {"limit": 1})),
            *((GROUP, {"limit": 1}), (f"{GROUP}/by-id", {"id": crew.id}), (f"{GROUP}/picker", {"query": "cre"})),
            *((f"{GROUP}/{crew.id}/membersByGroupId", {}), (f"{V1}/user", one), (f"{V1}/user/memberof", one)),
            *((f"{V1}/user/bulk", one), (f"{V1}/user/current", {})),
        ):
            answer = ask(site, path, **query)
            assert answer.status_code == 200, (path, answer.text)


def test_restrictions_tell_users_and_groups_of_each_operation(world: World, page: Content, site: Site) -> None:
    ada = world.create_user(display_name="Ada")
    crew = world.create_group("crew")
    world.restrict(page, users=[world.admin, ada], groups=[crew])
    by_operation = ask(site, of(page, "/byOperation")).json()
    read, update = (by_operation[name]["restrictions"] for name in ("read", "update"))
    assert [item["accountId"] for item in read["user"]["results"]] == [world.admin.account_id, ada.account_id]
    assert [item["id"] for item in read["group"]["results"]] == [crew.id]
    assert (update["user"]["results"], update["group"]["results"]) == ([], [])
    listed = ask(site, of(page)).json()
    assert [item["operation"] for item in listed["results"]] == ["read", "update"]
    world.unrestrict(page)
    lifted = ask(site, of(page)).json()
    assert lifted["restrictionsHash"] != listed["restrictionsHash"]
    assert ask(site, of(page, "/byOperation/read")).json()["restrictions"]["user"]["size"] == 0
    assert ask(site, of(page, "/byOperation/fly")).status_code == 400


def test_a_long_restriction_has_a_next_of_its_own(world: World, page: Content, site: Site) -> None:
    users = [world.admin, *(world.create_user(display_name=f"User {number}") for number in range(129))]
    world.restrict(page, users=users)
    found: list[str] = []
    part = ask(site, of(page, "/byOperation")).json()["read"]["restrictions"]["user"]
    while True:
        found += [item["accountId"] for item in part["results"]]
        if "next" not in part["_links"]:
            break
        part = ask(site, "/wiki" + part["_links"]["next"]).json()["restrictions"]["user"]
    assert found == [user.account_id for user in users]
    expand = {"cql": f"id = {page.id}", "expand": "restrictions.read.restrictions.user"}
    inner = ask(site, f"{V1}/content/search", **expand).json()["results"][0]["restrictions"]["read"]["restrictions"]
    assert inner["user"]["size"] == 25
    assert "start=25" in inner["user"]["_links"]["next"]


def test_fact_3_3_a_restriction_makes_no_version(world: World, page: Content, site: Site) -> None:
    before = ask(site, f"/wiki/api/v2/pages/{page.id}").json()
    world.restrict(page, users=[world.admin])
    assert ask(site, f"/wiki/api/v2/pages/{page.id}").json() == before


def test_fact_4_8_restrictions_of_what_one_may_not_read_are_404(world: World, page: Content, site: Site) -> None:
    other = world.create_user(display_name="Other")
    world.restrict(page, users=[other])
    refused = ask(site, of(page, "/byOperation"))
    assert refused.status_code == refused.json()["statusCode"] == 404
    with serve(world, user=other) as theirs:
        assert ask(theirs, of(page, "/byOperation")).status_code == 200


def test_fact_2_5_groups_and_members_go_by_start_and_limit(world: World, site: Site) -> None:
    users = [world.create_user(display_name=f"User {number}") for number in range(5)]
    crew = world.create_group("crew", users)
    found: list[str] = []
    answer = ask(site, f"{GROUP}/{crew.id}/membersByGroupId", limit=2, shouldReturnTotalSize="true").json()
    assert answer["totalSize"] == 5
    while True:
        found += [item["accountId"] for item in answer["results"]]
        if "next" not in answer["_links"]:
            break
        answer = ask(site, "/wiki" + answer["_links"]["next"]).json()
    assert found == [user.account_id for user in users]
    assert ask(site, GROUP, limit=5000).json()["limit"] == 200
    assert [item["name"] for item in ask(site, GROUP).json()["results"]] == ["confluence-users", "crew"]
    world.leave_group(crew, users[0])
    mine = ask(site, f"{V1}/user/memberof", accountId=users[0].account_id).json()
    assert [item["name"] for item in mine["results"]] == ["confluence-users"]
    assert ask(site, f"{GROUP}/nobody/membersByGroupId").status_code == 404


def test_users_by_id_one_and_many(world: World, site: Site) -> None:
    ada = world.create_user(display_name="Ada", email="ada@example.com")
    gone = world.create_user(display_name="Bob")
    world.close_user(gone)
    shown = ask(site, f"{V1}/user", accountId=ada.account_id).json()
    assert (shown["displayName"], shown["email"]) == ("Ada", "ada@example.com")
    asked = [ada.account_id, "712020:nobody", gone.account_id]
    many = ask(site, f"{V1}/user/bulk", accountId=asked).json()
    assert [item["displayName"] for item in many["results"]] == ["Ada", "Former user (Deleted)"]
    assert ask(site, f"{V1}/user", accountId="712020:nobody").status_code == 404
    assert ask(site, f"{V1}/user").status_code == ask(site, f"{V1}/user/bulk").status_code == 400


def test_identity_objects_cost_double(world: World, site: Site) -> None:
    crew = world.create_group("crew", [world.create_user(display_name=f"User {number}") for number in range(5)])
    site.requests.clear()
    ask(site, f"{GROUP}/{crew.id}/membersByGroupId")
    assert site.totals.points == 11
