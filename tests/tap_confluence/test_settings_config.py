from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.client.site import PageRef
from tap_confluence.settings import Settings

CLOUD = {"base_url": "https://acme.atlassian.net", "email": "a@b.c", "api_token": "s3cr3t-token"}


def test_the_least_configuration_gets_the_contracts_defaults() -> None:
    settings = Settings.from_config(CLOUD)
    assert settings.site.url == "https://acme.atlassian.net/wiki"
    assert settings.content_statuses == ("current",)
    assert settings.space_statuses == ("current",)
    assert settings.page_size == 250
    assert settings.concurrency == 5
    assert settings.requests_per_second == 20
    assert (settings.max_retries, settings.request_timeout, settings.max_wait) == (5, 60, 3600)
    assert settings.body_format == "storage"
    assert settings.deletion_detection == "interval"
    assert settings.max_failures == 100
    assert settings.verify_ssl
    assert not settings.attachments_download


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("api_token", text) for text in ("s3cr3t\nX-Other: 1", "s3cr3t\x00", "s3cr3t\ud800")),
        ("base_url", "https://acme.atlassian.net\r\n/wiki"),
        ("user_agent", "me/\u0394"),
    ],
)
def test_a_text_that_cannot_be_sent_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfluenceConfigError, match=rf"{name}: holds a character") as caught:
        Settings.from_config({**CLOUD, name: value})
    assert "s3cr3t" not in str(caught.value)


def test_every_setting_is_read() -> None:
    values = {
        "spaces": ["ENG", "TEAM-*"],
        "exclude_spaces": ["~*"],
        "space_ids": [12, "13"],
        "space_types": ["global"],
        "space_statuses": ["current", "archived"],
        "pages": ["77"],
        "page_trees": ["/x/AwAW"],
        "labels": ["public"],
        "exclude_labels": ["draft"],
        "content_statuses": ["current", "archived"],
        "start_date": "2026-01-31T02:00:00+02:00",
        "body_format": "none",
        "page_size": 10,
        "max_pages": 3,
        "max_requests": 100,
        "concurrency": 2,
        "requests_per_second": 2.5,
        "max_retries": 0,
        "request_timeout": 5,
        "max_wait": 10,
        "verify_ssl": False,
        "user_agent": "me/1",
        "allow_insecure_http": True,
        "deletion_detection": "off",
        "reconciliation_interval_days": 1,
        "max_tombstone_share": 0.5,
        "lookback_minutes": 0,
        "resync_spaces": ["ENG"],
        "max_failures": 0,
        "attachments_download": True,
        "attachments_directory": "files",
        "attachments_max_bytes": 1000,
        "attachments_media_types": ["image/*"],
    }
    settings = Settings.from_config({**CLOUD, **values})
    assert settings.space_ids == ("12", "13")
    assert settings.start_date == "2026-01-31T00:00:00.000Z"
    assert settings.page_refs == (PageRef(id="77"),)
    assert settings.tree_refs == (PageRef(id="1441795"),)
    read_otherwise = {"space_ids", "start_date"}
    for name, value in values.items():
        if name not in read_otherwise:
            assert getattr(settings, name) == (tuple(value) if isinstance(value, list) else value), name


