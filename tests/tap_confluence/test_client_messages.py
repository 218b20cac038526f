"""What people read when a site lets them not in: the site's own reason, and the setting that helps."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluence_sim import serve, serve_datacenter
from confluence_sim.api.endpoint import Reply
from support.scripted_http import HandClock, Said, scripted
from support.socks import socks_proxy
from support.tap import answering, command, config_file, small_world, sync
from support.transport import asking
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.download import download
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceError, ConfluenceServerError
from tap_confluence.client.transport import Request, Response, Transport

WHAT = Request(path="/x", what="listing pages")


def asked(said: Said, **options: Any) -> Response:
    with scripted(lambda _: said) as site:
        client = Transport(site.url, Basic("a", "b"), asking(max_retries=0, **options), clock=HandClock())
        try:
            return client.ask(WHAT)
        finally:
            client.close()


TOMCAT = (
    '<!doctype html><html lang="en"><head><title>HTTP Status {0}</title></head><body><h1>HTTP Status {0}</h1>'
    '<hr class="line" /><p><b>Type</b> Status Report</p><p><b>{1}</b> {2}</p><p><b>Description</b> The server…</p>'
    "<h3>Apache Tomcat/9.0.91</h3></body></html>"
)


@pytest.mark.parametrize("label", ["Message", "message"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_tomcat_keeps_its_reason(status: int, label: str) -> None:
    """FACTS 11.8."""
    words = "Basic Auth with password is disabled by &lt;admin&gt; &amp; co"
    page = TOMCAT.format(status, label, f"<u>{words}</u>" if label == "message" else words)
    with pytest.raises(ConfluenceAuthError, match="Basic Auth with password is disabled by <admin> & co"):
        asked(Said(status, page.encode(), {"Content-Type": "text/html;charset=utf-8"}))


def test_a_failed_login_is_told_as_one() -> None:
    page = TOMCAT.format(401, "Message", "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED")
    headers = {"Content-Type": "text/html", "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    with pytest.raises(ConfluenceAuthError, match="Reason : AUTHENTICATED_FAILED; the user name, password or token"):
        asked(Said(401, page.encode(), headers))


def test_the_reason_of_a_data_center_that_refuses_in_html_reaches_the_user(tmp_path: Path) -> None:
    world = small_world(spaces=1, pages=1)
    world.switches.dc_refusals = "html"
    world.switches.dc_basic_auth = False
    with serve_datacenter(world) as site:
        out = command("--config", config_file(tmp_path, replace_config(site, site.basic_config)))
    assert out.code == 1
    assert "Basic" in out.stderr.split("identity check")[1]


def replace_config(site: Any, config: dict[str, Any]) -> Any:
    """The site with other settings to reach it."""
    return type("Way", (), {"config": config, "url": site.url})


@pytest.mark.parametrize("label", ["text/html", "text/plain", ""])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n "])
def test_json_is_json_whatever_it_is_called_and_whatever_stands_before_it(label: str, before: bytes) -> None:
    assert asked(Said(200, before + b'{"results": []}', {"Content-Type": label})).data == {"results": []}


def test_a_scoped_token_on_the_site_itself_is_told_the_way_through_the_gateway(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        scoped = site.gateway_config()
        config = {"base_url": site.url, "email": scoped["email"], "api_token": scoped["api_token"]}
        out = command("--config", config_file(tmp_path, replace_config(site, config)))
    assert out.code == 1
    assert "set cloud_id to auto" in out.stderr


def test_the_gateways_address_is_no_base_url_and_its_cloud_id_is_named(tmp_path: Path) -> None:
    with serve(small_world(spaces=1, pages=1)) as site:
        wrong = {"base_url": f"{site.gateway_url}/ex/confluence/{site.world.cloud_id}/wiki"}
        out = command("--config", config_file(tmp_path, site, **wrong))
        assert "base_url: this is the address of the API gateway; set base_url to the site itself" in out.stderr
        assert f"cloud_id to {site.world.cloud_id}" in out.stderr
        assert len(site.requests) == 0


@pytest.mark.parametrize("change", ["upper", "missing"])
def test_a_name_in_another_case_or_none_is_not_another_account(change: str) -> None:
    world = small_world(spaces=1, pages=5, attachments=0)
    with serve_datacenter(world) as site:
        answer = site.answer

        def bent(request: Any) -> Reply | None:
            reply = answer(request)
            if request.path.endswith("/user/current"):
                return reply
            name = reply.headers.get("X-AUSERNAME", "")
            kept = {key: value for key, value in reply.headers.items() if key != "X-AUSERNAME"}
            return replace(reply, headers={**kept, **({"X-AUSERNAME": name.upper()} if change == "upper" else {})})

        with answering(site, bent):
            out = sync(site, streams=("pages",))
    assert (len(out.of("pages")), out.code) == (6, 0)


@pytest.mark.parametrize("told", [True, False])
def test_a_token_that_dies_is_noticed_whether_or_not_a_data_center_tells_of_anonymous_readers(told: bool) -> None:
    world = small_world(spaces=1, pages=30, attachments=0)
    world.switches.dc_anonymous_access = True
    world.switches.dc_anonymous_told = told
    with serve_datacenter(world) as site:
        first = sync(site, page_size=10)

        def die(request: Any) -> None:
            if request.path.endswith("/content") or request.path.endswith("/search"):
                site.doors.revoke(site.token)

        with answering(site, die), pytest.raises(ConfluenceAuthError):
            sync(site, first.state, page_size=10, deletion_detection="every_sync")


@contextmanager
def proxy(answer: bytes) -> Iterator[str]:
    """A proxy that says the same to everybody."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve_one() -> None:
        with suppress(OSError):  # closed before anybody came
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    threading.Thread(target=serve_one, daemon=True).start()
    try:
        yield f"http://ada:proxy-word@127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            "407 Proxy Authentication Required",
            "the proxy refused: 407 Proxy Authentication Required; the proxy's address",
        ),
        ("502 Bad Gateway", "the proxy refused: 502 Bad Gateway"),
        ("none", "the proxy: cannot connect"),
        ("unknown host", "the proxy: the host name cannot be resolved"),
    ],
)
def test_a_proxy_that_lets_nobody_through_is_told_as_such(
    status: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()) as there:
        nowhere = {"none": "127.0.0.1:9", "unknown host": "proxy.invalid:3128"}
        url = f"http://ada:proxy-word@{nowhere[status]}" if status in nowhere else there
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "")
        monkeypatch.setenv("HTTPS_PROXY", url)
        client = Transport("https://acme.example", Basic("a", "b"), asking(max_retries=0), clock=HandClock())
        with pytest.raises(ConfluenceServerError, match=words) as caught:
            client.ask(WHAT)
        client.close()
    assert isinstance(caught.value, ConfluenceError)
    assert "proxy-word" not in str(caught.value)


