"""Certificates: checked unless somebody says otherwise, and then it is said aloud."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.scripted_http import Asked, Said, scripted
from support.tap import command
from support.transport import asking
from tap_confluence.client.credentials.auth import Basic
from tap_confluence.client.errors import ConfluenceInterruptedError
from tap_confluence.client.transport import Request, Transport

REFUSED = Said(401, b'{"message": "no"}')


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for this machine that nobody else trusts, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and is not here")
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + (folder / "cert.pem").read_text())
    return made


@pytest.mark.parametrize(
    ("trust", "asked", "said"),
    [
        ({}, False, "TLS failed: "),
        ({"verify_ssl": False}, True, "verify_ssl is off: "),
        ({"ca_bundle": "{certificate}"}, True, "401 Unauthorized"),
    ],
    ids=["as it comes", "verify_ssl off", "ca_bundle"],
)
def test_a_certificate_that_nobody_trusts_gets_no_credentials_unless_it_is_said_so(
    trust: dict[str, object], asked: bool, said: str, certificate: Path, tmp_path: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with scripted(lambda _: REFUSED, tls) as site:
        wishes = {name: str(certificate) if value == "{certificate}" else value for name, value in trust.items()}
        config = {"base_url": site.url, "email": "ada@example.com", "api_token": "hunter2", "max_retries": 0, **wishes}
        (tmp_path / "config.json").write_text(json.dumps(config))
        out = command("--config", str(tmp_path / "config.json"))
    assert out.code == 1
    assert said in out.stderr, out.stderr
    assert bool(site.asked) == asked
    warnings = [line for line in out.stderr.splitlines() if "WARNING" in line or "Warning" in line]
    assert len(warnings) == (trust.get("verify_ssl") is False), out.stderr
    assert "hunter2" not in out.stderr
    assert "Traceback" not in out.stderr


def test_the_authorities_of_this_system_are_trusted(certificate: Path, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with scripted(lambda _: REFUSED, tls) as site:
        config = {"base_url": site.url, "email": "ada@example.com", "api_token": "hunter2", "max_retries": 0}
        (tmp_path / "config.json").write_text(json.dumps(config))
        # Where OpenSSL looks for this system's authorities, an administrator may say by this variable.
        out = command("--config", str(tmp_path / "config.json"), env={"SSL_CERT_FILE": str(certificate)})
    assert site.asked, out.stderr
    assert "401 Unauthorized" in out.stderr


@pytest.mark.parametrize("shown", ["nothing", "one file", "two files"])
def test_a_site_that_wants_a_certificate_of_the_tap_gets_it(shown: str, certificate: Path, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(certificate)
    (tmp_path / "key.pem").write_text(certificate.read_text().partition("-----BEGIN CERTIFICATE")[0])
    files = {
        "nothing": {},
        "one file": {"client_certificate": str(certificate)},
        "two files": {
            "client_certificate": str(certificate.parent / "cert.pem"),
            "client_key": str(tmp_path / "key.pem"),
        },
    }
    with scripted(lambda _: REFUSED, tls) as site:
        config = {
            "base_url": site.url,
            "email": "ada@example.com",
            "api_token": "hunter2",
            "max_retries": 0,
            "ca_bundle": str(certificate),
            **files[shown],
        }
        (tmp_path / "config.json").write_text(json.dumps(config))
        out = command("--config", str(tmp_path / "config.json"))
    assert bool(site.asked) == (shown != "nothing"), out.stderr
    assert out.code == 1
    assert len(out.stderr.splitlines()) == 1, out.stderr


def test_told_to_stop_no_encrypted_answer_is_waited_for_either(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    asked, released = threading.Event(), threading.Event()

    def hold(_: Asked) -> Said:
        asked.set()
        released.wait(60)
        return Said()

    with scripted(hold, tls) as site:
        client = Transport(site.url, Basic("a", "b"), asking(verify=str(certificate), request_timeout=120))
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(client.ask, Request(path="/x", what="x"))
            assert asked.wait(60)
            client.stop()
            with pytest.raises(ConfluenceInterruptedError):
                answer.result(30)
        released.set()
        client.close()