def test_null_means_unset() -> None:
    assert Settings.from_config({**CLOUD, "max_pages": None, "spaces": None}).spaces == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"base_url": None}, "base_url"),
        ({"base_url": "acme.atlassian.net"}, "base_url"),
        ({"base_url": "ftp://acme.example"}, "base_url"),
        ({"base_url": "https://user:pw@acme.example"}, "base_url"),
        ({"base_url": "http://wiki.example"}, "allow_insecure_http"),
        ({"base_url": "https://wiki.example:notaport"}, "base_url"),
        ({"email": None}, "email and api_token belong together; the token of a service account needs no email, but"),
        ({"email": None, "cloud_id": "auto", "deployment": "data_center"}, "data_center"),
        ({"email": None, "api_token": None, "cloud_id": "auto"}, "credentials are missing"),
        ({"api_token": None, "cloud_id": "auto"}, "email and api_token"),
        ({"email": None, "api_token": None, "oauth_client_id": "x"}, "oauth_client_id and oauth_client_secret"),
        ({"email": None, "api_token": None, "oauth_refresh_token": "x"}, "oauth_client_id and oauth_client_secret"),
        ({"api_token": None}, "email and api_token"),
        ({"email": None, "api_token": None}, "credentials are missing"),
        ({"personal_access_token": "x"}, "personal_access_token"),
        ({"deployment": "data_center"}, "data_center"),
        ({"deployment": "server"}, "deployment"),
        ({"page_size": 251}, "page_size"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 1.5}, "page_size"),
        ({"page_size": True}, "page_size"),
        ({"requests_per_second": 0}, "requests_per_second"),
        ({"requests_per_second": float("nan")}, "requests_per_second"),
        ({"verify_ssl": "yes"}, "verify_ssl"),
        ({"spaces": "ENG"}, "spaces"),
        ({"spaces": [""]}, "spaces"),
        ({"space_ids": ["ENG"]}, "space_ids"),
        ({"content_statuses": ["trashed"]}, "content_statuses"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"pages": ["https://other.atlassian.net/wiki/spaces/K/pages/1/T"]}, "pages"),
        ({"page_trees": ["what?"]}, "page_trees"),
        ({"ca_bundle": "/no/such/file"}, "ca_bundle: there is no file '/no/such/file'"),
        ({"client_certificate": "/no/such/file"}, "client_certificate: there is no file '/no/such/file'"),
        ({"client_key": "/"}, "client_certificate is missing"),
        ({"headers": "X: y"}, "headers: expected an object"),
        ({"headers": {"X Y": "z"}}, "headers: 'X Y' is not the name of a header"),
        ({"headers": {"Authorization": "Bearer z"}}, "headers: Authorization is the tap's own"),
        ({"headers": {"X": "a\nb"}}, "headers: X: holds a character that nobody sees"),
        ({"headers": {"X": "\u00e9"}}, "headers: X holds a character that cannot be sent"),
        ({"headers": {"X": 1}}, "headers: X: expected a text"),
        ({"ca_bundle": "/", "verify_ssl": False}, "ca_bundle"),
        ({"attachments_download": True}, "attachments_directory"),
        ({"gateway_url": "http://gateway.example"}, "gateway_url"),
        ({"start_dat": "2026-01-01"}, "'start_date'"),
        ({"max_tombstone_share": 1.1}, "max_tombstone_share"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfluenceConfigError, match=named.replace("(", r"\(")):
        Settings.from_config({**CLOUD, **change})


def test_cloud_refuses_data_center_credentials() -> None:
    with pytest.raises(ConfluenceConfigError, match="personal_access_token"):
        Settings.from_config({"base_url": "https://acme.atlassian.net", "personal_access_token": "x"})


def test_data_center_credentials_are_one_of_two() -> None:
    base = {"base_url": "https://wiki.example/confluence"}
    assert Settings.from_config({**base, "personal_access_token": "x"}).site.url == "https://wiki.example/confluence"
    assert Settings.from_config({**base, "username": "u", "password": "p"}).username == "u"


def test_settings_of_the_sdk_pass_when_they_are_said_to_be_known() -> None:
    settings = Settings.from_config({**CLOUD, "stream_maps": {}}, also_known={"stream_maps"})
    assert settings == Settings.from_config(CLOUD)
    with pytest.raises(ConfluenceConfigError, match="stream_maps"):
        Settings.from_config({**CLOUD, "stream_maps": {}})


def test_no_secret_is_in_the_representation_or_in_a_message() -> None:
    config = {**CLOUD, "page_size": 999}
    with pytest.raises(ConfluenceConfigError) as caught:
        Settings.from_config(config)
    assert "s3cr3t" not in str(caught.value)
    settings = Settings.from_config(CLOUD)
    assert "s3cr3t" not in repr(settings)
    assert settings.secrets == ("s3cr3t-token",)


def test_a_ca_bundle_may_be_anywhere_that_exists(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert Settings.from_config({**CLOUD, "ca_bundle": str(bundle)}).ca_bundle == str(bundle)
