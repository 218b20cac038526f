from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import (
    PageRef,
    Site,
    decode_tiny,
    encode_tiny,
    is_loopback,
    may_lead_to,
    parse_page_ref,
    parse_site,
)

CLOUD = Site("https://acme.atlassian.net", "/wiki")
SERVER = Site("https://wiki.example", "/confluence")


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://acme.atlassian.net", "https://acme.atlassian.net/wiki"),
        ("https://acme.atlassian.net/", "https://acme.atlassian.net/wiki"),
        ("https://ACME.atlassian.net/wiki", "https://acme.atlassian.net/wiki"),
        ("https://acme.atlassian.net/wiki/", "https://acme.atlassian.net/wiki"),
        ("https://acme.atlassian.net/wiki/spaces/ENG/overview", "https://acme.atlassian.net/wiki"),
        (" https://acme.atlassian.net:443/wiki ", "https://acme.atlassian.net/wiki"),
        ("https://wiki.example", "https://wiki.example"),
        ("https://wiki.example:8443/confluence/", "https://wiki.example:8443/confluence"),
        ("https://wiki.example/confluence/display/ENG/Home", "https://wiki.example/confluence"),
        ("https://wiki.example/a/b", "https://wiki.example/a/b"),
        ("https://wiki.example/confluence/rest/api", "https://wiki.example/confluence"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("http://[::1]:8090/wiki", "http://[::1]:8090/wiki"),
    ],
)
def test_every_form_of_the_base_url_is_one_site(base_url: str, url: str) -> None:
    assert parse_site(base_url).url == url


@pytest.mark.parametrize(
    ("base_url", "hint"),
    [
        ("acme.atlassian.net", "; did you mean https://acme.atlassian.net?"),
        ("wiki.example:8443/confluence", "; did you mean https://wiki.example:8443/confluence?"),
        ("ftp://wiki.example", ""),
        ("ada:word@wiki.example", ""),
        ("acme", ""),
    ],
)
def test_a_url_without_its_beginning_is_told_with_it(base_url: str, hint: str) -> None:
    with pytest.raises(ConfluenceConfigError) as refused:
        parse_site(base_url)
    assert str(refused.value) == f"base_url: expected a URL such as https://acme.atlassian.net{hint}"


def test_a_title_is_no_page_and_the_message_says_what_is() -> None:
    with pytest.raises(ConfluenceConfigError, match=r"pages: 'Runbook' names no page; expected an id, a page's URL or"):
        parse_page_ref("Runbook", CLOUD)


def test_only_atlassians_hosts_need_no_probe() -> None:
    assert parse_site("https://acme.atlassian.net").is_cloud_host
    assert not parse_site("https://atlassian.net.evil.example").is_cloud_host
    assert not parse_site("https://wiki.example").is_cloud_host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "sim.localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example"])
def test_other_machines_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


ACME = "https://acme.atlassian.net/wiki"


