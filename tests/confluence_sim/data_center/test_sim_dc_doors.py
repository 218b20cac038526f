"""Who a Data Center lets in: tokens, passwords, nobody (FACTS 4.10, 5.6, 6.4, 7.5)."""

from __future__ import annotations

import pytest
import requests
from confluence_sim import Content, DataCenterSite, Fault, World
from support.datacenter import API, get, ids, one


@pytest.fixture
def page(world: World) -> Content:
    space = world.create_space(key="ENG", name="Engineering", homepage=False)
    return world.create_page(space, title="Page")


def by_password(site: DataCenterSite, password: str | None = None) -> requests.Response:
    pair = (site.user.username, site.password if password is None else password)
    return requests.get(f"{site.base_url}{API}/user/current", auth=pair, timeout=10)


def test_fact_7_5_a_token_needs_no_user_name(world: World, site: DataCenterSite) -> None:
    answer = get(site, f"{API}/user/current")
    assert (answer.status_code, answer.headers["X-AUSERNAME"]) == (200, world.admin.username)
    shown = answer.json()
    assert (shown["type"], shown["username"], shown["userKey"]) == (
        *("known", world.admin.username),
        world.admin.user_key,
    )
    assert {"accountId", "email"}.isdisjoint(shown)
    assert shown["_links"]["base"] == site.base_url
    assert site.config == {"base_url": site.base_url, "personal_access_token": site.token}


def test_fact_7_5_a_name_and_a_password_do_too_unless_disabled(world: World, site: DataCenterSite) -> None:
    assert by_password(site).json()["username"] == world.admin.username
    assert site.basic_config["username"] == world.admin.username
    world.switches.dc_basic_auth = False
    assert by_password(site).status_code == 403
    assert get(site, f"{API}/user/current").status_code == 200


def test_fact_7_5_a_dead_token_is_refused_where_anonymous_access_is_off(page: Content, site: DataCenterSite) -> None:
    assert ids(site, "/content", status="current") == [page.id]
    site.doors.revoke(site.token)
    for path in ("/user/current", "/content", f"/content/{page.id}"):
        assert get(site, API + path).status_code == 401, path
    assert requests.get(f"{site.base_url}{API}/content", timeout=10).status_code == 403


def test_fact_7_5_a_dead_token_is_anybodys_where_anonymous_access_is_on(
    world: World, page: Content, site: DataCenterSite
) -> None:
    world.switches.dc_anonymous_access = True
    public = world.create_space(key="PUB", name="Public", homepage=False)
    world.permit(public, None)
    open_page = world.create_page(public, title="Open")
    secret = world.create_page(public, title="Secret")
    world.restrict(secret, users=[world.admin])
    assert ids(site, "/content", status="current") == [page.id, open_page.id, secret.id]
    site.doors.revoke(site.token)
    assert ids(site, "/content", status="current") == [open_page.id]
    assert [row["key"] for row in one(site, "/space")["results"]] == ["PUB"]
    assert [row["id"] for row in one(site, "/content/search", cql="type=page")["results"]] == [open_page.id]
    assert get(site, f"{API}/content/{page.id}").status_code == 404
    who = get(site, f"{API}/user/current")
    assert (who.status_code, who.json()["type"], who.headers["X-AUSERNAME"]) == (200, "anonymous", "anonymous")
    world.forbid(public, None)
    assert ids(site, "/content", status="current") == []


def test_fact_7_5_who_has_no_account_may_be_told_nothing_of_it(world: World, site: DataCenterSite) -> None:
    world.switches.dc_anonymous_access = True
    world.switches.dc_anonymous_told = False
    site.doors.revoke(site.token)
    assert get(site, f"{API}/user/current").status_code == 403
    answer = get(site, f"{API}/content", status="current")
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert "X-AUSERNAME" not in answer.headers


def test_fact_4_10_after_three_wrong_passwords_a_captcha_stands_before_the_account(
    world: World, site: DataCenterSite
) -> None:
    for _ in range(3):
        refused = by_password(site, "wrong")
        assert (refused.status_code, refused.headers["X-Seraph-LoginReason"]) == (401, "AUTHENTICATED_FAILED")
    denied = by_password(site)
    assert (denied.status_code, denied.headers["X-Seraph-LoginReason"]) == (401, "AUTHENTICATION_DENIED")
    assert get(site, f"{API}/user/current").status_code == 200
    site.doors.log_in_by_browser(world.admin)
    assert by_password(site).status_code == 200


