"""Bytes of attachments: redirects, signed links, and the path that is for browsers (FACTS 6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from confluence_sim import Content, Fault, Site, World
from support.sim import V1, V2, ask, judged


@pytest.fixture
def file(world: World, page: Content) -> Content:
    return world.attach(page, filename="a b.png", data=b"\x89PNG first", media_type="image/png")


def path_of(file: Content) -> str:
    return f"{V1}/content/{file.container_id}/child/attachment/{file.id}/download"


def redirect(site: Site, path: str, **query: Any) -> requests.Response:
    return requests.get(site.url + path, params=query, auth=(site.email, site.token), timeout=10, allow_redirects=False)


def test_a_download_keeps_to_atlassians_document(file: Content, site: Site) -> None:
    with judged(site):
        assert redirect(site, path_of(file)).status_code == 302
        assert redirect(site, path_of(file), version=1).status_code == 302


def test_fact_6_1_a_download_redirects_to_the_media_host(file: Content, site: Site) -> None:
    answer = redirect(site, path_of(file))
    target = answer.headers["Location"]
    assert answer.status_code == 302
    assert urlsplit(target).netloc == urlsplit(site.media_url).netloc != urlsplit(site.url).netloc
    assert urlsplit(target).path == f"/file/{file.current.file_id}/binary"
    got = requests.get(target, timeout=10)
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, b"\x89PNG first", "image/png")
    assert "a%20b.png" in got.headers["Content-Disposition"]
    assert site.media.requests[0].authorized is False


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_fact_6_1_credentials_sent_to_the_media_host_are_refused_and_noted(
    file: Content, site: Site, header: str
) -> None:
    target = redirect(site, path_of(file)).headers["Location"]
    assert requests.get(target, headers={header: "Basic c2VjcmV0"}, timeout=10).status_code == 400
    assert site.media.requests[0].authorized is True


def test_requests_own_redirect_sends_no_credentials_on(file: Content, site: Site) -> None:
    assert ask(site, path_of(file)).content == b"\x89PNG first"
    assert [entry.authorized for entry in (*site.requests, *site.media.requests)] == [True, False]


def test_fact_6_1_each_version_has_its_own_bytes(world: World, page: Content, file: Content, site: Site) -> None:
    world.attach(page, filename="a b.png", data=b"second", media_type="image/png")
    assert ask(site, path_of(file)).content == b"second"
    assert ask(site, path_of(file), version=1).content == b"\x89PNG first"
    assert redirect(site, path_of(file), version=3).status_code == 400


def test_fact_6_6_a_link_is_good_for_a_short_time(world: World, file: Content, site: Site) -> None:
    world.switches.media_link_seconds = 30
    target = redirect(site, path_of(file)).headers["Location"]
    world.clock.advance(seconds=29)
    assert requests.get(target, timeout=10).status_code == 200
    world.clock.advance(seconds=1)
    assert requests.get(target, timeout=10).status_code == 403
    assert requests.get(redirect(site, path_of(file)).headers["Location"], timeout=10).status_code == 200


def test_a_link_is_good_for_its_own_file_only(world: World, page: Content, file: Content, site: Site) -> None:
    other = world.attach(page, filename="other.txt", data=b"other")
    target = redirect(site, path_of(file)).headers["Location"]
    wrong = target.replace(file.current.file_id, other.current.file_id, 1)
    assert requests.get(wrong, timeout=10).status_code == 403
    for token in ("", "a.b.c", "no-token"):
        bare = f"{site.media_url}/file/{file.current.file_id}/binary?token={token}"
        assert requests.get(bare, timeout=10).status_code == 403
    world.purge(file)
    assert requests.get(target, timeout=10).status_code == 404


def test_missing_or_forbidden_attachments_are_404(world: World, page: Content, file: Content, site: Site) -> None:
    other = world.create_user(display_name="Other")
    elsewhere = world.create_page(world.spaces[page.space_id], title="Elsewhere")
    assert redirect(site, path_of(file).replace(f"/{page.id}/", f"/{elsewhere.id}/")).status_code == 404
    assert redirect(site, path_of(file).replace(file.id, "att1")).status_code == 404
    assert redirect(site, path_of(file).replace(file.id, str(file.number))).status_code == 302
    world.restrict(page, users=[other])
    assert redirect(site, path_of(file)).status_code == 404
    world.unrestrict(page)
    world.trash(file)
    assert redirect(site, path_of(file)).status_code == 404
    assert redirect(site, path_of(file), status="trashed").status_code == 302
    world.restore(file)
    world.trash(page)
    assert redirect(site, path_of(file)).status_code == 404


def test_fact_6_2_the_servlet_path_refuses_api_tokens(world: World, file: Content, site: Site) -> None:
    link = ask(site, f"{V2}/attachments/{file.id}").json()["downloadLink"]
    answer = redirect(site, f"/wiki{link}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("OAuth")
    world.switches.servlet_download = "bytes"
    assert ask(site, f"/wiki{link}").content == b"\x89PNG first"
    assert redirect(site, f"/wiki{link.partition('?')[0]}").status_code == 404
    assert redirect(site, f"/wiki{link.replace('version=1', 'version=2')}").status_code == 404


def test_the_media_host_has_faults_of_its_own(file: Content, site: Site) -> None:
    site.media.faults.add(Fault("server_error_burst", share=1, times=1))
    target = redirect(site, path_of(file)).headers["Location"]
    assert requests.get(target, timeout=10).status_code >= 500
    assert requests.get(target, timeout=10).content == b"\x89PNG first"
    assert [entry.fault for entry in site.media.requests] == ["server_error_burst", ""]