@pytest.mark.parametrize(
    ("site", "target"),
    [
        (ACME, "https://api.media.example/file/7?token=t"),
        (ACME, "https://acme.atlassian.net/elsewhere"),
        ("https://10.0.0.5/confluence", "https://10.0.0.5/confluence/download/7"),
        ("https://10.0.0.5/confluence", "https://10.0.0.6/store/7"),
        ("http://127.0.0.1:8090/wiki", "http://127.0.0.1:8091/file/7"),
    ],
)
def test_a_site_may_send_its_readers_on(site: str, target: str) -> None:
    assert may_lead_to(site, target)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "http://api.media.example/file/7",
            "http://127.0.0.1:8080/admin",
            "https://localhost/admin",
            "https://[::1]/",
        ),
        *("https://169.254.169.254/latest/meta-data", "https://10.0.0.5/", "https://[fd00::1]/", "https://0.0.0.0/"),
        *("file:///etc/passwd", "ftp://media.example/7", "https:///nowhere", ""),
        *("https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://localhost./", "https://10.1/"),
        *("https://127.0.0.1\\@media.example/", "https://media.example@127.0.0.1/", "https://acme@media.example/"),
        *("https://[bad", "https://media.example:port/"),
    ],
)
def test_no_site_sends_its_readers_inside_or_where_nothing_is_encrypted(target: str) -> None:
    assert not may_lead_to(ACME, target)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("123", PageRef(id="123")),
        (" 00123 ", PageRef(id="123")),
        ("9" * 5000, PageRef(id="9" * 5000)),
        ("https://acme.atlassian.net/wiki/spaces/ENG/pages/123/Some+Title", PageRef(id="123")),
        ("https://acme.atlassian.net/wiki/spaces/ENG/pages/123", PageRef(id="123")),
        ("https://acme.atlassian.net/wiki/spaces/~7120/pages/edit-v2/123?draft=1", PageRef(id="123")),
        ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2026/01/31/55/News", PageRef(id="55")),
        ("https://acme.atlassian.net/wiki/spaces/ENG/folder/77?x=1", PageRef(id="77")),
        ("https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=E&pageId=9", PageRef(id="9")),
        ("https://acme.atlassian.net/wiki/x/AwAW", PageRef(id="1441795")),
        ("https://acme.atlassian.net/wiki/display/ENG/A%20b+c", PageRef(space_key="ENG", title="A b c")),
        ("/wiki/spaces/ENG/pages/123/T", PageRef(id="123")),
        ("/spaces/ENG/pages/123/T", PageRef(id="123")),
        ("/x/AwAW", PageRef(id="1441795")),
    ],
)
def test_a_page_of_a_cloud_site_is_understood(text: str, ref: PageRef) -> None:
    assert parse_page_ref(text, CLOUD) == ref


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("https://wiki.example/confluence/pages/viewpage.action?pageId=9", PageRef(id="9")),
        ("https://wiki.example/confluence/display/~jane.doe/My+Home", PageRef(space_key="~jane.doe", title="My Home")),
        ("http://wiki.example/confluence/x/AwAW", PageRef(id="1441795")),
    ],
)
def test_a_page_of_a_data_center_is_understood(text: str, ref: PageRef) -> None:
    assert parse_page_ref(text, SERVER) == ref


@pytest.mark.parametrize(
    "text",
    [
        "https://other.atlassian.net/wiki/spaces/ENG/pages/123/T",
        "https://acme.atlassian.net.evil.example/wiki/spaces/ENG/pages/123/T",
        "https://acme.atlassian.net:8443/wiki/spaces/ENG/pages/123/T",
        "https://acme.atlassian.net@evil.example/wiki/spaces/ENG/pages/123/T",
        "//evil.example/wiki/spaces/ENG/pages/123/T",
    ],
)
def test_a_page_of_another_site_is_refused(text: str) -> None:
    with pytest.raises(ConfluenceConfigError, match="pages"):
        parse_page_ref(text, CLOUD)


def test_a_page_below_another_context_path_is_another_site() -> None:
    with pytest.raises(ConfluenceConfigError, match="is not on"):
        parse_page_ref("https://wiki.example/other/display/ENG/T", SERVER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ENG",
        "-1",
        "١٢٣",
        "/x/",
        "/x/AAAAAAAAAAAAAAAA",
        "/spaces/ENG/overview",
        "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=1&pageId=2",
        "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=abc",
    ],
)
def test_what_names_no_page_is_refused(text: str) -> None:
    with pytest.raises(ConfluenceConfigError, match="pages"):
        parse_page_ref(text, CLOUD)


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_tiny_links_go_there_and_back(number: int) -> None:
    code = encode_tiny(str(number))
    assert decode_tiny(code) == str(number)
    if code:
        assert parse_page_ref(f"https://acme.atlassian.net/wiki/x/{code}", CLOUD) == PageRef(id=str(number))


@given(st.text(max_size=20))
def test_no_tiny_code_makes_the_decoder_stumble(code: str) -> None:
    found = decode_tiny(code)
    assert found is None or int(found) > 0


@given(st.text(max_size=80))
def test_whatever_is_configured_as_a_page_is_a_page_or_a_clear_refusal(text: str) -> None:
    try:
        ref = parse_page_ref(text, CLOUD)
    except ConfluenceConfigError:
        return
    assert (ref.id is None) == (ref.title is not None)


@given(st.text(max_size=80))
def test_whatever_is_configured_as_base_url_is_a_site_or_a_clear_refusal(text: str) -> None:
    try:
        site = parse_site(text)
    except ConfluenceConfigError:
        return
    assert not site.url.endswith("/")