def test_a_right_password_forgives_wrong_ones_before_it(site: DataCenterSite) -> None:
    for password in ("wrong", "wrong", None, "wrong", "wrong"):
        by_password(site, password)
    assert by_password(site).status_code == 200


def test_each_account_sees_what_is_its_own(world: World, page: Content, site: DataCenterSite) -> None:
    other = world.create_user(display_name="Other")
    site.doors.add(other, password="secret", token="theirs")
    world.restrict(page, users=[world.admin])
    assert get(site, f"{API}/content/{page.id}").status_code == 200
    assert get(site, f"{API}/content/{page.id}", token="theirs").status_code == 404
    assert get(site, f"{API}/user/current", token="theirs").json()["username"] == other.username


def test_fact_5_6_rate_limiting_tells_retry_after_on_good_answers_too(world: World, site: DataCenterSite) -> None:
    assert "retry-after" not in get(site, f"{API}/user/current").headers
    world.switches.dc_rate_limit_headers = True
    answer = get(site, f"{API}/user/current")
    assert (answer.status_code, answer.headers["retry-after"]) == (200, "0")
    assert int(answer.headers["X-RateLimit-Remaining"]) < int(answer.headers["X-RateLimit-Limit"])


def test_fact_6_4_files_come_with_the_same_credentials(world: World, page: Content, site: DataCenterSite) -> None:
    world.attach(page, filename="ä b.txt", data=b"one", media_type="text/plain")
    file = world.attach(page, filename="ä b.txt", data=b"two", media_type="text/plain")
    link = one(site, f"/content/{file.id}")["_links"]["download"]
    answer = get(site, link)
    assert (answer.status_code, answer.content) == (200, b"two")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert get(site, link.replace("version=2", "version=1")).content == b"one"
    assert get(site, link.split("?")[0]).content == b"two"
    assert get(site, f"/download/attachments/{page.id}/none.txt").status_code == 404


def test_fact_6_4_who_has_no_account_is_led_to_the_login_page(
    world: World, page: Content, site: DataCenterSite
) -> None:
    world.switches.dc_anonymous_access = True
    file = world.attach(page, filename="a.txt", data=b"a")
    link = one(site, f"/content/{file.id}")["_links"]["download"]
    site.doors.revoke(site.token)
    answer = get(site, link)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{site.base_url}/login.action?")
    login = requests.get(answer.headers["Location"], timeout=10)
    assert (login.status_code, login.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")


def test_the_log_and_the_simulators_own_doors_are_there_too(page: Content, site: DataCenterSite) -> None:
    get(site, f"{API}/content", status="current")
    assert (site.requests[-1].path, site.requests[-1].rows) == ("/confluence/rest/api/content", 1)
    assert site.totals.requests == 1
    headers = {"Authorization": f"Bearer {site.token}"}
    shown = requests.get(f"{site.url}/_sim/requests", headers=headers, timeout=10).json()
    assert shown["totals"]["requests"] == 1
    verb = {"verb": "set_property", "content": page.id, "key": "colour", "value": "red"}
    requests.post(f"{site.url}/_sim/verbs", headers=headers, json=verb, timeout=10)
    assert page.properties[0].value == "red"


def test_faults_strike_a_data_center_too(world: World, page: Content, site: DataCenterSite) -> None:
    site.faults.add(Fault("page_forbidden", share=1))
    assert [get(site, f"{API}/content", status="current").status_code for _ in range(2)] == [403, 200]
    assert get(site, f"{API}/content/{page.id}").status_code == 200
    site.faults.clear()
    site.faults.add(Fault("edit_mid_walk", share=1))
    shown = one(site, "/content/scan", status="current", expand="version")["results"]
    assert (shown[0]["version"]["number"], page.version) == (1, 2)


def test_fact_7_5_a_token_that_dies_in_the_middle_of_a_walk_leaves_less_with_200(
    world: World, page: Content, site: DataCenterSite
) -> None:
    world.switches.dc_anonymous_access = True
    site.faults.add(Fault("token_forgotten", after=1))
    sizes = [one(site, "/content", status="current")["size"] for _ in range(3)]
    assert sizes == [1, 0, 0]
    assert site.requests[-1].fault == "token_forgotten"