def test_a_proxy_that_speaks_socks_is_used_and_without_its_extra_the_extra_is_named(tmp_path: Path) -> None:
    with serve(small_world(spaces=1)) as site, socks_proxy() as (address, asked):
        config = config_file(tmp_path, site)
        variables = {"HTTP_PROXY": f"socks5://{address}", "NO_PROXY": "", "no_proxy": ""}
        out = command("--config", config, env=variables)
        assert out.code == 0, out.stderr
        assert asked
        bare = "import sys; sys.modules['socks'] = None; from tap_confluence.__main__ import main; main()"
        told = subprocess.run(
            [sys.executable, "-c", bare, "--config", config],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 1
    assert "the proxy speaks SOCKS, which needs the extra tap-confluence[socks]" in told.stderr
    assert "Traceback" not in told.stderr


HEADER = "CF-Access-Client-Secret"


def test_headers_for_an_access_proxy_go_to_the_site_and_to_no_other_host() -> None:
    with scripted(lambda _: Said(body=b"bytes")) as elsewhere:
        away = Said(302, b"", {"Location": f"{elsewhere.url}/file"})
        with scripted(lambda asked: away if asked.path == "/download" else Said()) as site:
            options = asking(headers={HEADER: "hunter2-header"}, origin=site.url)
            client = Transport(site.url, Basic("a", "b"), options, clock=HandClock())
            client.ask(WHAT)
            taken: list[bytes] = []
            download(client, Request(path="/download", what="file"), lambda: taken.append, max_bytes=None)
            client.close()
    assert taken == [b"bytes"]
    assert [request.headers.get(HEADER) for request in site.asked] == ["hunter2-header"] * 2
    assert [request.headers.get(HEADER) for request in elsewhere.asked] == [None]


def test_a_header_that_a_server_repeats_is_not_shown(tmp_path: Path) -> None:
    with scripted(lambda asked: Said(400, json.dumps({"message": asked.headers.get(HEADER)}).encode())) as site:
        config = {"base_url": site.url, "email": "ada@example.com", "api_token": "x" * 20, "max_retries": 0}
        (tmp_path / "config.json").write_text(json.dumps({**config, "headers": {HEADER: "hunter2-header"}}))
        out = command("--config", str(tmp_path / "config.json"), env={"TAP_CONFLUENCE_LOGLEVEL": "DEBUG"})
        assert HEADER in site.asked[0].headers
    assert out.code == 1
    assert "***" in out.stderr
    assert "hunter2-header" not in out.stderr


def test_headers_that_break_off_are_an_error_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        transport = Transport(address, Basic("ada@example.com", "-"), asking(max_retries=1), clock=HandClock())
        with pytest.raises(ConfluenceError):
            transport.ask(Request(path="/x", what="asking"))
        transport.close()
        thread.join(10)
    assert [record for record in caplog.records if record.exc_info] == []
